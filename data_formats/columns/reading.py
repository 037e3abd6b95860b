"""Reads documents from column files: CoNLL, indexed columns (PAN-X), and CoNLL-U with entity labels (UNER)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cascade.document import Document, Entity
from cascade.errors import FormatError
from data_formats.columns.blocks import Block, blocks
from data_formats.columns.headers import language_of
from data_formats.columns.labels import OUTSIDE
from data_formats.columns.layouts import CONLL, CONLLU, INDEXED, Layout
from data_formats.columns.misc_column import flags, is_partial
from data_formats.columns.spellings import OUTSIDE_MARKS, decoded_cells
from data_formats.columns.survey import Reading, survey
from data_formats.columns.token_numbers import without_number
from data_formats.columns.units import Unit, is_followed_closely, units_of
from data_formats.identifiers import SeenIds, line_id
from data_formats.json_values import shown
from data_formats.read_options import ReadOptions
from data_formats.report import (
    CONTRACTION_LABELS,
    EMPTY_TOKENS,
    LABELS_OF_MISC,
    LIKE_OUTSIDE,
    MARKS_FOR_OUTSIDE,
    ONE_SENTENCE,
    OTHER_LABELS,
    PARTS_OF_TOKENS,
    SHORT_SENTENCES,
    TOKEN_NUMBERS,
    TOKEN_PREFIXES,
    WIDENED_ENTITIES,
    Report,
)
from data_formats.spacing import joined
from data_formats.text_files import Source

Offsets = tuple[tuple[int, int], ...]
_NO_LABEL = (OUTSIDE, *OUTSIDE_MARKS)
_LANGUAGES = ("hipe2022:language", "language")  # keys of metadata in HIPE's files
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
    layout = reading.layout
    seen = SeenIds()
    if reading.sentences == 1 and reading.tokens > MANY_TOKENS:
        report.lose(ONE_SENTENCE, f"{source.name}: {reading.tokens:,} tokens")
    _tell_labels(reading, report, source.name)
    for block in blocks(source, layout, reading.shape, report):
        units = [
            unit
            for unit in _formed(units_of(block, layout, source.name), reading)
            if not _is_empty(unit, reading, report, source.name)
        ]
        where = f"{source.name}:{block.line}"
        report.lose(TOKEN_PREFIXES, f"{where}: {reading.prefix!r}", len(units) if reading.prefix else 0)
        report.lose(TOKEN_NUMBERS, where, len(units) if reading.numbered else 0)
        if not units and "text" not in block.comments:
            continue
        text = block.comments.get("text")
        if text is None:
            glued = [reading.glued and is_followed_closely(unit, layout.misc) for unit in units]
            text, offsets = joined([unit.form for unit in units], reading.join, glued)
        else:
            offsets = _aligned(units, text, source.name)
            rest = text[offsets[-1][1] if offsets else 0 :]
            report.lose(SHORT_SENTENCES, f"{where}: {shown(rest.strip())}", bool(rest.strip()))
        identifier = block.comments.get("sent_id", "").strip() or line_id(block.line)
        seen.add(identifier, where)
        entities = _entities(units, offsets, reading, options.repair, report, source.name)
        language = language_of(reading.prefix) or _language_of_comments(block)
        yield Document(identifier, text, language, entities, offsets)


def _tell_labels(reading: Reading, report: Report, name: str) -> None:
    """Counts what a file is read by that it could have been read by otherwise."""
    layout = reading.layout
    if layout.key is not None:
        report.lose(LABELS_OF_MISC.format(key=layout.key), name, reading.tokens if reading.labels else 0)
    report.lose(OTHER_LABELS, f"{name}: {', '.join(map(layout.name_of, reading.others))}", len(reading.others))
    for column in reading.labels:
        for label in column.like_outside:
            report.lose(LIKE_OUTSIDE.format(label=label), f"{name}: column {column.column + 1}")


def _language_of_comments(block: Block) -> str | None:
    """The language that the metadata of HIPE's files name."""
    named = (value for key, value in block.comments.items() if key in _LANGUAGES)
    return next((code for code in named if language_of(code)), None)


def _formed(units: Sequence[Unit], reading: Reading) -> list[Unit]:
    """The units without what stands before or behind all tokens of the file."""
    if not reading.prefix and not reading.numbered:
        return list(units)
    forms = (unit.form.removeprefix(reading.prefix) for unit in units)
    return [
        unit._replace(form=without_number(form) if reading.numbered else form)
        for unit, form in zip(units, forms, strict=True)
    ]


def _is_empty(unit: Unit, reading: Reading, report: Report, name: str) -> bool:
    """Whether the unit has no form; raises FormatError if it has a label nevertheless."""
    if unit.form:
        return False
    labels = [row.columns[column] for row in unit.rows for column in reading.columns]
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
) -> tuple[Entity, ...]:
    """The entities of all label columns, each once; what two columns state is counted."""
    rows = [row for unit in units for row in unit.rows]
    unit_of_row = [position for position, unit in enumerate(units) for _ in unit.rows]
    entities = []

    def place(position: int) -> str:
        return f"{name}:{rows[position].line}"

    misc = reading.layout.misc
    parts = [] if misc is None else [row.line for row in rows if any(map(is_partial, flags(row.columns, misc)))]
    report.lose(PARTS_OF_TOKENS, f"{name}:{parts[0]}" if parts else "", len(parts))
    for labels in reading.labels:
        column = labels.column
        cells = [row.columns[column] for row in rows]
        marks = [position for position, cell in enumerate(cells) if cell in OUTSIDE_MARKS]
        report.lose(MARKS_FOR_OUTSIDE, place(marks[0]) if marks else "", len(marks))
        for unit in units:
            own = OUTSIDE if unit.contraction is None else unit.contraction.columns[column]
            if own not in _NO_LABEL and all(row.columns[column] in _NO_LABEL for row in unit.rows):
                report.lose(CONTRACTION_LABELS, f"{name}:{unit.line}")
        for span in decoded_cells(
            cells, labels.spelling, labels.scheme, repair=repair, place=place, remedy=labels.remedy
        ):
            first, last = unit_of_row[span.start], unit_of_row[span.end - 1]
            entities.append(Entity(offsets[first][0], offsets[last][1], span.type))
            begins_inside = span.start > 0 and unit_of_row[span.start - 1] == first
            ends_inside = span.end < len(rows) and unit_of_row[span.end] == last
            if begins_inside or ends_inside:
                report.lose(WIDENED_ENTITIES, f"{name}:{rows[span.start].line}")
    return report.each_once(entities, f"{name}:{units[0].line}" if units else name)
