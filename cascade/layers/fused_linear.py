"""Linear layers that take the same input, as one: their weights side by side, one product and one quantisation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate, pairwise

import torch
from torch import Tensor, nn

from cascade.layers.merged_lora import LowRank, with_low_rank


class FusedLinear(nn.Module):
    """Layers named by their paths in the model, whose outputs stand one behind the other.

    ranges: the features of each layer in the result.  weights: (out, in) of each layer; biases: (out,), of all layers
    or of none; parts: the adapters' of each layer, added to its weight.  finish: makes of the layer what computes.
    """

    def __init__(
        self,
        weights: Mapping[str, Tensor],
        biases: Mapping[str, Tensor],
        parts: Mapping[str, Sequence[LowRank]],
        *,
        dtype: torch.dtype,
        finish: Callable[[nn.Linear], nn.Module],
    ) -> None:
        super().__init__()
        edges = pairwise(accumulate((len(weight) for weight in weights.values()), initial=0))
        self.ranges = {name: range(*edge) for name, edge in zip(weights, edges, strict=True)}
        rows = [with_low_rank(weight, parts.get(name, ())).to(dtype) for name, weight in weights.items()]
        self.in_features = rows[0].shape[1]
        linear = nn.Linear(rows[0].shape[1], sum(map(len, rows)), bias=bool(biases), device="meta")
        linear.weight = nn.Parameter(torch.cat(rows) if len(rows) > 1 else rows[0], requires_grad=False)
        if biases:
            linear.bias = nn.Parameter(torch.cat([biases[name] for name in weights]).to(dtype), requires_grad=False)
        self.linear = finish(linear)

    def forward(self, values: Tensor) -> Tensor:
        """(..., sum of out features) of (..., in features)."""
        result: Tensor = self.linear(values)
        return result
