"""Attention of rows behind a shared prefix: the prefix' keys and values are computed once, and every row sees them in
front of its own.

What was read of a row already can stand before it in the same way, through whatever adapter, so that a query on it
costs no more than the query's own tokens.

Plugged into transformers by its registry of attention functions, so that it serves every model whose layers pass their
arguments on to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

NAME = "cascade_shared_prefix"


@dataclass(frozen=True, slots=True)
class States:
    """Keys and values of tokens in every layer, each (rows, key-value heads, tokens, head dimension), positions already
    rotated in.

    Those of a prefix have one row; their layers with a sliding window hold the last tokens alone, as text behind the
    prefix sees no others.
    """

    keys: list[Tensor] = field(default_factory=list)
    values: list[Tensor] = field(default_factory=list)

    def keep_last(self, layer: int, tokens: int) -> None:
        """Forgets all but the last `tokens` tokens in one layer."""
        for states in (self.keys, self.values):
            states[layer] = states[layer][:, :, max(0, states[layer].shape[2] - tokens) :].clone()

    def of_layer(self, layer: int) -> tuple[Tensor, Tensor]:
        """The keys and the values of a layer."""
        return self.keys[layer], self.values[layer]

    def note(self, key: Tensor, value: Tensor) -> None:
        """Keeps the states of a further layer; as copies, as they are views of what is eight times as large."""
        self.keys.append(key.clone(memory_format=torch.contiguous_format))
        self.values.append(value.clone(memory_format=torch.contiguous_format))


@dataclass(frozen=True, slots=True)
class Earlier:
    """Keys and values of tokens that the rows of a pass have read already, perhaps in several passes.

    sources: the states that each pass noted, with which of their rows are meant, None for all; the rows of one source
    come after those of another.  tokens: a row, those of shorter sources filled up with padding.

    A layer's states are copied only while it is computed: those of all layers at once, for each of many queries on one
    row, took 300 MB (2026-11).
    """

    sources: tuple[tuple[States, Tensor | None], ...]
    tokens: int

    def of_layer(self, layer: int) -> list[tuple[Tensor, Tensor]]:
        """The keys and the values of a layer, source by source."""
        return [
            (states.keys[layer], states.values[layer])
            if rows is None
            else (states.keys[layer][rows], states.values[layer][rows])
            for states, rows in self.sources
        ]


def _behind(before: Sequence[Sequence[Tensor]], widths: Sequence[int], own: Tensor) -> Tensor:
    """A layer's keys, or its values, of the rows' own tokens behind those of tokens before; zeros fill up shorter rows.

    before: for each part that was read before, the states of its sources; widths: the tokens of each part.
    """
    if all(len(sources) == 1 and sources[0].shape[2] == width for sources, width in zip(before, widths, strict=True)):
        return torch.cat([*(sources[0] for sources in before), own], dim=2)
    rows, heads, tokens, size = own.shape
    result = own.new_zeros(rows, heads, sum(widths) + tokens, size)
    first = 0
    for sources, width in zip(before, widths, strict=True):
        row = 0
        for states in sources:
            result[row : row + len(states), :, first : first + states.shape[2]] = states
            row += len(states)
        first += width
    result[:, :, first:] = own
    return result


@dataclass(frozen=True, slots=True)
class PassStates:
    """What one pass hands to its attention beside its own tokens.

    prefix: states that every row sees in front of its own; before: of tokens that each row has read already, in order;
    record: takes this pass' keys and values, layer by layer.  filled: the places of tokens that are no padding, among
    all of the pass and in order, where the padding need not be computed.
    """

    prefix: States | None = None
    before: tuple[Earlier, ...] = ()
    record: States | None = None
    filled: Tensor | None = None

    def in_front(self, layer: int, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        """A layer's keys and values of the pass' own tokens behind those of what each row has read already."""
        if not self.before:
            return key, value
        parts, widths = [part.of_layer(layer) for part in self.before], [part.tokens for part in self.before]
        return (
            _behind([[keys for keys, _ in part] for part in parts], widths, key),
            _behind([[values for _, values in part] for part in parts], widths, value),
        )


def shared_prefix_attention(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor,
    *,
    states: PassStates,
    scaling: float | None = None,
) -> tuple[Tensor, None]:
    """The heads' outputs, (rows, tokens, heads, head dimension), and no weights: what transformers asks of an attention
    function.

    query: (rows, heads, tokens, head dimension); key, value: (rows, key-value heads, tokens, head dimension).
    attention_mask: additive, as `folded` makes it.
    """
    if states.record is not None:
        states.record.note(key, value)
    rows, heads, tokens, size = query.shape
    layer = cast("int", module.layer_idx)
    key, value = states.in_front(layer, key, value)
    # heads that share keys become more queries of one head, so that keys and values need no copies
    query = query.reshape(rows, key.shape[1], -1, size)
    if (prefix := states.prefix) is None:
        output = scaled_dot_product_attention(query, key, value, attn_mask=attention_mask, scale=scaling)
    else:
        together = _in_two_parts if query.device.type == "cpu" else _side_by_side
        output = together(
            query,
            key,
            value,
            attention_mask,
            prefix.keys[layer],
            prefix.values[layer],
            size**-0.5 if scaling is None else scaling,
        )
    return output.reshape(rows, heads, tokens, size).transpose(1, 2).contiguous(), None


def _side_by_side(
    query: Tensor, key: Tensor, value: Tensor, mask: Tensor, prefix_key: Tensor, prefix_value: Tensor, scaling: float
) -> Tensor:
    """Attention with a copy of the prefix' states in front of each row's own."""
    rows = len(query)
    key = torch.cat([prefix_key.expand(rows, -1, -1, -1), key], dim=2)
    value = torch.cat([prefix_value.expand(rows, -1, -1, -1), value], dim=2)
    if (missing := key.shape[2] - mask.shape[3]) > 0:
        masked = prefix_key.shape[2] - missing
        seen_by_all = mask.new_zeros(1, 1, 1, 1).expand(rows, 1, mask.shape[2], missing)
        mask = torch.cat([mask[..., :masked], seen_by_all, mask[..., masked:]], dim=3)
    return scaled_dot_product_attention(query, key, value, attn_mask=mask, scale=scaling)


def _in_two_parts(
    query: Tensor, key: Tensor, value: Tensor, mask: Tensor, prefix_key: Tensor, prefix_value: Tensor, scaling: float
) -> Tensor:
    """The same by plain matrix products: one of all rows' queries with the prefix, and one a row with its own keys.

    On CPU twice as fast as the other way with prefixes of 11 to 800 tokens: no row has the prefix' states copied and
    laid out for itself (torch 2.13, 2026-11).
    """
    rows, shared, queries, size = query.shape
    seen, own = prefix_key.shape[2], key.shape[2]
    outputs = []
    for head in range(shared):
        asked = query[:, head].contiguous()
        scores = torch.empty(rows, queries, seen + own, dtype=query.dtype)
        torch.mm(asked.view(-1, size), (prefix_key[0, head] * scaling).T, out=scores.view(-1, seen + own)[:, :seen])
        if (masked := mask.shape[3] - own) > 0:
            scores[:, :, :masked] += mask[:, 0, :, :masked]
        scores[:, :, seen:] = torch.baddbmm(mask[:, 0, :, -own:], asked, (key[:, head] * scaling).transpose(1, 2))
        weights = torch.softmax(scores, dim=-1)
        output = torch.mm(weights.view(-1, seen + own)[:, :seen], prefix_value[0, head]).view(rows, queries, size)
        outputs.append(output.baddbmm_(weights[:, :, seen:], value[:, head]))
    return torch.stack(outputs, dim=1)


def folded(mask: Tensor, *, queries_per_key: int, dtype: torch.dtype) -> Tensor:
    """A boolean mask (rows, 1, tokens, keys) as what is added to the scores, once for each of the heads that share a
    key: (rows, 1, heads' tokens, keys).
    """
    added = torch.zeros(mask.shape, dtype=dtype, device=mask.device).masked_fill_(~mask, -torch.inf)
    return added.repeat(1, 1, queries_per_key, 1)


def attend_by_pass_states(config: Any) -> None:
    """Has the model of `config` attend by `shared_prefix_attention` in passes that are given PassStates, as
    `pass_states`, and as before in others.

    Set once and for good, so that no pass changes what another one reads by.
    """
    config._attn_implementation = _registered()


@cache
def _registered() -> str:
    """The name by which transformers knows our attention; it is imported here, as it takes a second."""
    from transformers import AttentionInterface, AttentionMaskInterface
    from transformers.integrations.sdpa_attention import sdpa_attention_forward
    from transformers.masking_utils import sdpa_mask

    def attention(
        module: nn.Module,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        attention_mask: Any,
        pass_states: PassStates | None = None,
        scaling: float | None = None,
        **others: Any,
    ) -> tuple[Tensor, None]:
        if pass_states is None:
            plain: tuple[Tensor, None] = sdpa_attention_forward(
                module, query, key, value, attention_mask, scaling=scaling, **others
            )
            return plain
        return shared_prefix_attention(module, query, key, value, attention_mask, states=pass_states, scaling=scaling)

    AttentionInterface.register(NAME, attention)
    AttentionMaskInterface.register(NAME, sdpa_mask)
    return NAME
