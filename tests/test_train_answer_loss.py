"""The loss on generated answers: against the logits of all tokens at once, as transformers makes it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM

from cascade.errors import CascadeError
from train.swift_plugin import answer_loss as module
from train.swift_plugin.answer_loss import answer_loss
from train.swift_plugin.output_head import give_hidden_states

IGNORED = -100


def labelled(rows: int, tokens: int, *, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Random ids and their labels: questions and padding are not learnt."""
    source = torch.Generator().manual_seed(seed)
    ids = torch.randint(3, 250, (rows, tokens), generator=source)
    labels = ids.clone()
    for row in range(rows):
        asked = int(torch.randint(1, tokens - 1, (), generator=source))
        labels[row, :asked] = IGNORED
    labels[0, -3:] = IGNORED
    return ids, labels


@pytest.mark.parametrize("kind", ["gemma_folder", "qwen_folder"])
@pytest.mark.parametrize("rows_at_once", [1, 7, 128])
def test_loss_and_gradients_are_those_of_transformers(
    kind: str, rows_at_once: int, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_ROWS", rows_at_once)
    model: Any = AutoModelForCausalLM.from_pretrained(request.getfixturevalue(kind), dtype=torch.float32)
    trained = model.model.layers[0].self_attn.q_proj.weight
    for weight in model.parameters():
        weight.requires_grad_(weight is trained)
    ids, labels = labelled(4, 21, seed=3)
    expected = model(input_ids=ids, labels=labels).loss
    (slow,) = torch.autograd.grad(expected, trained)
    give_hidden_states(model)
    total, learnt = answer_loss(model(input_ids=ids).logits, model.get_output_embeddings().weight, labels)
    (quick,) = torch.autograd.grad(total / learnt, trained)
    assert learnt == int((labels[:, 1:] != IGNORED).sum()) > 0
    torch.testing.assert_close(total / learnt, expected, rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(quick, slow, rtol=1e-3, atol=5e-6)


def test_base_models_that_change_their_logits_are_refused() -> None:
    base = SimpleNamespace(config=SimpleNamespace(final_logit_softcapping=30.0, name_or_path="gemma-2"))
    with pytest.raises(CascadeError) as error:
        give_hidden_states(base)
    assert str(error.value) == (
        "base model 'gemma-2' caps its logits; expected one that does not, such as Gemma 3 or Qwen2"
    )


def test_rows_without_answers_change_nothing() -> None:
    hidden = torch.randn(2, 5, 8, requires_grad=True)
    total, learnt = answer_loss(hidden, torch.randn(30, 8), torch.full((2, 5), IGNORED))
    total.backward()  # type: ignore[no-untyped-call]
    assert learnt == 0
    assert total.item() == 0
    assert hidden.grad is not None
    assert not hidden.grad.any()


def test_a_token_is_learnt_from_the_one_before_it() -> None:
    hidden, head = torch.zeros(1, 3, 4), torch.randn(9, 4)
    hidden[0, 1] = torch.randn(4)
    labels = torch.tensor([[IGNORED, IGNORED, 6]])
    total, _ = answer_loss(hidden, head, labels)
    expected = -(head @ hidden[0, 1]).log_softmax(0)[6]
    torch.testing.assert_close(total, expected)
