"""Our own kernels against PyTorch's operations one by one, and passes by them against passes without them."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import torch
from native_library import built, by
from tiny_models import random_text, save_adapter
from torch import Tensor, nn

from cascade.adapters.card import read_adapter
from cascade.layers.int8 import largest_weight, quantised, weight_in_8_bits
from cascade.layers.merged_lora import LowRank, with_low_rank
from cascade.layers.native_kernels import Kernels, NormWeights, Quantised
from cascade.layers.norms import RMSNorm
from cascade.model import int8_pass
from cascade.model.base_model import BaseModel
from cascade.model.decoder import rotated
from cascade.reading.row import Row, assemble
from cascade.stages.extractor import extraction_passage
from cascade.text.pieces import cut

__all__ = ["by"]

pytestmark = pytest.mark.slow

DTYPES = [torch.bfloat16, torch.float32]
TOKENS = [1, 5, 33, 130]


def numbers(*shape: int, dtype: torch.dtype = torch.float32, seed: int = 1) -> Tensor:
    return (2 * torch.randn(shape, generator=torch.Generator().manual_seed(seed))).to(dtype)


def scales_of(tokens: int, dtype: torch.dtype) -> Tensor:
    return (numbers(tokens, 1, seed=9).abs() / 20 + 0.01).to(dtype)


def norms(size: int, *, plus_one: bool, dtype: torch.dtype, seed: int) -> tuple[RMSNorm, NormWeights]:
    norm = RMSNorm((numbers(size, seed=seed) / 4).to(dtype), 1e-6, plus_one=plus_one)
    return norm, norm.in_fp32()


def same_integers(found: Quantised, right: tuple[Tensor, Tensor], tokens: int) -> None:
    """The same scales but for their last bit, and integers that differ by one here and there; zeros behind them."""
    assert found.integers.shape == right[0].shape
    torch.testing.assert_close(found.scales, right[1], rtol=0.01, atol=0)
    difference = (found.integers.int() - right[0].int()).abs()
    assert int(difference.max()) <= 1
    assert float((difference > 0).float().mean()) < 0.05
    assert (found.integers[tokens:] == 128).all()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("tokens", TOKENS)
@pytest.mark.parametrize("size", [7, 640])
def test_values_are_quantised_to_the_same_bits(by: Kernels, size: int, tokens: int, dtype: torch.dtype) -> None:
    values = numbers(tokens, size, dtype=dtype)
    values[0] = 0  # all zeros: the least scale
    found, right = by.quantise(values), quantised(values)
    assert torch.equal(found.integers, right[0])
    assert torch.equal(found.scales, right[1])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("ranks", [(), (3,), (16, 4)])
@pytest.mark.parametrize("shape", [(1, 7), (50, 640), (333, 64)])
def test_weights_are_merged_and_quantised(
    by: Kernels, shape: tuple[int, int], ranks: tuple[int, ...], dtype: torch.dtype
) -> None:
    weight = (numbers(*shape) / 20).bfloat16()
    weight[0] = 0
    parts = [
        LowRank((numbers(shape[1], rank, seed=2) / 9).bfloat16(), numbers(rank, shape[0], seed=3) / 9) for rank in ranks
    ]
    integers, scales = by.merge(weight, parts, rounds=dtype == torch.bfloat16, most=largest_weight())
    right, right_scales = weight_in_8_bits(with_low_rank(weight, parts).to(dtype))
    if not ranks:
        assert torch.equal(integers, right)
        assert torch.equal(scales, right_scales)
    torch.testing.assert_close(scales, right_scales, rtol=0.01, atol=1e-12)
    difference = (integers.int() - right.int()).abs()
    assert int(difference.max()) <= 1
    assert float((difference > 0).float().mean()) < 0.02


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("tokens", TOKENS)
@pytest.mark.parametrize("around", [True, False])
def test_hidden_states_are_joined_normed_and_quantised(
    by: Kernels, around: bool, tokens: int, dtype: torch.dtype
) -> None:
    hidden, products, scales = (
        numbers(tokens, 96, dtype=dtype),
        numbers(tokens, 96, dtype=dtype, seed=2),
        scales_of(tokens, dtype),
    )
    inner, inner_weights = norms(96, plus_one=around, dtype=dtype, seed=3)
    outer, outer_weights = norms(96, plus_one=around, dtype=dtype, seed=4)
    part = products * scales
    expected = hidden + (inner(part) if around else part)
    ours = hidden.clone()
    found = by.join(ours, products, scales, inner_weights if around else None, outer_weights)
    torch.testing.assert_close(ours, expected, rtol=0.01, atol=1e-3)
    same_integers(found, quantised(outer(ours)), tokens)
    ours = hidden.clone()
    normed = by.join_last(ours, products, scales, inner_weights if around else None, outer_weights)
    torch.testing.assert_close(normed, outer(ours), rtol=0.01, atol=1e-3)
    same_integers(by.join(hidden.clone(), None, None, None, outer_weights), quantised(outer(hidden)), tokens)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("kind", ["normed", "biased", "plain"])
@pytest.mark.parametrize("padded", [False, True])
@pytest.mark.parametrize(("rows", "length"), [(1, 1), (2, 17), (5, 64)])
def test_heads_are_normed_turned_and_laid_out(
    by: Kernels, rows: int, length: int, kind: str, dtype: torch.dtype, padded: bool
) -> None:
    queries, keys, size, tokens = 4, 2, 12, rows * length
    heads = queries + 2 * keys
    products, scales = numbers(tokens, heads * size, dtype=dtype), scales_of(tokens, dtype)
    angles = numbers(tokens, size // 2, seed=5)
    rotations = angles.cos().to(dtype), angles.sin().to(dtype)
    bias = numbers(heads * size, dtype=dtype, seed=6) if kind == "biased" else None
    weight = numbers(queries + keys, size, seed=7).to(dtype) / 4
    norm = RMSNorm(weight, 1e-6, plus_one=True) if kind == "normed" else None
    values = products * scales
    values = (values if bias is None else values + bias).view(rows, length, heads, size)
    turned = values[:, :, : queries + keys]
    turned = rotated(turned if norm is None else norm(turned), *(part.view(rows, length, 1, -1) for part in rotations))
    right = [
        turned[:, :, :queries].reshape(tokens, keys, queries // keys, size).transpose(0, 1).clone(),
        turned[:, :, queries:].transpose(1, 2).clone(),
        values[:, :, queries + keys :].transpose(1, 2).clone(),
    ]
    there = torch.arange(tokens)
    if padded:
        there = there[there % 3 == 0]
        left_out = torch.ones(tokens, dtype=torch.bool).index_fill_(0, there, False)
        right[0][:, left_out] = 0
        for part in right[1:]:
            part.transpose(1, 2)[left_out.view(rows, length)] = 0
    room = torch.zeros(2, rows, keys, length, size, dtype=dtype)
    found = by.turn(
        products[there],
        scales[there],
        (rotations[0][there], rotations[1][there]),
        None if bias is None else bias.float(),
        None if norm is None else norm.in_fp32(),
        shape=(rows, length),
        heads=(queries, keys),
        size=size,
        places=there if padded else None,
        into=(room[0], room[1]) if padded else None,
    )
    assert (found[1].data_ptr() == room.data_ptr()) == padded
    for ours, expected in zip(found, right, strict=True):
        torch.testing.assert_close(ours, expected.contiguous(), rtol=0.02, atol=2e-3)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("tokens", TOKENS)
@pytest.mark.parametrize("is_silu", [True, False])
def test_gates_are_activated_and_quantised(by: Kernels, is_silu: bool, tokens: int, dtype: torch.dtype) -> None:
    products, scales = 30 * numbers(tokens, 2 * 80, dtype=dtype), scales_of(tokens, dtype)
    gates, others = (products * scales).chunk(2, dim=-1)
    activated = nn.functional.silu(gates) if is_silu else nn.functional.gelu(gates)
    same_integers(by.gate(products, scales, is_silu=is_silu), quantised(activated * others), tokens)


@pytest.mark.parametrize("is_silu", [True, False])
def test_activations_are_right_over_the_whole_range(by: Kernels, is_silu: bool) -> None:
    gates = torch.cat([torch.linspace(-12, 12, 4001), torch.tensor([-1e30, -100.0, 100.0, 1e30])])
    exact = nn.functional.silu(gates.double()) if is_silu else nn.functional.gelu(gates.double())
    for value, right in zip(gates.tolist(), exact.tolist(), strict=True):
        products = torch.tensor([[value, 1.0]])
        scale = float(by.gate(products, torch.ones(1, 1), is_silu=is_silu).scales)
        assert abs(scale * 126 - abs(right)) <= 2e-6 * max(1.0, abs(right))


# whole passes


@pytest.fixture(scope="module", params=["gemma", "qwen"])
def eighth(request: pytest.FixtureRequest) -> BaseModel:
    """A tiny model in 8 bits, whatever the CPU."""
    base: BaseModel = request.getfixturevalue(request.param)
    return BaseModel(base.stored, base.tokens, name=base.name, int8=True)


def row_of(base: BaseModel) -> Row:
    text = random_text(random.Random(3), 30)
    return assemble((), [extraction_passage(base.tokens.pieces(text, cut(text)))], after=0)


def relative_error(found: Tensor, right: Tensor) -> float:
    return float((found - right).double().norm() / right.double().norm())


def with_kernels(monkeypatch: pytest.MonkeyPatch, found: Kernels | None) -> None:
    monkeypatch.setattr(int8_pass, "kernels", lambda: found)


@pytest.mark.usefixtures("int8")
def test_a_pass_by_kernels_is_the_pass_without_them(eighth: BaseModel, monkeypatch: pytest.MonkeyPatch) -> None:
    row, prefix = row_of(eighth), eighth.tokens.prefix(["person", "city"])
    with_kernels(monkeypatch, None)
    reader = eighth.reader()
    right = reader.hidden_behind(prefix, [row])
    assert reader.body.prepared is None
    with_kernels(monkeypatch, built())
    reader = eighth.reader()
    found = reader.hidden_behind(prefix, [row])
    assert reader.body.prepared
    assert (
        0 < relative_error(found, right) < 0.03
    )  # an integer that differs by one here and there, which random weights make larger


@pytest.mark.usefixtures("int8")
def test_rows_of_adapters_beside_the_layers_are_read_by_kernels_too(
    eighth: BaseModel, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "gemma" if "gemma" in eighth.name else "qwen"
    folder = request.getfixturevalue(f"{name}_folder")
    adapter = read_adapter(
        save_adapter(request.getfixturevalue(name), folder, tmp_path / "x", stage="extractor", languages=["en"], seed=2)
    )
    rows, prefix, found = [row_of(eighth)] * 3, eighth.tokens.prefix(["person"]), []
    for library in (None, built()):
        with_kernels(monkeypatch, library)
        reader = eighth.reader(stacked=True)
        number = reader.number_of(adapter)
        found.append(reader.hidden_behind(prefix, rows, adapters=[0, number, 0]))
    exact = request.getfixturevalue(name).reader(stacked=True)
    right = exact.hidden_behind(prefix, rows, adapters=[0, exact.number_of(adapter), 0])
    for row in range(3):
        by_torch, by_kernels = (relative_error(states[row].float(), right[row]) for states in found)
        assert by_kernels < 1.3 * by_torch + 0.01  # the adapter's part has the error of 8 bits too
    assert torch.equal(found[1][0], found[1][2])
    assert relative_error(found[1][1], found[1][0]) > 0.03  # control: the adapter does something


def test_layers_in_floating_point_are_read_without_kernels(gemma: BaseModel, monkeypatch: pytest.MonkeyPatch) -> None:
    row = row_of(gemma)
    with_kernels(monkeypatch, None)
    right = gemma.reader().hidden_behind((2, 7), [row])
    with_kernels(monkeypatch, built())
    assert torch.equal(gemma.reader().hidden_behind((2, 7), [row]), right)
