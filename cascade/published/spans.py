"""Entities that overlap: of those that nest or cross, the longest is kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cascade.published.losses import NESTED, REPEATED, Losses

Span = tuple[int, int, str]  # offsets, half-open, and a type; the type is empty where none was asked for


def longest(spans: Iterable[Span]) -> tuple[list[Span], list[Span]]:
    """Spans that share no character, in order, and the others; the longest are kept, then the first.

    The rule by which CascadeNER unites what several extractions found (arXiv 2409.11022, section 4). Theirs goes
    through the answers in turn and may keep two spans that overlap the same third; here no two overlap.
    """
    kept: list[Span] = []
    left: list[Span] = []
    for span in sorted(set(spans), key=lambda span: (span[0] - span[1], span)):
        overlaps = any(span[0] < end and start < span[1] for start, end, _ in kept)
        (left if overlaps else kept).append(span)
    return sorted(kept), left


def without_repeats(spans: Sequence[Span], losses: Losses) -> list[Span]:
    """The spans in order, each once."""
    losses.lose(REPEATED, len(spans) - len(set(spans)))
    return sorted(set(spans))


def flat(spans: Sequence[Span], losses: Losses) -> list[Span]:
    """The longest spans; those that nest or cross with a longer one are counted."""
    kept, left = longest(spans)
    losses.lose(NESTED, len(left))
    return kept
