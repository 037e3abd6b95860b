"""The loss on decisions: against the full vocabulary, and a few LoRA steps with it."""

from __future__ import annotations

import random
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import LoraConfig, get_peft_model
from tiny_models import random_text
from torch import Tensor
from transformers import AutoModelForCausalLM

from cascade.adapters.card import STAGES
from cascade.document import Document, Entity
from cascade.model.base_model import BaseModel
from cascade.reading.attention import Earlier, PassStates
from cascade.reading.block_mask import Layout
from cascade.reading.reader import reader_of
from cascade.stages.extractor import Extractor
from cascade.text.pieces import cut
from train.corpora.prompts import Prompt
from train.rows.bundle import Reads, TrainingRow, collate
from train.rows.samples import samples_of
from train.rows.stage_rows import classifier_row, extractor_row
from train.swift_plugin.loss import decision_loss
from train.text_reader import TextReader

QUESTIONS = [[5, 3, 200], [1, 2], [3, 200, 7, 9, 11]]


def random_reads(source: random.Random, count: int) -> Reads:
    questions = [source.randrange(len(QUESTIONS)) for _ in range(count)]
    columns = (
        [source.randrange(3) for _ in range(count)],
        [source.randrange(10) for _ in range(count)],
        questions,
        [source.randrange(len(QUESTIONS[question])) for question in questions],
    )
    rows, tokens, asked, answers = (torch.tensor(column) for column in columns)
    return Reads(rows, tokens, asked, answers, QUESTIONS)


def slow_loss(hidden: Tensor, head: Tensor, reads: Reads) -> Tensor:
    """The mean over all reads of minus the log-softmax of all logits, those of other tokens set to minus infinity."""
    losses = []
    for row, token, question, answer in zip(
        reads.rows.tolist(), reads.tokens.tolist(), reads.questions.tolist(), reads.answers.tolist(), strict=True
    ):
        allowed = reads.candidates[question]
        logits = head @ hidden[row, token]
        others = torch.ones_like(logits, dtype=torch.bool)
        others[allowed] = False
        losses.append(-torch.log_softmax(logits.masked_fill(others, -torch.inf), dim=0)[allowed[answer]])
    return torch.stack(losses).mean()


@pytest.mark.parametrize("seed", range(5))
def test_the_loss_equals_the_full_vocabulary_with_the_rest_masked(seed: int) -> None:
    torch.manual_seed(seed)
    hidden, head = torch.randn(3, 10, 16, requires_grad=True), torch.randn(300, 16)
    reads = random_reads(random.Random(seed), 40)
    fast, slow = decision_loss(hidden, head, reads), slow_loss(hidden, head, reads)
    torch.testing.assert_close(fast, slow)
    torch.testing.assert_close(torch.autograd.grad(fast, hidden), torch.autograd.grad(slow, hidden))


def test_only_the_candidates_rows_of_the_head_are_read() -> None:
    torch.manual_seed(1)
    hidden, head = torch.randn(3, 10, 16), torch.randn(300, 16)
    reads = random_reads(random.Random(1), 40)
    damaged = head.clone()
    damaged[[row for row in range(300) if not any(row in candidates for candidates in QUESTIONS)]] = torch.nan
    assert torch.equal(decision_loss(hidden, damaged, reads), decision_loss(hidden, head, reads))


def test_states_in_bf16_give_a_loss_in_fp32() -> None:
    torch.manual_seed(2)
    hidden, head = torch.randn(3, 10, 16), torch.randn(300, 16)
    reads = random_reads(random.Random(2), 40)
    half = decision_loss(hidden.bfloat16(), head, reads)
    assert half.dtype == torch.float32
    assert half.item() == pytest.approx(decision_loss(hidden, head, reads).item(), abs=0.05)


def test_no_reads_cost_nothing() -> None:
    empty = torch.zeros(0, dtype=torch.long)
    assert decision_loss(torch.randn(1, 2, 4), torch.randn(9, 4), Reads(empty, empty, empty, empty, [])).item() == 0.0


