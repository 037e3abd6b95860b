"""The pipeline: documents in, the same documents with typed entities out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cascade.pipeline.facade import Cascade as Cascade


def __getattr__(name: str) -> Any:
    """`Cascade` is imported when it is first asked for, as it needs torch; the rest of this package does not."""
    if name == "Cascade":
        from cascade.pipeline.facade import Cascade

        return Cascade
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
