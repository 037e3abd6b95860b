"""Entities below the lowest score of their type: left out, or kept and marked as unsure."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tiny_models import random_text, save_shelf

from cascade import Cascade, Document, Entity, Taxonomy
from cascade.adapters.card import AdapterShelf
from cascade.commands import evaluate
from cascade.errors import CascadeError, DocumentError, FormatError
from cascade.model.base_model import BaseModel
from cascade.pipeline.counts import Counts
from cascade.taxonomy.parsing import parse_taxonomy
from data_formats import Report, read, write
from data_formats.registry import formats
from data_formats.report import ALTERNATIVES, UNSURE

DOCUMENTS = [Document(str(seed), random_text(random.Random(seed), 40), "en") for seed in range(4)]
FLAT = Taxonomy.flat(["company", "person", "place"])
DEEP = parse_taxonomy({"company": None, "place": ["city", "river"], "person": ["artist", "writer"]})


@pytest.fixture(scope="module")
def annotate(gemma: BaseModel, gemma_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Cascade:
    return Cascade(gemma, AdapterShelf(save_shelf(gemma, gemma_folder, tmp_path_factory.mktemp("a"), own=())))


def found(annotate: Cascade, **options: Any) -> list[list[Entity]]:
    return [list(document.entities) for document in annotate.stream(DOCUMENTS, **options)]


def test_each_type_has_its_own_lowest_score(annotate: Cascade) -> None:
    every = found(annotate, types=FLAT, min_score=0.0)
    scores = sorted(entity.score or 0.0 for entities in every for entity in entities)
    middle = scores[len(scores) // 2]
    counts = Counts()
    some = found(annotate, types=FLAT, min_score={"person": middle, "place": 0.0, "*": 1.0}, counts=counts)
    lowest = {"person": middle, "place": 0.0, "company": 1.0}
    wanted = [[each for each in entities if (each.score or 0.0) >= lowest[each.type]] for entities in every]
    assert some == wanted
    assert 0 < sum(map(len, some)) < sum(map(len, every))
    assert counts.unsure == sum(map(len, every)) - sum(map(len, some))


@pytest.mark.parametrize("types", [FLAT, DEEP], ids=["flat", "levels"])
def test_what_is_shown_as_unsure_leaves_the_rest_as_it_was(annotate: Cascade, types: Taxonomy) -> None:
    scores = sorted(e.score or 0.0 for entities in found(annotate, types=types, min_score=0.0) for e in entities)
    low, high = scores[len(scores) // 4], scores[len(scores) // 2]
    plain, counts = found(annotate, types=types, min_score=high), Counts()
    shown = found(annotate, types=types, min_score=high, unsure_from=low, counts=counts)
    assert [[each for each in entities if not each.unsure] for entities in shown] == plain
    unsure = [each for entities in shown for each in entities if each.unsure]
    assert unsure
    assert all(low <= (each.score or 0.0) < high for each in unsure)
    assert not any(each.unsure for entities in plain for each in entities)
    all_of_them = Counts()
    found(annotate, types=types, min_score=high, counts=all_of_them)
    assert counts.unsure == all_of_them.unsure - len(unsure)


def test_scores_out_of_range_are_refused(annotate: Cascade) -> None:
    with pytest.raises(CascadeError, match="unsure entities are to be shown from a score of 2; expected a probability"):
        found(annotate, unsure_from=2)
    with pytest.raises(CascadeError, match="the lowest score of .person. is 2; expected"):
        found(annotate, min_score={"person": 2})


def test_the_mark_is_written_and_read(tmp_path: Path) -> None:
    sure, unsure = Entity(0, 3, "person", 0.9), Entity(8, 11, "person", 0.2, unsure=True)
    document = Document("1", "Ada met Bob", "en", (sure, unsure))
    file = tmp_path / "found.jsonl"
    write([document], file)
    assert list(read(file)) == [document]
    rows = json.loads(file.read_text(encoding="utf-8"))["entities"]
    assert ["unsure" in row for row in rows] == [False, True]
    file.write_text(json.dumps({**document.to_dict(), "entities": [rows[0] | {"unsure": 1}]}), encoding="utf-8")
    with pytest.raises(FormatError, match="'unsure' is 1; expected true or false"):
        list(read(file))
    with pytest.raises(DocumentError, match="is unsure: 1; expected true or false"):
        replace(sure, unsure=1)  # type: ignore[arg-type]
    report = write([document], tmp_path / "found.conll", "conll")
    assert report.losses["marks of entities as unsure"] == 1


def test_unsure_entities_are_not_scored(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sure, unsure = Entity(0, 3, "person", 0.9), Entity(8, 11, "place", 0.2, unsure=True)
    document = Document("1", "Ada met Bob", "en", (sure,))
    write([document], tmp_path / "gold.jsonl")
    write([document.with_entities([sure, unsure])], tmp_path / "found.jsonl")
    assert evaluate.main([str(tmp_path / "gold.jsonl"), str(tmp_path / "found.jsonl"), "--resamples", "0"]) == 0
    printed = capsys.readouterr()
    assert "entities marked as unsure, which are not scored: 1" in printed.err
    assert "100.0" in printed.out
    assert "place" not in printed.out


def test_without_unsure_entities_the_others_stay_as_often_as_they_stand() -> None:
    twice, unsure = Entity(0, 3, "person", 0.9), Entity(8, 11, "place", 0.2, unsure=True)
    document, report = Document("1", "Ada met Bob", "en", (twice, twice, unsure), adapters=("a", "b")), Report()
    [left] = evaluate._sure([document], report)
    assert left == document.with_entities([twice, twice], ("a", "b"))
    assert report.losses == {evaluate.UNSURE: 1}


def test_unsure_entities_of_gold_are_not_scored_either(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = Document("1", "Ada met Bob", "en", (Entity(0, 3, "person", 0.9), Entity(8, 11, "place", 0.2, unsure=True)))
    write([found], tmp_path / "found.jsonl")
    assert evaluate.main([str(tmp_path / "found.jsonl")] * 2 + ["--resamples", "0"]) == 0
    printed = capsys.readouterr()
    assert printed.out.count("100.0") >= 3
    assert "place" not in printed.out
    assert "entities marked as unsure, which are not scored: 1" in printed.err


@pytest.mark.parametrize(
    "name",
    [each.name for each in formats() if each.write and each.read and each.name not in ("jsonl", "parquet", "text")],
)
def test_formats_without_room_for_marks_and_other_likely_types_count_them(tmp_path: Path, name: str) -> None:
    other = (("place", 0.4), ("city", 0.3))
    entities = Entity(0, 3, "person", 0.9, other), Entity(8, 11, "person", 0.2, unsure=True)
    report = write([Document("1", "Ada met Bob", "en", entities)], tmp_path / "found", name)
    assert (report.losses[UNSURE], report.losses[ALTERNATIVES]) == (1, 1)
