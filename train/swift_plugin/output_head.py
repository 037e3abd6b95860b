"""The output head of a model in training, which the losses take the place of."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from cascade.errors import CascadeError


def give_hidden_states(base: Any) -> None:
    """Has a causal language model give its last hidden states in the place of logits.

    Losses take the rows of the head that they need. Raises CascadeError for a model that changes its logits after the
    head.
    """
    if getattr(base.config, "final_logit_softcapping", None):
        raise CascadeError(
            f"base model {base.config.name_or_path!r} caps its logits; expected one that does not, such as Gemma 3 or "
            "Qwen2"
        )
    base.get_output_embeddings().forward = _pass_hidden


def _pass_hidden(hidden: Tensor) -> Tensor:
    return hidden
