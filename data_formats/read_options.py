"""Options for reading a file: those of all formats in one object."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cascade.errors import FormatError
from data_formats.annotation_tools.offset_units import UNITS
from data_formats.columns.labels import REPAIRS, SCHEMES
from data_formats.spacing import JOINS

NO_LABELS = "none"  # the label column if only the tokens and the text of a file are read
OF_COLUMNS = ("scheme", "repair", "join", "label_column")  # options of column formats
OF_ROWS = (*OF_COLUMNS, "token_column")  # options of files of columns
OF_TOKENS = (*OF_COLUMNS, "label_names", "entities")  # options of formats with lists of tokens and labels
OF_OBJECTS = ("entities",)  # options of JSON formats
OF_TOOLS = (*OF_OBJECTS, "offsets", "text_key")  # options of formats whose tools count offsets or name texts freely
OF_TABLES = ("text_column", "id_column", "language_column")  # options of tables with a document a row
OF_LAYERS = ("entities", "layer")  # options of formats with layers of annotations


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """Options for reading a file; each format takes some of them (`registry.Format.read_options`).

    scheme: the labelling scheme in columns: bio, iob1, bioes, bmes, bilou or bmeow; auto finds it from all labels.

    repair: "begin" lets a label that cannot continue an entity begin one; with None such a label is an error.

    join: joins tokens into the text with one space (space) or with nothing (none); auto decides from all tokens.

    label_column: a number from 1, negative from the end, several separated by commas, all, or none; None is the
    format's own column. Where tokens and labels stand under keys or names: the one of the labels, or none.

    token_column: the column of the tokens, a number as for label_column, or its name; None finds it.

    label_names: the names of labels that are numbers, in their order, separated by commas; None: the file's own.

    entities: whether to read them; otherwise the annotation in JSON is ignored, and may be missing.

    offsets: the unit of offsets: code-points, utf-16 or graphemes; None is the format's own.

    text_key: the key under which a document's text stands; None is the format's own.
    layer: the layer that holds the entities, LAYER or LAYER:FEATURE; None finds it.

    text_column, id_column, language_column: the columns, or keys, of a table that hold these values; None: the column
    "text", no column and no column.

    whole_files: whether plain text is one document a file, rather than one a line.

    Raises FormatError for a value that an option cannot have.
    """

    scheme: str = "auto"
    repair: str | None = None
    join: str = "auto"
    label_column: str | int | None = None
    token_column: str | int | None = None
    label_names: str | None = None
    entities: bool = True
    offsets: str | None = None
    text_key: str | None = None
    layer: str | None = None
    text_column: str | None = None
    id_column: str | None = None
    language_column: str | None = None
    whole_files: bool = False

    def __post_init__(self) -> None:
        for option, value, allowed in (
            ("scheme", self.scheme, ("auto", *SCHEMES)),
            ("repair", self.repair, (None, *REPAIRS)),
            ("join", self.join, ("auto", *JOINS)),
            ("offsets", self.offsets, (None, *UNITS)),
        ):
            if value not in allowed:
                choices = ", ".join(str(choice) for choice in allowed)
                raise FormatError(f"option {option} is {value!r}; expected {choices}")

    @classmethod
    def of(cls, options: Mapping[str, Any], taken: tuple[str, ...], format: str) -> ReadOptions:
        """The options given by name; None stands for an option's default.

        Raises FormatError for an option that the format does not take.
        """
        given = {name: value for name, value in options.items() if value is not None}
        for name in given:
            if name not in taken:
                known = ", ".join(taken) or "none"
                raise FormatError(f"the format {format} has no option {name!r} for reading; its options: {known}")
        return cls(**given)


TEXTS_ALONE = ReadOptions(label_column=NO_LABELS, entities=False)  # reads texts, with or without labels in the file
