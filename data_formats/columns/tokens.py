"""The tokens of a document for column files, cut where entities begin and end."""

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
    """Offsets of tokens such that every span begins and ends at the edge of a token; the spans share no character.

    They are the document's own tokens, or those of its text (`spacing.tokenised`) if it has none. A token is cut where
    a span begins or ends inside it, and nowhere else: in files that join tokens by spaces, every cut adds a blank. Cut
    tokens of the document's own are counted.

    joined_so_far: what the file's tokens so far tell about the way to join them; None if the file holds the text. If it
    is given and the document has no tokens of its own, the tokens of a span stay together unless they are separated by
    exactly what joins tokens: U.S. is then one token and is read again as it is.
    """
    offsets = tokenised(document.text) if document.tokens is None else covering(document.text, document.tokens)
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


def covering(text: str, tokens: Offsets) -> Iterator[tuple[int, int]]:
    """A document's own tokens, and tokens for any text between them that is not white space."""
    position = 0
    for start, end in (*tokens, (len(text), len(text))):
        yield from ((position + first, position + last) for first, last in tokenised(text[position:start]))
        if start < end:
            yield start, end
        position = end


def _cut(token: tuple[int, int], cuts: Sequence[int], text: str) -> Iterator[tuple[int, int]]:
    """The parts of a token between the places where it is cut.

    White space around them is left out: a token that is a blank would decide how all tokens are joined.
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
    """The tokens, with those of a span merged into one if joining them would change its string.

    How a file's tokens will be joined is known only at its end, so the tokens up to this document decide here.
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
