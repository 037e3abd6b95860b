"""Rows of a classification set, and the types that they choose among."""

from __future__ import annotations

from typing import Any

TREE = {"person": ["artist", "author", "politician", "soldier"], "place": ["city", "river"], "other": None}


def row(options: str, answer: str, entity: str = "Ada") -> dict[str, Any]:
    asked = (
        f'The ##{entity}## in the sentence: "##{entity}## left: why?" belongs to which entity in the list: {options}?'
    )
    return {"conversations": [{"from": "user", "value": asked}, {"from": "assistant", "value": answer}]}
