"""Decoding of the decisions at a text's pieces: flat spans, or nested ones where several layers were decided.

Decisions are log-probabilities of O, B, I, E and S in each layer, (pieces, 5 x layers).
"""

from __future__ import annotations

from collections.abc import Sequence

from cascade.stages.decisions import CONTINUES, Floats, best_sequence, span_probabilities, spans_of
from cascade.stages.nested_decoding import is_open_before, nested_probabilities, nested_spans
from cascade.stages.nesting import Places
from cascade.text.tokens import LABELS


def best_spans(decisions: Floats) -> list[Places]:
    """The spans (first and last piece) of the best legal decisions, in text order."""
    return spans_of(best_sequence(decisions)) if _are_flat(decisions) else nested_spans(decisions)


def probabilities(decisions: Floats, spans: Sequence[Places]) -> list[float]:
    """The probability of each span among all legal decisions."""
    return span_probabilities(decisions, spans) if _are_flat(decisions) else nested_probabilities(decisions, spans)


def open_before(decisions: Floats) -> list[bool]:
    """Whether the best legal decisions leave a span open before each piece."""
    if _are_flat(decisions):
        return [label in CONTINUES for label in best_sequence(decisions)]
    return is_open_before(decisions)


def _are_flat(decisions: Floats) -> bool:
    """Whether there is one layer, whose programs over five labels are faster than those over stacks."""
    return bool(decisions.shape[1] == len(LABELS))
