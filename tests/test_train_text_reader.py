"""Texts as the classifier in training reads them: the same as in inference, however they are read."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from slow_reading import classified
from tiny_models import random_text, save_adapter

from cascade.adapters.card import read_adapter
from cascade.document import Document, Entity
from cascade.errors import CascadeError
from cascade.model.base_model import BaseModel
from cascade.reading.attention import Earlier, PassStates
from cascade.reading.block_mask import Layout
from cascade.stages.extractor import Extractor
from cascade.text.pieces import cut
from train.corpora.prompts import Prompt
from train.options import TrainingOptions
from train.rows.bundle import collate
from train.rows.samples import samples_of
from train.rows.stage_rows import classifier_row
from train.sft import name_text_reader
from train.starting_points import text_extractor
from train.swift_plugin.loss import decision_loss
from train.text_reader import TextReader

TYPES = ("place name", "person", "place")


def documents() -> list[Document]:
    made = []
    for seed, words in enumerate((8, 14, 5, 11)):
        text = random_text(random.Random(seed), words)
        pieces = cut(text)
        spans = [(pieces[0].start, pieces[1].end), (pieces[1].start, pieces[3].end)]  # they cross
        entities = tuple(Entity(*span, name) for span, name in zip(spans, ("person", "place name"), strict=True))
        made.append(Document(str(seed), text, entities=entities))
    return made


@pytest.mark.parametrize("asked", [None, ("river", "bank", "a much longer list", "of names", "than the other one")])
def test_the_loss_of_a_training_row_is_that_of_what_inference_answers(
    base: BaseModel, asked: tuple[str, ...] | None
) -> None:
    prompt = Prompt(TYPES, {name: name for name in TYPES})
    samples = [next(samples_of(document, base.tokens, size=300)) for document in documents()]
    rows = [classifier_row(part, prompt, base.tokens, asked=asked) for part in (samples[:3], samples[3:])]
    inputs = collate(rows, pad_id=base.tokens.pad_id)
    reader, layout = base.reader(), Layout(**inputs["layout"])
    states, read = TextReader(Extractor(reader, base.tokens, 64), 0, []).read(inputs["texts"], torch.float32)
    mask = reader.added(reader.attention_mask(layout, read.followed_by(layout)), torch.float32)
    hidden = reader.body(
        input_ids=inputs["input_ids"],
        position_ids=layout.positions,
        attention_mask=mask,
        use_cache=False,
        pass_states=PassStates(before=(Earlier(((states, None),), read.tokens),)),
    ).last_hidden_state
    loss = float(decision_loss(hidden, reader.head, inputs["reads"])) * len(inputs["reads"].answers)
    given = [[entity.span for entity in document.entities] for document in documents()]
    answers = classified(base, [document.text for document in documents()], given, TYPES, asked=asked)
    right = [
        float(answer[TYPES.index(entity.type)])
        for document, of_text in zip(documents(), answers, strict=True)
        for entity, answer in zip(document.entities, of_text, strict=True)
    ]
    assert loss == pytest.approx(-sum(right), rel=1e-3)


def test_texts_read_together_equal_texts_read_each_behind_its_prefix(base: BaseModel) -> None:
    prompts = [Prompt(types, {"person": "person"}) for types in (TYPES, ("person",), ("river", "person"))]
    samples = [next(samples_of(document, base.tokens, size=300)) for document in documents()]
    texts = [
        classifier_row([sample], prompt, base.tokens).text for sample, prompt in zip(samples, prompts, strict=False)
    ]
    reader = TextReader(Extractor(base.reader(), base.tokens, 64), 0, [])
    rows = [text for text in texts if text is not None]
    for left, right in zip(reader._together(rows), reader._each_behind_its_prefix(rows), strict=True):
        for one, other in zip((*left[0], *left[1]), (*right[0], *right[1]), strict=True):
            torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-4)


def test_the_environment_names_the_extractor(
    gemma: BaseModel, gemma_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("EXTRACTOR", "EXTRACTOR_ROOT", "EXTRACTOR_BASE"):
        monkeypatch.setenv(f"CASCADE_{name}", "")
    with pytest.raises(CascadeError, match="set CASCADE_EXTRACTOR to the folder of one"):
        TextReader.from_environment()
    root = read_adapter(
        save_adapter(gemma, gemma_folder, tmp_path / "root", stage="extractor", languages=["en"], seed=1)
    )
    name_text_reader(root, root, base=str(gemma_folder))
    assert TextReader.from_environment().number == 0
    difference = save_adapter(
        gemma, gemma_folder, tmp_path / "de", stage="extractor", languages=["de"], seed=2, builds_on=root.checksum()
    )
    name_text_reader(read_adapter(difference), root, base=str(gemma_folder))
    found = TextReader.from_environment()
    assert (found.number, found.known) == (1, ["person"])
    [row] = [
        classifier_row([next(samples_of(documents()[0], gemma.tokens, size=300))], Prompt(TYPES, {}), gemma.tokens)
    ]
    assert row.text is not None
    changed, plain = (TextReader(found.extractor, number, []).read([row.text], torch.float32) for number in (1, 0))
    assert not torch.allclose(changed[0].keys[-1], plain[0].keys[-1], atol=1e-2)


def options(out: Path, **others: Any) -> TrainingOptions:
    return TrainingOptions(data=Path("d.jsonl"), out=out, **others)


@pytest.fixture
def adapter(gemma: BaseModel, gemma_folder: Path, tmp_path: Path) -> Callable[..., Path]:
    def made(name: str, *, stage: str = "extractor", builds_on: str = "") -> Path:
        folder = tmp_path / name
        return save_adapter(
            gemma, gemma_folder, folder, stage=stage, languages=["en"], seed=len(name), builds_on=builds_on
        )

    return made


def test_the_nearest_extractor_reads_the_classifiers_texts(adapter: Callable[..., Path], tmp_path: Path) -> None:
    start, named = adapter("start/extractor"), adapter("named")
    out = tmp_path / "out"
    assert text_extractor(options(out, start_from=tmp_path / "start"))[0].folder == start.resolve()
    assert text_extractor(options(out, build_on=tmp_path / "start"))[0].folder == start.resolve()
    own = adapter("out/extractor")
    assert text_extractor(options(out, start_from=tmp_path / "start"))[0].folder == own.resolve()
    found, root = text_extractor(options(out, start_from=tmp_path / "start", extractor=named))
    assert found.folder == named.resolve()
    assert root is found


def test_a_difference_reads_beside_the_extractor_that_it_builds_on(
    adapter: Callable[..., Path], tmp_path: Path
) -> None:
    root = read_adapter(adapter("root/extractor"))
    adapter("de/extractor", builds_on=root.checksum())
    found, below = text_extractor(options(tmp_path / "de", build_on=tmp_path / "root"))
    assert (found.card.builds_on, below.folder) == (root.checksum(), root.folder.resolve())
    with pytest.raises(CascadeError, match=r"is a difference to another extractor \([0-9a-f]{12}\); expected that one"):
        text_extractor(options(tmp_path / "de"))


def test_without_an_extractor_the_classifier_is_not_trained(adapter: Callable[..., Path], tmp_path: Path) -> None:
    with pytest.raises(CascadeError) as error:
        text_extractor(options(tmp_path / "a", start_from=tmp_path / "b"))
    assert str(error.value) == (
        f"there is no extractor in {tmp_path / 'a' / 'extractor'} or {tmp_path / 'b' / 'extractor'} to read the texts "
        "on which the classifier is trained; train both stages, or name one with --extractor"
    )
    classifier = adapter("classifier", stage="classifier")
    with pytest.raises(CascadeError, match="is a classifier; expected an extractor"):
        text_extractor(options(tmp_path / "a", extractor=classifier))
