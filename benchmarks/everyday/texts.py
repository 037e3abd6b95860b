"""The everyday texts, as read from this folder."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cascade import Document, Entity
from cascade.errors import DocumentError

FOLDER = Path(__file__).parent
LANGUAGES = ("en", "de", "fr", "es", "zh")


@dataclass(frozen=True, slots=True)
class Text:
    """A document with all its entities of the types that it asks for, some of which may not occur.

    form: what kind of text it is, such as "mail".
    """

    gold: Document
    types: tuple[str, ...]
    form: str

    def __post_init__(self) -> None:
        if strangers := {entity.type for entity in self.gold.entities} - set(self.types):
            raise DocumentError(
                f"document {self.gold.id!r}: entities of {', '.join(sorted(strangers))}; expected only types that the "
                f"text asks for: {', '.join(self.types)}"
            )


def read_texts(languages: Sequence[str] = LANGUAGES, folder: Path = FOLDER) -> list[Text]:
    """The texts of some languages, one language after another."""
    return [text for language in languages for text in _texts_of(folder / f"{language}.jsonl")]


def _texts_of(file: Path) -> Iterator[Text]:
    for line in file.read_text(encoding="utf-8").splitlines():
        row: dict[str, Any] = json.loads(line)
        entities = [Entity(each["start"], each["end"], each["type"]) for each in row["entities"]]
        gold = Document(row["id"], row["text"], row["language"], tuple(entities))
        yield Text(gold, tuple(row["types"]), row["form"])
