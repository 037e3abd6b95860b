"""Reads files as tools wrote them, each alone: `python -m benchmarks.real_files FORMAT=PATTERN ... --json FILE`.

PATTERN names files, or folders for a format of several files, with `**` for any folder. For each format: how many were
read and refused, their documents and entities, what was left out by kind, and whether all of it is there again after it
was written in the same format and read once more.
"""

from __future__ import annotations

import argparse
import glob
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from cascade import CascadeError, Document
from cascade.commands.exit_status import exit_status
from cascade.whole_files import write_whole
from data_formats import Report, read, write

Found = list[tuple[str, list[tuple[int, int, str]]]]


@dataclass(slots=True)
class Counts:
    """What was read of the files of one format, and what came back of it."""

    files: int = 0
    documents: int = 0
    entities: int = 0
    left_out: dict[str, int] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    same_again: int = 0
    other_again: dict[str, str] = field(default_factory=dict)


def counted(format_name: str, files: Sequence[str]) -> Counts:
    """Reads each file, writes what it holds, and reads that."""
    counts = Counts(files=len(files))
    for file in files:
        report = Report()
        try:
            documents = list(read(file, format_name, report=report))
        except CascadeError as error:
            counts.refused[file] = str(error)
            continue
        counts.documents += len(documents)
        counts.entities += sum(len(document.entities) for document in documents)
        for kind, count in report.losses.items():
            counts.left_out[kind] = counts.left_out.get(kind, 0) + count
        difference = _difference(documents, format_name, Path(file).suffix)
        if difference is None:
            counts.same_again += 1
        else:
            counts.other_again[file] = difference
    return counts


def _difference(documents: list[Document], format_name: str, suffix: str) -> str | None:
    """What is not the same, or was counted, after a way through the format; None for no difference."""
    report = Report()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / f"again{suffix}"
        try:
            write(documents, place, format_name, report=report)
            again = list(read(place, format_name))
        except CascadeError as error:
            return str(error)
    if _found(again) == _found(documents):
        return None
    return "; ".join(f"{kind}: {count}" for kind, count in report.losses.items()) or "differs, and nothing was counted"


def _found(documents: Sequence[Document]) -> Found:
    return [
        (document.text, sorted((entity.start, entity.end, entity.type) for entity in document.entities))
        for document in documents
    ]


def table(found: dict[str, Counts]) -> str:
    """A row a format, and below it why files were refused, what was left out, and what came back otherwise."""
    lines = [f"{'':<16}{'files':>7}{'read':>7}{'documents':>11}{'entities':>10}{'left out':>10}{'same again':>12}"]
    for name, each in found.items():
        was_read = each.files - len(each.refused)
        lines.append(
            f"{name:<16}{each.files:>7}{was_read:>7}{each.documents:>11,}{each.entities:>10,}"
            f"{sum(each.left_out.values()):>10,}{each.same_again:>12}"
        )
        lines += [f"  left out: {kind}: {count:,}" for kind, count in sorted(each.left_out.items())]
        lines += [f"  refused: {why}" for why in each.refused.values()]
        lines += [f"  again: {file}: {what}" for file, what in each.other_again.items()]
    return "\n".join(lines)


def arguments() -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.real_files", description=__doc__)
    parser.add_argument("files", nargs="+", metavar="FORMAT=PATTERN", help="a format and its files; may be repeated")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the counts to a file too")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    asked = arguments().parse_args(argv)
    return exit_status(lambda: _measure(asked))


def _measure(asked: argparse.Namespace) -> None:
    named: dict[str, list[str]] = {}
    for given in asked.files:
        name, _, pattern = given.partition("=")
        matching = sorted(glob.glob(pattern, recursive=True))
        if not matching:
            raise CascadeError(f"{given!r}: no such files; expected FORMAT=PATTERN, such as brat=corpora/*")
        named.setdefault(name, []).extend(matching)
    found = {name: counted(name, files) for name, files in named.items()}
    print(table(found))
    if asked.json is not None:
        write_whole(asked.json, json.dumps({name: asdict(each) for name, each in found.items()}, indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main())
