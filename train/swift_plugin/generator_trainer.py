"""The SWIFT trainer of models that generate: logits are made of the learnt tokens alone."""

from __future__ import annotations

from typing import Any

from torch import nn

from cascade.errors import CascadeError
from train.swift_plugin.answer_loss import answer_loss
from train.swift_plugin.hidden_states_trainer import HiddenStatesTrainer

_READ = ("input_ids", "attention_mask", "position_ids")
# ms-swift's arguments of other losses, of scores from logits, and of the places whose logits are made
_OTHER_LOSSES = (
    "label_smoothing_factor", "loss_type", "enable_dft_loss", "enable_channel_loss", "eval_metric",
    "predict_with_generate", "use_logits_to_keep",
)  # fmt: skip
_UNREAD = ("loss_scale", "channel")  # SWIFT's weights of tokens and names of channels


class GeneratorTrainer(HiddenStatesTrainer):
    """SWIFT's trainer with the same loss, made of the learnt tokens' logits alone (benchmarks/LOG.md)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if unread := [name for name in _OTHER_LOSSES if getattr(self.args, name, None)]:
            raise CascadeError(
                f"the recipe sets {', '.join(unread)}, which the training of models that generate does not read; leave "
                "it out"
            )

    def compute_loss(
        self, model: nn.Module, inputs: dict[str, Any], return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        """The mean cross-entropy of the learnt tokens, over all that are in the batch of all processes."""
        if unread := [name for name in _UNREAD if inputs.get(name) is not None]:
            raise CascadeError(f"the rows hold {', '.join(unread)}, which this trainer does not read; leave them out")
        output = model(**{name: inputs[name] for name in _READ if name in inputs}, use_cache=False)
        head = self.plain_model().get_output_embeddings().weight
        total, learnt = answer_loss(output.logits, head, inputs["labels"])
        loss = total / (max(1, learnt) if num_items_in_batch is None else num_items_in_batch)
        if self.args.average_tokens_across_devices and num_items_in_batch is not None:
            loss = loss * self.accelerator.num_processes
        return (loss, output) if return_outputs else loss
