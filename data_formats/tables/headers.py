"""Whether first lines are those of a table with a header: a column of texts by its name, and rows of one width."""

from __future__ import annotations

from collections.abc import Sequence

from data_formats.tables.csv_rows import cells_of

DELIMITERS = ",;\t|"
_TEXTS = ("text", "texts", "sentence", "content", "body")  # what columns of texts are called
_WORDS = 3  # blanks in a cell that no token has


def has_table_header(head: Sequence[str]) -> bool:
    """Whether the first line names columns, one of them as columns of texts are called, and rows below have as many.

    The names stand between one of DELIMITERS; a single column is no sign, as texts may begin with any word.
    """
    first = next((line for line in head if line.strip()), "")
    for delimiter in DELIMITERS:
        names = [name.strip().casefold() for name in cells_of(first, delimiter)]
        if len(names) < 2 or not set(names) & set(_TEXTS) or any(" " in name or not name for name in names):
            continue
        widths = [len(cells_of(line, delimiter)) for line in head[1:] if line.strip()]
        if widths and sum(width == len(names) for width in widths) * 2 > len(widths):
            return True
    return False


def holds_sentences(head: Sequence[str]) -> bool:
    """Whether cells between tabs hold several words each, as no column of tokens does."""
    cells = [cell for line in head if not line.startswith("#") for cell in line.split("\t")]
    return any(cell.strip().count(" ") >= _WORDS for cell in cells) and any("\t" in line for line in head)
