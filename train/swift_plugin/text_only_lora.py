"""Trains an adapter that builds on another: it changes how texts are read, and leaves the types of the prefix alone.

The keys and values of the types are then the same for all languages, and one batch may mix languages
(`cascade.layers.stacked_lora`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from swift.callbacks.base import TrainerCallback
from torch import Tensor, nn

from cascade.layers.transfer import sent


class TextOnlyLora:
    """Switches the adapter off for tokens that do not belong to a text.

    A reader that scores dev documents takes it in place of the adapter stack.
    """

    def __init__(self, model: nn.Module) -> None:
        self._text: Tensor | None = None
        found = 0
        for name, module in model.named_modules():
            if ".lora_A." in name:
                module.register_forward_hook(self._in_texts)
                found += 1
        if not found:
            raise ValueError("the model has no LoRA layers; expected some to switch off for the types")

    def tokens(self, text: Tensor) -> None:
        """Sets which tokens of the next passes belong to a text: (rows, tokens), boolean."""
        self._text = text[..., None]

    def number_of(self, adapter: Any) -> int:
        """Always 1, the number of the only adapter, which is in training."""
        del adapter
        return 1

    @contextmanager
    def reading(self, adapters: Sequence[int] | None, device: torch.device) -> Iterator[None]:
        """A context as in the adapter stack: rows with a number other than 0 are read with the adapter.

        With None as `adapters`, no row is.
        """
        self._text = None if adapters is None else (sent(adapters, device) > 0)[:, None, None]
        try:
            yield
        finally:
            self._text = None

    def _in_texts(self, module: nn.Module, inputs: Any, output: Tensor) -> Tensor:
        return torch.zeros_like(output) if self._text is None else output * self._text.to(output.dtype)


class AdaptTextOnly(TrainerCallback):
    """Makes the adapter in training change only texts.

    It must come before `compile_layers`, which compiles the layers as it finds them.
    """

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Gives the trainer the switch."""
        self.trainer.text_only = TextOnlyLora(self.trainer.plain_model())
