"""The fields of an adapter's card, and which values each may have."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import TypeGuard

from cascade.errors import shown

STAGES = ("extractor", "classifier")
DEMONSTRATIONS = ("none", "sentence", "entity", "both")  # kinds of examples shown before a text


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= sys.float_info.max


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _is_checksum(value: object) -> bool:
    return isinstance(value, str) and len(value) in (0, 64) and set(value) <= set("0123456789abcdef")


def _are_thresholds(value: object) -> bool:
    return isinstance(value, dict) and all(
        _is_text(name) and _is_number(score) and 0 <= score <= 1 for name, score in value.items()
    )


def _is_fit_alone(value: object) -> bool:
    if not isinstance(value, dict) or value.keys() not in (set(), {"scale", "shift"}):
        return False
    return all(map(_is_number, value.values())) and value.get("scale", 1.0) > 0


_VALUES: Mapping[str, tuple[Callable[[object], bool], str]] = {
    "stage": (lambda value: value in STAGES, f"one of {', '.join(STAGES)}"),
    "base": (_is_text, "the name of a base model"),
    "base_fingerprint": (_is_text, "the fingerprint of a base model, a text"),
    "prompt_version": (lambda value: isinstance(value, int) and not isinstance(value, bool), "a whole number"),
    "languages": (_are_texts, "a list of codes"),
    "types": (_are_texts, "a list of names"),
    "data": (
        lambda value: isinstance(value, list) and all(isinstance(each, dict) for each in value),
        "a list of objects, one for each corpus",
    ),
    "training": (lambda value: isinstance(value, dict), "an object of what the training was made with"),
    "scores": (
        lambda value: isinstance(value, dict) and all(map(_is_number, value.values())),
        "an object of numbers by name",
    ),
    "reads": (_is_checksum, "the SHA-256 of the weights of an extractor in hexadecimal, or an empty text"),
    "builds_on": (_is_checksum, "the SHA-256 of another adapter's weights in hexadecimal, or an empty text"),
    "temperature": (lambda value: _is_number(value) and value > 0, "a number above 0"),
    "descriptions": (lambda value: isinstance(value, bool), "true or false"),
    "depth": (
        lambda value: isinstance(value, int) and not isinstance(value, bool) and value >= 1,
        "a whole number of layers, 1 or more",
    ),
    "thresholds": (_are_thresholds, "an object of probabilities by type"),
    "asked_alone": (_is_fit_alone, "an object with a scale above 0 and a shift, or an empty one"),
    "known_failures": (_are_texts, "a list of sentences"),
    "only_types": (_are_texts, "a list of names of types"),
    "demonstrations": (lambda value: value in DEMONSTRATIONS, f"one of {', '.join(DEMONSTRATIONS)}"),
}


def wrong_value(card: Mapping[str, object]) -> str | None:
    """The first wrong value of a card and what was expected, or None; missing fields are ignored."""
    for field, (fits, expected) in _VALUES.items():
        if field in card and not fits(card[field]):
            return f"{field} {shown(card[field])}; expected {expected}"
    return None
