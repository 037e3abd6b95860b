"""Scores by layer: the outermost entities, those within one of them, and so on."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Collection, Iterable

from cascade.scoring.report import Counts

Mention = tuple[int, int, str]


def layers_of(mentions: Iterable[Mention]) -> dict[tuple[int, int], int]:
    """The layer of each span of a document's mentions, from 1: one more than the other spans that it lies in."""
    ends: list[int] = []
    layers: dict[tuple[int, int], int] = {}
    for start, end in sorted({mention[:2] for mention in mentions}, key=lambda span: (span[0], -span[1])):
        layers[start, end] = 1 + len(ends) - bisect_left(ends, end)  # those before it begin no later
        insort(ends, end)
    return layers


def counts_by_layer(documents: Iterable[tuple[Collection[Mention], Collection[Mention]]]) -> dict[int, Counts]:
    """The counts of each layer, the outermost first, of the gold and the predicted mentions of each document.

    An entity that is right or missed counts in its layer among the gold ones, one that is wrong in its layer among the
    predicted ones, so that all layers together are all entities.
    """
    right, missed, wrong = Counter[int](), Counter[int](), Counter[int]()
    for gold, predicted in documents:
        in_gold, in_predicted = layers_of(gold), layers_of(predicted)
        for mention in gold:
            (right if mention in predicted else missed)[in_gold[mention[:2]]] += 1
        wrong.update(in_predicted[mention[:2]] for mention in predicted if mention not in gold)
    layers = sorted(right.keys() | missed.keys() | wrong.keys())
    return {layer: Counts(tp=right[layer], fp=wrong[layer], fn=missed[layer]) for layer in layers}
