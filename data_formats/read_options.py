"""How a file is to be read: the options of all formats, as one object."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cascade.errors import FormatError
from data_formats.columns.labels import REPAIRS, SCHEMES
from data_formats.spacing import JOINS

NO_LABELS = "none"  # the label column of a file of which only the tokens and the text are wanted
OF_COLUMNS = ("scheme", "repair", "join", "label_column")  # those that formats in columns take
OF_OBJECTS = ("entities",)  # those that formats of JSON take


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How a file is to be read; each format takes some of these (`registry.Format.read_options`).

    scheme: what the labels in columns mean: bio, iob1, bioes, bmes, bilou or bmeow; auto finds it from all labels.
    repair: "begin" begins an entity where a label cannot go on; with None such a label is an error.
    join: the text is its tokens with one space (space) or nothing (none) between; auto decides from all tokens.
    label_column: a number from 1, negative from the end, several with commas between, all, or none; None is the
    format's own column.
    entities: read them; otherwise whatever stands there in JSON is passed over, or nothing.

    Raises FormatError for a value that an option cannot have.
    """

    scheme: str = "auto"
    repair: str | None = None
    join: str = "auto"
    label_column: str | int | None = None
    entities: bool = True

    def __post_init__(self) -> None:
        for option, value, allowed in (
            ("scheme", self.scheme, ("auto", *SCHEMES)),
            ("repair", self.repair, (None, *REPAIRS)),
            ("join", self.join, ("auto", *JOINS)),
        ):
            if value not in allowed:
                choices = ", ".join(str(choice) for choice in allowed)
                raise FormatError(f"option {option} is {value!r}; expected {choices}")

    @classmethod
    def of(cls, options: Mapping[str, Any], taken: tuple[str, ...], format: str) -> ReadOptions:
        """Those given by name, where None stands for an option's default; raises FormatError for one that the format
        does not take.
        """
        given = {name: value for name, value in options.items() if value is not None}
        for name in given:
            if name not in taken:
                known = ", ".join(taken) or "none"
                raise FormatError(f"the format {format} has no option {name!r} for reading; its options: {known}")
        return cls(**given)


TEXTS_ALONE = ReadOptions(label_column=NO_LABELS, entities=False)  # whatever labels and entities are there, or none
