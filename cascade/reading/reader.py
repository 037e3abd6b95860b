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
from cascade.reading.block_mask import Layout, behind_prefix, visible, within
from cascade.reading.kept_prefixes import KeptPrefixes
from cascade.reading.memory_limit import MemoryLimit
from cascade.reading.read_rows import ReadRows
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

    def attention_mask(self, asking: Layout, seen: Layout | None = None) -> Any:
        """The block mask in the form the model takes: a dict by kind of layer, or the mask itself for models with one
        kind; seen: the keys, of which `asking` is the end.
        """
        mask = visible(asking, seen)
        if self.layer_types is None:
            return mask
        return {
            kind: mask if window is None else within(mask, window, asking, seen)
            for kind, window in self._windows().items()
        }

    @torch.inference_mode()
    def hidden(self, rows: Sequence[Row], *, record: States | None = None) -> Tensor:
        """Hidden states after the last norm, (rows, tokens, hidden), of rows padded to the longest, which may each hold
        a prefix of its own; record: takes the rows' keys and values.
        """
        ids, layout, _ = self._stacked(rows)
        mask = self.attention_mask(layout)
        if record is None:
            return self._through_body(ids, layout.positions, mask)
        masks = mask if isinstance(mask, dict) else {"": mask}
        return self._pass(ids, layout.positions, masks, PassStates(record=record), None)

    @torch.inference_mode()
    def hidden_behind(
        self,
        prefix: Sequence[int],
        rows: Sequence[Row],
        *,
        adapters: Sequence[int] | None = None,
        record: ReadRows | None = None,
    ) -> Tensor:
        """Hidden states after the last norm, (rows, tokens, hidden), of rows that stand behind `prefix` without holding
        it.

        The prefix is read once, by itself; its keys and values are kept for further calls.  adapters: each row's number
        in the stack, 0 for none.  record: notes what was read, for `hidden_after`.
        """
        ids, layout, filled = self._stacked(rows)
        masks = self._masks_behind(range(len(prefix)), layout, None, _furthest(rows))
        noted = None if record is None else States()
        states = PassStates(prefix=self._prefix_states(tuple(prefix), 0), record=noted, filled=filled)
        hidden = self._pass(ids, layout.positions, masks, states, adapters)
        if record is not None and noted is not None:
            record.note(noted, layout, _furthest(rows))
        return hidden

    @torch.inference_mode()
    def hidden_after(
        self,
        prefix: Sequence[int],
        read: ReadRows,
        more: Sequence[Row],
        *,
        text_at: int | None = None,
        adapters: Sequence[int] | None = None,
        record: ReadRows | None = None,
    ) -> Tensor:
        """Hidden states of further tokens of rows that were read before, (rows, tokens, hidden), the same as if they
        had stood in the rows.

        read: of the same rows, perhaps through another adapter behind another prefix.  more: for each the further
        tokens, whose segments are those of the row's passages.  text_at: the length of the prefix that `read` stood
        behind (this one's); this one is read as if it ended there too, as tokens know each other by their distance.
        record: notes what was read of both.
        """
        ids, layout, filled = self._stacked(more)
        first = 0 if text_at is None else text_at - len(prefix)
        together, furthest = read.layout.followed_by(layout), max(read.furthest, _furthest(more))
        masks = self._masks_behind(range(first, first + len(prefix)), layout, together, furthest)
        in_front, noted = self._prefix_states(tuple(prefix), first), None if record is None else States()
        states = PassStates(prefix=in_front, before=read.passes, record=noted, filled=filled)
        hidden = self._pass(ids, layout.positions, masks, states, adapters)
        if record is not None and noted is not None:
            record.passes, record.layout = read.passes, read.layout
            record.note(noted, layout, furthest)
        return hidden

    @property
    def is_native(self) -> bool:
        """Whether passes are by our kernels: masks stay boolean, and padding is left out of all but attention."""
        return bool(getattr(self.body, "is_native", False))

    def _stacked(self, rows: Sequence[Row]) -> tuple[Tensor, Layout, Tensor | None]:
        """The rows' ids, their layout, and the places of what is no padding, where that is read alone."""
        ids, *parts = stack(rows, pad_id=self.pad_id)
        there = parts[1] >= 0  # segments
        filled = sent(np.flatnonzero(there), self.device) if self.is_native and not there.all() else None
        return sent(ids, self.device), Layout(*(sent(part, self.device) for part in parts)), filled

    def _masks_behind(self, prefix: range, asking: Layout, seen: Layout | None, furthest: int) -> dict[str, Tensor]:
        """By kind of layer, which keys of the prefix (as far as the layer keeps it) and of `seen` each token sees."""
        windows = self._windows()
        masks = {
            window: behind_prefix(asking, seen, prefix=_kept_of(prefix, window), window=window, furthest=furthest)
            for window in set(windows.values())
        }
        return {kind: masks[window] for kind, window in windows.items()}

    @torch.inference_mode()
    def _prefix_states(self, prefix: tuple[int, ...], first: int) -> States:
        """The prefix' keys and values as every row behind it sees them, read where they are not kept; first: the
        position of its first token.
        """
        if (kept := self.prefixes.get(prefix, first)) is not None:
            return kept
        states = States()
        [ids, positions] = torch.tensor([[prefix], [range(first, first + len(prefix))]], device=self.device)
        layout = Layout(positions, *(torch.zeros_like(positions) for _ in range(3)))
        mask = visible(layout)
        masks = {
            kind: mask if window is None else within(mask, window, layout) for kind, window in self._windows().items()
        }
        self._pass(ids, positions, masks, PassStates(record=states), None)
        config: Any = self.body.config
        for layer, kind in enumerate(config.layer_types if self.layer_types is not None else ()):
            if (window := self._windows()[kind]) is not None:
                states.keep_last(layer, window - 1)
        self.prefixes.keep(prefix, first, states)
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
        dtype = (
            torch.get_autocast_dtype(self.device.type) if torch.is_autocast_enabled(self.device.type) else self.dtype
        )
        plain = masks if self.layer_types is not None else masks[""]
        mask = plain if self.is_native else self.added(plain, dtype)
        with nullcontext() if self.stack is None else self.stack.reading(adapters, self.device):
            return self._through_body(ids, positions, mask, pass_states=states)

    def added(self, masks: Any, dtype: torch.dtype) -> Any:
        """Masks as `attention_mask` makes them in the form that passes with PassStates take; dtype: of the scores."""
        config: Any = self.body.config
        shared = config.num_attention_heads // config.num_key_value_heads
        if not isinstance(masks, dict):
            return folded(masks, queries_per_key=shared, dtype=dtype)
        by_mask = {id(mask): folded(mask, queries_per_key=shared, dtype=dtype) for mask in masks.values()}
        return {kind: by_mask[id(mask)] for kind, mask in masks.items()}

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


def _kept_of(prefix: range, window: int | None) -> range:
    """The positions of a prefix that a layer with a sliding window keeps."""
    return prefix if window is None else range(max(prefix.start, prefix.stop - window + 1), prefix.stop)


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
