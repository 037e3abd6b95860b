"""When memory is handed back to the system while documents are read."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cascade.model.base_model import BaseModel

_EVERY = 256  # single texts


class HandBack:
    """Hands memory back, which would grow with batches of many sizes and with the rows of the embedding.

    Calls with a single text do so only every 256 texts, because handing back costs more than reading one.
    """

    def __init__(self, base: BaseModel) -> None:
        self._base, self._kept, self._lock = base, 0, Lock()

    def read(self, documents: int) -> None:
        """Notes that so many documents were read at once, and hands back where it is due."""
        with self._lock:
            self._kept += documents
            due = documents > 1 or self._kept >= _EVERY
            if due:
                self._kept = 0
        if due:
            self._base.hand_back()