def training_rows(base: BaseModel, stage: str) -> list[TrainingRow]:
    """Two rows of a stage."""
    documents = []
    for seed in range(4):
        text = random_text(random.Random(seed), 8)
        pieces = cut(text)
        documents.append(
            Document(
                str(seed),
                text,
                entities=(
                    Entity(pieces[0].start, pieces[1].end, "person"),
                    Entity(pieces[3].start, pieces[3].end, "place name"),
                ),
            )
        )
    samples = [sample for document in documents for sample in samples_of(document, base.tokens, size=100)]
    prompt = Prompt(("place name", "person", "place"), {"person": "person", "place name": "place name"})
    made = extractor_row if stage == "extractor" else classifier_row
    return [made(samples[:2], prompt, base.tokens), made(samples[2:], prompt, base.tokens)]


@pytest.mark.slow
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=["fp32", "bf16"])
@pytest.mark.parametrize("name", ["gemma", "qwen"])
@pytest.mark.parametrize("stage", STAGES)
def test_a_few_steps_lower_the_loss_and_change_the_adapter_alone(
    stage: str, name: str, dtype: torch.dtype, request: pytest.FixtureRequest
) -> None:
    base: BaseModel = request.getfixturevalue(name)
    folder: Path = request.getfixturevalue(f"{name}_folder")
    torch.manual_seed(3)
    config = LoraConfig(r=4, lora_alpha=8, target_modules="all-linear", task_type="CAUSAL_LM")
    model: Any = get_peft_model(
        AutoModelForCausalLM.from_pretrained(folder, dtype=dtype, attn_implementation="sdpa"), config
    )
    reader = reader_of(model.get_base_model(), pad_id=base.tokens.pad_id)
    inputs = collate(training_rows(base, stage), pad_id=base.tokens.pad_id)
    layout = Layout(**inputs["layout"])
    more: dict[str, Any] = {}
    mask = reader.attention_mask(layout)
    if stage == "classifier":
        states, read = TextReader(Extractor(base.reader(), base.tokens, 64), 0, []).read(inputs["texts"], dtype)
        mask = reader.added(reader.attention_mask(layout, read.followed_by(layout)), dtype)
        more = {"pass_states": PassStates(before=(Earlier(((states, None),), read.tokens),))}
    before = {label: parameter.detach().clone() for label, parameter in model.named_parameters()}
    optimizer = torch.optim.AdamW(
        [parameter for parameter in model.parameters() if parameter.requires_grad], lr=5e-3, weight_decay=0.0
    )
    losses = []
    for _ in range(4):
        with torch.autocast("cpu", dtype=torch.bfloat16) if dtype == torch.bfloat16 else nullcontext():
            hidden = reader.body(
                input_ids=inputs["input_ids"],
                position_ids=layout.positions,
                attention_mask=mask,
                use_cache=False,
                **more,
            ).last_hidden_state
            loss = decision_loss(hidden, reader.head, inputs["reads"])
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        optimizer.step()
        losses.append(loss.item())
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < 0.9 * losses[0]
    changed = {label for label, parameter in model.named_parameters() if not torch.equal(parameter, before[label])}
    assert changed == {label for label in before if "lora_" in label}
    assert reader.head.grad is None
    assert model.get_base_model().get_input_embeddings().weight.grad is None


@pytest.mark.parametrize("seed", range(3))
def test_smoothed_labels_share_their_weight_with_the_questions_other_candidates(seed: int) -> None:
    torch.manual_seed(seed)
    hidden, head = torch.randn(3, 10, 16), torch.randn(300, 16)
    reads = random_reads(random.Random(seed), 40)
    others = []
    for row, token, question in zip(reads.rows.tolist(), reads.tokens.tolist(), reads.questions.tolist(), strict=True):
        candidates = reads.candidates[question]
        others.append(-torch.log_softmax(head[candidates] @ hidden[row, token], dim=0).mean())
    expected = 0.9 * slow_loss(hidden, head, reads) + 0.1 * torch.stack(others).mean()
    torch.testing.assert_close(decision_loss(hidden, head, reads, label_smoothing=0.1), expected)
