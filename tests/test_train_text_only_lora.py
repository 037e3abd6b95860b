"""Differences in training: the types are read as before, texts as inference reads them with the adapter beside the
weights.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from peft import PeftModel
from tiny_models import save_adapter
from transformers import AutoModelForCausalLM

from cascade.adapters.card import read_adapter
from cascade.layers.stacked_lora import AdapterStack
from cascade.model.base_model import BaseModel
from cascade.reading.reader import reader_of
from cascade.reading.row import assemble
from cascade.stages.extractor import extraction_passage
from cascade.text.pieces import cut
from train.swift_plugin.text_only_lora import TextOnlyLora


@pytest.mark.parametrize("name", ["gemma", "qwen"])
def test_training_reads_texts_as_inference_does_and_types_as_without_it(
    name: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    base: BaseModel = request.getfixturevalue(name)
    folder: Path = request.getfixturevalue(f"{name}_folder")
    adapter = read_adapter(
        save_adapter(
            base, folder, tmp_path / "de", stage="extractor", languages=["de"], seed=2, builds_on="ab" * 32, rank=3
        )
    )
    model = (
        PeftModel.from_pretrained(
            AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32), str(adapter.folder)
        )
        .get_base_model()
        .eval()
    )
    text_only = TextOnlyLora(model)
    prefix = base.tokens.prefix(["person", "place name"])
    passages = [
        extraction_passage(base.tokens.pieces(text, cut(text))) for text in ("Ada met Bob in London", "the red cross")
    ]
    row = assemble(prefix, passages)
    text_only.tokens(torch.from_numpy(row.segments)[None] > 0)
    in_training = reader_of(model, pad_id=base.tokens.pad_id)
    found = in_training.hidden([row])[0]
    assert torch.allclose(found[: len(prefix)], base.reader().hidden([assemble(prefix, [])])[0], atol=1e-4)

    stacked = base.reader(stacked=True)
    assert isinstance(stacked.stack, AdapterStack)
    number = stacked.stack.number_of(adapter)
    behind = stacked.hidden_behind(prefix, [assemble((), passages, after=len(prefix))], adapters=[number])[0]
    assert torch.allclose(found[len(prefix) :], behind, atol=2e-3)
    scoring = reader_of(model, pad_id=base.tokens.pad_id, stack=text_only)
    assert torch.allclose(
        scoring.hidden_behind(prefix, [assemble((), passages, after=len(prefix))], adapters=[1])[0], behind, atol=2e-3
    )
    plain = base.reader().hidden([row])[0]
    assert not torch.allclose(found[len(prefix) :], plain[len(prefix) :], atol=1e-1)  # control


def test_a_model_without_adapters_is_refused(gemma: BaseModel) -> None:
    with pytest.raises(ValueError, match="no LoRA layers"):
        TextOnlyLora(gemma.model)
