"""A text with three entities, and what finds them, for tests of redaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from name_finder import NameFinder

NAMES = {"Ada Lovelace": "person", "London": "location", "+44 20 7946 0991": "phone number"}
TEXT = "Ada Lovelace of London, +44 20 7946 0991."
KEY = b"0123456789abcdef"


def finder(names: Mapping[str, str] = NAMES, scores: Mapping[str, float] | None = None) -> Any:
    return NameFinder(names, scores)
