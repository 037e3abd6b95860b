"""Thresholds in the card of a pair's classifier: fitted, stored, asked for, and refused where they do not fit."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from tiny_models import random_text, save_adapter, save_shelf

from cascade import Cascade
from cascade.adapters.card import CARD, read_adapter
from cascade.errors import AdapterError, CascadeError
from cascade.model.base_model import BaseModel
from cascade.pipeline.loading import named_retriever, stored_min_score
from train.thresholds import arguments, classifier_of, main

PAIR = "multilingual"


@pytest.fixture
def shelf(gemma: BaseModel, gemma_folder: Path, tmp_path: Path) -> Path:
    """Both stages for several languages, and an extractor alone, called fi."""
    folder = save_shelf(gemma, gemma_folder, tmp_path / "adapters", own=())
    save_adapter(gemma, gemma_folder, folder / "fi" / "extractor", stage="extractor", languages=["fi"], seed=7)
    return folder


def test_fitted_thresholds_are_stored_and_asked_for(
    shelf: Path, gemma_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ner = Cascade.load(str(gemma_folder), adapters=shelf, precision="fp32", min_score=0.0)
    texts = [random_text(random.Random(seed), 40) for seed in range(8)]
    labelled = ner(texts, ["person", "place"], min_score=0.0)
    dev = tmp_path / "dev.jsonl"
    dev.write_text("".join(json.dumps(document.to_dict()) + "\n" for document in labelled), encoding="utf-8")
    before = (classifier_of(shelf, PAIR).folder / CARD).read_text(encoding="utf-8")
    options = [str(dev), "--adapters", str(shelf), "--base", str(gemma_folder), "--store", PAIR]
    assert main(options) == 0
    assert "stored in the card of multilingual/classifier, for --thresholds stored" in capsys.readouterr().out
    thresholds = stored_min_score(named_retriever(shelf, None))
    assert "*" in thresholds
    after = json.loads((classifier_of(shelf, PAIR).folder / CARD).read_text(encoding="utf-8"))
    assert {name: value for name, value in after.items() if name != "thresholds"} == json.loads(before)
    again = Cascade.load(str(gemma_folder), adapters=shelf, precision="fp32", min_score="stored")
    assert again.min_score == thresholds
    plain = Cascade.load(str(gemma_folder), adapters=shelf, precision="fp32", min_score=thresholds)
    assert again(texts, ["person", "place"]) == plain(texts, ["person", "place"])


def test_a_card_without_thresholds_is_written_as_before(shelf: Path) -> None:
    adapter = read_adapter(classifier_of(shelf, PAIR).folder)
    adapter.card.write(adapter.folder)
    assert "thresholds" not in json.loads((adapter.folder / CARD).read_text(encoding="utf-8"))


def test_stored_thresholds_that_are_not_there_are_told(shelf: Path) -> None:
    folder = classifier_of(shelf, PAIR).folder
    with pytest.raises(AdapterError) as error:
        Cascade.load("no base is looked for", adapters=shelf, min_score="stored")
    assert str(error.value) == (
        f"{folder}: its card holds no thresholds; expected some that were stored there. Fit them: python -m "
        "train.thresholds DEV.jsonl --adapters FOLDER --store PAIR"
    )


def test_stored_thresholds_of_several_classifiers_are_refused(
    gemma: BaseModel, gemma_folder: Path, shelf: Path
) -> None:
    save_adapter(gemma, gemma_folder, shelf / "fi" / "classifier", stage="classifier", languages=["fi"], seed=8)
    with pytest.raises(AdapterError) as error:
        stored_min_score(named_retriever(shelf, None))
    names = "fi/classifier, multilingual/classifier"
    assert str(error.value) == (
        f"stored thresholds are asked for, and {names} may read the documents; expected one classifier. Name a pair"
    )


@pytest.mark.parametrize("wrong", [["person", 0.3], {"person": 2}, {"person": "high"}, {"": 0.3}, {"person": True}])
def test_a_card_with_wrong_thresholds_is_refused(shelf: Path, wrong: object) -> None:
    folder = classifier_of(shelf, PAIR).folder
    card = json.loads((folder / CARD).read_text(encoding="utf-8"))
    (folder / CARD).write_text(json.dumps({**card, "thresholds": wrong}), encoding="utf-8")
    with pytest.raises(AdapterError) as error:
        read_adapter(folder)
    assert str(error.value) == f"{folder / CARD}: thresholds {wrong!r}; expected an object of probabilities by type"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "neither -o nor --store is given; expected where to write the thresholds"),
        (
            ["--store", "a", "--pair", "b"],
            "--pair b and --store a are given; expected one pair, as thresholds are those of the pair that read",
        ),
        (
            ["--store", "fi"],
            "--store fi: this pair has no classifier, in whose card thresholds are stored; expected one that has",
        ),
    ],
)
def test_options_that_do_not_say_where_to_store_are_refused(
    shelf: Path, options: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["dev.jsonl", "--adapters", str(shelf), *options]) == 2
    assert capsys.readouterr().err == f"error: {message}\n"
    assert arguments().parse_args(["dev.jsonl"]).store is None


def test_other_words_than_stored_are_refused(shelf: Path) -> None:
    with pytest.raises(CascadeError) as error:
        Cascade.load("no base is looked for", adapters=shelf, min_score="kept")  # type: ignore[arg-type]
    assert str(error.value) == (
        "the lowest score is 'kept'; expected a probability within 0..1, scores by type, or 'stored' for those in the "
        "classifier's card"
    )
