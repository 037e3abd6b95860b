"""Layers that are compiled for training."""

from __future__ import annotations

from typing import Any

import torch
from swift.callbacks.base import TrainerCallback
from torch import nn


class CompileLayers(TrainerCallback):
    """Compiles each decoder layer for training, which is a fifth faster on CPU.

    Scoring runs uncompiled, because its shapes vary. any_length: whether one graph serves rows of all lengths; else one
    is made for each.
    """

    any_length = False

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Compiles a graph for each kind of layer."""
        self._layers = list(self.trainer.plain_model().model.layers)
        torch._dynamo.config.cache_size_limit = max(64, torch._dynamo.config.cache_size_limit)
        for layer in self._layers:
            plain = layer.forward
            layer.forward = _in_training(layer, torch.compile(plain, dynamic=self.any_length), plain)


class CompileLayersOfAnyLength(CompileLayers):
    """The same for rows that are padded to the longest of their batch."""

    any_length = True


def _in_training(layer: nn.Module, compiled: Any, plain: Any) -> Any:
    def forward(*args: Any, **kwargs: Any) -> Any:
        return (compiled if layer.training else plain)(*args, **kwargs)

    return forward
