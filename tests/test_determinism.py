"""With --exact a result depends on nothing but the text, the types and the models: the same bytes everywhere."""

from __future__ import annotations

import json
import multiprocessing
import random
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor

import pytest

from benchmarks.determinism import threads
from cascade import Cascade, Document

TYPES = ["person", "organization", "location"]
TEXTS = [  # language, text
    ("en", "Ada Lovelace met Charles Babbage in London on 5 June 1833."),
    ("de", "Siemens und die Deutsche Bank sitzen in München."),
    ("sv", "Astrid Lindgren föddes i Vimmerby."),
    ("zh", "王小明在北京大学学习。"),
    (None, "Angela Merkel besuchte Paris."),
    ("en", "No."),
]
DOCUMENTS = [Document(f"d{number}", text, language) for number, (language, text) in enumerate(TEXTS)]


@pytest.fixture(scope="module")
def exact() -> Cascade:
    return Cascade.load(device="cpu", exact=True, min_score=0.05)


def in_bytes(documents: Sequence[Document]) -> dict[str, bytes]:
    """Each document as the command writes it, by its id."""
    return {document.id: json.dumps(document.to_dict(), ensure_ascii=False).encode() for document in documents}


def read_elsewhere(ner: Cascade, documents: Sequence[Document]) -> list[Document]:
    """What another process finds."""
    return ner(list(documents), TYPES)


@pytest.mark.real_model
@pytest.mark.slow
def test_exact_bytes_are_the_same_whatever_the_order_the_batch_the_threads_and_the_processes(exact: Cascade) -> None:
    with threads(1):
        expected = in_bytes(exact(DOCUMENTS, TYPES))
    assert sum(document.count(b'"type"') for document in expected.values()) > 5
    shuffled = random.Random(1).sample(DOCUMENTS, k=len(DOCUMENTS))
    with threads(2):
        assert in_bytes(exact(shuffled, TYPES)) == expected
        assert in_bytes(list(exact.stream(DOCUMENTS, TYPES, batch_size=2))) == expected
        assert in_bytes([exact(document, TYPES) for document in DOCUMENTS[:2]]).items() <= expected.items()
    with ProcessPoolExecutor(2, multiprocessing.get_context("fork")) as pool:
        parts = [pool.submit(read_elsewhere, exact, DOCUMENTS[start::2]) for start in (0, 1)]
        found = [document for part in parts for document in part.result(timeout=240)]
    assert in_bytes(found) == expected
