"""The model card of a pair: what hubs read, data, licences, scores and known failures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from shared_pairs import home, made, pair

from cascade.adapters.card import read_adapter
from cascade.adapters.model_card import model_card, read_pair
from cascade.commands import adapters, adapters_add

__all__ = ["home", "made", "pair"]


def test_known_failures_are_shown_and_stand_in_the_model_card(
    pair: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    failures = ["Case numbers are missed.", "Names of courts are cut."]
    replace(read_adapter(pair / "extractor").card, known_failures=failures).write(pair / "extractor")
    assert adapters_add.main([str(pair)]) == 0
    assert adapters.main(["show", "law-en/extractor"]) == 0
    assert "\n\nknown failures\n- Case numbers are missed.\n- Names of courts are cut.\n\n" in capsys.readouterr().out
    limits = (home / "law-en" / "README.md").read_text(encoding="utf-8").partition("## Limits")[2]
    assert "\n- Case numbers are missed.\n- Names of courts are cut.\n" in limits


def test_a_model_card_can_be_read_by_hubs_and_says_data_licences_and_scores(pair: Path) -> None:
    text = model_card(read_pair(pair), "law-en")
    _, front, body = text.split("---\n", 2)
    assert yaml.safe_load(front) == {
        "base_model": "google/gemma-3-270m",
        "base_model_relation": "adapter",
        "language": ["en"],
        "license": "gemma",
        "datasets": ["statutes"],
        "metrics": ["precision", "recall", "f1"],
        "library_name": "cascade-ner",
        "pipeline_tag": "token-classification",
        "tags": ["cascade-ner", "named-entity-recognition", "lora"],
    }
    assert "| extractor | statutes | 48 | 90 | CC BY 4.0 |\n" in body
    assert "- Both stages, exact spans and types: F1 75.0 [70.0, 80.0]; 30.0 before the training\n" in body


def test_the_hubs_own_reader_reads_the_model_card(pair: Path) -> None:
    from huggingface_hub import ModelCard

    card: Any = ModelCard(model_card(read_pair(pair), "law-en"), ignore_metadata_errors=False)
    data = card.data.to_dict()
    assert (data["base_model"], data["license"], data["library_name"]) == (
        "google/gemma-3-270m",
        "gemma",
        "cascade-ner",
    )
