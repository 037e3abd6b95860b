"""Reading in batches: what happens where memory runs out, and texts that occur more than once."""

from __future__ import annotations

import logging
import random
from pathlib import Path
from typing import Any

import pytest
import torch
from tiny_models import random_text, save_adapter

from cascade import Cascade, CascadeError
from cascade.adapters.card import STAGES, AdapterShelf
from cascade.model.base_model import BaseModel
from cascade.reading.reader import Reader
from cascade.stages.extractor import Extractor

TEXTS = [random_text(random.Random(seed), 15) for seed in range(40)]
TYPES = ["person", "place name", "place", "company or institution", "company or person"]


def refuse_above(monkeypatch: pytest.MonkeyPatch, method: str, tokens: int, error: Exception) -> list[int]:
    """Makes a reader's method fail for more than so many tokens; returns the sizes that it was asked for."""
    real, asked = getattr(Reader, method), []

    def limited(self: Reader, prefix: Any, rows: Any, *more: Any, **options: Any) -> Any:
        size = sum(len(row.ids) for row in (more[-1] if more else rows))
        asked.append(size)
        if size > tokens:
            raise error
        return real(self, prefix, rows, *more, **options)

    monkeypatch.setattr(Reader, method, limited)
    return asked


@pytest.mark.slow
@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory"),
        MemoryError(),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"),
    ],
)
def test_out_of_memory_halves_the_batches_and_says_so_once(
    gemma: BaseModel, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    expected = Extractor(gemma.reader(), gemma.tokens, 4096)(TEXTS, TYPES)
    extract = Extractor(gemma.reader(), gemma.tokens, 4096)
    asked = refuse_above(monkeypatch, "hidden_behind", 300, error)
    with caplog.at_level(logging.WARNING):
        found = extract(TEXTS, TYPES)
        first = len(asked)
        again = extract(TEXTS, TYPES)
    places = [[[span[:2] for span in spans] for spans in answers] for answers in (found, again, expected)]
    assert places[0] == places[1] == places[2]
    assert max(asked[first:]) <= 300 < max(asked[:first])  # the limit stays
    assert [record.getMessage().split(" with ")[0] for record in caplog.records] == ["out of memory"]


def test_a_row_that_does_not_fit_by_itself_is_an_error(gemma: BaseModel, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse_above(monkeypatch, "hidden_behind", 0, MemoryError())
    with pytest.raises(CascadeError, match=r"out of memory with one row of [\d,]+ tokens; expected"):
        Extractor(gemma.reader(), gemma.tokens, 4096)(TEXTS, TYPES)


def test_other_errors_stay_what_they_are(gemma: BaseModel, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse_above(monkeypatch, "hidden_behind", 0, RuntimeError("shapes differ"))
    with pytest.raises(RuntimeError, match="shapes differ"):
        Extractor(gemma.reader(), gemma.tokens, 4096)(TEXTS, TYPES)


@pytest.fixture
def annotate(gemma: BaseModel, gemma_folder: Path, tmp_path: Path) -> Cascade:
    for stage in STAGES:
        save_adapter(gemma, gemma_folder, tmp_path / stage, stage=stage, languages=["de", "en"], seed=len(stage))
    return Cascade(gemma, AdapterShelf(tmp_path), min_score=0.0)


def test_out_of_memory_in_stage_2_leaves_the_same_answers(
    gemma: BaseModel, annotate: Cascade, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cascade.stages.classifier._FEW_BRANCH_TOKENS", -1)
    expected = annotate(TEXTS, TYPES)
    asked = refuse_above(monkeypatch, "hidden_after", 130, MemoryError())
    found = annotate(TEXTS, TYPES)
    assert [[(entity.span, entity.type) for entity in document.entities] for document in found] == [
        [(entity.span, entity.type) for entity in document.entities] for document in expected
    ]
    assert max(asked) > 130  # control


def test_the_same_text_is_read_once_and_answered_each_time(annotate: Cascade, monkeypatch: pytest.MonkeyPatch) -> None:
    rejected = annotate.counts.rejected
    single = annotate(TEXTS[:3], TYPES)
    once = annotate.counts.rejected - rejected
    asked: list[int] = []
    real = Extractor.read

    def counted(self: Extractor, texts: Any, *more: Any, **options: Any) -> Any:
        asked.append(len(texts))
        return real(self, texts, *more, **options)

    monkeypatch.setattr(Extractor, "read", counted)
    many = annotate([TEXTS[index % 3] for index in range(30)], TYPES)
    assert asked == [3]
    assert [document.entities for document in many] == [single[index % 3].entities for index in range(30)]
    assert annotate.counts.rejected - rejected == 11 * once
