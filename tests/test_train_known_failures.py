"""Known failures: texts with marks are read, failures are counted, and cards tell those that are still there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cascade import Document, Entity
from cascade.adapters.card import PROMPT_VERSIONS, STAGES, WEIGHTS, Card, read_adapter
from cascade.errors import CascadeError
from train.known_failures import Failure, Tried, read_failures, sentences, tried, unmarked, write_failures


def test_marks_become_offsets() -> None:
    assert unmarked("[Ada](person) met [Bo](-) .") == ("Ada met Bo .", [(0, 3, "person"), (8, 10, "-")])


class Reads:
    """Finds the entities that it was told of, in each text."""

    def __init__(self, *entities: tuple[int, int, str]) -> None:
        self.entities = tuple(Entity(*each) for each in entities)

    def __call__(self, texts: list[str], types: list[str]) -> list[Document]:
        return [Document(str(number), text, entities=self.entities) for number, text in enumerate(texts)]


def test_what_is_missed_mistyped_and_wrongly_found_is_counted() -> None:
    failure = Failure("x", ["a", "b"], [("one two six", [(0, 3, "a"), (4, 7, "a"), (8, 11, "-")])])
    reader: Any = Reads((4, 7, "b"), (8, 11, "a"))
    assert tried(failure, reader) == Tried(marked=2, missed=1, mistyped=1, wrongly_found=1, forbidden=1)


@pytest.mark.parametrize(
    ("result", "told"),
    [
        (Tried(4, 1, 0, 0, 0), []),
        (Tried(4, 2, 0, 0, 0), [("extractor", "Names are missed (2 of 4 missed in made-up texts).")]),
        (Tried(4, 1, 2, 0, 0), [("classifier", "Names are missed (another type for 2 of 3 found in made-up texts).")]),
        (Tried(3, 1, 2, 0, 0), []),
        (Tried(0, 0, 0, 3, 6), [("classifier", "Names are missed (3 of 6 wrongly found in made-up texts).")]),
    ],
)
def test_a_failure_is_told_where_half_of_the_entities_fail(result: Tried, told: list[tuple[str, str]]) -> None:
    assert list(sentences(Failure("Names are missed.", ["a"], []), result)) == told


def test_cards_hold_the_sentences_of_their_stage_and_lose_those_of_before(tmp_path: Path) -> None:
    for stage in STAGES:
        (tmp_path / stage).mkdir()
        (tmp_path / stage / WEIGHTS).touch()
        Card(stage, "tiny", "a" * 64, PROMPT_VERSIONS[stage], ["en"], ["person"], known_failures=["old"]).write(
            tmp_path / stage
        )
    write_failures({"extractor": ["new"]}, tmp_path)
    assert [list(read_adapter(tmp_path / stage).card.known_failures) for stage in STAGES] == [["new"], []]
    assert "known_failures" not in (tmp_path / "classifier" / "card.json").read_text(encoding="utf-8")


def test_a_mark_of_a_type_that_is_not_asked_for_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "failures.yaml"
    file.write_text('- {failure: Odd., types: [a], texts: ["[x](b)"]}\n', encoding="utf-8")
    with pytest.raises(CascadeError) as error:
        read_failures(file)
    assert str(error.value) == f"{file}: 'Odd.' marks ['b']; expected types that it asks for"


def test_each_shipped_failure_has_texts_and_entities_enough() -> None:
    assert [each.sentence for each in read_failures() if sum(len(marks) for _, marks in each.texts) < 4] == []
