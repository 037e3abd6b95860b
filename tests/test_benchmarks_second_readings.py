"""Benchmarks of reading again: prompts, readings under the types' own names, and choices of several types."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from project_tree import ROOT

from benchmarks.second_readings import Reading, line, main, measured, prompts_of, rows, rows_of_readers
from benchmarks.several_types import fitted
from benchmarks.several_types import measured as measured_types
from cascade import Cascade, Document, Entity, Taxonomy
from cascade.commands.readings import Reader

GOLD = [
    Document("1", "Ada met Bob in London", "en", (Entity(0, 3, "person"), Entity(15, 21, "location"))),
    Document("2", "Nobody came", "en"),
]


class Reads:
    """Finds the first three letters of a text as the first type that it is asked for; notes what it is asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[list[str], dict[str, Any]]] = []

    def __call__(self, documents: list[Document], types: Taxonomy, **options: Any) -> list[Document]:
        names = [root.name for root in types.roots]
        self.asked.append((names, options))
        return [each.with_entities([Entity(0, 3, names[0], 0.5)]) for each in documents]


def test_prompts_call_each_type_by_other_names() -> None:
    made = {prompt.kind: prompt.called for prompt in prompts_of(Taxonomy.flat(["person", "no such type"]))}
    assert made["names"] == ({"person": "person", "no such type": "no such type"},)
    assert made["synonyms"][0]["no such type"] == "no such type"
    assert made["synonyms"][0]["person"] != "person"
    assert made["capitals"] == ({"person": "Person", "no such type": "No Such Type"},)
    assert made["alone"] == ({"person": "person"}, {"no such type": "no such type"})
    assert [prompt.kind for prompt in prompts_of(Taxonomy.flat(["no such type"]))] == ["names", "capitals"]


def test_rows_are_of_single_verified_and_fused_readings() -> None:
    ner: Any = Reads()
    made, first = rows(ner, GOLD, Taxonomy.flat(["location", "person"]))
    assert [row["system"] for row in made] == [
        "read once, names", "read once, synonyms", "read once, capitals", "read once, alone",
        "verified below 0.5", "verified below 0.7", "verified below 0.9",
        "3 prompts, union", "3 prompts, majority", "3 prompts, mean", "3 prompts, max",
    ]  # fmt: skip
    of_prompts, verified = [{"min_score": 0.0}] * 5, [{"verify_below": below} for below in (0.5, 0.7, 0.9)]
    assert [options for _, options in ner.asked if options] == [*of_prompts, *verified]  # two types, each alone
    assert [[each.type for each in document.entities] for document in first.found] == [["location"], ["location"]]


def test_further_readers_are_fused_with_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[Any] = []

    def load(base: str | None, *, adapters: Any, pair: str | None) -> Reads:
        loaded.append((base, adapters, pair))
        return Reads()

    monkeypatch.setattr(Cascade, "load", load)
    readers = [Reader("one", None, None, "one"), Reader("tiny", "tiny", "runs/tiny", None)]
    first = Reading([each.with_entities([Entity(0, 3, "person", 0.9)]) for each in GOLD], 2.0)
    made = list(rows_of_readers(readers, GOLD, Taxonomy.flat(["location", "person"]), first))
    ways = ["union", "majority", "mean", "max"]
    assert [row["system"] for row in made] == [
        *["read once by one", *(f"with one, {way}" for way in ways)],
        *["read once by tiny", *(f"with tiny, {way}" for way in ways)],
        *(f"all 3, {way}" for way in ways),
    ]
    assert loaded == [(None, None, "one"), ("tiny", "runs/tiny", None)]
    by_name = {row["system"]: (row["precision"], row["recall"]) for row in made}
    assert by_name["with one, majority"] == (0.0, 0.0)  # none is found by both
    assert by_name["with one, union"] == (50.0, 50.0)  # person is the likelier: right in the first text alone


def test_figures_of_a_row_worked_out_by_hand() -> None:
    found = [GOLD[0].with_entities([Entity(0, 3, "person", 1.0)]), GOLD[1]]
    row = measured("x", GOLD, found, 1.26)
    assert (row["f1"], row["precision"], row["recall"], row["seconds"]) == (66.7, 100.0, 50.0, 1.3)
    assert row["calibration_error"] == 0.0


def test_a_printed_row_has_its_seconds_also_in_readings() -> None:
    row = measured("x", GOLD, [each.with_entities([]) for each in GOLD], 2.5)
    assert line(row, 1.25).endswith("  2.5 s, 2.0 times one reading")


def test_the_page_shows_the_figures_and_seconds_of_the_results() -> None:
    page = (ROOT / "docs" / "several-readings.md").read_text(encoding="utf-8")
    _, _, table = page.partition("| | F1 |")
    cells = [[cell.strip() for cell in row.split("|")[1:-1]] for row in table.split("\n\n")[0].splitlines()[2:]]
    made = json.loads((ROOT / "benchmarks" / "results" / "second-readings.json").read_text(encoding="utf-8"))["rows"]
    once = made[0]["seconds"]
    assert sorted(row[1:] for row in cells) == sorted(
        [
            "{} [{}, {}]".format(row["f1"], *row["interval"]),
            *(str(row[name]) for name in ("precision", "recall", "seconds")),
            f"{row['seconds'] / once:.1f}",
        ]
        for row in made
    )


def test_gold_documents_are_not_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    gold = tmp_path / "gold.jsonl"
    gold.write_text(json.dumps(GOLD[0].to_dict()))
    assert main([str(gold), "--json", str(gold)]) == 2
    assert capsys.readouterr().err.endswith("the output is an input, which would be lost; name another file\n")


def test_choices_of_several_types_are_scored_by_pairs_of_span_and_type() -> None:
    right = np.array([[True, True, False], [False, False, True]])
    scores = np.array([[0.9, 0.1, 0.0], [0.2, 0.0, 0.8]])
    row = measured_types("x", scores, right, scores >= 0.15)  # three chosen, two of them right, of three to find
    assert (row["f1"], row["precision"], row["recall"]) == (66.7, 66.7, 66.7)


def test_scores_that_say_yes_too_often_are_shifted_as_the_other_half_shows() -> None:
    scores = np.full((4000, 1), 0.8)  # of fewer, the fit stays nearer to them
    right = np.array([[number // 2 % 4 == 0] for number in range(4000)])  # a quarter of each half
    assert np.abs(fitted(scores, right) - 0.25).max() < 0.02
