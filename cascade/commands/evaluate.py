"""The command `evaluate`: two files of documents in, a report out."""

from __future__ import annotations

import argparse
import json
import os
import stat
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from cascade.commands.column_options import add_column_options, column_options
from cascade.commands.command_parser import command_parser
from cascade.commands.exit_status import exit_status
from cascade.commands.looking_ahead import share_read
from cascade.commands.option_types import whole_number
from cascade.commands.progress import Progress, watched
from cascade.document import Document
from cascade.errors import FormatError, ScoringError
from cascade.pipeline.type_words import type_words
from cascade.scoring.bootstrap import RESAMPLES, SEED, check_options
from cascade.scoring.other_offsets import other_offsets
from cascade.scoring.report import ScoreReport
from cascade.scoring.scores import first_ids, pair_documents, score
from cascade.scoring.table import score_table
from cascade.scoring.words import WIDENED, WORDLESS, on_words, words_of
from data_formats.format_list import Format
from data_formats.output_files import check_output, open_output
from data_formats.registry import Input, formats, opened
from data_formats.report import Report
from data_formats.text_files import STANDARD_STREAM

UNSURE = "entities marked as unsure, which are not scored"
_PAIRS_SHOWN = 3  # of types, in a warning

_OF_ENTITIES = ("entities", "label_column", "layer")  # options of readers that read entities


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    asked = parser().parse_args(arguments)
    return exit_status(lambda: _evaluate(asked))


def _evaluate(asked: argparse.Namespace) -> None:
    gold_reading, predicted_reading = Report(), Report()
    check_options(resamples=asked.resamples, seed=asked.seed)  # fail before large files are read
    _check_outputs(asked)
    if asked.gold == asked.predicted == STANDARD_STREAM or _stream(asked.gold) == _stream(asked.predicted) is not None:
        names = " and ".join(dict.fromkeys(map(repr, (asked.gold, asked.predicted))))
        raise ScoringError(
            f"GOLD and PREDICTED are both {names}, which can be read once; expected a file for one of them"
        )
    columns = bool(column_options(asked))
    gold_input = opened(asked.gold, asked.gold_format, columns=columns, format_option="--gold-format")
    predicted_input = opened(
        asked.predicted,
        asked.predicted_format,
        columns=columns or asked.predicted_label_column is not None,
        format_option="--predicted-format",
    )
    options = _options(asked, gold_input.format, predicted_input.format)
    gold = list(_sure(_watched(gold_input, options, gold_reading, asked), gold_reading))
    if not gold:
        raise ScoringError(f"{asked.gold}: no documents; expected the gold documents to score against")
    if not any(document.entities for document in gold):
        _check_empty(gold_input.format, asked)
    if asked.predicted_label_column is not None:
        options |= {"label_column": asked.predicted_label_column}
    predicted = list(_sure(_watched(predicted_input, options, predicted_reading, asked), predicted_reading))
    if asked.by_words:
        pair_documents(gold, predicted)  # raises an error where texts differ, whose words would too
        words = {document.id: words_of(document) for document in gold}
        gold = list(_on_words(gold, words, gold_reading))
        predicted = list(_on_words(predicted, words, predicted_reading))
    report = score(
        gold, predicted, resamples=asked.resamples, seed=asked.seed, ignore_case_of_types=asked.ignore_case_of_types
    )
    if not asked.quiet:
        if hint := other_offsets(pair_documents(gold, predicted)):
            print(f"warning: {asked.predicted}: offsets seem to be {hint}", file=sys.stderr)
        _warn(report, {asked.gold: gold_reading, asked.predicted: predicted_reading})
    if asked.json is not None:
        not_read = {"gold": dict(gold_reading.losses), "predicted": dict(predicted_reading.losses)}
        _write(json.dumps({**report.to_json(), "not_read": not_read}, ensure_ascii=False, indent=2), asked.json)
    if asked.html is not None:
        from cascade.scoring.report_page import report_html  # only where it is asked for

        page = report_html(
            report,
            gold,
            predicted,
            ignore_case_of_types=asked.ignore_case_of_types,
            names=(asked.gold, asked.predicted),
        )
        _write(page, asked.html)
    _write(score_table(report), STANDARD_STREAM)


