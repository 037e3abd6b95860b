"""Documents written as columns: as they were read, tokenised, and what columns cannot carry."""

from pathlib import Path
from typing import Any

import pytest

import data_formats
from cascade.document import Document, Entity
from data_formats.report import (
    EMPTY_DOCUMENTS,
    ENTITY_SPACING,
    IDS,
    LANGUAGES,
    NESTED_ENTITIES,
    ODD_TOKENS,
    ODD_TYPES,
    SCORES,
    SPACING,
    TYPES_LIKE_LABELS,
)


def read(folder: Path, content: str, format_: str = "conll", **options: Any) -> list[Document]:
    path = folder / "news.conll"
    path.write_bytes(content.encode())
    return list(data_formats.read(path, format_, **options))


def written(folder: Path, documents: list[Document], format_: str = "conll") -> tuple[str, dict[str, int]]:
    report = data_formats.write(documents, folder / "out", format_)
    return (folder / "out").read_text(encoding="utf-8"), dict(report.losses)


ROME = [Document("line-1", "In New York", None, (Entity(3, 11, "LOC"),), ((0, 2), (3, 6), (7, 11)))]


@pytest.mark.parametrize("format_", ["conll", "indexed", "conllu"])
def test_tokens_that_are_blanks_are_written_and_read(tmp_path: Path, format_: str) -> None:
    document = Document("line-1", "박씨 딸", None, (Entity(0, 1, "PS"),), ((0, 1), (1, 2), (2, 3), (3, 4)))
    text, losses = written(tmp_path, [document], format_)
    assert (read(tmp_path, text, format_), losses) == ([document], {})


def test_columns_are_written_as_they_were(tmp_path: Path) -> None:
    content = "# \tO\nIn\tO\nNew\tB-literary award\nYork\tI-literary award\nRome\tB-literary award\n\n#\tO\n\n"
    documents = read(tmp_path, content)
    assert written(tmp_path, documents) == (content, {})


def test_indices_are_written(tmp_path: Path) -> None:
    assert written(tmp_path, ROME, "indexed") == ("0\tIn\tO\n1\tNew\tB-LOC\n2\tYork\tI-LOC\n\n", {})


def test_documents_without_tokens_are_tokenised(tmp_path: Path) -> None:
    text, losses = written(
        tmp_path, [Document("line-1", "(हिन्दी) 中国A1_b,می\u200cروم 👍🏽", entities=(Entity(1, 7, "lang"),))]
    )
    assert text == "(\tO\nहिन्दी\tB-lang\n)\tO\n中\tO\n国\tO\nA1_b\tO\n,\tO\nمی\u200cروم\tO\n👍\tO\n🏽\tO\n\n"
    assert losses == {SPACING: 1}


def test_the_longest_of_overlapping_entities_is_kept(tmp_path: Path) -> None:
    entities = (
        Entity(0, 5, "LOC"),
        Entity(0, 13, "ORG"),
        Entity(0, 13, "PER"),
        Entity(6, 20, "X"),
        Entity(14, 20, "Y"),
    )
    text, losses = written(tmp_path, [Document("line-1", "Turin Academy Museum", entities=entities)])
    assert text == "Turin\tB-LOC\nAcademy\tB-X\nMuseum\tI-X\n\n"
    assert losses == {NESTED_ENTITIES: 3}


def test_what_columns_cannot_carry_is_counted(tmp_path: Path) -> None:
    documents = [
        Document("a", "New-York  x", "en", (Entity(0, 3, "L", 0.5), Entity(0, 2, "L"))),
        Document("b", ""),
        Document("c", "-DOCSTART- a", tokens=((0, 10), (11, 12))),
        Document("line-6", "a\tb", entities=(Entity(0, 3, " t\ny"),), tokens=((0, 3),)),
    ]
    assert written(tmp_path, documents) == (
        "New\tB-L\n-\tO\nYork\tO\nx\tO\n\na b\tB-t y\n\n",
        {
            **{
                LANGUAGES: 1,
                SCORES: 1,
                NESTED_ENTITIES: 1,
                IDS: 1,
                EMPTY_DOCUMENTS: 2,
                ODD_TYPES: 1,
                ODD_TOKENS: 1,
                SPACING: 2,
            },
            ENTITY_SPACING: 1,
        },
    )


@pytest.mark.parametrize(
    ("type_", "kept"), [("x;B-y", "x B-y"), ("a|I-b/S-c", "a I-b S-c"), ("x;y", "x;y"), ("a/B", "a/B"), ("B-x", "B-x")]
)
def test_a_type_that_would_be_read_as_several_labels_is_counted(tmp_path: Path, type_: str, kept: str) -> None:
    document = Document("line-1", "Ada", None, (Entity(0, 3, type_),))
    text, losses = written(tmp_path, [document])
    assert text == f"Ada\tB-{kept}\n\n"
    assert losses == ({} if kept == type_ else {TYPES_LIKE_LABELS: 1})
    [again] = data_formats.read(tmp_path / "out", "conll")
    assert again.entities == (Entity(0, 3, kept),)


@pytest.mark.parametrize("format_", ["conll", "conllu", "indexed"])
def test_of_the_types_of_one_span_the_likeliest_that_is_sure_is_kept(tmp_path: Path, format_: str) -> None:
    types = [Entity(0, 3, "city", 0.9, unsure=True), Entity(0, 3, "actor", 0.4), Entity(0, 3, "person", 0.7)]
    text, losses = written(tmp_path, [Document("line-1", "Ada", None, tuple(types))], format_)
    assert ("person" in text, "city" in text, "actor" in text) == (True, False, False)
    assert losses[NESTED_ENTITIES] == 2
