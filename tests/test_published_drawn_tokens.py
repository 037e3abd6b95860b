"""Drawn answers: from the likeliest tokens, by seed and prompt, whatever is read beside them."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest
import torch

from cascade.published.drawn_tokens import DrawnTokens
from cascade.published.generator import load

SCORES = torch.tensor([[2.0, 1.0, 0.0, -1.0, -2.0, -30.0]])
NO_TOKENS = torch.zeros(1, 0, dtype=torch.long)


def drawn(seed: int, *, temperature: float = 1.0, top_p: float = 1.0, top_k: int = 6) -> int:
    kept = DrawnTokens(seed, [[7]], [0], 0, temperature=temperature, top_p=top_p, top_k=top_k)(NO_TOKENS, SCORES)
    [token] = (kept[0] > -torch.inf).nonzero().flatten().tolist()
    return int(token)


@pytest.mark.parametrize(
    ("temperature", "top_p", "top_k"), [(1.0, 1.0, 6), (0.7, 0.8, 20), (2.0, 1.0, 3), (1.0, 0.5, 6)]
)
def test_tokens_come_as_often_as_transformers_would_draw_them(temperature: float, top_p: float, top_k: int) -> None:
    from transformers import TemperatureLogitsWarper, TopKLogitsWarper, TopPLogitsWarper

    expected = SCORES
    for warper in (TemperatureLogitsWarper(temperature), TopKLogitsWarper(top_k), TopPLogitsWarper(top_p)):
        expected = warper(NO_TOKENS, expected)
    shares = torch.softmax(expected, dim=-1)[0].tolist()
    times = 2000
    counts = Counter(drawn(seed, temperature=temperature, top_p=top_p, top_k=top_k) for seed in range(times))
    assert set(counts) <= {token for token, share in enumerate(shares) if share > 0}
    assert [counts[token] / times for token in range(6)] == pytest.approx(shares, abs=0.04)


def test_draws_differ_by_seed_prompt_and_place() -> None:
    def draws(seed: int, prompt: list[int], behind: int) -> list[float]:
        made = DrawnTokens(seed, [prompt], [behind], 0, temperature=1.0, top_p=1.0, top_k=2)
        return [made._draw(0, place) for place in range(4)]

    assert draws(1, [3, 4], 0) == draws(1, [3, 4], 0)
    assert len({*map(tuple, [draws(1, [3, 4], 0), draws(2, [3, 4], 0), draws(1, [4, 3], 0)])}) == 3
    assert draws(1, [3, 4], 1)[:3] == draws(1, [3, 4], 0)[1:]  # an answer that goes on


def test_drawn_answers_do_not_depend_on_the_prompts_beside_them(qwen_folder: Path) -> None:
    model, source = load(qwen_folder), random.Random(1)
    texts = ["Ada saw Rome .", "Bob met Paul .", "Eva left Bonn now in May .", "x"]
    prompts = [[{"role": "user", "content": text}] for text in texts]
    together = model.answers(prompts, longest=12, seed=1)
    assert together == [model.answers([prompt], longest=12, seed=1)[0] for prompt in prompts]
    order = source.sample(range(4), 4)
    assert model.answers([prompts[place] for place in order], longest=12, seed=1) == [
        together[place] for place in order
    ]
    assert together != model.answers(prompts, longest=12, seed=2)
