"""Other ways to read: what each changes, against what it is said to be; and that nothing is left of it afterwards."""

from __future__ import annotations

import copy
import random
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from test_train_command import write_documents
from tiny_models import random_text
from torch import Tensor

from benchmarks.other_readings import DESCRIPTIONS, READINGS, _read_one_way, main, one_way
from cascade.adapters.card import read_adapter
from cascade.model.base_model import BaseModel, Reader, reader_of
from cascade.reading.row import Row, assemble
from cascade.stages import extractor
from cascade.stages.extractor import extraction_passage
from cascade.text import tokens
from cascade.text.pieces import Piece, cut
from train import prepare

ROOT = Path(__file__).parents[1]
TYPES = ["person", "place name"]


def reading_one_way(base: BaseModel) -> Reader:
    model: Any = copy.deepcopy(base.model)
    for layer in model.model.layers:
        layer.register_forward_pre_hook(_read_one_way, with_kwargs=True)
    return reader_of(model, pad_id=base.tokens.pad_id)


def row_of(base: BaseModel, texts: Sequence[str], prefix: Sequence[int], **after: int) -> Row:
    return assemble(prefix, [extraction_passage(base.tokens.pieces(text, cut(text))) for text in texts], **after)


@pytest.mark.parametrize("seed", range(4))
def test_text_that_is_read_from_left_to_right_is_as_if_it_ended_there(base: BaseModel, seed: int) -> None:
    source, prefix = random.Random(seed), base.tokens.prefix(TYPES)
    beginning = random_text(source, 5)
    texts = [beginning, f"{beginning} {random_text(source, 6)}"]
    length = len(row_of(base, [beginning], ()).ids)
    for reader, alike in ((reading_one_way(base), True), (base.reader(), False)):
        apart: list[Tensor] = [
            reader.hidden([row_of(base, [text], prefix)])[0, len(prefix) :][:length] for text in texts
        ]
        behind = [
            reader.hidden_behind(prefix, [row_of(base, [text], (), after=len(prefix))])[0, :length] for text in texts
        ]
        for left, right in (apart, behind):
            assert torch.allclose(left, right, atol=1e-4) == alike
        assert all(torch.allclose(left, right, atol=1e-4) for left, right in zip(apart, behind, strict=True))


def test_a_mask_that_is_added_and_a_boolean_one_hide_the_same() -> None:
    mask = torch.rand(3, 1, 5, 9, generator=torch.Generator().manual_seed(1)) < 0.7
    added = torch.zeros(mask.shape).masked_fill(~mask, -torch.inf)
    both = one_way(torch.cat([added, added], dim=2), 5)
    assert torch.equal(both == 0, torch.cat([one_way(mask, 5)] * 2, dim=2))
    assert torch.equal(one_way(mask, 5)[..., :4], mask[..., :4])
    assert not one_way(mask, 5)[..., 4:].triu(1).any()
    assert torch.equal(one_way(mask, 5)[..., 4:], mask[..., 4:].tril())


@pytest.mark.parametrize("name", ["label words", "BIO", "brackets"])
def test_the_labels_that_are_trained_are_decoded_to_the_spans(name: str) -> None:
    source = random.Random(name)
    with ExitStack() as stack:
        READINGS[name](stack)
        words = len(tokens.LABELS)
        assert words == {"label words": 5, "BIO": 3, "brackets": 4}[name]
        for length in range(1, 12):
            for _ in range(20):
                borders = sorted(source.sample(range(length + 1), source.randint(0, (length + 1) // 2) * 2))
                spans = [(first, after - 1) for first, after in zip(borders[::2], borders[1::2], strict=True)]
                right = vars(prepare)["labels_of"](spans, length)
                scores = np.log(np.where(np.eye(words)[right] > 0, 0.9, 0.1 / words))
                found = extractor.decode([Piece(place, place, place + 1) for place in range(length)], scores)
                assert [(start, end - 1) for start, end, _ in found] == spans
    assert vars(prepare)["labels_of"]([(0, 1)], 2) == [1, 3]
    assert extractor.decode.__module__ == "cascade.stages.extractor"
    assert tokens.LABELS == ("O", "B", "I", "E", "S")


def test_descriptions_stand_in_prompts_alone(gemma: BaseModel) -> None:
    plain, unknown, name = (
        gemma.tokens.prefix(TYPES),
        gemma.tokens.prefix(["unknown thing"]),
        gemma.tokens.name("person"),
    )
    with ExitStack() as stack:
        READINGS["descriptions"](stack)
        described = gemma.tokens.prefix(TYPES)
        assert gemma.tokens.prefix(["unknown thing"]) == unknown
        assert gemma.tokens.name("person") == name
    assert len(described) > len(plain) == len(gemma.tokens.prefix(TYPES))
    assert described == gemma.tokens.prefix([f"person ({DESCRIPTIONS['person']})", "place name"])


@pytest.mark.parametrize("name", ["from left to right", "BIO"])
def test_an_adapter_is_trained_and_scored_in_another_way(
    name: str, gemma_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    write_documents(tmp_path / "train.jsonl", 60)
    options = [
        "--data",
        tmp_path / "train.jsonl",
        "--dev",
        tmp_path / "train.jsonl",
        "--base",
        gemma_folder,
        "--stages",
        "extractor",
        "--max-steps",
        "2",
    ]
    assert (
        main(
            [
                name,
                *map(str, options),
                "--out",
                str(tmp_path / "a"),
                "--work",
                str(tmp_path / "work"),
                "--scorings",
                "1",
            ]
        )
        == 0
    )
    card = read_adapter(tmp_path / "a" / "extractor").card
    assert card.temperature == 1.0
    assert "dev_f1" in card.scores


@pytest.mark.parametrize("arguments", [[], ["backwards", "--data", "x"]])
def test_an_unknown_way_is_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert "is no way to read; expected one of from left to right" in capsys.readouterr().err
