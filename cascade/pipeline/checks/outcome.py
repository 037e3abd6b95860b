"""The outcome of a check: a line that says what was found, and what to do where it is not as it should be."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from cascade.version import __version__ as VERSION

__all__ = ["FAIL", "OK", "VERSION", "WARN", "Outcome", "size_of"]

OK, WARN, FAIL = "ok", "warn", "fail"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a check found; status: ok, warn or fail; remedy: what to do, empty where there is nothing to do."""

    check: str
    status: str
    found: str
    remedy: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The values by name."""
        return asdict(self)


def size_of(number: int) -> str:
    """A number of bytes as people read it: 570 MB, 1.2 GB."""
    return (
        f"{number / 1e9:.1f} GB"
        if number >= 1e9
        else f"{number / 1e6:.1f} MB"
        if number < 1e7
        else f"{number / 1e6:.0f} MB"
    )
