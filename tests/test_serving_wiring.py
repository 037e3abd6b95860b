"""The server on a real cascade with a tiny model: concurrent requests get what each would get alone."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi", reason="the packages of the extra serve are not installed")
from served import served
from thread_work import at_once
from tiny_models import random_text, save_shelf

from cascade import Cascade, Document
from cascade.adapters.card import AdapterShelf
from cascade.model.base_model import BaseModel
from cascade.serving.limits import Limits

pytestmark = pytest.mark.slow

TYPES = (["person", "place name", "company"], ["river", "bank", "city"])


def test_concurrent_requests_get_what_each_gets_alone(gemma: BaseModel, gemma_folder: Path, tmp_path: Path) -> None:
    shelf = AdapterShelf(save_shelf(gemma, gemma_folder, tmp_path, own=["da"]))
    alone, shared = (Cascade(gemma, shelf, alone=True, min_score=0.2) for _ in range(2))
    asked: list[tuple[str, str, list[str]]] = [
        (random_text(random.Random(place), 12), ("English", "DA", "French")[place % 3], TYPES[place % 2])
        for place in range(8)
    ]
    expected = [alone(Document("1", text, language), types).to_dict() for text, language, types in asked]
    assert sum(len(each["entities"]) for each in expected) >= len(asked)  # control

    def ask(place: int) -> Any:
        text, language, types = asked[place]
        answer = server.entities(text=text, language=language, types=types)
        return answer.json["documents"][0]

    with served(shared, limits=Limits(wait_s=0.5)) as server:
        found = at_once(ask)
        assert server.figure("cascade_batch_texts_count") < len(asked)
        assert server.figure("cascade_texts_total") == len(asked)
    assert [each["entities"] for each in found] == [each["entities"] for each in expected]
    assert ["notes" in each for each in found] == [language == "French" for _, language, _ in asked]
    assert shared.counts.documents == 0  # each call counts by itself


def test_a_cascade_tells_the_language_of_a_text(gemma: BaseModel, gemma_folder: Path, tmp_path: Path) -> None:
    ner = Cascade(gemma, AdapterShelf(save_shelf(gemma, gemma_folder, tmp_path, own=[])))
    assert ner.language_of("Sie fuhr gestern mit dem Zug nach Hause und schlief dort sofort ein.") == "de"
    assert ner.language_of("1234") is None
