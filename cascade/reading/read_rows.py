"""What was read of some rows, for whatever is asked of them later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from cascade.layers.transfer import sent
from cascade.reading.attention import Earlier, States
from cascade.reading.block_mask import Layout


@dataclass(slots=True)
class ReadRows:
    """What was read of some rows, pass after pass: the states of their tokens, what the tokens are, and the furthest
    position; empty until a pass notes it here.
    """

    passes: tuple[Earlier, ...] = ()
    layout: Layout = field(default_factory=lambda: Layout(*torch.zeros(4, 0, 0, dtype=torch.long)))
    furthest: int = 0

    def note(self, states: States, layout: Layout, furthest: int) -> None:
        """Adds what a pass read of the same rows behind what is here."""
        self.passes = (*self.passes, Earlier(((states, None),), layout.tokens))
        self.layout = self.layout.followed_by(layout) if len(self.passes) > 1 else layout
        self.furthest = furthest


def rows_of(reads: Sequence[tuple[ReadRows, Sequence[int]]]) -> ReadRows:
    """What was read of some rows of each of several reads, by their indices in it, one read's rows after another's.

    Raises ValueError for several reads of which one is of more than one pass: its parts would not be side by side.
    """
    if len(reads) > 1 and any(len(read.passes) > 1 for read, _ in reads):
        raise ValueError("several reads, one of them of several passes; expected one, or reads of one pass each")
    device = reads[0][0].layout.segments.device
    return ReadRows(
        tuple(
            Earlier(
                tuple(source for read, rows in reads for source in _sources_of(read.passes[number], rows, device)),
                max(read.passes[number].tokens for read, _ in reads),
            )
            for number in range(len(reads[0][0].passes))
        ),
        Layout.stacked([read.layout.of_rows(sent(rows, device)) for read, rows in reads]),
        max(read.furthest for read, _ in reads),
    )


def _sources_of(read: Earlier, rows: Sequence[int], device: torch.device) -> list[tuple[States, Tensor]]:
    """The sources of some of the rows, which are in ascending order where there are several sources."""
    found: list[tuple[States, Tensor]] = []
    first = 0
    for states, own in read.sources:
        count = len(states.keys[0]) if own is None else len(own)
        chosen = rows if len(read.sources) == 1 else [row - first for row in rows if first <= row < first + count]
        if len(chosen):
            places = sent(chosen, device)
            found.append((states, places if own is None else own[places]))
        first += count
    return found
