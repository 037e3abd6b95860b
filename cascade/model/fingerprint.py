"""Fingerprints of base models, by which adapters tell whether they fit: the same in bf16 and fp32, on every machine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import torch
from torch import Tensor

_FORM = "v2:"  # begins the present form; the first one, which cards of before have, has nothing in front
_EMBEDDING_ROWS = 64
_LAYER_ROWS = 2  # of each other matrix: each row brings another part of the model's file into memory


@dataclass(frozen=True, slots=True)
class Fingerprinted:
    """What a fingerprint is made of: a model's config, its embedding and last norm, and all its weights, each once, in
    transformers' order.
    """

    config: Any
    embedding: Tensor
    norm: Tensor | None
    weights: Sequence[Tensor]

    @classmethod
    def of(cls, model: Any) -> Fingerprinted:
        """That of a model as transformers has it."""
        norm = getattr(getattr(model, "model", None), "norm", None)
        weights = list(model.parameters())
        return cls(model.config, model.get_input_embeddings().weight, None if norm is None else norm.weight, weights)


def fingerprint(model: Fingerprinted) -> str:
    """A checksum that tells base models apart: of the shapes of all weights and some numbers of each.

    Of the embedding it reads 64 rows, of each other matrix two, of vectors, such as those of norms, all.  A training
    moves nearly all numbers of a matrix.
    """
    digest = sha256(f"{model.config.model_type} {model.config.num_hidden_layers}".encode())
    for weight in model.weights:
        digest.update(f" {tuple(weight.shape)}".encode())
        rows = weight.detach().reshape(-1, weight.shape[-1] if weight.dim() > 1 else max(1, weight.numel()))
        count = min(len(rows), _EMBEDDING_ROWS if weight is model.embedding else _LAYER_ROWS)
        for place in range(count):  # one by one: picking several rows at once waits for threads, on busy cores for long
            digest.update(_as_stored(rows[place * len(rows) // count]))
    return _FORM + digest.hexdigest()


def first_fingerprint(model: Fingerprinted) -> str:
    """What cards held at first: of some rows of the embedding and the last norm alone; two models may share it."""
    weight = model.embedding
    step = max(1, weight.shape[0] // _EMBEDDING_ROWS)
    digest = sha256(f"{model.config.model_type} {tuple(weight.shape)} {model.config.num_hidden_layers}".encode())
    for tensor in (weight[::step], *([] if model.norm is None else [model.norm])):
        digest.update(_as_stored(tensor.detach()))
    return digest.hexdigest()


def _as_stored(numbers: Tensor) -> bytes:
    return numbers.to("cpu", torch.bfloat16).contiguous().view(torch.int16).numpy().tobytes()