def _watched(
    given: Input, options: Mapping[str, str], reading: Report, asked: argparse.Namespace
) -> Iterator[Document]:
    """The documents of a file, with a bar on a terminal while they are read."""
    progress = Progress(enabled=watched(quiet=asked.quiet), share=lambda: share_read([given]))
    return progress.over(given.documents(given.format.taken(options), report=reading))


def _sure(documents: Iterable[Document], reading: Report) -> Iterator[Document]:
    """The documents without the entities that are marked as unsure, which are counted."""
    for document in documents:
        sure = [entity for entity in document.entities if not entity.unsure]
        left_out = len(document.entities) - len(sure)
        reading.lose(UNSURE, document.id, left_out)
        yield document.with_entities(sure, document.adapters) if left_out else document


def _on_words(
    documents: Iterable[Document], words: Mapping[str, Sequence[tuple[int, int]]], reading: Report
) -> Iterator[Document]:
    """The documents with entities of whole words of the gold documents, by id; what that changes is counted."""
    for document in documents:
        changed = on_words(document, words.get(document.id) or words_of(document))
        reading.lose(WIDENED, document.id, changed.widened)
        reading.lose(WORDLESS, document.id, changed.wordless)
        yield changed.document


def _check_empty(gold: Format, asked: argparse.Namespace) -> None:
    """Warns of gold documents without any entity; raises ScoringError where their format was read as texts alone."""
    if not set(_OF_ENTITIES) & set(gold.read_options):
        raise ScoringError(
            f"{asked.gold}: no document has an entity, as the file was read as {gold.name}; expected gold entities to "
            "score against: name the format that holds them with --gold-format"
        )
    if not asked.quiet:
        print(
            f"warning: {asked.gold}: no gold document has an entity, so every predicted entity counts as wrong",
            file=sys.stderr,
        )


def _stream(path: str) -> tuple[int, int] | None:
    """A key of the pipe or device that a path names; None for files, which can be read again, and for missing paths."""
    try:
        there = os.fstat(0) if path == STANDARD_STREAM else os.stat(path)
    except OSError:
        return None
    return None if stat.S_ISREG(there.st_mode) or stat.S_ISDIR(there.st_mode) else (there.st_dev, there.st_ino)


def _options(asked: argparse.Namespace, gold: Format, predicted: Format) -> dict[str, str]:
    """The options for column files; raises FormatError if any are given and neither file has columns."""
    options = column_options(asked)
    if asked.predicted_label_column is not None and not predicted.has_columns:
        raise FormatError(
            f"--predicted-label-column: for files of columns, and {asked.predicted} is {predicted.name}; leave it out"
        )
    if "label_names" in options and not any("label_names" in each.read_options for each in (gold, predicted)):
        raise FormatError(
            f"--label-names: for lists of tokens, and neither {asked.gold} ({gold.name}) nor {asked.predicted} "
            f"({predicted.name}) has such; leave it out"
        )
    if options and not gold.has_columns and not predicted.has_columns:
        files = f"{asked.gold} ({gold.name}) nor {asked.predicted} ({predicted.name})"
        given = ", ".join(f"--{name.replace('_', '-')}" for name in options)
        raise FormatError(
            f"{given}: for files of columns, and neither {files} is one; leave "
            f"{'it' if len(options) == 1 else 'them'} out"
        )
    return options


def _warn(report: ScoreReport, readings: dict[str, Report]) -> None:
    """Warns on standard error of what the scores leave out or count silently."""
    for path, reading in readings.items():
        for line in reading.lines():
            print(f"warning: {path}: not read, or changed in reading: {line}", file=sys.stderr)
    if report.missing:
        print(
            f"warning: gold documents without a prediction ({len(report.missing):,}): {first_ids(report.missing)}",
            file=sys.stderr,
        )
    for key, told, remedy in (
        (str.casefold, "that differ in capital letters alone", "--ignore-case-of-types compares them as equal"),
        (type_words, "of the same words, spelled otherwise,", "rename those of one file"),
    ):
        if alike := _alike(report, key):
            shown = ", ".join(f"{gold!r} and {predicted!r}" for gold, predicted in alike[:_PAIRS_SHOWN])
            more = ", ..." if len(alike) > _PAIRS_SHOWN else ""
            print(
                f"warning: types {told} count as different ({len(alike):,}): {shown}{more}; {remedy}", file=sys.stderr
            )


