"""Scaling curves: their ratios, tables and pictures, and the points that need no trained model."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import pytest
from tiny_models import save_adapter, save_shelf

from benchmarks import scaling_languages, scaling_points
from benchmarks.scaling import Curve, measured, picture, table
from benchmarks.scaling_points import ENTITIES, PIECES, Point, Result, by_entities, by_length
from cascade import Document
from cascade.adapters.card import STAGES, AdapterShelf, read_adapter
from cascade.model.base_model import BaseModel
from cascade.text.pieces import cut

pytestmark = pytest.mark.slow


def point(x: int, units: float, seconds: list[float], *, warm_up: bool = True) -> Point:
    runs: Iterator[float] = iter(seconds)
    return Point(x, units, lambda: Result(next(runs), 100.0, "note"), warm_up)


def test_points_are_run_in_turn_and_compared_within_each_round() -> None:
    points = [point(1, 2, [9, 2.0, 4.0, 6.0]), point(10, 4, [9, 8.0, 40.0, 12.0])]
    curve = measured("types", "types", "sentence", 0, points, 3, print)
    assert [row["seconds_per_unit"] for row in curve.points] == [
        [1.0, 2.0, 3.0],
        [2.0, 10.0, 3.0],
    ]  # the first of each is not counted
    assert [(row["x"], row["milliseconds"], row["ratio"]) for row in curve.rows()] == [
        (1, 2000.0, 1.0),
        (10, 3000.0, 2.0),
    ]


def test_commands_need_no_warm_up() -> None:
    curve = measured("documents", "documents", "document", 0, [point(1, 1, [5.0, 7.0], warm_up=False)], 2, print)
    assert curve.points[0]["seconds_per_unit"] == [5.0, 7.0]


def test_an_interrupted_curve_keeps_what_was_measured() -> None:
    def interrupt() -> Result:
        raise KeyboardInterrupt

    said: list[str] = []
    curve = measured(
        "types", "types", "sentence", 0, [point(1, 1, [9, 2.0]), Point(2, 1, interrupt, warm_up=False)], 2, said.append
    )
    assert [row["x"] for row in curve.points] == [1]
    assert curve.points[0]["seconds_per_unit"] == [2.0]
    assert len(said) == 1


def test_the_table_and_the_picture_hold_every_point(tmp_path: Path) -> None:
    rows = [
        {"x": 10 * place, "seconds_per_unit": [0.01 * (1 + place)], "peak_mb": 900.0, "note": "3 entities"}
        for place in range(3)
    ]
    curve = Curve("types", "types", "sentence", 0, rows)
    lines = table(curve).splitlines()
    assert lines[0].split() == ["types", "ms/sentence", "ratio", "peak", "MB"]
    expected = [
        [str(10 * place), f"{10 * (1 + place):.2f}", f"{1 + place:.2f}", "900", "3", "entities"] for place in range(3)
    ]
    assert [line.split() for line in lines[1:]] == expected
    picture(curve, tmp_path / "curve.png")
    assert (tmp_path / "curve.png").stat().st_size > 5000


DOCUMENTS = [
    Document(str(number), f"the red cross met Ada Lovelace number {number} in London , again and again .")
    for number in range(50)
]


def test_texts_are_as_long_and_as_full_of_names_as_their_point_says(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[list[Document]] = []

    def note(documents: list[Document], types: object) -> list[Document]:
        seen.append(documents)
        return documents

    monkeypatch.setattr(scaling_points, "_cascade", lambda adapters: note)
    options = argparse.Namespace(adapters=None, sentences=20)
    _, _, reference, points = by_length(DOCUMENTS, options)
    assert PIECES[reference] == 100
    for each in points:
        each.run()
        assert len({document.text for document in seen[-1]}) == len(seen[-1])
        assert all(each.x - 3 <= len(cut(document.text)) <= each.x + 3 for document in seen[-1])
    _, _, _, points = by_entities(DOCUMENTS, options)
    for count, each in zip(ENTITIES, points, strict=True):
        each.run()
        assert len({document.text for document in seen[-1]}) == len(seen[-1])
        assert all(50 <= len(cut(document.text)) <= 75 for document in seen[-1])
        assert all(document.text.count(",") == max(0, count - 1) for document in seen[-1])


def test_languages_get_differences_to_the_one_pair_that_reads_the_types(
    gemma: BaseModel, gemma_folder: Path, tmp_path: Path
) -> None:
    shipped = save_shelf(gemma, gemma_folder, tmp_path / "shipped", own=["de"])
    for stage, seed in zip(STAGES, (31, 32), strict=True):  # a second pair for many languages, as the shipped ones have
        save_adapter(gemma, gemma_folder, shipped / "any" / stage, stage=stage, languages=["de", "en", "fr"], seed=seed)
    scaling_languages.add_random_languages(shipped, scaling_points.BASE_TYPES, tmp_path / "made")
    made = AdapterShelf(tmp_path / "made")
    for stage in STAGES:
        [root] = made.whole(stage)
        assert root.checksum() == read_adapter(shipped / "any" / stage).checksum()
        assert len(made.of_stage(stage)) == 1 + len(scaling_languages.CODES)
