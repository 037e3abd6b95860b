"""Many low-rank adapters beside one model's weights, chosen row by row: texts of all languages in one batch, no copy of the model for any."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor, nn

from cascade.adapter import Adapter
from cascade.int8 import Int8Linear
from cascade.low_rank import LowRank, low_rank_parts
from cascade.module_places import places


@dataclass(slots=True)
class _Chosen:
    """The adapter of each row of the batch that is being read, (rows,), or None where no row has one; shared by all layers."""

    rows: Tensor | None = None


class StackedLinear(nn.Module):
    """A linear layer with low-rank adapters beside it; number 0 is none."""

    def __init__(self, linear: nn.Linear | Int8Linear, chosen: _Chosen) -> None:
        super().__init__()
        self.linear, self._chosen = linear, chosen
        self.shape = (linear.in_features, linear.out_features)
        self._adapters: list[LowRank | None] = [None]
        self._down = self._up = torch.empty(0)

    def add(self, part: LowRank | None) -> None:
        """Puts one more adapter into the stack, None where it leaves this layer alone."""
        self._adapters.append(part)
        parts = [part for part in self._adapters if part is not None]
        if not parts:
            return
        (inputs, _), (_, outputs), rank = parts[0].down.shape, parts[0].up.shape, max(part.up.shape[0] for part in parts)
        self._down = torch.zeros(len(self._adapters), inputs, rank, dtype=parts[0].down.dtype, device=parts[0].down.device)
        self._up = torch.zeros(len(self._adapters), rank, outputs, dtype=parts[0].up.dtype, device=parts[0].up.device)
        for number, part in enumerate(self._adapters):
            if part is not None:
                self._down[number, :, : part.up.shape[0]], self._up[number, : part.up.shape[0]] = part.down, part.up

    def forward(self, values: Tensor) -> Tensor:
        """(rows, tokens, out) of (rows, tokens, in)."""
        result: Tensor = self.linear(values)
        rows = self._chosen.rows
        if rows is None or not self._down.numel():
            return result
        return result.baddbmm_(torch.bmm(values, self._down[rows]), self._up[rows])


@dataclass(slots=True)
class AdapterStack:
    """The adapters that stand beside a body's linear layers."""

    layers: dict[str, StackedLinear]
    dtype: torch.dtype
    device: torch.device
    _chosen: _Chosen
    _numbers: dict[Path, int] = field(default_factory=dict)

    def number_of(self, adapter: Adapter) -> int:
        """The number by which rows choose `adapter`; its weights are read the first time.  Raises AdapterError where they do not fit the layers."""
        if adapter.folder not in self._numbers:
            parts = low_rank_parts(adapter, {name: layer.shape for name, layer in self.layers.items()})
            for name, layer in self.layers.items():
                own = parts.get(name)
                layer.add(None if own is None else LowRank(own.down.to(self.device, self.dtype), own.up.to(self.device, self.dtype)))
            self._numbers[adapter.folder] = len(self._numbers) + 1
        return self._numbers[adapter.folder]

    def choose(self, rows: Tensor | None) -> None:
        """The adapter of each row, (rows,), of the next passes; None, or 0 for all, reads with none."""
        self._chosen.rows = None if rows is None or not bool(rows.any()) else rows


def stack_beside(body: nn.Module, dtype: torch.dtype) -> AdapterStack:
    """Makes room for adapters of type `dtype` beside all linear layers of `body`, changed in place."""
    chosen = _Chosen()
    layers: dict[str, StackedLinear] = {}
    device = next(body.parameters()).device
    for place in places(body, lambda module: isinstance(module, nn.Linear | Int8Linear)):
        layers[place.path] = StackedLinear(place.module, chosen)
        place.put(layers[place.path])
    return AdapterStack(layers, dtype, device, chosen)
