"""What is put in the place of a model's modules is chosen by what these compute, whatever they are called, and a kind
that is not known is logged.
"""

from __future__ import annotations

import logging
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from cascade.errors import BaseModelError
from cascade.layers.activations import ExactGELU, with_fast_activations
from cascade.layers.merged_lora import merge
from cascade.layers.norms import InPlaceRMSNorm, with_fast_norms
from cascade.layers.stored_weights import WidenedRows, widen


class SomeNorm(nn.Module):
    """A root-mean-square norm by another name; kind: what it scales by."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.weight, self.eps, self.kind = nn.Parameter(torch.linspace(-1, 2, 8), requires_grad=False), 1e-6, kind

    def forward(self, values: Tensor) -> Tensor:
        wide = values.float()
        wide = wide * torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + self.eps)
        if self.kind == "1 + weight":
            return (wide * (1.0 + self.weight.float())).type_as(values)
        return (self.weight if self.kind == "weight" else 2 * self.weight) * wide.to(values.dtype)


class SomeGELUVariant(nn.Module):
    """An activation by another name; form: of which function."""

    def __init__(self, form: str) -> None:
        super().__init__()
        self.form = form

    def forward(self, values: Tensor) -> Tensor:
        if self.form == "sigmoid":
            return values * torch.sigmoid(1.702 * values)
        return nn.functional.gelu(values, approximate=self.form)


class PositionalEmbedding(nn.Embedding):
    """Looks rows up from a place on, as models of some kinds do with positions."""

    def forward(self, ids: Tensor) -> Tensor:
        return super().forward((ids + 1) % self.num_embeddings)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("kind", ["1 + weight", "weight"])
def test_norms_are_known_by_what_they_compute(kind: str, dtype: torch.dtype, caplog: pytest.LogCaptureFixture) -> None:
    own = SomeNorm(kind).to(dtype)
    holder = nn.ModuleList([own])
    with_fast_norms(holder)
    values = torch.randn(3, 8, generator=torch.Generator().manual_seed(1)).to(dtype)
    assert isinstance(holder[0], InPlaceRMSNorm)
    assert torch.equal(holder[0](values), own(values))
    assert caplog.records == []


def test_a_norm_that_computes_something_else_stays_and_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    holder = nn.ModuleList([SomeNorm("twice the weight"), SomeNorm("twice the weight")])
    with_fast_norms(holder)
    assert [type(module) for module in holder] == [SomeNorm, SomeNorm]
    assert [(record.levelno, record.getMessage()) for record in caplog.records] == [
        (
            logging.WARNING,
            "SomeNorm computes another norm than those known here: it stays as it is, which is slower",
        )
    ]


@pytest.mark.parametrize(
    ("form", "expected", "is_logged"),
    [("tanh", ExactGELU, False), ("none", SomeGELUVariant, False), ("sigmoid", SomeGELUVariant, True)],
)
def test_activations_are_known_by_what_they_compute(
    form: str, expected: type[nn.Module], is_logged: bool, caplog: pytest.LogCaptureFixture
) -> None:
    holder = nn.ModuleList([SomeGELUVariant(form)])
    with_fast_activations(holder)
    assert type(holder[0]) is expected
    assert [record.getMessage() for record in caplog.records] == [
        "SomeGELUVariant computes no GELU that is known here: it stays as it is, which may be slower"
    ] * is_logged


def test_embeddings_that_do_more_than_look_up_are_widened_as_a_whole_and_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    embeddings: Any = nn.ModuleDict({"rows": nn.Embedding(6, 4, padding_idx=5), "places": PositionalEmbedding(6, 4)})
    embeddings.requires_grad_(False).to(torch.bfloat16)
    ids = torch.tensor([[0, 3, 5]])
    expected = {name: module(ids).float() for name, module in embeddings.items()}
    widen(embeddings, torch.float32)
    assert [type(module) for module in embeddings.values()] == [WidenedRows, PositionalEmbedding]
    assert all(torch.equal(module(ids), expected[name]) for name, module in embeddings.items())
    assert [record.getMessage() for record in caplog.records] == [
        "places (PositionalEmbedding) is more than a look-up of rows: it is held in float32, which takes more memory"
    ]


def test_a_model_without_linear_layers_is_refused() -> None:
    with pytest.raises(BaseModelError) as error:
        merge(nn.Sequential(nn.Conv1d(2, 2, 1)), [])
    assert str(error.value) == (
        "Sequential has no layers of the class torch.nn.Linear, to which adapters are added; expected a base model "
        "with them, such as of the kinds Qwen2, Gemma and Llama"
    )
