"""What is no document, or no list of any, is refused by all that takes documents."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import data_formats
from cascade.document import Document, Entity
from cascade.document.fusion import fused
from cascade.document.only_documents import only_documents
from cascade.errors import DocumentError
from cascade.scoring.scores import score

ADA = Document("a", "Ada", None, (Entity(0, 3, "person"),))
TAKERS: dict[str, Callable[[Any, Path], Any]] = {
    "write": lambda given, folder: data_formats.write(given, folder / "a.jsonl"),
    "write columns": lambda given, folder: data_formats.write(given, folder / "a.conll"),
    "gold": lambda given, _: score(given, [ADA]),
    "predicted": lambda given, _: score([ADA], given),
    "fused": lambda given, _: fused(given),
}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("a.jsonl", r"'a.jsonl' is no list of documents; expected values of the class Document"),
        (None, r"None is no list of documents"),
        (ADA, r"document 'a' was given alone; expected a list of documents: put it in \[\]"),
        ([ADA, "text"], r"document 2 of those given is 'text'; expected a value of the class Document"),
        ([ADA.to_dict()], r"document 1 of those given is \{'id': 'a', 'text': 'Ada'.*; expected a value of the class"),
    ],
)
@pytest.mark.parametrize("taker", TAKERS)
def test_what_is_no_document_is_told(tmp_path: Path, taker: str, given: object, message: str) -> None:
    with pytest.raises(DocumentError, match=message):
        TAKERS[taker](given, tmp_path)


def test_documents_pass_as_they_come() -> None:
    waiting = only_documents(iter([ADA, "no document"]))
    assert next(waiting) is ADA
    with pytest.raises(DocumentError, match="document 2"):
        next(waiting)


@pytest.mark.parametrize("taker", [taker for name, taker in TAKERS.items() if name != "fused"])
def test_iterators_are_taken(tmp_path: Path, taker: Callable[[Any, Path], Any]) -> None:
    assert taker(iter([ADA]), tmp_path) is not None
