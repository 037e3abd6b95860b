"""Attention of rows behind a shared prefix: the prefix' keys and values are computed once, and every row sees them in
front of its own.

What was read of a row already can stand before it in the same way, through whatever adapter, so that a query on it
costs no more than the query's own tokens.

Plugged into transformers by its registry of attention functions, so that it serves every model whose layers pass their
arguments on to it.
"""

from __future__ import annotations

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

    def note(self, key: Tensor, value: Tensor) -> None:
        """Keeps the states of a further layer; as copies, as they are views of what is eight times as large."""
        self.keys.append(key.clone(memory_format=torch.contiguous_format))
        self.values.append(value.clone(memory_format=torch.contiguous_format))

    def of_rows(self, rows: Tensor) -> States:
        """The states of some rows, by their indices."""
        return States([keys[rows] for keys in self.keys], [values[rows] for values in self.values])

    def followed_by(self, other: States) -> States:
        """The states of the same rows' further tokens behind these."""
        keys, values = zip(self.keys, other.keys, strict=True), zip(self.values, other.values, strict=True)
        return States([torch.cat(pair, dim=2) for pair in keys], [torch.cat(pair, dim=2) for pair in values])


@dataclass(frozen=True, slots=True)
class PassStates:
    """What one pass hands to its attention beside its own tokens.

    prefix: states that every row sees in front of its own; before: states of tokens that each row has read already;
    record: takes this pass' keys and values, layer by layer.
    """

    prefix: States | None = None
    before: States | None = None
    record: States | None = None


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
    if (before := states.before) is not None:
        key, value = torch.cat([before.keys[layer], key], dim=2), torch.cat([before.values[layer], value], dim=2)
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
    if mask.shape[3] < key.shape[2]:
        mask = torch.cat([mask.new_zeros(1, 1, 1, 1).expand(rows, 1, mask.shape[2], prefix_key.shape[2]), mask], dim=3)
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
        if mask.shape[3] > own:
            scores[:, :, :seen] += mask[:, 0, :, :seen]
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
