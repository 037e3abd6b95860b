"""What corpora are known of each language: `corpora.txt`, a row a corpus, with tabs between its cells.

group: `open` may be trained on for adapters that ship, `research` measures, and trains adapters that do not.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cascade.languages.names import NAMES

FILE = Path(__file__).with_name("corpora.txt")
_FURTHER = {"nb": "Norwegian (Bokmål)", "nn": "Norwegian (Nynorsk)"}


@dataclass(frozen=True, slots=True)
class KnownCorpus:
    """A corpus: its language's code, its group, the sentences of its splits (0 for none), types and licence."""

    name: str
    language: str
    group: str
    train: int
    dev: int
    test: int
    types: int
    licence: str


def known_corpora(file: Path = FILE) -> list[KnownCorpus]:
    """The corpora, in the file's order."""
    with file.open(encoding="utf-8", newline="") as lines:
        return [
            KnownCorpus(
                row["corpus"],
                row["language"],
                row["group"],
                train=int(row["train"] or 0),
                dev=int(row["dev"] or 0),
                test=int(row["test"] or 0),
                types=int(row["types"]),
                licence=row["licence"],
            )
            for row in csv.DictReader(lines, delimiter="\t")
        ]


def language_name(code: str) -> str:
    """The English name of a language by its code, or the code."""
    return _FURTHER.get(code) or next((name for name, own in NAMES.items() if own == code), code)


def of_language(corpora: Sequence[KnownCorpus], code: str) -> list[KnownCorpus]:
    """The corpora of a language."""
    return [corpus for corpus in corpora if corpus.language == code]
