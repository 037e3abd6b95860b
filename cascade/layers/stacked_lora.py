"""Many low-rank adapters beside one model's weights, chosen row by row: texts of all languages in one batch, no copy of
the model for any.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn

from cascade.adapters.card import Adapter
from cascade.concurrency.one_lock import MAKING
from cascade.concurrency.processes import StaysInProcess
from cascade.layers.fused_linear import FusedLinear
from cascade.layers.int8 import Int8Linear
from cascade.layers.merged_lora import LowRank, low_rank_parts
from cascade.layers.module_places import places
from cascade.layers.transfer import sent


class _Chosen(NamedTuple):
    """The adapter of each row of a batch, (rows,), and which ones these are."""

    rows: Tensor
    numbers: tuple[int, ...]


_CHOSEN: ContextVar[_Chosen | None] = ContextVar("_CHOSEN", default=None)  # of the pass that this thread is in


class _Side(NamedTuple):
    """The adapters beside one layer: down (adapters, in, rank), up (adapters, rank, out), filled up with zeros, and
    each one's rank, 0 for none.
    """

    down: Tensor
    up: Tensor
    ranks: tuple[int, ...]


class Beside:
    """The adapters beside one linear layer of the model; number 0 is none.  shape: features in and out."""

    def __init__(self, shape: tuple[int, int]) -> None:
        self.shape = shape
        self._adapters: tuple[LowRank | None, ...] = (None,)
        self._side: _Side | None = None

    def with_one_more(self, part: LowRank | None) -> tuple[tuple[LowRank | None, ...], _Side | None]:
        """The adapters with one more, None where it leaves this layer alone, and what they compute; changes nothing."""
        adapters = (*self._adapters, part)
        parts = [part for part in adapters if part is not None]
        if not parts:
            return adapters, None
        ranks = tuple(0 if part is None else part.up.shape[0] for part in adapters)
        (inputs, _), (_, outputs), rank = parts[0].down.shape, parts[0].up.shape, max(ranks)
        down = torch.zeros(len(ranks), inputs, rank, dtype=parts[0].down.dtype, device=parts[0].down.device)
        up = torch.zeros(len(ranks), rank, outputs, dtype=parts[0].up.dtype, device=parts[0].up.device)
        for number, part in enumerate(adapters):
            if part is not None:
                down[number, :, : ranks[number]], up[number, : ranks[number]] = part.down, part.up
        return adapters, _Side(down, up, ranks)

    def put(self, adapters: tuple[LowRank | None, ...], side: _Side | None) -> None:
        """Takes what `with_one_more` made; passes of other threads go on with what there was."""
        self._adapters, self._side = adapters, side

    def add_to(self, result: Tensor, values: Tensor, chosen: _Chosen) -> None:
        """Adds what each row's adapter makes of values (rows, tokens, in) to the layer's result (rows, tokens, out)."""
        side = self._side
        if side is None:
            return
        # of these adapters alone: what else is in the stack must change no bit
        rank = max(side.ranks[number] for number in chosen.numbers)
        if rank:
            down, up = side.down[:, :, :rank][chosen.rows], side.up[:, :rank][chosen.rows]
            result.baddbmm_(torch.bmm(values, down), up)


class StackedLinear(nn.Module):
    """A linear layer of some of the model's layers side by side, each with adapters beside it.

    beside: for each of them the range of its features in the result.
    """

    def __init__(self, linear: nn.Module, beside: Mapping[str, tuple[Beside, range]]) -> None:
        super().__init__()
        self.linear, self._beside = linear, dict(beside)

    def forward(self, values: Tensor) -> Tensor:
        """(rows, tokens, out) of (rows, tokens, in)."""
        result: Tensor = self.linear(values)
        self.add_to(result, values)
        return result

    def add_to(self, result: Tensor, values: Tensor) -> None:
        """Adds what the rows' adapters make of values (rows, tokens, in) to the linear layer's result (rows, tokens,
        out).
        """
        chosen = _CHOSEN.get()
        if chosen is not None:
            for beside, features in self._beside.values():
                beside.add_to(result[..., features.start : features.stop], values, chosen)


@dataclass(slots=True)
class AdapterStack(StaysInProcess):
    """The adapters that stand beside a body's linear layers; threads may read while it grows."""

    layers: dict[str, Beside]
    dtype: torch.dtype
    device: torch.device
    _numbers: dict[Path, int] = field(default_factory=dict)

    def number_of(self, adapter: Adapter) -> int:
        """The number by which rows choose `adapter`; its weights are read the first time.  Raises AdapterError where
        they do not fit the layers.
        """
        if adapter.folder not in self._numbers:
            with MAKING:
                if adapter.folder not in self._numbers:
                    self._add(adapter)
        return self._numbers[adapter.folder]

    def _add(self, adapter: Adapter) -> None:
        parts = low_rank_parts(adapter, {name: layer.shape for name, layer in self.layers.items()})
        made = {}
        for name, layer in self.layers.items():
            own = parts.get(name)
            made[name] = layer.with_one_more(
                None
                if own is None
                else LowRank(own.down.to(self.device, self.dtype), own.up.to(self.device, self.dtype))
            )
        for name, layer in self.layers.items():  # all or none, so that a number means the same in all layers
            layer.put(*made[name])
        self._numbers[adapter.folder] = len(self._numbers) + 1  # last, as other threads read by it at once

    @contextmanager
    def reading(self, adapters: Sequence[int] | None, device: torch.device) -> Iterator[None]:
        """While it is open, this thread's passes read each row through its adapter; None, or 0 for all, with none."""
        chosen = (
            _Chosen(sent(adapters, device), tuple(set(adapters))) if adapters is not None and any(adapters) else None
        )
        token = _CHOSEN.set(chosen)
        try:
            yield
        finally:
            _CHOSEN.reset(token)


def none_is_chosen() -> bool:
    """Whether the pass that this thread is in reads no row through an adapter of a stack."""
    return _CHOSEN.get() is None


def stack_beside(body: nn.Module, dtype: torch.dtype) -> AdapterStack:
    """Makes room for adapters of type `dtype` beside all linear layers of `body`, changed in place."""
    layers: dict[str, Beside] = {}
    device = next(body.parameters()).device
    fused = places(body, lambda module: isinstance(module, FusedLinear))
    for place in fused or places(body, lambda module: isinstance(module, nn.Linear | Int8Linear)):
        linear = place.module
        parts = linear.ranges if isinstance(linear, FusedLinear) else {place.path: range(linear.out_features)}
        beside = {name: (Beside((linear.in_features, len(features))), features) for name, features in parts.items()}
        layers |= {name: each for name, (each, _) in beside.items()}
        place.put(StackedLinear(linear, beside))
    return AdapterStack(layers, dtype, device)
