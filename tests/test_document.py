"""Documents and entities keep their invariants and say what is wrong when they cannot."""

from typing import Any

import pytest

from cascade.document import Document, Entity
from cascade.errors import CascadeError, DocumentError


def test_entity_text_is_the_text_between_its_offsets() -> None:
    document = Document("d", "İzmir 😀 Ankara", entities=(Entity(8, 14, "city"),))
    assert document.text_of(document.entities[0]) == "Ankara"


def test_entities_are_sorted_by_start_end_and_type() -> None:
    document = Document(
        "d", "New York", entities=(Entity(4, 8, "b"), Entity(0, 8, "b"), Entity(0, 8, "a"), Entity(0, 3, "c"))
    )
    assert document.entities == (Entity(0, 3, "c"), Entity(0, 8, "a"), Entity(0, 8, "b"), Entity(4, 8, "b"))


def test_with_entities_leaves_the_document_unchanged() -> None:
    document = Document("d", "New York", "en", (Entity(0, 3, "a"),), ((0, 3), (4, 8)))
    changed = document.with_entities([Entity(4, 8, "b")])
    assert changed == Document("d", "New York", "en", (Entity(4, 8, "b"),), ((0, 3), (4, 8)))
    assert document.entities == (Entity(0, 3, "a"),)


def test_documents_can_be_empty() -> None:
    assert Document("d", "", tokens=()).entities == ()


@pytest.mark.parametrize(
    ("start", "end", "type_", "score", "message"),
    [
        (2, 2, "a", None, "entity offsets 2..2 are empty or negative; expected 0 <= start < end"),
        (-1, 2, "a", None, "entity offsets -1..2 are empty or negative; expected 0 <= start < end"),
        (True, 2, "a", None, "entity start True is not an integer; expected a character offset"),
        (0, 2.0, "a", None, "entity end 2.0 is not an integer; expected a character offset"),
        (0, 2, " ", None, "entity type ' ' at 0..2 is empty; expected a type name"),
        (0, 2, "a", 1.5, "entity score 1.5 at 0..2 is no number within 0..1"),
        (0, 2, "a", float("nan"), "entity score nan at 0..2 is no number within 0..1"),
    ],
)
def test_ill_formed_entities_are_refused(start: int, end: int, type_: str, score: float | None, message: str) -> None:
    with pytest.raises(DocumentError) as caught:
        Entity(start, end, type_, score)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"id": "", "text": "a"}, "document id '' is empty or not a string; expected a non-empty string"),
        ({"id": "d", "text": None}, "document 'd': text is NoneType, expected a string"),
        (
            {"id": "d", "text": "a\ud800"},
            "document 'd': text has a lone surrogate '\\ud800' at 1, which is not valid Unicode; repair the source's "
            "encoding",
        ),
        (
            {"id": "d", "text": "ab", "entities": (Entity(1, 3, "x"),)},
            "document 'd': entity 1..3 (x) ends after the text's 2 characters",
        ),
        (
            {"id": "d", "text": "ab", "tokens": ((0, 2), (1, 2))},
            "document 'd': token 1..2 is empty, overlaps the one before or ends after the text",
        ),
        (
            {"id": "d", "text": "ab", "tokens": ((0, 3),)},
            "document 'd': token 0..3 is empty, overlaps the one before or ends after the text",
        ),
    ],
)
def test_ill_formed_documents_are_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(DocumentError) as caught:
        Document(**arguments)
    assert str(caught.value) == message


def test_document_errors_are_cascade_errors() -> None:
    assert issubclass(DocumentError, CascadeError)
