"""Other ways to read: what each changes, against what it is said to be."""

from __future__ import annotations

import copy
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from test_train_command import write_documents
from tiny_models import random_text
from torch import Tensor

from benchmarks.other_readings import (
    DESCRIPTIONS,
    READINGS,
    Bio,
    Brackets,
    Descriptions,
    LabelWords,
    main,
    one_way,
    read_one_way,
)
from cascade import Document, Entity
from cascade.adapters.card import read_adapter
from cascade.model.base_model import BaseModel
from cascade.model.tokenizer import load_tokens
from cascade.reading.reader import Reader, reader_of
from cascade.reading.row import Row, assemble
from cascade.stages.decisions import labels_of
from cascade.stages.extractor import Extractor, decode, extraction_passage
from cascade.text.pieces import Piece, cut
from cascade.text.tokens import PieceTokens
from train.corpora.prompts import Prompt
from train.rows.samples import samples_of
from train.rows.stage_rows import extractor_row

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
TYPES = ["person", "place name"]


def reading_one_way(base: BaseModel) -> Reader:
    model: Any = copy.deepcopy(base.model)
    for layer in model.model.layers:
        layer.register_forward_pre_hook(read_one_way, with_kwargs=True)
    return reader_of(model, pad_id=base.tokens.pad_id)


def row_of(base: BaseModel, texts: Sequence[str], prefix: Sequence[int], **after: int) -> Row:
    return assemble(prefix, [extraction_passage(base.tokens.pieces(text, cut(text))) for text in texts], **after)


@pytest.mark.parametrize("seed", range(4))
def test_text_that_is_read_from_left_to_right_is_as_if_it_ended_there(base: BaseModel, seed: int) -> None:
    source, prefix = random.Random(seed), base.tokens.prefix(TYPES)
    # without line breaks, as how one is read depends on what stands after it
    beginning, more = (random_text(source, count).replace("\n", " ") for count in (5, 6))
    texts = [beginning, f"{beginning} {more}"]
    length = len(row_of(base, [beginning], ()).ids)
    for reader, alike in ((reading_one_way(base), True), (base.reader(), False)):
        apart: list[Tensor] = [
            reader.hidden([row_of(base, [text], prefix)])[0, len(prefix) :][:length] for text in texts
        ]
        behind = [
            reader.hidden_behind(prefix, [row_of(base, [text], (), after=len(prefix))])[0, :length] for text in texts
        ]
        for left, right in (apart, behind):
            assert torch.allclose(left, right, atol=1e-4) == alike
        assert all(torch.allclose(left, right, atol=1e-4) for left, right in zip(apart, behind, strict=True))


def test_a_mask_that_is_added_and_a_boolean_one_hide_the_same() -> None:
    mask = torch.rand(3, 1, 5, 9, generator=torch.Generator().manual_seed(1)) < 0.7
    added = torch.zeros(mask.shape).masked_fill(~mask, -torch.inf)
    both = one_way(torch.cat([added, added], dim=2), 5)
    assert torch.equal(both == 0, torch.cat([one_way(mask, 5)] * 2, dim=2))
    assert torch.equal(one_way(mask, 5)[..., :4], mask[..., :4])
    assert not one_way(mask, 5)[..., 4:].triu(1).any()
    assert torch.equal(one_way(mask, 5)[..., 4:], mask[..., 4:].tril())


