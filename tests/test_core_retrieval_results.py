"""The names of adapters in results, and where formats have no room for them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tiny_models import save_adapter
from unread_adapters import SENTENCES

from cascade import Cascade, Document
from cascade.adapters.card import (
    STAGES,
    AdapterShelf,
    read_adapter,
)
from cascade.adapters.retrieval import Retriever
from cascade.errors import DocumentError
from cascade.model.base_model import BaseModel
from data_formats import read, write


def test_results_say_which_adapters_found_them_and_foreign_languages_are_counted(
    gemma: BaseModel, gemma_folder: Path, tmp_path: Path
) -> None:
    for stage in STAGES:
        root = read_adapter(
            save_adapter(
                gemma, gemma_folder, tmp_path / "many" / stage, stage=stage, languages=["de", "en"], seed=len(stage)
            )
        )
    save_adapter(
        gemma,
        gemma_folder,
        tmp_path / "de" / "classifier",
        stage="classifier",
        languages=["de"],
        seed=5,
        builds_on=root.checksum(),
    )
    documents = [
        Document("a", SENTENCES["de"]),
        Document("b", SENTENCES["en"]),
        Document("c", SENTENCES["de"], "fr"),
        Document("d", "", "und"),
    ]
    cascade = Cascade(gemma, AdapterShelf(tmp_path), min_score=0.0)
    found = cascade(documents, ["person"])
    german, other = ("many/extractor", "de/classifier"), ("many/extractor", "many/classifier")
    assert [document.adapters for document in found] == [german, other, other, other]
    assert [document.language for document in found] == [None, None, "fr", "und"]
    assert cascade.counts.untrained == {"fr": 1}
    named = [
        Document(
            document.id, document.text, "de" if document.text == SENTENCES["de"] and not document.language else "en"
        )
        for document in documents
    ]
    assert [document.entities for document in cascade(named, ["person"])] == [document.entities for document in found]
    by_hand = Cascade(gemma, Retriever(AdapterShelf(tmp_path), by_hand="de"), min_score=0.0)
    read = by_hand(documents, ["person"])
    assert [document.adapters for document in read] == [german] * 4
    assert read[0].entities == found[0].entities
    assert by_hand.counts.untrained == {"fr": 1}


@pytest.mark.parametrize("adapters", ["de/extractor", (1,), (None,)])
def test_names_that_are_none_are_refused(adapters: Any) -> None:
    with pytest.raises(DocumentError, match=r"expected names of adapters"):
        Document("a", "Ada", adapters=adapters)


def test_formats_that_cannot_hold_names_of_adapters_count_them(tmp_path: Path) -> None:
    documents = [Document("a", "Ada", adapters=("de/extractor", "many/classifier")), Document("b", "Bob")]
    for format in ("conll", "geic", "text"):
        assert (
            write(documents, str(tmp_path / format), format).losses[
                "names of the adapters that found a document's entities"
            ]
            == 1
        )


def test_names_of_adapters_survive_json_lines(tmp_path: Path) -> None:
    document = Document("a", "Ada", adapters=("de/extractor", "many/classifier"))
    write([document], str(tmp_path / "x.jsonl"), "jsonl")
    assert json.loads((tmp_path / "x.jsonl").read_text(encoding="utf-8"))["adapters"] == [
        "de/extractor",
        "many/classifier",
    ]
    assert list(read(str(tmp_path / "x.jsonl"))) == [document]
