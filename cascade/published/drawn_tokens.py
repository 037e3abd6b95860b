"""Drawn answers that depend on their prompt and a seed alone, and not on the prompts beside them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


class DrawnTokens:
    """Leaves of each row's scores the one token that is drawn for it, so that the likeliest is that one.

    Drawn from the likeliest `top_k` tokens, of these from the fewest that have together at least `top_p` of the
    probability at this temperature: the way of transformers' sampling, whose draws depend on the place in a batch.

    seed, prompts, behind: of the draws, and each row's prompt, and the tokens of its answer that are in it already.
    start: tokens of a row before those that are generated now.
    """

    def __init__(
        self,
        seed: int,
        prompts: Sequence[Sequence[int]],
        behind: Sequence[int],
        start: int,
        *,
        temperature: float,
        top_p: float,
        top_k: int,
    ) -> None:
        self.keys, self.behind, self.start = [f"{seed}/{list(prompt)}" for prompt in prompts], behind, start
        self.temperature, self.top_p, self.top_k = temperature, top_p, top_k

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """Called by transformers with int64 [rows, tokens] and scores [rows, vocabulary]; returns other scores."""
        import torch

        best, tokens = (scores.float() / self.temperature).topk(min(self.top_k, scores.shape[-1]), dim=-1)
        shares = torch.softmax(best, dim=-1).double().cpu()
        before = shares.cumsum(dim=-1) - shares
        shares = shares.where(before < self.top_p, 0.0)  # at least the likeliest stays
        place = input_ids.shape[-1] - self.start
        draws = [self._draw(row, place) for row in range(len(shares))]
        ends = shares.cumsum(dim=-1) / shares.sum(dim=-1, keepdim=True)
        drawn = (ends <= torch.tensor(draws, dtype=torch.double)[:, None]).sum(dim=-1, keepdim=True)
        drawn = drawn.clamp(max=shares.shape[-1] - 1).to(tokens.device)
        return torch.full_like(scores, -torch.inf).scatter(-1, tokens.gather(-1, drawn), 0.0)

    def _draw(self, row: int, place: int) -> float:
        """A number in 0..1 for a row's next token."""
        return random.Random(f"{self.keys[row]}/{self.behind[row] + place}").random()
