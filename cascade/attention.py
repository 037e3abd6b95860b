"""Attention of rows behind a shared prefix: the prefix' keys and values are computed once, and every row sees them in front of its own.

Plugged into transformers by its registry of attention functions, so that it serves every model whose layers pass their arguments on to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

NAME = "cascade_shared_prefix"


@dataclass(frozen=True, slots=True)
class PrefixStates:
    """Keys and values of a prefix in every layer, each (1, key-value heads, tokens, head dimension), positions already rotated in.

    Layers with a sliding window hold the last tokens alone, as text behind the prefix sees no others.
    """

    keys: list[Tensor] = field(default_factory=list)
    values: list[Tensor] = field(default_factory=list)

    def keep_last(self, layer: int, tokens: int) -> None:
        """Forgets all but the last `tokens` tokens in one layer."""
        for states in (self.keys, self.values):
            states[layer] = states[layer][:, :, max(0, states[layer].shape[2] - tokens) :].clone()


def shared_prefix_attention(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor,
    *,
    scaling: float | None = None,
    prefix: PrefixStates | None = None,
    record: PrefixStates | None = None,
    **_: Any,
) -> tuple[Tensor, None]:
    """The heads' outputs, (rows, tokens, heads, head dimension), and no weights: what transformers asks of an attention function.

    query: (rows, heads, tokens, head dimension); key, value: (rows, key-value heads, tokens, head dimension).  attention_mask: additive, as `folded` makes it.
    prefix: states that every row sees in front of its own; record: takes this pass' keys and values, layer by layer.
    """
    if record is not None:
        record.keys.append(key)
        record.values.append(value)
    rows, heads, tokens, size = query.shape
    if prefix is not None:
        layer: int = module.layer_idx  # type: ignore[assignment]
        key = torch.cat([prefix.keys[layer].expand(rows, -1, -1, -1), key], dim=2)
        value = torch.cat([prefix.values[layer].expand(rows, -1, -1, -1), value], dim=2)
    # heads that share keys become more queries of one head, so that keys and values need no copies
    query = query.reshape(rows, key.shape[1], -1, size)
    output = scaled_dot_product_attention(query, key, value, attn_mask=attention_mask, scale=scaling)
    return output.reshape(rows, heads, tokens, size).transpose(1, 2).contiguous(), None


def folded(mask: Tensor, *, queries_per_key: int, dtype: torch.dtype) -> Tensor:
    """A boolean mask (rows, 1, tokens, keys) as what is added to the scores, once for each of the heads that share a key: (rows, 1, heads' tokens, keys)."""
    added = torch.zeros(mask.shape, dtype=dtype, device=mask.device).masked_fill_(~mask, -torch.inf)
    return added.repeat(1, 1, queries_per_key, 1)


@contextmanager
def attending(config: Any) -> Iterator[None]:
    """While it is open, the model of `config` attends by `shared_prefix_attention`."""
    from transformers import AttentionInterface

    AttentionInterface.register(NAME, shared_prefix_attention)
    before = config._attn_implementation
    config._attn_implementation = NAME
    try:
        yield
    finally:
        config._attn_implementation = before
