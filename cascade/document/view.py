"""Documents to look at: in colours in a notebook and at a Python prompt."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from itertools import islice

from cascade.document.marks import Shown
from cascade.document.markup import document_html, escaped, marks_style
from cascade.document.palette import Palette
from cascade.document.terminal import takes_colour, terminal_document
from cascade.errors import DocumentError, shown

MOST = 50  # documents; a cell of a notebook with thousands of marks is slow to scroll


class View:
    """The first `limit` documents with their entities in their texts; a type has one colour in all of them.

    A notebook shows it as HTML without script. At a Python prompt, and by `print`, it is text, coloured on terminals.
    Raises DocumentError for what is no document, and for a limit that is no whole number from 0.
    """

    def __init__(self, documents: Iterable[Shown], *, limit: int = MOST) -> None:
        if not isinstance(documents, Iterable) or isinstance(documents, str):
            raise DocumentError(f"{shown(documents)} is to be shown; expected a list of documents")
        if isinstance(limit, bool) or not isinstance(limit, int) or limit < 0:
            raise DocumentError(f"{shown(limit)} documents are to be shown; expected a whole number, 0 or more")
        waiting = iter(documents)
        self._documents = list(islice(waiting, limit))
        if wrong := [each for each in self._documents if not hasattr(each, "entities")]:
            raise DocumentError(
                f"{shown(wrong[0])} is to be shown; expected documents, as calls of a Cascade return them"
            )
        self._more = next(waiting, None) is not None

    def __repr__(self) -> str:
        palette, colour = Palette(), takes_colour(sys.stdout)
        blocks = [terminal_document(document, palette, colour=colour) for document in self._documents]
        return "\n\n".join([*blocks, *([self._rest()] if self._more else [])])

    def _repr_html_(self) -> str:
        palette = Palette()
        articles = "".join(document_html(document, palette) for document in self._documents)
        rest = f"<p>{escaped(self._rest())}</p>" if self._more else ""
        return f'<div class="cascade-view"><style>{marks_style()}</style>{articles}{rest}</div>'

    def _rest(self) -> str:
        return f"… and more documents; these are the first {len(self._documents):,} (limit)"
