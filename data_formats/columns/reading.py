"""Reads documents from column files: CoNLL, indexed columns (PAN-X), and CoNLL-U with entity labels (UNER)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from cascade.document import Document, Entity
from cascade.errors import FormatError
from data_formats.columns.blocks import CONLL, CONLLU, INDEXED, Block, Layout, Row, blocks
from data_formats.columns.headers import INDEX, language_of
from data_formats.columns.labels import OUTSIDE
from data_formats.columns.spellings import OUTSIDE_MARKS, decoded_cells
from data_formats.columns.survey import Reading, survey
from data_formats.identifiers import SeenIds, line_id
from data_formats.json_values import shown
from data_formats.read_options import ReadOptions
from data_formats.report import (
    CONTRACTION_LABELS,
    EMPTY_TOKENS,
    MARKS_FOR_OUTSIDE,
    ONE_SENTENCE,
    SHORT_SENTENCES,
    TOKEN_PREFIXES,
    WIDENED_ENTITIES,
    Report,
)
from data_formats.spacing import joined
from data_formats.text_files import Source

Offsets = tuple[tuple[int, int], ...]
_NO_LABEL = (OUTSIDE, *OUTSIDE_MARKS)
MANY_TOKENS = 200  # no sentence of the corpora that we know is as long


def read_conll(source: Source, report: Report, options: ReadOptions) -> Iterator[Document]:
    """Documents of a CoNLL file, one for each sentence: the token in the first column, its label in the last.

    Columns are separated by tabs or blanks. Lines that begin with # are comments unless they have the columns of a
    token; -DOCSTART- lines are left out. options: `ReadOptions`; `labels.SchemeRule` finds the scheme, and
    `spacing.JoinRule` how tokens are joined. With several label columns, a document has the entities of all of them,
    nested ones included. With the label column none, only the tokens and the text are read, whatever the other columns
    hold.
    """
    return _read(source, report, CONLL, options)


def read_indexed(source: Source, report: Report, options: ReadOptions) -> Iterator[Document]:
    """Documents of indexed columns: the first numbers the tokens of each sentence from 0 or 1, the second is the token.

    The rest is as in `read_conll`.
    """
    return _read(source, report, INDEXED, options)


def read_conllu(source: Source, report: Report, options: ReadOptions) -> Iterator[Document]:
    """Documents of a CoNLL-U or UNER file: id, token and label columns below `# sent_id` and `# text`.

    Tokens are aligned to the text from left to right, with only white space between them. A sentence without `# text`
    is joined from its tokens. The words of a contraction (line `2-3`) have its offsets; an entity that covers only some
    of them is widened to the contraction and counted. Empty nodes (`8.1`) are left out. The default label column is the
    third.
    """
    return _read(source, report, CONLLU, options)


def _read(source: Source, report: Report, layout: Layout, options: ReadOptions) -> Iterator[Document]:
    reading = survey(source, layout, options)
    seen = SeenIds()
    if reading.sentences == 1 and reading.tokens > MANY_TOKENS:
        report.lose(ONE_SENTENCE, f"{source.name}: {reading.tokens:,} tokens")
    language = language_of(reading.prefix)
    for block in blocks(source, layout, reading.shape, report):
        units = [
            unit
            for unit in _units(block, layout, source.name, reading.prefix)
            if not _is_empty(unit, reading, report, source.name)
        ]
        if reading.prefix:
            report.lose(TOKEN_PREFIXES, f"{source.name}:{block.line}: {reading.prefix!r}", len(units))
        if not units and "text" not in block.comments:
            continue
        text = block.comments.get("text")
        if text is None:
            text, offsets = joined([unit.form for unit in units], reading.join)
        else:
            offsets = _aligned(units, text, source.name)
            rest = text[offsets[-1][1] if offsets else 0 :]
            report.lose(SHORT_SENTENCES, f"{source.name}:{block.line}: {shown(rest.strip())}", bool(rest.strip()))
        identifier = block.comments.get("sent_id", "").strip() or line_id(block.line)
        seen.add(identifier, f"{source.name}:{block.line}")
        entities = _entities(units, offsets, reading, options.repair, report, source.name)
        yield Document(identifier, text, language, tuple(entities), offsets)


class Unit(NamedTuple):
    """A token of the text: its form and the rows of its words; a contraction has several, and a row of its own."""

    line: int
    form: str
    rows: list[Row]
    contraction: Row | None = None


def _units(block: Block, layout: Layout, name: str, prefix: str) -> list[Unit]:
    """The tokens of a sentence, without the prefix that all of the file have."""
    if not layout.indexed:
        return [Unit(row.line, row.columns[0].removeprefix(prefix), [row]) for row in block.rows]
    units: list[Unit] = []
    expected: int | None = None
    last_of_contraction = -1
    for row in block.rows:
        index = INDEX.fullmatch(row.columns[0])
        if index is None:
            raise FormatError(
                f"{name}:{row.line}: {row.columns[0]!r} is not a token's index; expected a number in the first column"
            )
        number = int(index["number"])
        if index["empty_node"]:
            continue
        if expected is None and number not in (0, 1) or expected is not None and number != expected:
            wanted = "0 or 1" if expected is None else str(expected)
            raise FormatError(
                f"{name}:{row.line}: index {number} where {wanted} is due; expected an empty line between sentences "
                "and indices without gaps"
            )
        if index["last"]:
            units.append(Unit(row.line, row.columns[1].removeprefix(prefix), [], row))
            last_of_contraction, expected = int(index["last"]), number
            continue
        if number <= last_of_contraction:
            units[-1].rows.append(row)
        else:
            units.append(Unit(row.line, row.columns[1].removeprefix(prefix), [row]))
        expected = number + 1
    return units


def _is_empty(unit: Unit, reading: Reading, report: Report, name: str) -> bool:
    """Whether the unit has no form; raises FormatError if it has a label nevertheless."""
    if unit.form:
        return False
    labels = [row.columns[column] for row in unit.rows for column in reading.labels]
    if any(label not in _NO_LABEL for label in labels):
        raise FormatError(
            f"{name}:{unit.line}: the token is empty, but its label is {labels[0]!r}; expected a token in front of it"
        )
    report.lose(EMPTY_TOKENS, f"{name}:{unit.line}")
    return True


def _aligned(units: Sequence[Unit], text: str, name: str) -> Offsets:
    """The offsets of each unit in the text, from left to right, with only white space between them."""
    offsets = []
    position = 0
    for unit in units:
        start = position
        while not text.startswith(unit.form, start) and text[start : start + 1].isspace():
            start += 1
        if not text.startswith(unit.form, start):
            found = shown(text[start : start + max(len(unit.form), 10)])
            raise FormatError(
                f"{name}:{unit.line}: token {unit.form!r} is not in the text at {start}, where {found} stands; "
                "expected the tokens of '# text'"
            )
        position = start + len(unit.form)
        offsets.append((start, position))
    return tuple(offsets)


def _entities(
    units: Sequence[Unit], offsets: Offsets, reading: Reading, repair: str | None, report: Report, name: str
) -> list[Entity]:
    """The entities of all label columns, each once."""
    rows = [row for unit in units for row in unit.rows]
    unit_of_row = [position for position, unit in enumerate(units) for _ in unit.rows]
    entities: dict[Entity, None] = {}

    def place(position: int) -> str:
        return f"{name}:{rows[position].line}"

    for column, spelling, scheme in zip(reading.labels, reading.spellings, reading.schemes, strict=True):
        cells = [row.columns[column] for row in rows]
        marks = [position for position, cell in enumerate(cells) if cell in OUTSIDE_MARKS]
        report.lose(MARKS_FOR_OUTSIDE, place(marks[0]) if marks else "", len(marks))
        for unit in units:
            own = OUTSIDE if unit.contraction is None else unit.contraction.columns[column]
            if own not in _NO_LABEL and all(row.columns[column] in _NO_LABEL for row in unit.rows):
                report.lose(CONTRACTION_LABELS, f"{name}:{unit.line}")
        for span in decoded_cells(cells, spelling, scheme, repair=repair, place=place):
            first, last = unit_of_row[span.start], unit_of_row[span.end - 1]
            entities[Entity(offsets[first][0], offsets[last][1], span.type)] = None
            begins_inside = span.start > 0 and unit_of_row[span.start - 1] == first
            ends_inside = span.end < len(rows) and unit_of_row[span.end] == last
            if begins_inside or ends_inside:
                report.lose(WIDENED_ENTITIES, f"{name}:{rows[span.start].line}")
    return list(entities)
