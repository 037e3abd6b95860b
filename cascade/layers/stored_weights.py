"""Weights that stay as they are stored, in 16 bits, under a model that computes in fp32: for CPUs that are fast in that
alone.

The embedding, most of a small model, stays in its file, and of it only the rows that are asked for are read and
widened.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from cascade.layers.module_places import places
from cascade.memory.file_rows import FileRows

_ROW_BY_ROW = {
    "Embedding",
    "Gemma3TextScaledWordEmbedding",
}  # kinds whose forward is a look-up, the latter's times a scale


class WidenedRows(nn.Module):
    """Takes the place of an input embedding: looks rows up as they are stored, in the file where it is known, and hands
    them on in a floating-point type.
    """

    def __init__(self, embedding: Any, dtype: torch.dtype, file: FileRows | None = None) -> None:
        super().__init__()
        self.weight = embedding.weight
        self._file = file
        self._dtype = dtype
        scale: float | None = getattr(embedding, "scalar_embed_scale", None)
        self._scale = None if scale is None else torch.tensor(scale, dtype=torch.float32).to(dtype).item()

    def forward(self, ids: Tensor) -> Tensor:
        """(..., hidden) of ids (...)."""
        rows = (nn.functional.embedding(ids, self.weight) if self._file is None else self._file(ids)).to(self._dtype)
        return rows if self._scale is None else rows.mul_(self._scale)


def widen(body: Any, dtype: torch.dtype, file: FileRows | None = None) -> None:
    """Makes `body` compute in `dtype`, changed in place; weights of other types are replaced by copies, but for the
    embedding's.

    file: where the rows of the input embedding lie.
    """
    for place in places(body, lambda module: type(module).__name__ in _ROW_BY_ROW):
        is_input = (
            file is not None and place.module is body.get_input_embeddings()
        )  # others, such as of positions, lie elsewhere
        place.put(WidenedRows(place.module, dtype, file if is_input else None))
    for module in body.modules():
        for name, parameter in module._parameters.items():
            if (
                parameter is not None
                and parameter.is_floating_point()
                and parameter.dtype != dtype
                and not isinstance(module, WidenedRows)
            ):
                module._parameters[name] = nn.Parameter(parameter.detach().to(dtype), requires_grad=False)
