"""Models stored in 16 bits that compute in fp32 without being held in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tiny_models import save_adapter, stored_in

from cascade.adapters.card import read_adapter
from cascade.layers.stored_weights import WidenedRows, widen
from cascade.model.base_model import BaseModel
from cascade.reading.reader import Reader
from cascade.reading.row import Row, assemble
from cascade.stages.extractor import extraction_passage
from cascade.text.pieces import cut

pytestmark = pytest.mark.slow

STORED = [torch.bfloat16, torch.float16]


@pytest.fixture(params=["gemma", "qwen"])
def folder(request: pytest.FixtureRequest) -> Path:
    found: Path = request.getfixturevalue(f"{request.param}_folder")
    return found


def wide(half: Path, target: Path) -> Path:
    """The same model, its rounded weights stored in fp32."""
    return stored_in(half, target, torch.float32)


def prefix_and_row(base: BaseModel) -> tuple[tuple[int, ...], Row]:
    prefix, text = tuple(base.tokens.prefix(["person", "place name"])), "Ada met Bob in London."
    return prefix, assemble((), [extraction_passage(base.tokens.pieces(text, cut(text)))], after=len(prefix))


def loaded(folder: Path) -> BaseModel:
    return BaseModel.load(str(folder), device="cpu", precision="fp32")


@pytest.mark.parametrize("dtype", STORED)
def test_what_is_stored_in_16_bits_is_read_to_the_last_bit_as_if_it_were_stored_in_fp32(
    folder: Path, dtype: torch.dtype, tmp_path: Path
) -> None:
    half = stored_in(folder, tmp_path / "half", dtype)
    stored, expected = loaded(half), loaded(wide(half, tmp_path / "wide"))
    assert (stored.model.dtype, expected.model.dtype, stored.dtype, expected.dtype) == (
        dtype,
        torch.float32,
        torch.float32,
        torch.float32,
    )
    adapter = read_adapter(save_adapter(expected, half, tmp_path / "x", stage="extractor", languages=["en"], seed=2))
    prefix, row = prefix_and_row(stored)
    pairs: list[tuple[Reader, Reader]] = [
        (
            stored.reader(),
            expected.reader(stacked=True),
        ),  # stacked: with fast norms, as all readers of what is stored in 16 bits have
        (stored.reader(adapter), expected.reader(adapter)),
        (stored.reader(adapter, stacked=True), expected.reader(adapter, stacked=True)),
    ]
    assert not torch.equal(
        *(right.hidden_behind(prefix, [row]) for _, right in pairs[:2])
    )  # the adapter does something
    for found, right in pairs:
        states = found.hidden_behind(prefix, [row])
        assert states.dtype == torch.float32
        assert torch.equal(states, right.hidden_behind(prefix, [row]))
        asked = [(states[0], [5, 3, 200])]
        assert np.array_equal(found.log_probabilities(asked)[0], right.log_probabilities(asked)[0])


def test_the_embedding_stays_as_it_is_stored(folder: Path, tmp_path: Path) -> None:
    base = loaded(stored_in(folder, tmp_path / "half", torch.bfloat16))
    body: Any = base.reader().body
    assert body.embed_tokens.weight.data_ptr() == base.embedding.data_ptr()
    assert {weight.dtype for name, weight in body.named_parameters() if "embed" not in name} == {torch.float32}
    assert {weight.dtype for weight in base.stored.weights.values()} == {torch.bfloat16}  # the base is as it was


def test_the_embedding_of_a_model_of_transformers_stays_as_it_is_stored(folder: Path, tmp_path: Path) -> None:
    own = loaded(stored_in(folder, tmp_path / "half", torch.bfloat16))
    base = BaseModel(own.model, own.tokens, name=own.name, dtype=torch.float32)
    body: Any = base.reader().body
    held = body.get_input_embeddings().weight
    assert held.data_ptr() == base.model.get_input_embeddings().weight.data_ptr()
    assert {weight.dtype for name, weight in body.named_parameters() if "embed" not in name} == {torch.float32}
    assert {weight.dtype for weight in base.model.parameters()} == {torch.bfloat16}


def test_embeddings_of_unknown_kinds_are_copied() -> None:
    class Doubled(torch.nn.Embedding):
        def forward(self, ids: torch.Tensor) -> torch.Tensor:
            return 2 * super().forward(ids)

    body = (
        torch.nn.ModuleDict({"known": torch.nn.Embedding(5, 3), "unknown": Doubled(5, 3)})
        .requires_grad_(False)
        .to(torch.bfloat16)
    )
    ids = torch.tensor([[1, 4]])
    before = {name: module(ids).float() for name, module in body.items()}
    widen(body, torch.float32)
    assert [type(module) for module in body.values()] == [WidenedRows, Doubled]
    assert [module.weight.dtype for module in body.values()] == [torch.bfloat16, torch.float32]
    assert all(torch.equal(module(ids), before[name]) for name, module in body.items())
