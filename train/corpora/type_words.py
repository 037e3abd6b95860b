"""What users call types besides their names in corpora, how they write the names, and what the names mean."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from train.synthetic.type_names import type_names


def _read(name: str) -> Any:
    return json.loads((Path(__file__).parent / name).read_text(encoding="utf-8"))


def _other_names() -> dict[str, tuple[str, ...]]:
    """The names of both lists, those of synthetic documents last."""
    named: dict[str, Sequence[str]] = _read("type_names.json")
    every = {**type_names(), **named}
    return {name: tuple(dict.fromkeys((*named.get(name, ()), *type_names().get(name, ())))) for name in every}


OTHER_NAMES: Mapping[str, Sequence[str]] = _other_names()
DESCRIPTIONS: Mapping[str, str] = _read("type_descriptions.json")


def restyled(name: str, source: random.Random) -> str:
    """A name as some would write it: in capitals, with one capital, with capitals throughout, or in the plural.

    Names with capitals of their own and names in other scripts stay.
    """
    if not name.isascii() or name != name.lower():
        return name
    is_ies = name.endswith("y") and name[-2:-1] not in "aeiou"
    plural = name if name.endswith("s") else f"{name[:-1]}ies" if is_ies else f"{name}s"
    return source.choice((name.upper(), name.capitalize(), name.title(), plural))
