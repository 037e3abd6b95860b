"""The sample documents say the same in every format, and where they are from."""

from __future__ import annotations

from dataclasses import replace

import pytest
from project_tree import ROOT

import data_formats
from cascade.document import Document
from cascade.taxonomy.parsing import read_taxonomy

SAMPLES = ROOT / "samples"


@pytest.fixture(scope="module")
def gold() -> list[Document]:
    return list(data_formats.read(SAMPLES / "news.gold.jsonl"))


def test_the_documents_without_entities_are_those_with_them(gold: list[Document]) -> None:
    assert list(data_formats.read_texts(SAMPLES / "news.jsonl")) == [document.with_entities(()) for document in gold]


def test_gold_entities_are_of_the_default_types(gold: list[Document]) -> None:
    assert {entity.type for document in gold for entity in document.entities} == {"person", "organization", "location"}
    assert [document.id for document in gold if not document.entities] == []


def test_the_geic_sample_holds_some_of_them(gold: list[Document]) -> None:
    expected = [replace(document, language=None) for document in gold if document.language in ("en", "de", "ja")]
    assert list(data_formats.read(SAMPLES / "news.geic.json")) == expected


def test_the_columns_hold_the_entities_of_some_of_them(gold: list[Document]) -> None:
    def mentions(document: Document) -> list[tuple[str, str]]:
        return [(document.text_of(entity), entity.type) for entity in document.entities]

    read = [mentions(document) for document in data_formats.read(SAMPLES / "news.conll")]
    assert read == [
        [("NASA", "organization"), ("Fred Gregory", "person")],
        [("Coca - Cola", "organization"), ("Kerala", "location")],
        *(mentions(document) for document in gold if document.language in ("da", "sk")),
    ]


def test_the_plain_texts_are_texts_of_some_of_them(gold: list[Document]) -> None:
    texts = [document.text for document in gold if document.language in ("en", "es", "nl", "zh")]
    assert [document.text for document in data_formats.read(SAMPLES / "plain.txt")] == texts


def test_the_taxonomy_has_two_levels_below_the_default_types() -> None:
    roots = read_taxonomy(SAMPLES / "taxonomy.json").roots
    assert [root.name for root in roots] == ["person", "organization", "location"]
    assert all(root.children and not any(child.children for child in root.children) for root in roots)


def test_the_source_of_every_document_is_named(gold: list[Document]) -> None:
    readme = (SAMPLES / "README.md").read_text(encoding="utf-8")
    assert [document.id for document in gold if f"`{document.id.partition('-dev-')[0]}`" not in readme] == []


def test_the_samples_are_small() -> None:
    assert max(file.stat().st_size for file in SAMPLES.iterdir()) < 20_000
