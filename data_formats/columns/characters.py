"""Documents whose tokens are single characters, as Chinese column files have them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from cascade.document import Document
from data_formats.spacing import ZERO_WIDTH_JOINERS, is_mark


def in_characters(documents: Iterable[Document]) -> Iterator[Document]:
    """The documents with a token for each character, blanks too, so that texts can be read back.

    Combining marks and joiners stay with the character before them. White space that is no blank is in no token.
    """
    for document in documents:
        starts = [
            place
            for place, character in enumerate(document.text)
            if not place or not (is_mark(character) or character in ZERO_WIDTH_JOINERS)
        ]
        spans = zip(starts, [*starts, len(document.text)][1:], strict=True)
        tokens = tuple(
            (start, end) for start, end in spans if document.text[start] == " " or not document.text[start].isspace()
        )
        yield replace(document, tokens=tokens)
