"""What was read of some rows, for whatever is asked of them later."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor

from cascade.reading.attention import States
from cascade.reading.block_mask import Layout


@dataclass(slots=True)
class ReadRows:
    """What was read of some rows: the states of their tokens, what the tokens are, and the furthest position; empty
    until a pass notes it here.
    """

    states: States = field(default_factory=States)
    layout: Layout = field(default_factory=lambda: Layout(*torch.zeros(4, 0, 0, dtype=torch.long)))
    furthest: int = 0

    def of_rows(self, rows: Tensor) -> ReadRows:
        """What was read of some of them, by their indices."""
        return ReadRows(self.states.of_rows(rows), self.layout.of_rows(rows), self.furthest)
