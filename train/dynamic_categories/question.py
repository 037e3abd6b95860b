"""Questions of a classification set: chat rows that end in a list of types, as CascadeNER's second stage has them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cascade.errors import FormatError, TaxonomyError, shown
from cascade.taxonomy.tree import type_name
from data_formats.json_records import records
from data_formats.text_files import Source

_LISTED = ": "  # what stands before the list of types in a question
_END = "?"
_LEVEL = re.compile(r"(first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth) list$")
# keys of a row, of a turn's speaker and of its text: as CascadeNER's files have them, and as ms-swift's own
_FORMS = (("conversations", "from", "value"), ("messages", "role", "content"))
_EXPECTED = (
    'a row of "conversations" or "messages" whose next to last turn ends in a list of types, as in "... in the list: '
    'person, location?", and whose last turn is the answer'
)


@dataclass(frozen=True, slots=True)
class Question:
    """A question for the type of one entity: what stands before the list, the list, and the right answer.

    row: the chat row that it came from.
    """

    before: str
    options: tuple[str, ...]
    answer: str
    row: Any

    @property
    def about(self) -> str:
        """What stands before the list, without the word for its level: alike in all questions for one entity."""
        return _LEVEL.sub("list", self.before)

    @property
    def is_answered(self) -> bool:
        """Whether the right answer is among the options."""
        return self.answer in self.options

    def with_options(self, options: tuple[str, ...], answer: str | None = None) -> Question:
        """The same question with another list, and another answer if one is given."""
        return replace(self, options=options, answer=self.answer if answer is None else answer)

    def to_row(self) -> dict[str, Any]:
        """The chat row of the question."""
        for turns, _, text in _FORMS:
            if turns in self.row:
                *earlier, asked, answered = self.row[turns]
                value = f"{self.before}{_LISTED}{', '.join(self.options)}{_END}"
                return {**self.row, turns: [*earlier, {**asked, text: value}, {**answered, text: self.answer}]}
        raise ValueError("a question comes from a chat row")


def option_name(name: object) -> str:
    """The name as a list of types holds it; raises TaxonomyError for one that would be read as another or as two."""
    option = type_name(name)
    if _LISTED in option:
        raise TaxonomyError(f"type name {option!r} holds {_LISTED!r}, behind which a list begins; expected one without")
    return option


def read_questions(file: Path) -> Iterator[Question]:
    """The questions of a JSON list or of JSON lines; raises FormatError, with its place, for a row of another form."""
    for record in records(Source(file)):
        yield question_of(record.value, record.where)


def question_of(row: object, where: str) -> Question:
    """The question of a chat row; raises FormatError for one of another form."""
    for turns, _, text in _FORMS:
        if isinstance(row, dict) and isinstance(row.get(turns), list) and len(row[turns]) >= 2:
            asked, answered = (turn.get(text) if isinstance(turn, dict) else None for turn in row[turns][-2:])
            if isinstance(asked, str) and isinstance(answered, str) and _LISTED in asked and asked.endswith(_END):
                before, _, listed = asked.removesuffix(_END).rpartition(_LISTED)
                options = tuple(dict.fromkeys(name.strip() for name in listed.split(",") if name.strip()))
                # an option may be written in other letters than the answer
                same = [name for name in options if name.casefold() == answered.strip().casefold()]
                return Question(before, options, same[0] if answered not in options and same else answered, row)
    raise FormatError(f"{where}: {shown(row)} is no question; expected {_EXPECTED}")


def as_json(questions: list[Question]) -> str:
    """The rows as a JSON list with a row a line."""
    lines = ",\n".join(json.dumps(question.to_row(), ensure_ascii=False) for question in questions)
    return f"[\n{lines}\n]\n"
