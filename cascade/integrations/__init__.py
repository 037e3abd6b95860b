"""The cascade where people already work: columns of tables, spaCy, Presidio and others, and redaction.

Each package is imported only by what works with it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cascade.integrations.annotator import Annotator
    from cascade.integrations.frames import annotate_column, annotate_frame, exploded_frame
    from cascade.integrations.redaction.patterns import Patterns
    from cascade.integrations.redaction.redactor import Redacted, Redactor, redact
    from cascade.integrations.redaction.undoing import restore

_PLACES = {
    "Annotator": "annotator",
    "Patterns": "redaction.patterns",
    "Redacted": "redaction.redactor",
    "Redactor": "redaction.redactor",
    "annotate_column": "frames",
    "annotate_frame": "frames",
    "exploded_frame": "frames",
    "redact": "redaction.redactor",
    "restore": "redaction.undoing",
}

__all__ = [
    "Annotator",
    "Patterns",
    "Redacted",
    "Redactor",
    "annotate_column",
    "annotate_frame",
    "exploded_frame",
    "redact",
    "restore",
]


def __getattr__(name: str) -> Any:
    """Each name is imported when it is first asked for."""
    if name in _PLACES:
        return getattr(import_module(f"cascade.integrations.{_PLACES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
