"""What the tests have other processes do; imports little, as a spawned process imports it too."""

from __future__ import annotations

import threading
from pathlib import Path

import torch

import cascade.concurrency.one_lock
import cascade.pipeline.reloading
from cascade import Cascade, Document

TYPES = ["person", "place name", "company"]
DOCUMENTS = [
    Document(language, "Ada met Bob in London, and they spoke of the red cross.", language) for language in ("en", "da")
]


def times_loaded() -> int:
    """How many cascades were loaded again here and are kept."""
    return len(cascade.pipeline.reloading._last)


def product() -> torch.Tensor:
    """A product so large that it is computed on all cores."""
    return torch.ones(512, 640) @ torch.ones(640, 2048)


def read_on_two_threads(annotate: Cascade) -> list[Document]:
    """Reads after more threads were asked for than a forked process has; nothing where it then still asks for them."""
    torch.set_num_threads(2)
    found = annotate(DOCUMENTS, TYPES)
    return found if product()[0, 0] == 640 and torch.get_num_threads() == 1 else []


def read_in_a_thread(annotate: Cascade) -> list[Document]:
    """Reads in a thread of the process."""
    found: list[Document] = []
    thread = threading.Thread(target=lambda: found.extend(annotate(DOCUMENTS, TYPES) if product()[0, 0] == 640 else []))
    thread.start()
    thread.join()
    return found


def load_and_read(base: Path, adapters: Path) -> list[Document]:
    """Reads with a cascade that is loaded here."""
    return Cascade.load(str(base), adapters=adapters, device="cpu", exact=True, min_score=0.1)(DOCUMENTS, TYPES)


def can_make() -> bool:
    """Whether the lock is free here."""
    taken = cascade.concurrency.one_lock.MAKING.acquire(timeout=5)
    if taken:
        cascade.concurrency.one_lock.MAKING.release()
    return taken
