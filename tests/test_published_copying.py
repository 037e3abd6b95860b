"""Answers that copy their text, beside the slow obvious way: all answers are listed, and those that repeat left out."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from typing import Any

import pytest

from cascade.published.copying import Copying
from cascade.published.inline import BRACKETED, XML, InlineFormat


class Bytes:
    """A token for each byte."""

    def __init__(self) -> None:
        self.of_token = {byte: bytes([byte]) for byte in range(256)}

    def begins(self, prefix: bytes) -> tuple[bool, int | None]:
        return len(prefix) == 1, prefix[0] if len(prefix) == 1 else None


def copying_of(form: InlineFormat, text: str, types: Sequence[str], depth: int) -> Copying:
    tokens: Any = Bytes()
    return Copying(form, text, types, tokens, depth=depth)


def answers(form: InlineFormat, text: str, types: Sequence[str], depth: int) -> set[str]:
    """All answers that allowed tokens lead to; fails where none leads on before the end."""
    found = set()
    waiting = [(b"", copying_of(form, text, types, depth).states)]
    while waiting:
        answer, states = waiting.pop()
        copying = copying_of(form, text, types, depth)
        copying.states = states
        allowed = copying.allowed()
        if copying.may_end():
            found.add(answer.decode())
        assert allowed or copying.may_end(), answer
        for token in allowed:
            copying.states = states
            copying.take(token)
            waiting.append((answer + bytes([token]), copying.states))
    return found


def slow_answers(form: InlineFormat, text: str, types: Sequence[str], depth: int) -> set[str]:
    """All answers with marks around stretches that neither begin nor end with a blank, no two of them alike."""

    def behind(place: int, opened: tuple[tuple[int, str], ...]) -> Iterator[str]:
        if place == len(text) and not opened:
            yield ""
        if place < len(text):
            yield from (form.escaped(text[place]) + rest for rest in behind(place + 1, opened))
            for name in types if len(opened) < depth and not text[place].isspace() else ():
                yield from (form.opens(form.escaped(name)) + rest for rest in behind(place, (*opened, (place, name))))
        if opened and opened[-1][0] < place and not text[place - 1].isspace():
            mark = form.closes(form.escaped(opened[-1][1]))
            yield from (mark + rest for rest in behind(place, opened[:-1]))

    return {answer for answer in behind(0, ()) if unlike(form.scan(answer).spans)}


def unlike(values: Sequence[Hashable]) -> bool:
    return len(set(values)) == len(values)


@pytest.mark.parametrize(
    ("text", "types", "depth"),
    [
        ("ab", ["x"], 3),
        ("ab", ["x", "/s"], 3),
        ("a b", ["x"], 3),
        ("abc", ["x"], 4),
        (" a ", ["x", "y"], 4),
        ("a[", ["x", "y", "a|b"], 2),
    ],
)
def test_bracketed_answers_are_all_those_that_tell_no_entity_twice(text: str, types: list[str], depth: int) -> None:
    assert answers(BRACKETED, text, types, depth) == slow_answers(BRACKETED, text, types, depth)


@pytest.mark.parametrize(("text", "depth"), [("ab", 2), ("a<", 3)])
def test_xml_answers_are_those_whose_entities_of_one_type_begin_apart(text: str, depth: int) -> None:
    types = ["x", "/x"]
    slow = slow_answers(XML, text, types, depth)
    told = {answer: XML.scan(answer).spans for answer in slow}
    begin_apart = {answer for answer, spans in told.items() if unlike([(start, name) for start, _, name in spans])}
    assert answers(XML, text, types, depth) == begin_apart
    assert {name for spans in told.values() for *_, name in spans} == set(types)


@pytest.mark.parametrize(
    ("answer", "following"),
    [
        ("[[b | x] | ", "/"),  # not x again
        ("[[[b | x] |", " "),
        ("[[[b", " "),  # behind the full stop two of the three entities can end, so one has to end here
        ("[[b", " .["),
    ],
)
def test_a_bracket_does_not_close_what_would_be_told_twice(answer: str, following: str) -> None:
    copying = copying_of(BRACKETED, "b.", ["x", "/s"], 4)
    for byte in answer.encode():
        copying.take(byte)
    assert sorted(copying.allowed()) == sorted(following.encode())
