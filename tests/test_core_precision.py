"""The choice of arithmetic, and linear layers in 8-bit integers against the layers they were made from."""

from __future__ import annotations

import copy
import os
import random
import subprocess
import sys

import pytest
import torch
from project_tree import ROOT
from slow_reading import states_alone
from tiny_models import random_text

from cascade.errors import BaseModelError
from cascade.layers.activations import ExactGELU
from cascade.layers.int8 import Int8Linear, int8_is_fast, largest_weight, quantised, sharing_inputs
from cascade.layers.norms import InPlaceRMSNorm, with_fast_norms
from cascade.memory.package_caches import keep_few_primitives
from cascade.model.base_model import BaseModel
from cascade.model.precision import Precision, fast_dtype, precision_of
from cascade.reading.row import assemble
from cascade.stages.extractor import extraction_passage
from cascade.text.pieces import cut

CPU = torch.device("cpu")
needs_int8 = pytest.mark.usefixtures("int8")


def relative_error(found: torch.Tensor, right: torch.Tensor) -> float:
    return float((found.double() - right.double()).norm() / right.double().norm())


@pytest.mark.parametrize(
    ("set_by_user", "expected"),
    [
        ({}, {"ONEDNN_PRIMITIVE_CACHE_CAPACITY": "64", "LRU_CACHE_CAPACITY": "16"}),
        (
            {"ONEDNN_PRIMITIVE_CACHE_CAPACITY": "300"},
            {"ONEDNN_PRIMITIVE_CACHE_CAPACITY": "300", "LRU_CACHE_CAPACITY": "16"},
        ),
        (
            {"DNNL_PRIMITIVE_CACHE_CAPACITY": "300"},
            {"DNNL_PRIMITIVE_CACHE_CAPACITY": "300", "LRU_CACHE_CAPACITY": "16"},
        ),  # both names are read
        ({"LRU_CACHE_CAPACITY": "300"}, {"ONEDNN_PRIMITIVE_CACHE_CAPACITY": "64", "LRU_CACHE_CAPACITY": "300"}),
    ],
)
def test_few_compiled_products_are_kept_unless_the_user_says_otherwise(
    set_by_user: dict[str, str], expected: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    variables = ("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "DNNL_PRIMITIVE_CACHE_CAPACITY", "LRU_CACHE_CAPACITY")
    for variable in variables:
        monkeypatch.setenv(variable, set_by_user.get(variable, ""))
        if variable not in set_by_user:
            monkeypatch.delenv(variable)
    keep_few_primitives()
    assert {variable: os.environ[variable] for variable in variables if variable in os.environ} == expected


def test_fp32_or_bf16_is_chosen_by_what_the_device_computes_in() -> None:
    assert fast_dtype(CPU) in (torch.bfloat16, torch.float32)
    assert fast_dtype(torch.device("meta")) == torch.float32


def test_precisions_by_name() -> None:
    assert precision_of("bf16", CPU) == Precision(torch.bfloat16, False)
    assert precision_of("fp32", CPU) == Precision(torch.float32, False)
    assert precision_of("auto", torch.device("meta")) == Precision(torch.float32, False)
    assert precision_of("auto", CPU) == Precision(fast_dtype(CPU), int8_is_fast(CPU))
    assert [
        Precision(torch.bfloat16, True).name,
        Precision(torch.bfloat16, False).name,
        Precision(torch.float32, False).name,
    ] == ["int8", "bf16", "fp32"]


def test_unknown_and_impossible_precisions_are_errors() -> None:
    with pytest.raises(BaseModelError) as error:
        precision_of("fp8", CPU)
    assert str(error.value) == "precision 'fp8'; expected one of auto, int8, bf16, fp32"
    with pytest.raises(BaseModelError) as error:
        precision_of("int8", torch.device("meta"))
    assert (
        str(error.value)
        == "precision 'int8' needs a CPU with VNNI or AVX2 instructions, which 'meta' here has not; use auto, bf16 or "
        "fp32"
    )


@needs_int8
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32])
@pytest.mark.parametrize("bias", [False, True])
def test_a_layer_in_8_bits_equals_its_integers_worked_out_by_hand(dtype: torch.dtype, bias: bool) -> None:
    torch.manual_seed(1)
    linear = torch.nn.Linear(40, 24, bias=bias).requires_grad_(False).to(dtype)
    values = (torch.randn(3, 7, 40) * torch.rand(3, 7, 1) * 30).to(dtype)
    values[0, 0] = 0
    with torch.inference_mode():
        found = Int8Linear.of(linear)(values)
        weight = linear.weight.float()
        channel = weight.abs().amax(1) / largest_weight()
        token = values.abs().amax(-1, keepdim=True).clamp_min(1e-12) / 126
        products = (values / token).round().double() @ (weight / channel[:, None]).round().double().T
        right = products * channel.double() * token.double() + (linear.bias.double() if bias else 0.0)
    assert found.dtype == dtype
    assert found.shape == (3, 7, 24)
    assert relative_error(found, right) < (4e-3 if dtype == torch.bfloat16 else 1e-5)
    assert relative_error(found, linear(values)) < (0.02 if largest_weight() == 127 else 0.03)


