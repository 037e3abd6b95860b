"""Attention between products in 8 bits, against softmax over a list of the keys that each token sees."""

from __future__ import annotations

import random

import pytest
import torch
from native_library import by
from torch import Tensor

from cascade.layers.native_attention import attended
from cascade.layers.native_kernels import Kernels

__all__ = ["by"]

pytestmark = pytest.mark.slow

ROWS, LENGTH, WIDTH, SIZE = 3, 5, 11, 24


def one_by_one(
    queries: Tensor,
    keys: Tensor,
    values: Tensor,
    mask: Tensor,
    prefix: tuple[Tensor, Tensor] | None,
    places: list[int],
) -> Tensor:
    """The outputs, (tokens, heads * size): each token's keys put together one by one."""
    groups, _, shared, size = queries.shape
    far = mask.shape[3] - keys.shape[2]
    results = []
    for place in places:
        row, column = divmod(place, LENGTH)
        sees = mask[row, 0, column].tolist()
        outputs = []
        for group in range(groups):
            seen = (
                [
                    (prefix[0][0, group, number], prefix[1][0, group, number])
                    for number in range(prefix[0].shape[2])
                    if number >= far or sees[number]
                ]
                if prefix is not None
                else []
            )
            seen += [
                (keys[row, group, number], values[row, group, number])
                for number in range(keys.shape[2])
                if sees[far + number]
            ]
            scores = torch.stack([key for key, _ in seen]).double() @ queries[group, place].double().T / 5
            outputs.append(torch.softmax(scores, dim=0).T @ torch.stack([value for _, value in seen]).double())
        results.append(torch.stack(outputs).reshape(groups * shared * size))
    return torch.stack(results)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("prefix_tokens", [None, 0, 9, 150])  # of the longest, padding is left out
@pytest.mark.parametrize(("groups", "shared"), [(1, 4), (2, 3), (1, 1)])
@pytest.mark.parametrize("padded", [False, True])
def test_each_token_attends_to_the_keys_that_it_sees(
    by: Kernels, padded: bool, groups: int, shared: int, prefix_tokens: int | None, dtype: torch.dtype
) -> None:
    torch.manual_seed(4)
    choice = random.Random(groups * shared)
    far = min(3, prefix_tokens or 0)

    def states(rows: int, tokens: int) -> Tensor:
        return torch.randn(rows, groups, tokens, SIZE).to(dtype)

    mask = torch.tensor([choice.random() < 0.4 for _ in range(ROWS * LENGTH * (far + WIDTH))])
    mask = mask.view(ROWS, 1, LENGTH, far + WIDTH)
    mask[:, :, :, -1] = True
    places = sorted(choice.sample(range(ROWS * LENGTH), 11)) if padded else list(range(ROWS * LENGTH))
    queries = torch.randn(groups, ROWS * LENGTH, shared, SIZE).to(dtype)
    keys, values = states(ROWS, WIDTH), states(ROWS, WIDTH)
    prefix = None if prefix_tokens is None else (states(1, prefix_tokens), states(1, prefix_tokens))
    among = torch.tensor(places) if padded else None
    found = attended(by, queries, keys, values, mask, prefix, scaling=1 / 5, places=among)
    right = one_by_one(queries, keys, values, mask, prefix, places)
    assert found.dtype == dtype
    tolerance = 1e-5 if dtype == torch.float32 else 0.03
    torch.testing.assert_close(found.double(), right, rtol=tolerance, atol=tolerance)


def test_a_key_that_is_hidden_has_no_weight_however_large_its_score(by: Kernels) -> None:
    queries = torch.ones(1, 1, 1, 32)
    keys = torch.stack([torch.full((32,), 1e4), torch.zeros(32)]).view(1, 1, 2, 32)
    values = torch.stack([torch.full((32,), 1e30), torch.ones(32)]).view(1, 1, 2, 32)
    mask = torch.tensor([False, True]).view(1, 1, 1, 2)
    found = attended(by, queries, keys, values, mask, None, scaling=1.0, places=None)
    assert found.tolist() == [[1.0] * 32]
