"""Linear layers that take the same input, as one: their weights side by side, one product and one quantisation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate, pairwise

import torch
from torch import Tensor, nn

from cascade.layers.int8 import Int8Linear, largest_weight, weight_in_8_bits
from cascade.layers.merged_lora import LowRank, with_low_rank
from cascade.layers.native_kernels import kernels


class FusedLinear(nn.Module):
    """Layers named by their paths in the model, whose outputs stand one behind the other.

    ranges: the features of each layer in the result.  weights: (out, in) of each layer; biases: (out,), of all layers
    or of none; parts: the adapters' of each layer, added to its weight.  dtype: what is computed in; int8: the weights
    are in 8 bits.
    """

    def __init__(
        self,
        weights: Mapping[str, Tensor],
        biases: Mapping[str, Tensor],
        parts: Mapping[str, Sequence[LowRank]],
        *,
        dtype: torch.dtype,
        int8: bool,
    ) -> None:
        super().__init__()
        edges = pairwise(accumulate((len(weight) for weight in weights.values()), initial=0))
        self.ranges = {name: range(*edge) for name, edge in zip(weights, edges, strict=True)}
        self.in_features = next(iter(weights.values())).shape[1]
        bias = (
            nn.Parameter(torch.cat([biases[name] for name in weights]).to(dtype), requires_grad=False)
            if biases
            else None
        )
        merged = [(weight, parts.get(name, ())) for name, weight in weights.items()]
        self.linear: nn.Module = _in_8_bits(merged, bias, dtype) if int8 else _plain(merged, bias, dtype)

    def forward(self, values: Tensor) -> Tensor:
        """(..., sum of out features) of (..., in features)."""
        result: Tensor = self.linear(values)
        return result


def _plain(
    merged: Sequence[tuple[Tensor, Sequence[LowRank]]], bias: nn.Parameter | None, dtype: torch.dtype
) -> nn.Linear:
    rows = [with_low_rank(weight, parts).to(dtype) for weight, parts in merged]
    linear = nn.Linear(rows[0].shape[1], sum(map(len, rows)), bias=bias is not None, device="meta")
    linear.weight = nn.Parameter(torch.cat(rows) if len(rows) > 1 else rows[0], requires_grad=False)
    if bias is not None:
        linear.bias = bias
    return linear


def _in_8_bits(
    merged: Sequence[tuple[Tensor, Sequence[LowRank]]], bias: nn.Parameter | None, dtype: torch.dtype
) -> Int8Linear:
    sides = [_quantised(weight, parts, dtype) for weight, parts in merged]
    integers, scales = (torch.cat(side) if len(side) > 1 else side[0] for side in zip(*sides, strict=True))
    return Int8Linear(integers, scales, bias)


def _quantised(weight: Tensor, parts: Sequence[LowRank], dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """A weight with parts added, as integers and scales: in one pass by our own kernel where it is there."""
    by = kernels()
    if by is None or weight.dtype != torch.bfloat16 or not weight.is_contiguous():
        return weight_in_8_bits(with_low_rank(weight, parts).to(dtype))
    return by.merge(weight, parts, rounds=dtype == torch.bfloat16, most=largest_weight())
