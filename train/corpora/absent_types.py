"""Types of which a document says itself that it has none: its field `absent`, a list of names."""

from __future__ import annotations

from cascade.document import Document
from cascade.errors import shown
from train.corpora.mixture_entry import MixtureError

ABSENT = "absent"


def absent_from(document: Document, where: str) -> tuple[str, ...]:
    """The types that the document says it has none of; raises MixtureError for another form, and for one it has."""
    names = (document.fields or {}).get(ABSENT, [])
    if not isinstance(names, list) or not all(isinstance(name, str) and name for name in names):
        raise MixtureError(
            f"{where}: document {document.id!r}: absent {shown(names)}; expected a list of types that it has none of"
        )
    if both := sorted({each.type for each in document.entities} & set(names)):
        raise MixtureError(
            f"{where}: document {document.id!r}: {shown(both[0])} is among its entities and said to be absent; "
            "expected one of these"
        )
    return tuple(names)
