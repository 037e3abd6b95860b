"""Where marks open and close, against the set of entities that covers each character."""

from __future__ import annotations

import pytest
from shown_documents import random_document

from cascade.document import Document, Entity
from cascade.document.marks import Closing, Opening, steps


def written(document: Document) -> str:
    """The steps as brackets: `(a` opens, `a)` closes; `~` where an entity is cut."""
    parts = []
    for step in steps(document.text, document.entities):
        if isinstance(step, Opening):
            parts.append(f"({'' if step.begins else '~'}{step.entity.type} ")
        elif isinstance(step, Closing):
            parts.append(f"{'' if step.ends else '~'})")
        else:
            parts.append(step)
    return "".join(parts)


def spans(*given: tuple[int, int, str]) -> tuple[Entity, ...]:
    return tuple(Entity(*each) for each in given)


@pytest.mark.parametrize(
    ("entities", "expected"),
    [
        ((), "abcdef"),
        (((0, 6, "x"),), "(x abcdef)"),
        (((0, 2, "x"), (2, 4, "y")), "(x ab)(y cd)ef"),
        (((0, 4, "x"), (1, 3, "y")), "(x a(y bc)d)ef"),
        (((0, 4, "x"), (0, 2, "y")), "(x (y ab)cd)ef"),
        (((0, 4, "x"), (2, 4, "y")), "(x ab(y cd))ef"),
        (((0, 4, "x"), (2, 6, "y")), "(x ab(y cd~))(~y ef)"),
        (((0, 2, "x"), (0, 2, "y")), "(x (y ab))cdef"),
        (((0, 3, "x"), (1, 4, "y"), (2, 6, "z")), "(x a(y b(z c~)~))(~z (~y d)ef)"),
    ],
)
def test_marks_nest_and_crossing_ones_are_cut(entities: tuple[tuple[int, int, str], ...], expected: str) -> None:
    assert written(Document("1", "abcdef", entities=spans(*entities))) == expected


def test_an_empty_text_has_no_steps() -> None:
    assert list(steps("", ())) == []


@pytest.mark.parametrize("seed", range(200))
def test_each_character_is_in_the_marks_of_the_entities_that_cover_it(seed: int) -> None:
    document = random_document(seed)
    inside: list[set[int]] = []
    open_now: list[object] = []
    text = ""
    for step in steps(document.text, document.entities):
        if isinstance(step, Opening):
            open_now.append(step.entity)
        elif isinstance(step, Closing):
            assert open_now.pop() is step.entity
        else:
            assert step
            text += step
            inside.extend({id(each) for each in open_now} for _ in step)
    assert text == document.text
    assert open_now == []
    assert inside == [
        {id(entity) for entity in document.entities if entity.start <= place < entity.end}
        for place in range(len(document.text))
    ]


def test_many_nested_entities_do_not_recurse() -> None:
    text = "x" * 5000
    document = Document("1", text, entities=tuple(Entity(0, end, "t") for end in range(1, 5001)))
    assert sum(isinstance(step, Opening) for step in steps(text, document.entities)) == 5000
