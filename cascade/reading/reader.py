"""The reader: rows in, hidden states out, through a base model with one adapter in it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from cascade.concurrency.one_lock import MAKING
from cascade.concurrency.processes import StaysInProcess, check_made_here
from cascade.layers.int8 import sharing_inputs
from cascade.layers.transfer import sent
from cascade.reading.attention import PassStates, States, attend_by_pass_states, folded
from cascade.reading.block_mask import behind_prefix, visible, within
from cascade.reading.kept_prefixes import KeptPrefixes
from cascade.reading.memory_limit import MemoryLimit
from cascade.reading.row import Row, stack


class Choice(Protocol):
    """What chooses an adapter for each row: an adapter stack, or the switch of one in training."""

    def reading(self, adapters: Sequence[int] | None, device: torch.device) -> AbstractContextManager[None]:
        """While it is open, this thread's passes read each row through its adapter; 0 is none, None is none for all."""

    def number_of(self, adapter: Any) -> int:
        """The number by which rows choose an adapter."""


@dataclass(frozen=True, slots=True)
class Reader(StaysInProcess):
    """A body that turns rows into hidden states: the base model as it is, or with one adapter in it; further ones may
    stand beside it in `stack`.

    Adapters in the stack change how texts are read, not the prefix, which rows of all of them share.  dtype: what the
    body computes in; the head may be stored in another type.  Any number of threads may read at once: what belongs to
    one pass is handed to it, or known to its thread alone.  one_at_a_time: whether passes wait for each other, as those
    of a body that each of them changes.
    """

    body: nn.Module
    head: Tensor
    sliding_window: int | None
    layer_types: tuple[str, ...] | None
    pad_id: int
    device: torch.device
    dtype: torch.dtype
    stack: Choice | None = None
    memory: MemoryLimit = field(default_factory=MemoryLimit)
    one_at_a_time: bool = False
    prefixes: KeptPrefixes = field(default_factory=KeptPrefixes)
    made_in: int = field(default_factory=os.getpid)

    def number_of(self, adapter: Any) -> int:
        """The number of an adapter that stands beside the body's weights; raises ValueError where there is no room."""
        if self.stack is None:
            raise ValueError("this reader was made without room for adapters beside its weights")
        return self.stack.number_of(adapter)

    def attention_mask(self, segments: Tensor, branches: Tensor, positions: Tensor) -> Any:
        """The block mask in the form the model takes: a dict by kind of layer, or the mask itself for models with one
        kind.
        """
        mask = visible(segments, branches)
        if self.layer_types is None:
            return mask
        masks = {}
        for kind in self.layer_types:
            masks[kind] = (
                within(mask, positions, self.sliding_window)
                if kind == "sliding_attention" and self.sliding_window
                else mask
            )
        return masks

    @torch.inference_mode()
    def hidden(self, rows: Sequence[Row]) -> Tensor:
        """Hidden states after the last norm, (rows, tokens, hidden), of rows padded to the longest."""
        ids, positions, segments, branches = (sent(array, self.device) for array in stack(rows, pad_id=self.pad_id))
        return self._through_body(ids, positions, self.attention_mask(segments, branches, positions))

    @torch.inference_mode()
    def hidden_behind(
        self,
        prefix: Sequence[int],
        rows: Sequence[Row],
        *,
        adapters: Sequence[int] | None = None,
        record: States | None = None,
    ) -> Tensor:
        """Hidden states after the last norm, (rows, tokens, hidden), of rows that stand behind `prefix` without holding
        it.

        The prefix is read once, by itself; its keys and values are kept for further calls.  adapters: each row's number
        in the stack, 0 for none. record: takes the rows' own keys and values, for `hidden_after`.
        """
        ids, positions, segments, branches = self._stacked(rows)
        masks = self._masks_behind(prefix, segments, branches, positions, furthest=_furthest(rows))
        states = self._prefix_states(tuple(prefix))
        return self._pass(ids, positions, masks, PassStates(prefix=states, record=record), adapters)

    @torch.inference_mode()
    def hidden_after(
        self,
        prefix: Sequence[int],
        rows: Sequence[Row],
        states: States,
        more: Sequence[Row],
        *,
        adapters: Sequence[int] | None = None,
    ) -> Tensor:
        """Hidden states of further tokens of rows that were read before, (rows, tokens, hidden), the same as if they
        had stood in the rows.

        rows: as they were read; states: what was recorded of them; more: for each the further tokens, whose segments
        are those of the row's passages.
        """
        _, *read = self._stacked(rows, length=states.keys[0].shape[2])
        ids, positions, segments, branches = self._stacked(more)
        together = [torch.cat(pair, dim=1) for pair in zip(read, (positions, segments, branches), strict=True)]
        masks = self._masks_behind(prefix, together[1], together[2], together[0], furthest=_furthest([*rows, *more]))
        asked = {kind: mask[:, :, -ids.shape[1] :] for kind, mask in masks.items()}
        in_front = self._prefix_states(tuple(prefix))
        return self._pass(ids, positions, asked, PassStates(prefix=in_front, before=states), adapters)

    def _stacked(self, rows: Sequence[Row], length: int | None = None) -> list[Tensor]:
        return [sent(array, self.device) for array in stack(rows, pad_id=self.pad_id, length=length)]

    def _masks_behind(
        self, prefix: Sequence[int], segments: Tensor, branches: Tensor, positions: Tensor, *, furthest: int
    ) -> dict[str, Tensor]:
        """By kind of layer, which keys of the prefix (as far as the layer keeps it) and the row each token sees."""
        windows = self._windows()
        reach = {
            window: range(0 if window is None else max(0, len(prefix) - window + 1), len(prefix))
            for window in windows.values()
        }
        masks = {
            window: behind_prefix(segments, branches, positions, prefix=seen, window=window, furthest=furthest)
            for window, seen in reach.items()
        }
        return {kind: masks[window] for kind, window in windows.items()}

    @torch.inference_mode()
    def _prefix_states(self, prefix: tuple[int, ...]) -> States:
        """The prefix' keys and values as every row behind it sees them, read where they are not kept."""
        if (kept := self.prefixes.get(prefix)) is not None:
            return kept
        states = States()
        (ids, positions), zeros = (
            torch.tensor([[prefix], [range(len(prefix))]], device=self.device),
            torch.zeros(1, len(prefix), dtype=torch.long),
        )
        mask = visible(zeros.to(self.device), zeros.to(self.device))
        masks = {
            kind: mask if window is None else within(mask, positions, window)
            for kind, window in self._windows().items()
        }
        self._pass(ids, positions, masks, PassStates(record=states), None)
        config: Any = self.body.config
        for layer, kind in enumerate(config.layer_types if self.layer_types is not None else ()):
            if (window := self._windows()[kind]) is not None:
                states.keep_last(layer, window - 1)
        self.prefixes.keep(prefix, states)
        return states

    def _windows(self) -> dict[str, int | None]:
        """The sliding window of each kind of layer, None where there is none."""
        return {
            kind: self.sliding_window or None if kind == "sliding_attention" else None
            for kind in self.layer_types or ("",)
        }

    def _pass(
        self,
        ids: Tensor,
        positions: Tensor,
        masks: dict[str, Tensor],
        states: PassStates,
        adapters: Sequence[int] | None,
    ) -> Tensor:
        """One pass by our attention; masks: boolean, by kind of layer.  adapters: each row's number in the stack."""
        config: Any = self.body.config
        shared = config.num_attention_heads // config.num_key_value_heads
        dtype = (
            torch.get_autocast_dtype(self.device.type) if torch.is_autocast_enabled(self.device.type) else self.dtype
        )
        added = {id(mask): folded(mask, queries_per_key=shared, dtype=dtype) for mask in masks.values()}
        by_kind = {kind: added[id(mask)] for kind, mask in masks.items()}
        mask: Any = by_kind if self.layer_types is not None else by_kind[""]
        with nullcontext() if self.stack is None else self.stack.reading(adapters, self.device):
            return self._through_body(ids, positions, mask, pass_states=states)

    def _through_body(self, ids: Tensor, positions: Tensor, mask: Any, **more: PassStates) -> Tensor:
        """The hidden states after the last norm; mask: as the body takes it."""
        check_made_here(self.made_in, self.device.type)
        with sharing_inputs(), MAKING if self.one_at_a_time else nullcontext():
            output: Tensor = self.body(
                input_ids=ids, position_ids=positions, attention_mask=mask, use_cache=False, **more
            ).last_hidden_state
        return output

    @torch.inference_mode()
    def log_probabilities(self, asked: Sequence[tuple[Tensor, Sequence[int]]]) -> list[NDArray[np.float64]]:
        """For each question, its states (states, hidden) and its allowed answers, log-probabilities in nats, (states,
        candidates).

        Reads only the candidates' rows of the head: the full vocabulary would cost as much as all layers together
        (measured 2026-11).  All questions are copied from the device at once, as every copy waits for it.
        """
        if not asked:
            return []
        scores = []
        for hidden, candidates in asked:
            rows = self.head[sent(list(candidates), self.device)].to(hidden.dtype)
            scores.append(torch.log_softmax((hidden @ rows.T).float(), dim=-1))
        flat = torch.cat([each.flatten() for each in scores]).cpu().numpy().astype(np.float64)
        ends = np.cumsum([each.numel() for each in scores])[:-1]
        return [part.reshape(tuple(each.shape)) for part, each in zip(np.split(flat, ends), scores, strict=True)]


