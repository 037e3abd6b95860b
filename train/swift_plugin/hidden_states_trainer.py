"""What our SWIFT trainers share: the model in training gives hidden states, and their losses read its head."""

from __future__ import annotations

from typing import Any

from swift.trainers import Seq2SeqTrainer

from train.swift_plugin.output_head import give_hidden_states
from train.tuner_arguments import check_trained


class HiddenStatesTrainer(Seq2SeqTrainer):
    """SWIFT's trainer of a LoRA adapter on a model whose `logits` are its last hidden states.

    Losses take the rows of the head that they need. Raises CascadeError for anything but plain LoRA, and for a model
    that changes its logits after the head.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        check_trained(self.accelerator.unwrap_model(self.model), where="the recipe")
        give_hidden_states(self.plain_model())

    def plain_model(self) -> Any:
        """The base model in training, without the wrappers of Accelerate and PEFT; its layers contain the adapter."""
        model = self.accelerator.unwrap_model(self.model)
        return model.get_base_model() if hasattr(model, "get_base_model") else model
