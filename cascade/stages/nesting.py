"""Nesting: spans in layers, each a flat set of spans that lie in those of the layer before.

The first layer holds the outermost spans, so that flat spans are the first layer alone.
"""

from __future__ import annotations

from collections.abc import Iterable

from cascade.stages.decisions import labels_of

MOST_DEPTH = 4  # layers, as many as there are label words for; of 3,872 spans of NEREL, 19 lie in the fourth
Places = tuple[int, int]


def in_layers(spans: Iterable[Places], depth: int) -> list[list[Places]]:
    """The layers of spans (first, last), as many as `depth`, each in text order.

    Of spans that cross, the longest stays, the first of equals; what lies in `depth` others is left out.  One layer is
    what `flat` keeps.
    """
    layers: list[list[Places]] = [[] for _ in range(depth)]
    for span in sorted(set(spans), key=lambda span: (span[0] - span[1], span)):
        kept = [other for layer in layers for other in layer]
        outside = sum(other[0] <= span[0] and span[1] <= other[1] for other in kept)
        if outside < depth and not any(_cross(span, other) for other in kept):
            layers[outside].append(span)
    return [sorted(layer) for layer in layers]


def layer_labels(spans: Iterable[Places], pieces: int, *, depth: int) -> list[int]:
    """The labels of `pieces` pieces in the first layer, then those in the second, and so on."""
    return [label for layer in in_layers(spans, depth) for label in labels_of(layer, pieces)]


def _cross(left: Places, right: Places) -> bool:
    """Whether two spans overlap and neither lies in the other."""
    (first, last), (other_first, other_last) = sorted((left, right))
    return first < other_first <= last < other_last