@needs_int8
def test_the_largest_sums_do_not_overflow() -> None:
    weight = largest_weight()
    linear = torch.nn.Linear(512, 16, bias=False).requires_grad_(False)
    linear.weight.copy_(torch.full((16, 512), float(weight)))
    values = torch.full((3, 512), 126.0)
    values[1] = -126.0  # 2 and 254 as the integers that are multiplied
    assert Int8Linear.of(linear)(values).tolist() == [
        [512 * 126.0 * weight] * 16,
        [-512 * 126.0 * weight] * 16,
        [512 * 126.0 * weight] * 16,
    ]


@needs_int8
def test_a_token_in_8_bits_depends_on_no_other(gemma: BaseModel) -> None:
    torch.manual_seed(1)
    layer = Int8Linear.of(torch.nn.Linear(64, 48).requires_grad_(False))
    values = torch.randn(50, 64)
    loud = torch.cat([values[:1], 1000 * torch.randn(70, 64)])
    assert torch.equal(layer(values)[0], layer(loud)[0])


@needs_int8
def test_layers_share_the_quantised_input_of_one_tensor_and_not_of_another() -> None:
    first, second = torch.randn(4, 8), torch.randn(4, 8)
    with sharing_inputs():
        assert quantised(first) is quantised(first)
        integers, scale = quantised(second)
    assert quantised(first) is not quantised(first)  # control: outside a pass nothing is kept
    assert relative_error((integers[: len(scale)].float() - 128) * scale, second) < 0.01


@needs_int8
def test_a_model_in_8_bits_reads_about_as_one_in_fp32(base: BaseModel) -> None:
    prefix = base.tokens.prefix(["person", "place name"])
    text = "Ada met Bob in London. " + random_text(random.Random(3), 30)
    passage = extraction_passage(base.tokens.pieces(text, cut(text)))
    eighth = BaseModel(base.model, base.tokens, name=base.name, int8=True)
    found = eighth.reader().hidden_behind(prefix, [assemble((), [passage], after=len(prefix))])[0]
    right = states_alone(base.reader(), prefix, passage)[len(prefix) :]
    assert 1e-4 < relative_error(found, right) < 0.2  # random weights are harder to round than learned ones
    assert not any(isinstance(module, Int8Linear) for module in base.model.modules())  # the base is as it was
    assert all(
        isinstance(module, Int8Linear) for name, module in eighth.reader().body.named_modules() if "proj" in name
    )


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_fast_norms_give_the_same_bits_as_the_models_own(base: BaseModel, dtype: torch.dtype) -> None:
    torch.manual_seed(5)
    found = {
        type(module).__name__: module
        for module in base.model.model.modules()
        if type(module).__name__.endswith("RMSNorm")
    }
    assert found
    for norm in found.values():
        other = copy.deepcopy(norm).to(dtype)
        with torch.inference_mode():
            other.weight.copy_(torch.randn(other.weight.shape))
            holder = torch.nn.ModuleList([other])
            with_fast_norms(holder)
            assert isinstance(holder[0], InPlaceRMSNorm)
            values = 3 * torch.randn(2, 5, len(other.weight), dtype=dtype)
            before = values.clone()
            assert torch.equal(holder[0](values), other(values))
            assert torch.equal(values, before)


def test_the_fast_activation_is_the_models_own_in_fp32_and_next_to_it_in_bf16(gemma: BaseModel) -> None:
    own = [module for module in gemma.model.model.modules() if type(module).__name__ == "GELUTanh"]
    assert own
    fast = ExactGELU(own[0])
    values = torch.linspace(-9, 9, 10_001)
    assert torch.equal(fast(values), own[0](values))
    assert (
        fast(values.bfloat16()).float() - own[0](values.bfloat16().float())
    ).abs().max() < 0.02  # half a step of bf16 at 9
    assert (ExactGELU(own[0], int8=True)(values) - own[0](values)).abs().max() < 5e-4
    small = values[values.abs() < 1].bfloat16()
    assert (fast(small).float() - own[0](small.float())).abs().max() < 3e-3
    assert "ExactGELU" in {
        type(module).__name__ for module in by_transformers(gemma).reader(stacked=True).body.modules()
    }


def by_transformers(base: BaseModel) -> BaseModel:
    """The same model, computed by transformers."""
    return BaseModel(base.model, base.tokens, name=base.name)


def test_a_reader_of_a_model_of_transformers_has_fast_norms_and_the_model_its_own(base: BaseModel) -> None:
    kinds = {
        type(module).__name__
        for module in by_transformers(base).reader(stacked=True).body.modules()
        if "RMSNorm" in type(module).__name__
    }
    assert kinds == {"InPlaceRMSNorm"}
    assert "InPlaceRMSNorm" not in {type(module).__name__ for module in base.model.modules()}


@pytest.mark.slow
def test_weights_have_as_many_bits_as_onednn_adds_exactly() -> None:
    """oneDNN may be kept from the instructions that the processor has; weights of 8 bits would then overflow."""
    program = (
        "import torch; from cascade.layers.int8 import Int8Linear; "
        "linear = torch.nn.Linear(64, 64, bias=False); linear.weight.data.uniform_(0.9, 1.0); "
        "values = torch.rand(32, 64); right = linear(values).detach(); "
        "print(float((Int8Linear.of(linear)(values).detach() - right).norm() / right.norm()))"
    )
    for limit in ("AVX2", "DEFAULT"):
        environment = {**os.environ, "ONEDNN_MAX_CPU_ISA": limit, "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-c", program]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        assert float(done.stdout) < 0.03, limit
