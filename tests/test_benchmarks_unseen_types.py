"""The measurement of whole corpora that no adapter was trained on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import cast

import pytest
from project_tree import ROOT

from benchmarks.unseen_types import HELD_OUT, USUAL_TYPES, documents_of, main, measure
from cascade import Cascade, Document, Entity
from cascade.errors import CascadeError
from train.corpora.mixtures import read_mixture

TEXT = "Ada met Bob in London"
GOLD = (Entity(0, 3, "person"), Entity(8, 11, "person"), Entity(15, 21, "place"))


def written(folder: Path, split: str, count: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    rows = [Document(f"{split}{number}", TEXT, "en", GOLD).to_dict() for number in range(count)]
    (folder / f"{split}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def test_no_mixture_that_ships_holds_a_held_out_corpus() -> None:
    for name in ("any_type_nothing", "any_type_lists_again", "multilingual", "names_among_lines", "languages"):
        entries = read_mixture(ROOT / f"train/{name}.yaml").entries  # with those of the mixtures that they build on
        assert not {entry["path"].split("/")[0] for entry in entries} & {*HELD_OUT, *USUAL_TYPES}


def test_documents_are_drawn_from_all_splits(tmp_path: Path) -> None:
    written(tmp_path / "a", "train", 5)
    written(tmp_path / "a", "dev", 3)
    assert len(documents_of(tmp_path / "a", 100, 1)) == 8
    drawn = documents_of(tmp_path / "a", 4, 1)
    assert len(drawn) == 4
    assert drawn == documents_of(tmp_path / "a", 4, 1)
    with pytest.raises(CascadeError, match="holds no documents; expected train.jsonl"):
        documents_of(tmp_path / "none", 4, 1)


def test_types_that_no_prompt_can_hold_are_named_as_in_mixtures(tmp_path: Path) -> None:
    row = Document("1", TEXT, "en", (Entity(0, 3, "nationality, religion"),)).to_dict()
    (tmp_path / "dev.jsonl").write_text(json.dumps(row), encoding="utf-8")
    assert [each.type for document in documents_of(tmp_path, 4, 1) for each in document.entities] == [
        "nationality or religion"
    ]


def test_figures_are_those_of_what_was_found(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [Entity(0, 3, "person", 0.8), Entity(8, 11, "place", 0.6)]

    class Fixed:
        def __call__(self, documents: list[Document], types: list[str]) -> list[Document]:
            assert types == ["person", "place"]
            assert not any(document.entities for document in documents)
            return [document.with_entities(found) for document in documents]

    row = measure(cast(Cascade, Fixed()), [Document("1", TEXT, "en", GOLD)], ["person", "place"])
    assert (row["precision"], row["gold"], row["recall"]) == (0.5, 3, pytest.approx(1 / 3))
    assert row["f1"] == pytest.approx(0.4)
    assert row["span_recall"] == pytest.approx(2 / 3)
    assert row["calibration_error"] == pytest.approx((0.6 + 0.2) / 2)  # a bin each


def test_the_command_prints_a_row_a_corpus(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a", "b"):
        written(tmp_path / name, "train", 3)
    out = tmp_path / "figures.json"
    options = ["--data", str(tmp_path), "--corpora", "a,b", "--json", str(out), "--sentences", "2"]
    assert main(options) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[1:3]] == ["a", "b"]
    assert lines[3].startswith("mean of 2: ")
    figures = json.loads(out.read_text(encoding="utf-8"))
    assert figures["corpora"]["a"]["documents"] == 2
    assert figures["mean"]["f1"] == pytest.approx(sum(row["f1"] for row in figures["corpora"].values()) / 2)
