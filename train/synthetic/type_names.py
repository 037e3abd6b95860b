"""What users call the types of synthetic documents, and which broader types they belong to."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

# a mixture's `broader`: types that also answer to another type of the list, or to one that is never marked itself
BROADER: Mapping[str, Sequence[str]] = {
    "date": ("date of birth", "expiry date"),
    "amount of money": ("price",),
    "measurement": ("length", "weight", "temperature", "speed", "area", "volume", "data size"),
    "identifier": (
        "order number",
        "invoice number",
        "customer number",
        "tracking number",
        "ticket number",
        "reference number",
        "contract number",
        "serial number",
        "product code",
        "UUID",
    ),
    "contact details": ("phone number", "email address", "URL", "social media handle", "address"),
    "organization": ("company",),
    "location": ("city", "country", "state", "address", "street"),
}


@cache
def type_names() -> Mapping[str, Sequence[str]]:
    """All types with their other names."""
    read: dict[str, list[str]] = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
    return read


def names_of(type_name: str) -> tuple[str, ...]:
    """The names that users may call a type by, its own first; an unknown type has only its own."""
    return (type_name, *type_names().get(type_name, ()))
