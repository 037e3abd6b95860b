"""The command `fuse`: several files of what was found in the same texts in, one file of what they find together out."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence

from cascade.commands.command_parser import command_parser
from cascade.commands.exit_status import exit_status
from cascade.commands.looking_ahead import share_read
from cascade.commands.option_types import positive, probability
from cascade.commands.output_options import check_destination, chosen_format, ending_note, refuse_overwriting
from cascade.commands.progress import Progress, watched
from cascade.document import Document
from cascade.errors import DocumentError
from data_formats.registry import opened, write
from data_formats.report import Report

OVERLAPPING = "entities that overlap a better one, and are left out (--nested keeps some)"
UNSURE = "entities marked as unsure, which have no vote"
CROSSING = "entities that cross a better one, and are left out"


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    asked = parser().parse_args(arguments)
    return exit_status(lambda: _fuse(asked))


def _fuse(asked: argparse.Namespace) -> None:
    from cascade.document.fusion import check_way  # only where it is asked for

    check_destination(asked.output, asked.output_format)
    if note := ending_note(asked.output, asked.output_format):
        print(note, file=sys.stderr)
    if len(asked.found) < 2:
        raise DocumentError(f"{asked.found[0]}: one file is given; expected two or more files of one set of documents")
    if len(set(map(os.path.realpath, asked.found))) < len(asked.found):
        raise DocumentError(f"{', '.join(asked.found)}: a file is named twice, and would count twice; name it once")
    check_way(asked.by, len(asked.found), at_least=asked.at_least, lowest=asked.min_score)
    refuse_overwriting([asked.output], asked.found)
    readings = [_by_id(path, asked.input_format) for path in asked.found]
    _check_same_ids(asked.found, readings)
    for name, *others in _in_other_letters(readings):
        print(
            f"note: types that differ in capital letters alone are not fused: {name!r}, {others[0]!r}", file=sys.stderr
        )
    overlapping = Report()
    together = (fused_as_asked([each[name] for each in readings], asked, overlapping) for name in readings[0])
    fusing = Progress(enabled=watched(), total=lambda: len(readings[0])).over(together)
    report = write(fusing, asked.output, chosen_format(asked.output, asked.output_format).name)
    before = [sum(len(document.entities) for document in reading.values()) for reading in readings]
    counts = ", ".join(f"{path}: {count:,}" for path, count in zip(asked.found, before, strict=True))
    print(f"wrote {report.documents:,} documents with {report.entities:,} entities, of {counts}", file=sys.stderr)
    for line in (*overlapping.lines(), *(f"not carried, or changed: {each}" for each in report.lines())):
        print(line, file=sys.stderr)


def _in_other_letters(readings: Sequence[Mapping[str, Document]]) -> list[list[str]]:
    """Types that are the same in other letters, together."""
    alike: dict[str, set[str]] = {}
    for reading in readings:
        for document in reading.values():
            for entity in document.entities:
                alike.setdefault(entity.type.casefold(), set()).add(entity.type)
    return [sorted(names) for _, names in sorted(alike.items()) if len(names) > 1]


def fused_as_asked(readings: Sequence[Document], asked: argparse.Namespace, overlapping: Report) -> Document:
    """The readings of one text as the options of `add_fusing_options` ask; what that leaves out is counted."""
    from cascade.document.fusion import fusion  # only where it is asked for

    unsure = sum(entity.unsure for reading in readings for entity in reading.entities)
    overlapping.lose(UNSURE, readings[0].id, unsure)
    made = fusion(readings, asked.by, at_least=asked.at_least, lowest=asked.min_score, nested=asked.nested)
    overlapping.lose(CROSSING if asked.nested else OVERLAPPING, made.document.id, made.left_out)
    return made.document


def _by_id(path: str, format: str | None) -> dict[str, Document]:
    report = Report()
    given = opened(path, format)
    progress = Progress(enabled=watched(), share=lambda: share_read([given]))
    documents = {document.id: document for document in progress.over(given.documents({}, report=report))}
    for line in report.lines():
        print(f"note: reading {path}: {line}", file=sys.stderr)
    return documents


def _check_same_ids(paths: Sequence[str], readings: Sequence[dict[str, Document]]) -> None:
    """Raises DocumentError if some file lacks a document of another."""
    for path, reading in zip(paths[1:], readings[1:], strict=True):
        first = (paths[0], readings[0])
        for (here, own), (there, others) in (((path, reading), first), (first, (path, reading))):
            if missing := [name for name in others if name not in own]:
                raise DocumentError(
                    f"{here}: has no document {missing[0]!r}, which {there} has ({len(missing)} such); expected the "
                    "same documents in all files"
                )


def parser() -> argparse.ArgumentParser:
    """The parser of the command."""
    made = command_parser(
        "cascade-ner fuse",
        description="Fuses what was found in the same documents several times, such as by other adapters or bases or "
        "with other names of types. Documents are paired by id; the entities of the result do not overlap, unless with "
        "--nested.",
    )
    made.add_argument("found", metavar="FOUND", nargs="+", help="files of found entities, in any format that is read")
    made.add_argument("-o", "--output", metavar="OUT", required=True, help="file to write, as its name ends")
    made.add_argument(
        "--to", dest="output_format", metavar="FORMAT", help="format of OUT (default: as its name ends, or JSON lines)"
    )
    add_fusing_options(made, "files")
    made.add_argument("--from", dest="input_format", metavar="FORMAT", help="format of all FOUND")
    return made


def add_fusing_options(parser: argparse.ArgumentParser, what: str) -> None:
    """Adds the options that say how `what` is fused: --by, --nested, --at-least and --min-score."""
    from cascade.document.fusion import LOWEST, WAYS  # only where it is asked for

    parser.add_argument(
        "--by",
        choices=WAYS,
        default="union",
        help="union: what any has, of overlapping entities the longest; majority: what more than half have; mean, max: "
        "what is likely enough by the mean or the highest of its scores (default: %(default)s)",
    )
    parser.add_argument(
        "--nested",
        action="store_true",
        help="keep entities in others and several types of a span (default: of entities that overlap, one)",
    )
    parser.add_argument("--at-least", metavar="N", type=positive, help=f"{what} that must agree, with --by majority")
    parser.add_argument(
        "--min-score",
        metavar="P",
        type=probability,
        help=f"lowest score with --by mean and max (default: {LOWEST})",
    )


if __name__ == "__main__":
    sys.exit(main())
