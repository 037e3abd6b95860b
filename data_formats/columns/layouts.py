"""Which columns a file of columns has: the token's, those before it, and what further columns tell."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from data_formats.columns.labels import OUTSIDE

MISC = 9  # the tenth column of CoNLL-U, universaldependencies.org/format.html


class RowForm(Enum):
    """What a line holds."""

    TOKEN = "a token and its columns"
    LAYERS = "a token and any number of labels"
    SENTENCE = "the words of a sentence, and as many labels"


@dataclass(frozen=True, slots=True)
class Layout:
    """Which columns and comments a column format has, or a file of it as far as `arrangement.arranged` knows.

    Columns count from 0. token_at: the token's; None: the first behind the index. label_column: that of the labels, as
    the option names it; None: the last. misc: a column of flags and features between bars. key: the feature in it that
    holds the labels, which are then read as one column more. ids, numbers: columns whose change, or whose beginning
    anew, begins a sentence. names, header: those of the columns, and the line on which they stand as a row.
    """

    name: str
    indexed: bool  # the first column numbers the tokens of a sentence
    comments_begin_lines: bool = False  # every line that begins with # is a comment; otherwise # may be a token
    label_column: int | str | None = None
    token_at: int | None = None
    misc: int | None = None
    key: str | None = None
    ids: tuple[int, ...] = ()
    numbers: tuple[int, ...] = ()
    names: tuple[str, ...] = ()
    header: int | None = None
    form: RowForm = RowForm.TOKEN

    @property
    def token(self) -> int:
        """The column of the token, from 0."""
        return int(self.indexed) if self.token_at is None else self.token_at

    @property
    def least(self) -> int:
        """The least number of columns of a row with a label."""
        return self.token + 2 if self.token_at is None else max(self.token + 1, 2)

    def name_of(self, column: int) -> str:
        """What a column is called: by its header, or by its number from 1."""
        return self.names[column] if column < len(self.names) else str(column + 1)

    def cells(self, line: str) -> list[str]:
        """The columns of a line; several labels of a token are one column, with what stands between labels."""
        columns = split_columns(line, self.token)
        if self.form is not RowForm.LAYERS or len(columns) < 3:
            return columns
        return [columns[0], ";".join(column for column in columns[1:] if column != OUTSIDE) or OUTSIDE]


CONLL = Layout("conll", indexed=False)
INDEXED = Layout("indexed", indexed=True)
CONLLU = Layout("conllu", indexed=True, comments_begin_lines=True, label_column=3, misc=MISC)


def split_columns(line: str, token: int = 0) -> list[str]:
    """The columns of a line: split at tabs if there are any, otherwise at runs of blanks.

    Blanks at the end of the line are ignored, and so are blanks around columns between tabs, except the token's: a
    token may be a blank.
    """
    if "\t" not in line:
        return re.split(" +", line.rstrip(" "))
    columns = line.rstrip(" \t").split("\t")
    return [column if position == token else column.strip(" ") for position, column in enumerate(columns)]
