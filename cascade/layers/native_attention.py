"""Attention of rows behind a shared prefix by matrix products, and what is between them by our library in C++."""

from __future__ import annotations

import torch
from torch import Tensor

from cascade.layers.native_kernels import Kernels

# a longer prefix is multiplied with tokens alone, whose copies cost less than products with padding then
_SHORT_PREFIX = 128


def attended(
    by: Kernels,
    queries: Tensor,
    keys: Tensor,
    values: Tensor,
    mask: Tensor,
    prefix: tuple[Tensor, Tensor] | None,
    *,
    scaling: float,
    places: Tensor | None,
) -> Tensor:
    """The heads' outputs, (tokens, heads * size), of queries (heads of keys, rows * length, queries that share them,
    size).

    keys, values: of each row, (rows, heads, width, size).  mask: (rows, 1, length, far + width), boolean, of the first
    keys of the prefix, whose others all tokens see, and of the row's own.  prefix: keys and values that all rows see,
    (1, heads, tokens, size).  places: of each token among all rows * length, None where all are there.
    """
    groups, all_places, shared, size = queries.shape
    rows, width = len(keys), keys.shape[2]
    flat_mask = mask.reshape(all_places, -1)
    tokens = all_places if places is None else len(places)
    outputs = []
    for group in range(groups):
        of_group = queries[group]
        own = torch.bmm(of_group.view(rows, -1, size), keys[:, group].transpose(1, 2))
        own = own.view(all_places, shared, width)
        prefix_keys, prefix_values = (
            (each[0, group] for each in prefix) if prefix else (queries.new_empty(0, size),) * 2
        )
        seen = len(prefix_keys)
        alone = places is not None and seen > _SHORT_PREFIX
        asked = of_group[places] if alone else of_group
        before = torch.mm(asked.view(-1, size), prefix_keys.T)
        before = before.view(len(asked), shared, seen)
        by.weigh(own, before, flat_mask, places, tokens=tokens, by_place=not alone, scaling=scaling)
        output = torch.bmm(own.view(rows, -1, width), values[:, group]).view(all_places, shared * size)
        weights = before.view(len(asked) * shared, seen)
        if not alone:
            output.view(-1, size).addmm_(weights, prefix_values)
        output = output if places is None else output[places]
        if alone:
            output.view(-1, size).addmm_(weights, prefix_values)
        outputs.append(output)
    return outputs[0] if groups == 1 else torch.cat(outputs, dim=1)
