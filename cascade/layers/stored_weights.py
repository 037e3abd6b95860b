"""Weights that stay as they are stored, in 16 bits, under a model that computes in fp32: for CPUs that are fast in that
alone.

The embedding, most of a small model, stays in its file, and of it only the rows that are asked for are read and
widened.
"""

from __future__ import annotations

import logging
from typing import Any

import torch
from torch import Tensor, nn

from cascade.layers.module_places import places
from cascade.memory.weight_files import FileRows

_log = logging.getLogger(__name__)


class EmbeddingRows(nn.Module):
    """An input embedding: looks rows up as they are stored, in their file where it is known, and hands them on in a
    floating-point type, times a scale that is rounded to it.
    """

    def __init__(
        self, weight: Tensor, dtype: torch.dtype, file: FileRows | None = None, *, scale: float | None = None
    ) -> None:
        super().__init__()
        self.weight = weight if isinstance(weight, nn.Parameter) else nn.Parameter(weight, requires_grad=False)
        self._file, self._dtype = file, dtype
        self._scale = None if scale is None else torch.tensor(scale, dtype=torch.float32).to(dtype).item()

    def forward(self, ids: Tensor) -> Tensor:
        """(..., hidden) of ids (...)."""
        rows = (nn.functional.embedding(ids, self.weight) if self._file is None else self._file(ids)).to(self._dtype)
        return rows if self._scale is None else rows.mul_(self._scale)


class WidenedRows(EmbeddingRows):
    """Takes the place of an input embedding of a model that transformers computes."""

    def __init__(self, embedding: Any, dtype: torch.dtype, file: FileRows | None = None) -> None:
        # Gemma's embeddings are scaled
        super().__init__(embedding.weight, dtype, file, scale=getattr(embedding, "scalar_embed_scale", None))


def widen(body: Any, dtype: torch.dtype, file: FileRows | None = None) -> None:
    """Makes `body` compute in `dtype`, changed in place; weights of other types are replaced by copies, but for the
    embedding's.

    file: where the rows of the input embedding lie.
    """
    for place in places(body, lambda module: isinstance(module, nn.Embedding)):
        # others than the input's, such as of positions, lie elsewhere
        is_input = file is not None and place.module is body.get_input_embeddings()
        if _is_look_up(place.module):
            place.put(WidenedRows(place.module, dtype, file if is_input else None))
        else:
            _log.warning(
                "%s (%s) is more than a look-up of rows: it is held in %s, which takes more memory",
                place.path,
                type(place.module).__name__,
                str(dtype).removeprefix("torch."),
            )
    for module in body.modules():
        for name, parameter in module._parameters.items():
            if (
                parameter is not None
                and parameter.is_floating_point()
                and parameter.dtype != dtype
                and not isinstance(module, WidenedRows)
            ):
                module._parameters[name] = nn.Parameter(parameter.detach().to(dtype), requires_grad=False)


def _is_look_up(embedding: nn.Embedding) -> bool:
    """Whether an embedding gives its rows, or a multiple of them: tried in the type of its weights, on the first and
    the last.
    """
    ends = torch.tensor([[0, embedding.num_embeddings - 1]], device=embedding.weight.device)
    return torch.equal(embedding(ends), WidenedRows(embedding, embedding.weight.dtype)(ends))
