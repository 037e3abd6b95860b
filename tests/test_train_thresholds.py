"""Thresholds by type: fitted on dev documents, and read by the command line."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from cascade import Document, Entity
from cascade.commands.thresholds_file import asked_min_score, read_thresholds, unused_thresholds
from cascade.errors import CascadeError
from cascade.pipeline.min_score import lowest_scores, shown_min_score
from train.thresholds import Found, Outcome, best_threshold, cross_validated_f1, fitted, of_types, outcome


def value_of(found: Sequence[tuple[float, bool]], gold: int, threshold: float, precision: float | None) -> float:
    """What a threshold is chosen by: F1, or recall where the precision is reached."""
    kept = [right for score, right in found if score >= threshold]
    if precision is None:
        return 2 * sum(kept) / max(1, len(kept) + gold)
    return sum(kept) if kept and sum(kept) >= precision * len(kept) else -1.0


@pytest.mark.parametrize("precision", [None, 0.5, 0.8, 1.0])
def test_no_other_threshold_is_better(precision: float | None) -> None:
    source = random.Random(3)
    for _ in range(300):
        found = [(round(source.random(), 1), source.random() < 0.6) for _ in range(source.randrange(1, 12))]
        gold = sum(right for _, right in found) + source.randrange(4)
        chosen = value_of(found, gold, best_threshold(found, gold, precision=precision), precision)
        every = [value_of(found, gold, threshold / 100, precision) for threshold in range(102)]
        assert chosen == pytest.approx(max(every))


def test_a_threshold_lies_between_what_is_kept_and_what_is_not() -> None:
    assert best_threshold([(0.9, True), (0.7, True), (0.3, False)], 2) == 0.5
    assert best_threshold([(0.9, True), (0.7, True)], 2) == 0.35
    assert best_threshold([(0.4, False)], 1) == 1.0  # nothing is kept
    assert best_threshold([(0.9, False), (0.8, True)], 1, precision=0.9) == 1.0
    assert best_threshold([(0.0004, True), (0.0003, False)], 1) == 0.0004  # not rounded to what is not kept


def seen(types: Sequence[tuple[str, int, float]], documents: int = 100) -> Outcome:
    """An outcome in which entities of each type are right where their score is above a border."""
    source = random.Random(1)
    found = [
        Found(source.randrange(documents), name, score, score > border)
        for name, count, border in types
        for score in [source.random() for _ in range(count)]
    ]
    return Outcome(found, [(each.document, each.type) for each in found if each.right])


def test_types_get_their_own_thresholds_where_they_have_enough_entities() -> None:
    both = seen([("person", 200, 0.7), ("place", 200, 0.2), ("ship", 5, 0.9)])
    thresholds = fitted(both, ["person", "place", "ship"])
    assert thresholds["person"] == pytest.approx(0.7, abs=0.03)
    assert thresholds["place"] == pytest.approx(0.2, abs=0.03)
    assert "ship" not in thresholds
    assert both.f1(thresholds) > both.f1({"*": thresholds["*"]})
    assert both.f1({}) == both.f1({"*": 0.3})
    held = cross_validated_f1(both, ["person", "place", "ship"], 100)
    assert both.f1({"*": 0.3}) < held <= both.f1(thresholds)


def test_an_outcome_compares_spans_and_types() -> None:
    text = "Ada met Bob"
    gold = [Document("1", text, "en", (Entity(0, 3, "person"), Entity(8, 11, "person")))]
    found = [gold[0].with_entities([Entity(0, 3, "person", 0.9), Entity(8, 11, "place", 0.4)])]
    assert outcome(gold, found) == Outcome(
        [Found(0, "person", 0.9, True), Found(0, "place", 0.4, False)], [(0, "person"), (0, "person")]
    )


def test_a_command_line_asks_for_scores_by_type(tmp_path: Path) -> None:
    file = tmp_path / "t.json"
    file.write_text('{"person": 0.5, "*": 0.2}', encoding="utf-8")
    assert asked_min_score(None, None, dict) == 0.3
    assert asked_min_score(0.1, None, dict) == 0.1
    assert asked_min_score(None, file, dict) == {"person": 0.5, "*": 0.2}
    assert asked_min_score(0.1, file, dict) == {"person": 0.5, "*": 0.1}
    assert asked_min_score(None, Path("stored"), lambda: {"person": 0.7}) == {"person": 0.7}
    assert asked_min_score(0.1, Path("stored"), lambda: {"person": 0.7}) == {"person": 0.7, "*": 0.1}
    assert lowest_scores({"person": 0.5}, ["person", "place"]) == {"person": 0.5, "place": 0.3}
    assert lowest_scores(0.4, ["person"]) == {"person": 0.4}
    assert lowest_scores({"Person": 0.5}, ["person", "PER"]) == {"person": 0.5, "PER": 0.5}  # in other letters
    assert lowest_scores({"Person": 0.5, "person": 0.6}, ["Person", "person"]) == {"Person": 0.5, "person": 0.6}


def test_a_type_in_another_spelling_has_the_score_of_the_same_words() -> None:
    fits = {"person": 0.9, "birth_place": 0.8, "*": 0.1}
    assert lowest_scores(fits, ["PER", "BirthPlace", "ship"]) == {"PER": 0.9, "BirthPlace": 0.8, "ship": 0.1}
    assert lowest_scores({"PER": 0.7, "person": 0.2}, ["PER", "person"]) == {"PER": 0.7, "person": 0.2}


def test_another_name_of_persons_has_the_score_of_persons_where_its_language_tells() -> None:
    fits = {"person": 0.9, "location": 0.8, "*": 0.1}
    assert lowest_scores(fits, ["people", "places"]) == {"people": 0.9, "places": 0.8}
    assert lowest_scores({**fits, "people": 0.2}, ["people", "places"]) == {"people": 0.2, "places": 0.8}
    assert lowest_scores(fits, ["people", "ships"]) == {"people": 0.1, "ships": 0.1}
    assert list(unused_thresholds(fits, ["people", "places"])) == []


def test_the_message_names_the_option_that_sets_the_lowest_score() -> None:
    assert shown_min_score(0.3) == "0.3 (--min-score)"
    assert shown_min_score({"person": 0.3}) == "the lowest score of their type (--thresholds)"


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("[0.3]", r"holds \[0.3\]; expected an object of scores by type"),
        ("{}", r"holds \{\}; expected an object of scores by type"),
        ("{", "cannot be read: Expecting property name"),
        ('{"person": "high"}', r"the lowest score of ['\"]+person['\"]+ is .*high.*; expected a type's name"),
        ('{"person": 2}', "is 2; expected a type's name and a probability within 0..1"),
        ('{"person": true}', "is .rue; expected a type's name and a probability within 0..1"),
    ],
)
def test_a_file_of_another_form_is_refused(tmp_path: Path, content: str, found: str) -> None:
    file = tmp_path / "t.json"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(CascadeError, match=f"{file}: .*{found}"):
        read_thresholds(file)
    with pytest.raises(CascadeError, match="cannot be read"):
        read_thresholds(tmp_path / "none.json")


def test_the_command_writes_thresholds_that_infer_reads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from train.thresholds import main

    dev = tmp_path / "dev.jsonl"
    rows = [
        {"id": str(number), "text": "Ada met Bob in London.", "language": "en",
         "entities": [{"start": 0, "end": 3, "type": "person"}, {"start": 15, "end": 21, "type": "location"}]}
        for number in range(30)
    ]  # fmt: skip
    dev.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    out = tmp_path / "thresholds.json"
    assert main([str(dev), "-o", str(out), "--pair", "multilingual"]) == 0
    fits = read_thresholds(out)
    assert set(fits) == {"*", "person", "location"}
    printed = capsys.readouterr().out
    assert "F1 with fitted thresholds, cross-validated" in printed
    empty = tmp_path / "empty.jsonl"
    empty.write_text('{"text": "no", "entities": []}\n', encoding="utf-8")
    assert main([str(empty), "-o", str(out)]) != 0
    assert "no document has entities" in capsys.readouterr().err
    assert main([str(dev), "-o", str(out), "--pair", "multilingual", "--depth", "2"]) == 2
    assert "was trained to find entities in 1 layer, and depth 2 is asked for" in capsys.readouterr().err
    assert main([str(dev), "-o", str(out), "--pair", "multilingual", "--types", "ship"]) == 2
    assert capsys.readouterr().err == (
        f"error: {dev}: no entity has a type of --types ship; expected some of location, person\n"
    )


def test_gold_types_are_those_asked_for_in_the_same_words() -> None:
    text = "Ada met Bob"
    document = Document("1", text, "en", (Entity(0, 3, "PER"), Entity(4, 7, "MISC"), Entity(8, 11, "person")))
    assert [each.type for each in of_types([document], ["person"])[0].entities] == ["person", "person"]
    assert [each.type for each in of_types([document], ["PER", "person"])[0].entities] == ["PER", "person"]


def test_a_type_of_which_nothing_is_right_has_the_threshold_of_all() -> None:
    wrong = [Found(number, "ship", 0.9, False) for number in range(30)]
    both = seen([("person", 200, 0.7)])
    assert "ship" not in fitted(Outcome([*both.found, *wrong], both.gold), ["person", "ship"])
