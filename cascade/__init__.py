"""Named entity recognition in two stages on one small language model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cascade.document import Document, Entity
from cascade.errors import CascadeError
from cascade.taxonomy.tree import EntityType, Taxonomy
from cascade.version import __version__

if TYPE_CHECKING:
    from cascade.document.view import View
    from cascade.pipeline.facade import Cascade
    from cascade.pipeline.golden_scores import self_check
    from cascade.taxonomy.parsing import as_taxonomy


__all__ = [
    "Cascade",
    "CascadeError",
    "Document",
    "Entity",
    "EntityType",
    "Taxonomy",
    "View",
    "__version__",
    "as_taxonomy",
    "self_check",
]


def __getattr__(name: str) -> Any:
    """`Cascade` is imported when it is first asked for: it needs torch, which takes a second; documents do not."""
    if name == "Cascade":
        from cascade.pipeline.facade import Cascade

        return Cascade
    if name == "self_check":
        from cascade.pipeline.golden_scores import self_check

        return self_check
    if name == "as_taxonomy":
        from cascade.taxonomy.parsing import as_taxonomy

        return as_taxonomy
    if name == "View":
        from cascade.document.view import View

        return View
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
