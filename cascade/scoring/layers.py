"""Scores by layer: the outermost entities, those within one of them, and so on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable

from cascade.scoring.report import Counts

Mention = tuple[int, int, str]


def layer_of(mention: Mention, mentions: Collection[Mention]) -> int:
    """The layer of a mention among all of its document, from 1: one more than the spans that it lies in."""
    start, end, _ = mention
    around = {other[:2] for other in mentions if other[0] <= start and end <= other[1]}
    return 1 + len(around - {(start, end)})


def counts_by_layer(
    mentions: Iterable[tuple[Collection[Mention], Collection[Mention]]],
) -> dict[int, Counts]:
    """The counts of each layer, the outermost first, of the gold and the predicted mentions of each document.

    An entity that is right or missed counts in its layer among the gold ones, one that is wrong in its layer among the
    predicted ones, so that all layers together are all entities.
    """
    right, missed, wrong = Counter[int](), Counter[int](), Counter[int]()
    for gold, predicted in mentions:
        for mention in gold:
            (right if mention in predicted else missed)[layer_of(mention, gold)] += 1
        for mention in predicted:
            if mention not in gold:
                wrong[layer_of(mention, predicted)] += 1
    layers = sorted(right.keys() | missed.keys() | wrong.keys())
    return {layer: Counts(tp=right[layer], fp=wrong[layer], fn=missed[layer]) for layer in layers}
