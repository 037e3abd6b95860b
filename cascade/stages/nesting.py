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
    kept: list[Places] = []
    for first, last in sorted(set(spans), key=lambda span: (span[0] - span[1], span)):
        overlapping = [other for other in kept if other[0] <= last and first <= other[1]]
        around = [other for other in overlapping if other[0] <= first and last <= other[1]]
        if len(around) < depth and len(around) == len(overlapping):  # what was kept is longer, so lies in no later one
            layers[len(around)].append((first, last))
            kept.append((first, last))
    return [sorted(layer) for layer in layers]


def layer_labels(spans: Iterable[Places], pieces: int, *, depth: int) -> list[int]:
    """The labels of `pieces` pieces in the first layer, then those in the second, and so on."""
    return [label for layer in in_layers(spans, depth) for label in labels_of(layer, pieces)]