def _furthest(rows: Sequence[Row]) -> int:
    return max((int(row.positions.max(initial=0)) for row in rows), default=0)


def reader_of(model: Any, *, pad_id: int, dtype: torch.dtype | None = None, stack: Choice | None = None) -> Reader:
    """The reader of a loaded causal LM, also of one with adapter layers in it, as in training, which from now on
    attends by `cascade.reading.attention`.

    dtype: what it computes in (what its head is stored in).
    """
    attend_by_pass_states(model.model.config)
    layer_types = getattr(model.config, "layer_types", None)
    window = getattr(model.config, "sliding_window", None)
    weight = model.get_output_embeddings().weight
    return Reader(
        model.model,
        weight,
        window,
        tuple(sorted(set(layer_types))) if layer_types else None,
        pad_id,
        weight.device,
        dtype or weight.dtype,
        stack,
        one_at_a_time=_passes_change(model.model),
    )


def decoder_reader(body: Any, head: Tensor, *, pad_id: int, dtype: torch.dtype, stack: Choice | None = None) -> Reader:
    """The reader of a body of our own, with its head's weight."""
    config = body.config
    return Reader(
        body, head, config.sliding_window, tuple(sorted(set(config.layer_types))), pad_id, head.device, dtype, stack
    )


def _passes_change(body: nn.Module) -> bool:
    """Whether the body's rotary frequencies change with the lengths that it reads, as in dynamic NTK scaling and
    LongRoPE.
    """
    return any("dynamic" in kind or "longrope" in kind for module in body.modules() for kind in _rope_types(module))


def _rope_types(module: nn.Module) -> list[str]:
    kinds = getattr(module, "rope_type", None) or ()
    return list(map(str, kinds.values())) if isinstance(kinds, dict) else [str(kinds)]
