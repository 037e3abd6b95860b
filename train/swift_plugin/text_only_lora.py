"""Training of an adapter that is a difference to another one: it changes how texts are read, and leaves the types of
the prefix as they are.

So the types' keys and values are the same for all languages, and one batch may mix them
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
    """Switches the adapter's parts off for tokens that are not of a text; stands in for the adapter stack where a
    reader scores dev documents.
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
        """Which tokens of the next passes are of a text: (rows, tokens), boolean."""
        self._text = text[..., None]

    def number_of(self, adapter: Any) -> int:
        """1, as there is one adapter, the one in training."""
        del adapter
        return 1

    @contextmanager
    def reading(self, adapters: Sequence[int] | None, device: torch.device) -> Iterator[None]:
        """As of the adapter stack: while it is open, rows of another number than 0 are read with the adapter, none
        where it is None.
        """
        self._text = None if adapters is None else (sent(adapters, device) > 0)[:, None, None]
        try:
            yield
        finally:
            self._text = None

    def _in_texts(self, module: nn.Module, inputs: Any, output: Tensor) -> Tensor:
        return torch.zeros_like(output) if self._text is None else output * self._text.to(output.dtype)


class AdaptTextOnly(TrainerCallback):
    """Makes the adapter in training one that changes only texts; named before `compile_layers`, which compiles what it
    finds.
    """

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Puts the switch into the trainer."""
        self.trainer.text_only = TextOnlyLora(self.trainer.plain_model())