@pytest.mark.parametrize(("kind", "words"), [(LabelWords, 5), (Bio, 3), (Brackets, 4)])
def test_the_labels_that_are_trained_are_decoded_to_the_spans(kind: type[PieceTokens], words: int) -> None:
    assert (len(kind.label_words), len(PieceTokens.label_words)) == (words, 5)
    source = random.Random(kind.__name__)
    for length in range(1, 12):
        for _ in range(20):
            borders = sorted(source.sample(range(length + 1), source.randint(0, (length + 1) // 2) * 2))
            spans = [(first, after - 1) for first, after in zip(borders[::2], borders[1::2], strict=True)]
            right = [kind.label_columns[label] for label in labels_of(spans, length)]
            scores = np.log(np.where(np.eye(words)[right] > 0, 0.9, 0.1 / words)).take(kind.label_columns, axis=1)
            found = decode([Piece(place, place, place + 1) for place in range(length)], scores)
            assert [(start, end - 1) for start, end, _ in found] == spans


@pytest.mark.parametrize(("kind", "right"), [(PieceTokens, [1, 2, 3, 0, 4]), (Bio, [1, 2, 2, 0, 1])])
def test_other_labels_are_trained_and_read_in_their_own_columns(
    kind: type[PieceTokens], right: list[int], gemma: BaseModel, gemma_folder: Path
) -> None:
    tokens = load_tokens(str(gemma_folder), kind)
    document = Document("1", "Ada King Byron met Bob", entities=(Entity(0, 14, "person"), Entity(19, 22, "person")))
    [sample] = samples_of(document, tokens, size=100)
    row = extractor_row([sample], Prompt(("person",), {"person": "person"}), tokens)
    assert row.answers == right
    assert [len(candidates) for candidates in row.questions] == [len(kind.label_words)]
    [[decided]] = Extractor(gemma.reader(), tokens, 64).decisions([document.text], ["person"])
    assert decided.log_probabilities.shape == (5, 5)
    same = [list(kind.label_columns).index(column) for column in kind.label_columns]
    assert np.array_equal(decided.log_probabilities, decided.log_probabilities[:, same])


def test_descriptions_stand_in_prompts_alone(gemma: BaseModel, gemma_folder: Path) -> None:
    tokens, plain = load_tokens(str(gemma_folder), Descriptions), gemma.tokens
    assert tokens.prefix(["unknown thing"]) == plain.prefix(["unknown thing"])
    assert tokens.prefix(None) == plain.prefix(None)
    assert tokens.name("person") == plain.name("person")
    assert tokens.prefix(TYPES) == plain.prefix([f"person ({DESCRIPTIONS['person']})", "place name"])
    assert len(tokens.prefix(TYPES)) > len(plain.prefix(TYPES))


def test_each_way_names_a_trainer_that_makes_tokens_as_it_does() -> None:
    from benchmarks import other_reading_trainers

    for name, experiment in READINGS.items():
        module, _, trainer = experiment.trainer.rpartition(".")
        assert module == other_reading_trainers.__name__, name
        assert getattr(other_reading_trainers, trainer).tokens_class is experiment.tokens, name


def test_layers_thatread_one_way_are_those_that_a_way_names() -> None:
    from benchmarks import other_reading_trainers as trainers

    kinds = ["sliding_attention", "full_attention", "sliding_attention", "sliding_attention"]
    expected = {
        trainers.FromLeftToRight: [0, 1, 2, 3],
        trainers.BothWaysInFullAttention: [0, 2, 3],
        trainers.BothWaysInTheLowerHalf: [2, 3],
        trainers.BothWaysInTheUpperHalf: [0, 1],
    }
    for trainer, layers in expected.items():
        assert list(trainer.one_way_layers(trainer.__new__(trainer), kinds)) == layers


@pytest.mark.parametrize("name", ["from left to right", "BIO"])
def test_an_adapter_is_trained_and_scored_in_another_way(
    name: str, gemma_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    write_documents(tmp_path / "train.jsonl", 60)
    options = [
        "--data",
        tmp_path / "train.jsonl",
        "--dev",
        tmp_path / "train.jsonl",
        "--base",
        gemma_folder,
        "--stages",
        "extractor",
        "--max-steps",
        "2",
    ]
    assert (
        main(
            [
                name,
                *map(str, options),
                "--out",
                str(tmp_path / "a"),
                "--work",
                str(tmp_path / "work"),
                "--scorings",
                "1",
            ]
        )
        == 0
    )
    card = read_adapter(tmp_path / "a" / "extractor").card
    assert card.temperature == 1.0
    assert "dev_f1" in card.scores


@pytest.mark.parametrize(
    ("arguments", "error"),
    [([], "the following arguments are required: NAME"), (["backwards", "--data", "x"], "invalid choice: 'backwards'")],
)
def test_an_unknown_way_is_refused(arguments: list[str], error: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
    assert error in capsys.readouterr().err
