"""Answers that repeat the text with marks around its entities: how they are written and read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from cascade.published.alignment import aligned
from cascade.published.losses import AMBIGUOUS, EMPTY, NOT_WRITTEN, TEXT_CHANGED, UNBALANCED, Losses
from cascade.published.spans import Span

# what may begin at a place of an answer: whether it opens or closes an entity, where the mark ends, and its type
Mark = tuple[bool, int, str]
_MOST_STEPS = 100_000  # of the search for readings; real answers take a step a character


@dataclass(frozen=True, slots=True)
class Scanned:
    """An answer without its marks, the entities that they enclose, and the number of marks without a partner."""

    plain: str
    spans: tuple[Span, ...]
    unbalanced: int


@dataclass(frozen=True, slots=True)
class InlineFormat:
    """A format of marks: what stands before and behind an entity.

    A backslash before one of `specials` in the text or in a type makes it no part of a mark. opens, closes: the marks
    for a type that is already written so. scan: reads an answer by these rules. marks: the marks of known types that
    may begin at a place of an answer without backslashes.
    """

    name: str
    specials: str
    opens: Callable[[str], str]
    closes: Callable[[str], str]
    scan: Callable[[str], Scanned]
    marks: Callable[[str, int, Sequence[str]], list[Mark]]

    def escaped(self, text: str) -> str:
        """The text with a backslash before each special character."""
        return re.sub(f"([{re.escape(self.specials)}])", r"\\\1", text)

    def write(self, text: str, spans: Sequence[Span], losses: Losses) -> str:
        """The text with the spans marked, the longer of two nested ones outside; those that cross are counted."""
        closing: list[Span] = []
        pieces: list[str] = []
        position = 0

        def copy_to(end: int) -> None:
            nonlocal position
            pieces.append(self.escaped(text[position:end]))
            position = end

        def close_until(place: int) -> None:
            while closing and closing[-1][1] <= place:
                copy_to(closing[-1][1])
                pieces.append(self.closes(self.escaped(closing.pop()[2])))

        for span in sorted(set(spans), key=lambda span: (span[0], -span[1], span[2])):
            close_until(span[0])
            if closing and span[1] > closing[-1][1]:
                losses.lose(NOT_WRITTEN)
                continue
            copy_to(span[0])
            pieces.append(self.opens(self.escaped(span[2])))
            closing.append(span)
        close_until(len(text))
        copy_to(len(text))
        return "".join(pieces)

    def read(self, answer: str, text: str, types: Sequence[str], losses: Losses) -> list[Span]:
        """The spans that an answer marks, with their offsets in the text."""
        return read_marked(answer, text, self.scan, lambda place: self.marks(answer, place, types), losses)


def read_marked(
    answer: str,
    text: str,
    scan: Callable[[str], Scanned],
    marks: Callable[[int], list[Mark]],
    losses: Losses,
    *,
    nested: bool = True,
    doubtful: bool = False,
) -> list[Span]:
    """The spans of an answer, with their offsets in the text; what is lost is counted.

    An answer that repeats the text is read by the rules of its format (`scan`). If that does not lead back to the text,
    it may hold characters of marks as they stand in the text: it is read so if that is possible in one way only. What
    remains is aligned with the text. nested: whether marks may stand within marks. doubtful: whether an answer that
    leads back to the text may do so in another way too.
    """
    scanned = scan(answer)
    if (start := _start_in(scanned.plain, text)) is None or doubtful:
        found = readings(answer, text, marks, nested=nested)
        if len(found) > 1:
            losses.lose(AMBIGUOUS)
            return []
        if found:
            return sorted(found[0])
    full = [span for span in scanned.spans if span[0] < span[1]]
    losses.lose(EMPTY, len(scanned.spans) - len(full))
    losses.lose(UNBALANCED, scanned.unbalanced)
    if start is not None:
        return sorted((first + start, last + start, type_) for first, last, type_ in full)
    losses.lose(TEXT_CHANGED)
    return aligned(scanned.plain, full, text, losses)


def _start_in(plain: str, text: str) -> int | None:
    """Where an answer begins in the text that it repeats, or None; blanks around the text may be missing."""
    before = len(text) - len(text.lstrip())
    behind = len(text.rstrip())
    # all of it, without what stands before, without what stands behind, and without both
    for start, end in ((0, len(text)), (before, len(text)), (0, behind), (before, behind)):
        if plain == text[start:end]:
            return start
    return None


def readings(
    answer: str, text: str, marks: Callable[[int], list[Mark]], *, nested: bool = True
) -> list[tuple[Span, ...]]:
    """The ways to read an answer as the text with marks, up to two; two also where the search would take too long.

    At each place stands the next character of the text or a mark; marks must pair up.
    """
    found: set[tuple[Span, ...]] = set()
    waiting: list[tuple[int, int, tuple[tuple[int, str], ...], tuple[Span, ...]]] = [(0, 0, (), ())]
    for _ in range(_MOST_STEPS):
        if not waiting or len(found) > 1:
            return sorted(found)
        place, position, opened, spans = waiting.pop()
        if place == len(answer):
            if position == len(text) and not opened:
                found.add(tuple(sorted(spans)))
            continue
        if position < len(text) and answer[place] == text[position]:
            waiting.append((place + 1, position + 1, opened, spans))
        for opens, end, type_ in marks(place):
            if opens and (nested or not opened):
                waiting.append((end, position, (*opened, (position, type_)), spans))
            elif not opens and opened and opened[-1][0] < position and opened[-1][1] in ("", type_):
                span = (opened[-1][0], position, type_)
                waiting.append((end, position, opened[:-1], (*spans, span)))
    return [(), ()]


_BRACKETS = re.compile(r"\\([\[\]|\\])|(\[)| ?\| ?((?:\\.|[^\\\[\]|])*)\]", re.DOTALL)
_TAGS = re.compile(r"\\([<>\\])|<(/?)((?:\\.|[^\\<>])+)>", re.DOTALL)


def _unescaped(name: str) -> str:
    return re.sub(r"\\(.)", r"\1", name, flags=re.DOTALL).strip()


def _stretches(answer: str, pattern: re.Pattern[str]) -> Iterator[tuple[str, re.Match[str] | None]]:
    """The answer in stretches of text, each with the mark behind it."""
    position = 0
    for match in pattern.finditer(answer):
        yield answer[position : match.start()] + (match[1] or ""), None if match[1] else match
        position = match.end()
    yield answer[position:], None


def _scan_brackets(answer: str) -> Scanned:
    plain, spans, opened, unbalanced = "", list[Span](), list[int](), 0
    for stretch, mark in _stretches(answer, _BRACKETS):
        plain += stretch
        if mark is None:
            continue
        if mark[2]:
            opened.append(len(plain))
        elif opened:
            spans.append((opened.pop(), len(plain), _unescaped(mark[3])))
        else:
            unbalanced += 1
    return Scanned(plain, tuple(spans), unbalanced + len(opened))


def _scan_tags(answer: str) -> Scanned:
    plain, spans, opened, unbalanced = "", list[Span](), list[tuple[int, str]](), 0
    for stretch, mark in _stretches(answer, _TAGS):
        plain += stretch
        if mark is None:
            continue
        name = _unescaped(mark[3])
        if not mark[2]:
            opened.append((len(plain), name))
        elif name.casefold() in (each.casefold() for _, each in opened):
            while opened[-1][1].casefold() != name.casefold():
                opened.pop()
                unbalanced += 1
            spans.append((opened.pop()[0], len(plain), name))
        else:
            unbalanced += 1
    return Scanned(plain, tuple(spans), unbalanced + len(opened))


def _bracket_marks(answer: str, place: int, types: Sequence[str]) -> list[Mark]:
    if answer[place] == "[":
        return [(True, place + 1, "")]
    closing = ((f" | {name}]", name) for name in types) if answer[place] == " " else ()
    return [(False, place + len(mark), name) for mark, name in closing if answer.startswith(mark, place)]


def _in_tag(name: str) -> str:
    """The name with a backslash before a slash that it begins with, as `</person>` would be a closing tag."""
    return f"\\{name}" if name.startswith("/") else name


def _tag_marks(answer: str, place: int, types: Sequence[str]) -> list[Mark]:
    if answer[place] != "<":
        return []
    known = ((opens, f"<{'' if opens else '/'}{_in_tag(name)}>", name) for name in types for opens in (True, False))
    return [(opens, place + len(mark), name) for opens, mark, name in known if answer.startswith(mark, place)]


BRACKETED = InlineFormat(
    "bracketed", "[]|\\", lambda _: "[", lambda name: f" | {name}]", _scan_brackets, _bracket_marks
)
XML = InlineFormat(
    "xml", "<>\\", lambda name: f"<{_in_tag(name)}>", lambda name: f"</{_in_tag(name)}>", _scan_tags, _tag_marks
)
