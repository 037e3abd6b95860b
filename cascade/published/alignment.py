"""Places in the text for entities of an answer that does not repeat the text exactly."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cascade.published.losses import NOT_FOUND, OUT_OF_ORDER, SEVERAL_PLACES, Losses
from cascade.published.spans import Span

_NOWHERE = -1  # an end that no way of placing reaches


def aligned(plain: str, spans: Sequence[Span], text: str, losses: Losses) -> list[Span]:
    """The spans of the answer's `plain` text at their places in `text`; those without a certain place are counted.

    What stands before the first change keeps its place, and what stands after the last change, seen from the end; a
    span for which that leaves several places is lost (`_kept`). Between them the outermost spans are placed in their
    order (`places`); spans inside others move with them, or, where these are lost, stay if they stand before or after
    all changes.
    """
    before = _common(plain, text)
    kept, doubtful = _kept(plain, spans, text, before)
    outer = [span for span in spans if not any(_inside(span, other) for other in spans)]
    shifts: dict[Span, int] = {span: kept[span] for span in outer if span in kept}
    between = sorted(span for span in outer if span not in shifts and span not in doubtful)
    first = max((end for start, end, _ in shifts if end <= before), default=0)
    last = min((start + shift for (start, end, _), shift in shifts.items() if end > before), default=len(text))
    found = places([plain[start:end] for start, end, _ in between], text[first:last])
    shifts |= {
        span: first + place - span[0] for span, place in zip(between, found, strict=True) if not isinstance(place, str)
    }
    reasons = {span: place for span, place in zip(between, found, strict=True) if isinstance(place, str)}
    reasons |= {span: SEVERAL_PLACES for span in outer if span in doubtful}
    placed = {
        span: _moved(span, shift)
        for outer_span, shift in shifts.items()
        for span in spans
        if span == outer_span or _inside(span, outer_span)
    }
    taken = [placed[span] for span in shifts]
    for span, reason in reasons.items():
        lost = [each for each in spans if each == span or _inside(each, span)]
        staying = {each: _moved(each, kept[each]) for each in lost if each in kept}
        free = {each: there for each, there in staying.items() if all(_apart(there, other) for other in taken)}
        losses.lose(reason, sum(each not in free for each in lost))
        placed |= free
    return sorted(placed[span] for span in spans if span in placed)


def _kept(plain: str, spans: Sequence[Span], text: str, before: int) -> tuple[dict[Span, int], set[Span]]:
    """How far spans before the first or after the last change move, and those that could move in more than one way.

    Where characters were left out or told twice, what stands before the first change may overlap with what stands after
    the last one. A span in both has two places, such as the first word of `Rome is` for `Rome Rome is`. An answer that
    is a piece of the text as it is could be any such piece, such as `Ada` for `Ada saw Ada.`
    """
    moved, after = len(text) - len(plain), _common(plain[::-1], text[::-1])
    # of a longer answer, what stands after the last change must not take characters that stand before the first one
    certain = after if moved > 0 else min(after, len(text) - before)
    pieces = list(occurrences(plain, text))
    kept: dict[Span, int] = {}
    doubtful: set[Span] = set()
    for span in spans:
        from_start, from_end = span[1] <= before, span[0] >= len(plain) - after
        if from_start or from_end:
            if len({*[0] * from_start, *[moved] * from_end, *pieces}) > 1:
                doubtful.add(span)
            elif from_start or span[0] >= len(plain) - certain:
                kept[span] = 0 if from_start else moved
    return kept, doubtful


def places(strings: Sequence[str], text: str) -> list[int | str]:
    """For each string where it begins in the text, or the reason why that is not certain.

    The strings are placed in order, without overlap, as many as possible. A string's place is certain if all ways to
    place so many of them agree on it.
    """
    count = len(strings)
    occurring = [list(occurrences(string, text)) for string in strings]
    forward = _ends(occurring, [len(string) for string in strings])
    lengths = [len(string) for string in reversed(strings)]
    mirrored = [
        [len(text) - start - length for start in reversed(starts)]
        for starts, length in zip(reversed(occurring), lengths, strict=True)
    ]
    backward = [[len(text) - end if end != _NOWHERE else _NOWHERE for end in row] for row in _ends(mirrored, lengths)]
    most = max(number for number, end in enumerate(forward[count]) if end != _NOWHERE)
    result: list[int | str] = []
    for index, (string, starts) in enumerate(zip(strings, occurring, strict=True)):
        ahead, behind = forward[index], backward[count - index - 1]
        possible = [start for start in starts if _fits(ahead, behind, most - 1, start, start + len(string))]
        skipped = _fits(ahead, behind, most, None, None)
        if not starts:
            result.append(NOT_FOUND)
        elif not possible:
            result.append(OUT_OF_ORDER)
        else:
            result.append(possible[0] if len(possible) == 1 and not skipped else SEVERAL_PLACES)
    return result


def occurrences(string: str, text: str) -> Iterator[int]:
    """Where the string begins in the text, overlapping occurrences too, as of 'aa' in 'aaa'; none for an empty one."""
    start = text.find(string) if string else -1
    while start >= 0:
        yield start
        start = text.find(string, start + 1)


def _ends(occurring: Sequence[Sequence[int]], lengths: Sequence[int]) -> list[list[int]]:
    """The smallest end after placing m of the first i strings, as row i and column m; -1 where that is impossible."""
    rows = [[0] + [_NOWHERE] * len(occurring)]
    for starts, length in zip(occurring, lengths, strict=True):
        above = rows[-1]
        row = list(above)
        for number in range(1, len(above)):
            before = above[number - 1]
            begin = next((start for start in starts if before != _NOWHERE and start >= before), None)
            if begin is not None and (row[number] == _NOWHERE or begin + length < row[number]):
                row[number] = begin + length
        rows.append(row)
    return rows


def _fits(ahead: Sequence[int], behind: Sequence[int], others: int, start: int | None, end: int | None) -> bool:
    """Whether `others` strings before and behind can be placed around a stretch, or around nothing."""
    for number, reached in enumerate(ahead):
        rest = others - number
        if reached == _NOWHERE or not 0 <= rest < len(behind) or behind[rest] == _NOWHERE:
            continue
        if reached <= (behind[rest] if start is None else start) and (end is None or end <= behind[rest]):
            return True
    return False


def _common(left: str, right: str) -> int:
    """The number of characters at the beginning that are equal."""
    pairs = enumerate(zip(left, right, strict=False))
    return next((place for place, (one, other) in pairs if one != other), min(len(left), len(right)))


def _moved(span: Span, shift: int) -> Span:
    return span[0] + shift, span[1] + shift, span[2]


def _apart(span: Span, other: Span) -> bool:
    return span[1] <= other[0] or other[1] <= span[0]


def _inside(span: Span, other: Span) -> bool:
    """Whether a span lies in another one that is longer, or as long and later in the order of types."""
    if span == other:
        return False
    within = other[0] <= span[0] and span[1] <= other[1]
    return within and (span[:2] != other[:2] or span[2] < other[2])
