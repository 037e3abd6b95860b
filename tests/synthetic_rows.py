"""Synthetic documents that several tests look at, and the texts of their entities."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest

pytest.importorskip("faker", reason="the synthetic documents need the extra `synthetic`")
from train.synthetic.documents import documents

COUNT = 2500


@pytest.fixture(scope="module")
def rows() -> list[dict[str, Any]]:
    return list(documents(COUNT, 7))


@pytest.fixture(scope="module")
def values(rows: list[dict[str, Any]]) -> dict[str, list[str]]:
    """The texts of all entities by type."""
    found: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        for entity in row["entities"]:
            found[entity["type"]].append(row["text"][entity["start"] : entity["end"]])
    return found