def _alike(report: ScoreReport, key: Callable[[str], str]) -> list[tuple[str, str]]:
    """Types of the two files that have the same key, the gold one first; not two that both files have.

    Those that are the same but for capital letters are alike by that key alone.
    """
    predicted: dict[str, list[str]] = defaultdict(list)
    for name, counts in report.types.items():
        if counts.predicted:
            predicted[key(name)].append(name)
    of_both = {name for name, counts in report.types.items() if counts.gold and counts.predicted}
    pairs = ((name, other) for name, counts in report.types.items() if counts.gold for other in predicted[key(name)])
    return [
        (name, other)
        for name, other in pairs
        if name != other
        and not {name, other} <= of_both
        and (key is str.casefold or name.casefold() != other.casefold())
    ]


def _check_outputs(asked: argparse.Namespace) -> None:
    """Raises an error if a report cannot be written, or would replace a file that is read or the other report."""
    taken = {os.path.realpath(path): name for name, path in (("GOLD", asked.gold), ("PREDICTED", asked.predicted))}
    for option, path in (("--json", asked.json), ("--html", asked.html)):
        if path is None:
            continue
        check_output(path)
        place = os.path.realpath(path)
        if path == STANDARD_STREAM or (os.path.exists(path) and not os.path.isfile(path)):
            continue  # several may share a stream or a device
        if place in taken:
            raise ScoringError(f"{option} {path}: is {taken[place]} too; expected another file")
        taken[place] = option


def _write(text: str, path: str) -> None:
    with open_output(path) as stream:
        stream.write(text + "\n")


def parser() -> argparse.ArgumentParser:
    """The parser of the command."""
    names = ", ".join(each.name for each in formats() if each.read)
    parser = command_parser(
        "evaluate.py",
        description="Scores predicted entities against gold ones. Documents are paired by id; a missing document "
        "counts as all its entities missed.",
        epilog=f"formats: {names}; left out, the format is found from a file's first lines and name",
    )
    parser.add_argument("gold", metavar="GOLD", help="file of documents with the right entities")
    parser.add_argument("predicted", metavar="PREDICTED", help="file of documents with predicted entities")
    parser.add_argument("--json", metavar="REPORT", help="also write the report as JSON, measures as fractions")
    parser.add_argument(
        "--html",
        metavar="PAGE",
        help="also write the report as a page to look at, with the worst mistakes in their texts",
    )
    parser.add_argument("--gold-format", metavar="FORMAT", help="format of GOLD")
    parser.add_argument("--predicted-format", metavar="FORMAT", help="format of PREDICTED")
    parser.add_argument("--quiet", action="store_true", help="no progress and no warnings; errors are still told")
    parser.add_argument(
        "--ignore-case-of-types", action="store_true", help="compare types in case-folded form: LOC equals loc"
    )
    parser.add_argument(
        "--by-words",
        action="store_true",
        help="compare entities as spans of words, as GLiNER's evaluation does: the tokens of GOLD, or else GLiNER's",
    )
    parser.add_argument(
        "--resamples",
        type=whole_number,
        default=RESAMPLES,
        metavar="N",
        help="bootstrap resamples of the 95 %% intervals; 0 leaves them out (default: %(default)s)",
    )
    parser.add_argument(
        "--seed", type=whole_number, default=SEED, metavar="N", help="seed of the bootstrap (default: %(default)s)"
    )
    columns = add_column_options(parser, "columns (conll, conllu, indexed), where GOLD or PREDICTED are in such")
    columns.add_argument(
        "--predicted-label-column",
        metavar="N",
        help="column of the labels in PREDICTED, if it is another one; GOLD and PREDICTED may then be one file",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
