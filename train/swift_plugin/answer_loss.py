"""The loss on generated answers: cross-entropy over the vocabulary, of the answers' tokens alone, in small parts."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

_ROWS = 128  # of logits at a time: 134 MB in fp32 with a vocabulary of 262,144
_IGNORED = -100  # the label of a token that is not learnt


def answer_loss(hidden: Tensor, head: Tensor, labels: Tensor) -> tuple[Tensor, int]:
    """The sum of the cross-entropy in nats over the learnt tokens, and how many there are.

    hidden: (rows, tokens, hidden), head: (vocabulary, hidden), not trained; labels: (rows, tokens), each the token at
    its own place, or -100. The sum has the gradient of one made from all logits at once, which would take gigabytes.
    """
    following = labels[:, 1:]
    learnt = following != _IGNORED
    states = hidden[:, :-1][learnt]  # a copy: rows that follow each other, as the product with the head needs them
    loss: Tensor = _CrossEntropy.apply(states, head, following[learnt])  # type: ignore[no-untyped-call]
    return loss, len(states)


class _CrossEntropy(torch.autograd.Function):
    """Cross-entropy whose gradient is made beside it, so that no logits have to be kept."""

    @staticmethod
    def forward(ctx: Any, states: Tensor, head: Tensor, answers: Tensor) -> Tensor:
        total = states.new_zeros((), dtype=torch.float32)
        gradients = torch.empty_like(states)
        for first in range(0, len(states), _ROWS):
            part = slice(first, first + _ROWS)
            logits = (states[part].to(head.dtype) @ head.T).float()
            total += cross_entropy(logits, answers[part], reduction="sum")
            shares = logits.softmax(-1)
            shares[torch.arange(len(shares)), answers[part]] -= 1
            gradients[part] = (shares.to(head.dtype) @ head).to(states.dtype)
        ctx.save_for_backward(gradients)
        return total

    @staticmethod
    def backward(ctx: Any, *gradient: Tensor) -> tuple[Tensor, None, None]:
        (gradients,) = ctx.saved_tensors
        return gradients * gradient[0].to(gradients.dtype), None, None
