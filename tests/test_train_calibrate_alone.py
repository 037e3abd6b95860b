"""Scores of types asked for alone: fitted where they become honest, written into classifiers' cards."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tiny_models import random_text, save_shelf

from cascade import CascadeError, Document, Entity
from cascade.adapters.card import CARD, read_adapter
from cascade.model.base_model import BaseModel
from cascade.text.pieces import cut
from data_formats import write
from train import calibrate
from train.calibrate_alone import AloneFit, asked_of, dev_documents, fit_alone, main
from train.corpora.loading import Corpus, load_corpora
from train.options import AdapterFolderOptions

TYPES = ("company", "person", "place name")


def labelled(count: int) -> list[Document]:
    """Texts with a random piece as an entity of a random type."""
    result = []
    for seed in range(count):
        source = random.Random(seed)
        text = random_text(source, 20)
        piece = source.choice(cut(text))
        result.append(Document(str(seed), text, "en", (Entity(piece.start, piece.end, source.choice(TYPES)),)))
    return result


@pytest.mark.parametrize(("scale", "shift"), [(1.0, 0.0), (0.4, -1.5), (2.0, 0.5)])
def test_the_scale_and_shift_that_answers_were_made_with_are_found(scale: float, shift: float) -> None:
    source = np.random.default_rng(5)
    odds = source.normal(0.0, 3.0, size=(4000, 5))
    right = source.random(odds.shape) < AloneFit(scale, shift)(odds)
    found = fit_alone(odds, right)
    assert (found.scale, found.shift) == pytest.approx((scale, shift), rel=0.06, abs=0.06)


def test_probabilities_are_the_logistic_function_of_scaled_and_shifted_odds() -> None:
    assert AloneFit(0.5, -1.0)(np.array([2.0, 4.0, -2.0])) == pytest.approx(
        [0.5, 1 / (1 + np.e**-1), 1 / (1 + np.e**2)]
    )


def test_a_handful_of_answers_moves_the_fit_little() -> None:
    sure, wrong = np.full(4, 2.0), np.zeros(4, dtype=bool)
    few = fit_alone(sure, wrong)
    assert few.shift > -0.4
    many = fit_alone(np.tile(sure, 500), np.tile(wrong, 500))
    assert AloneFit(many.scale, many.shift)(sure).max() < 0.05 < AloneFit(few.scale, few.shift)(sure).min()


def test_answers_that_tell_nothing_apart_are_refused() -> None:
    odds = np.repeat([-3.0, 3.0], 500)
    with pytest.raises(CascadeError) as error:
        fit_alone(odds, odds < 0)
    assert str(error.value).startswith(
        "of 1,000 answers about one type alone, those with higher scores are not oftener right (scale 0.0"
    )
    assert str(error.value).endswith(
        "); expected documents whose types the classifier can tell apart. Give others with --data"
    )


def test_documents_are_asked_for_the_most_frequent_types_of_their_corpus() -> None:
    entities = {"a": ("x", "y"), "b": ("y",), "c": ("z", "x"), "d": ()}
    dev = tuple(
        Document(name, "Ada B", "en", tuple(Entity(0, 3 + number, each) for number, each in enumerate(own)))
        for name, own in entities.items()
    )
    every = asked_of("few", dev, 10, 2)
    assert sorted((document.id, [each.type for each in document.entities]) for document, _ in every) == [
        ("a", ["x", "y"]),
        ("b", ["y"]),
        ("c", ["x"]),
    ]
    assert [types for _, types in every] == [["x", "y"]] * 3
    assert asked_of("few", dev, 2, 2) == asked_of("few", dev, 2, 2)
    assert len(asked_of("few", dev, 2, 3)) == 2


def load_corpora_of_news(folder: Path, entry: dict[str, object]) -> list[Corpus]:
    (folder / "news").mkdir()
    write(labelled(3), str(folder / "news" / "train.jsonl"), "jsonl")
    (folder / "one.yaml").write_text(json.dumps({"corpora": [entry]}), encoding="utf-8")
    return load_corpora(folder / "one.yaml", data_root=None, seed=1)


def test_of_a_mixture_documents_are_read_by_which_no_checkpoint_was_chosen(tmp_path: Path) -> None:
    write(labelled(5), str(tmp_path / "dev.jsonl"), "jsonl")
    entries: list[dict[str, object]] = [
        {"path": "news/train.jsonl", "dev": "dev.jsonl", "dev_documents": 2, "rename": {"person": "human"}},
        {"path": "more/train.jsonl", "replay": True},
        {"path": "none/train.jsonl"},
    ]
    mixture = tmp_path / "mixture.yaml"
    mixture.write_text(json.dumps({"corpora": entries}), encoding="utf-8")
    found = dev_documents(AdapterFolderOptions(adapters=tmp_path, data=mixture))
    ids = [(name, sorted(document.id for document in every)) for name, every in found]
    assert ids == [("news", ["0", "3", "4"])]  # the other two are those that `load_corpora` gives a run to choose by
    [corpus] = load_corpora_of_news(tmp_path, entries[0])
    assert sorted(document.id for document in corpus.dev) == ["1", "2"]
    names = {entity.type for _, every in found for document in every for entity in document.entities}
    assert "person" not in names


def test_the_command_writes_the_fit_into_the_classifiers_card_alone(
    gemma: BaseModel, gemma_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shelf = save_shelf(gemma, gemma_folder, tmp_path / "adapters", own=())
    cards = {stage: shelf / "multilingual" / stage / CARD for stage in ("extractor", "classifier")}
    before = {stage: json.loads(card.read_text(encoding="utf-8")) for stage, card in cards.items()}
    write(labelled(30), str(tmp_path / "dev.jsonl"), "jsonl")
    options = ["--adapters", str(shelf), "--data", str(tmp_path / "dev.jsonl"), "--base", str(gemma_folder)]
    assert main([*options, "--documents", "12"]) == 0
    line = capsys.readouterr().out
    after = {stage: json.loads(card.read_text(encoding="utf-8")) for stage, card in cards.items()}
    fit = after["classifier"].pop("asked_alone")
    assert after == before
    assert line.startswith(
        f"multilingual/classifier: log-odds of types alone times {fit['scale']:g}, plus {fit['shift']:g}, by 36 "
        "answers about 12 documents in "
    )

    assert calibrate.main(options) == 0  # a new temperature is one of other log-odds
    assert "fit types asked for alone again: python -m train.calibrate_alone" in capsys.readouterr().out
    assert "asked_alone" not in json.loads(cards["classifier"].read_text(encoding="utf-8"))


def test_documents_without_entities_are_refused(
    gemma: BaseModel, gemma_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shelf = save_shelf(gemma, gemma_folder, tmp_path / "adapters", own=())
    adapter = read_adapter(shelf / "multilingual" / "classifier")
    replace(adapter.card, asked_alone={"scale": 1.5, "shift": 0.0}).write(adapter.folder)
    data = tmp_path / "dev.jsonl"
    write([Document("1", "Ada", "en")], str(data), "jsonl")
    assert main(["--adapters", str(shelf), "--data", str(data), "--base", str(gemma_folder)]) == 2
    assert (
        capsys.readouterr()
        .err.splitlines()[-1]
        .endswith(f"{data}: no dev document has entities; expected labelled ones to fit scores on")
    )
    assert read_adapter(adapter.folder).card.asked_alone == {"scale": 1.5, "shift": 0.0}
