"""The tokens of a document as columns hold them: cut where entities begin and end, so that each entity is some of
them.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from copy import copy
from itertools import pairwise

from cascade.document import Document
from data_formats.columns.blocks import COLUMN_BREAKS
from data_formats.report import CUT_TOKENS, Report
from data_formats.spacing import JOINS, JoinRule, tokenised

Offsets = tuple[tuple[int, int], ...]


def column_tokens(
    document: Document, spans: Sequence[tuple[int, int]], report: Report, *, joined_so_far: JoinRule | None
) -> Offsets:
    """Offsets of tokens at whose edges all the spans begin and end; the spans share no character.

    They are the document's own, or those of its text (`spacing.tokenised`) where it has none; a token that a span
    begins or ends inside of is cut there (and nowhere else: every cut is one more blank in files that join tokens by
    spaces), its own ones counted.  joined_so_far: what the file's tokens so far say of how they will be joined; None
    where the text stands beside them.  Where it does not and the document has no tokens of its own, tokens within a
    span stay together unless what joins tokens stands between them: U.S. is one token, and so read again as it is.
    """
    offsets = tokenised(document.text) if document.tokens is None else _covering(document.text, document.tokens)
    cuts = sorted({edge for span in spans for edge in span})
    result = [part for token in offsets for part in _cut(token, cuts, document.text)]
    if document.tokens is not None:
        whole = set(result)
        for start, end in document.tokens:
            if (start, end) not in whole:
                report.lose(CUT_TOKENS, f"{document.id}: {document.text[start:end]!r}")
    if document.tokens is None and joined_so_far is not None:
        result = _kept_together(document.text, result, spans, joined_so_far)
    return tuple(result)


def _covering(text: str, tokens: Offsets) -> Iterator[tuple[int, int]]:
    """A document's own tokens, and between them those of what they leave out but white space."""
    position = 0
    for start, end in (*tokens, (len(text), len(text))):
        yield from ((position + first, position + last) for first, last in tokenised(text[position:start]))
        if start < end:
            yield start, end
        position = end


def _cut(token: tuple[int, int], cuts: Sequence[int], text: str) -> Iterator[tuple[int, int]]:
    """The parts of a token between the places where it is cut.

    White space around them is left out: a token that is a blank would say how all tokens are joined.
    """
    start, end = token
    inside = cuts[bisect_right(cuts, start) : bisect_left(cuts, end)]
    if not inside:
        yield token
        return
    for first, last in pairwise((start, *inside, end)):
        part = text[first:last]
        if not part.isspace():
            yield last - len(part.lstrip()), first + len(part.rstrip())


def _kept_together(
    text: str, tokens: Sequence[tuple[int, int]], spans: Sequence[tuple[int, int]], joined_so_far: JoinRule
) -> list[tuple[int, int]]:
    """The tokens, those of a span as one where joining them would change its string.

    How a file's tokens will be joined is known at its end alone; those up to this document stand in for all.
    """
    rule = copy(joined_so_far)
    rule.add(text[start:end] for start, end in tokens)
    between = JOINS[rule.join] if rule.is_decided else None
    span_of_start = dict(spans)
    result: list[tuple[int, int]] = []
    span_end = 0
    for start, end in tokens:
        gap = text[result[-1][1] : start] if result else ""
        if start < span_end and gap != between and not COLUMN_BREAKS.search(gap):
            result[-1] = (result[-1][0], end)
        else:
            result.append((start, end))
        span_end = span_of_start.get(start, span_end)
    return result
