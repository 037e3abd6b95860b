"""Training texts behind examples: how many, and what their entities are called."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from labelled_examples import ADA, BOB, has, labelled
from tiny_models import random_text

from cascade import Document, Entity
from cascade.adapters.card import STAGES
from cascade.demonstrations.examples import (
    Examples,
    as_asked_for,
    demonstration_tokens,
)
from cascade.model.base_model import BaseModel
from cascade.text.pieces import cut
from train.corpora.loading import Corpus
from train.corpora.prompts import Prompt
from train.rows.bundle import TrainingRow
from train.rows.corpus_rows import corpus_rows
from train.rows.draws import training_bundles
from train.rows.samples import samples_of
from train.rows.stage_rows import classifier_row, extractor_row


def corpus() -> Corpus:
    documents = []
    for seed in range(40):
        text = random_text(random.Random(seed), 12)
        piece = random.Random(seed).choice(cut(text))
        documents.append(
            Document(f"{seed}", text, "en", (Entity(piece.start, piece.end, ("person", "place")[seed % 2]),))
        )
    return Corpus("made", tuple(documents))


@pytest.mark.parametrize("stage", STAGES)
def test_half_of_the_training_texts_stand_behind_examples(gemma: BaseModel, stage: str) -> None:
    tokens, made = gemma.tokens, corpus()
    plain, shown = (training_bundles([[made]], stage, tokens, seed=1, demonstrations=kind) for kind in ("none", "both"))
    assert training_bundles([[made]], stage, tokens, seed=1) == plain
    example = tokens.ids([" Example"])[0]

    def count(bundles: list[list[TrainingRow]]) -> int:
        rows = [row.ids if row.text is None else row.text.ids for bundle in bundles for row in bundle]
        return sum(tuple(ids[place : place + len(example)]) == example for ids in rows for place in range(len(ids)))

    assert count(plain) == 0
    assert 8 <= count(shown) <= 30
    answers = [
        sorted(answer for bundle in bundles for row in bundle for answer in row.answers) for bundles in (plain, shown)
    ]
    assert len(answers[0]) == pytest.approx(len(answers[1]), rel=0.3)  # prompts differ, texts do not


@pytest.mark.parametrize("stage", STAGES)
def test_the_entities_of_examples_are_called_as_the_rows_prompt_calls_them(gemma: BaseModel, stage: str) -> None:
    make = extractor_row if stage == "extractor" else classifier_row
    sample = replace(
        next(samples_of(BOB, gemma.tokens, size=256)), examples=Examples((ADA,), (("Rome", "place"), ("Ada", "person")))
    )
    row = make([sample], Prompt(("human",), {"person": "human"}), gemma.tokens)
    shown = demonstration_tokens(as_asked_for(sample.examples, {"person": "human"}), gemma.tokens)
    ids, segments = (row.ids, row.segments) if row.text is None else (row.text.ids, row.text.segments)
    own = [token for token, segment in zip(ids, segments, strict=True) if segment == 1]
    assert tuple(own[: len(shown)]) == shown
    assert has(shown, gemma.tokens.name("human"))
    assert not has(shown, gemma.tokens.name("place"))


def test_all_windows_of_a_document_stand_behind_the_same_examples(
    gemma: BaseModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("train.rows.corpus_rows.WITH_DEMONSTRATIONS", 1.0)
    long = Document("long", "Ada met Bob . " * 150, "en", (Entity(0, 3, "person"),))
    other = labelled("Bob saw Ada , too", Bob="person", Ada="person")
    rows = corpus_rows(
        Corpus("made", (long, other)), "extractor", gemma.tokens, random.Random(3), demonstrations="entity"
    )
    known = gemma.tokens.ids([" Known"])[0]
    behind = sum(has(row.ids, known) for row in rows)
    assert behind >= 2
    assert behind >= sum(len(row.ids) > 100 for row in rows)
