"""Converts a file of documents to another format: `python -m data_formats news.conll news.json`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from data_formats.exit_status import exit_status
from data_formats.labels import REPAIRS, SCHEMES
from data_formats.registry import formats, read, write
from data_formats.report import Report
from data_formats.spacing import JOINS


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the converter; returns its exit status."""
    asked = _parser().parse_args(arguments)
    return exit_status(lambda: _convert(asked))


def _convert(asked: argparse.Namespace) -> None:
    report = Report()
    options = {"scheme": asked.scheme, "repair": asked.repair, "join": asked.join, "label_column": asked.label_column}
    documents = read(asked.input, asked.source_format, report=report, language=asked.language, **options)
    write(documents, asked.output, asked.target_format, report=report)
    print(f"wrote {report.documents:,} documents with {report.entities:,} entities", file=sys.stderr)
    for line in report.lines():
        print(f"not carried: {line}", file=sys.stderr)


def _parser() -> argparse.ArgumentParser:
    listed = "\n".join(f"  {each.name:8} {_direction(each.read, each.write):14} {each.description}" for each in formats())
    parser = argparse.ArgumentParser(
        prog="python -m data_formats",
        description="Converts a file of entity-annotated text to another format.",
        epilog=f"formats:\n{listed}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("input", metavar="IN", help="file to read; - is standard input")
    parser.add_argument("output", metavar="OUT", help="file to write, put in place when complete; - is standard output")
    parser.add_argument("--from", dest="source_format", metavar="FORMAT", help="format of IN; left out, it is found from the first lines and the name")
    parser.add_argument("--to", dest="target_format", metavar="FORMAT", help="format of OUT; left out, it is found from the extension")
    parser.add_argument("--language", metavar="CODE", help="language of documents that have none in IN, such as en")
    columns = parser.add_argument_group("columns (conll, conllu, indexed)")
    columns.add_argument("--scheme", choices=("auto", *SCHEMES), help="what the labels mean; auto finds it from the whole file")
    columns.add_argument("--repair", choices=REPAIRS, help="begin: a label that cannot go on begins an entity; left out, it is an error")
    columns.add_argument("--join", choices=("auto", *JOINS), help="what stands between tokens in the text; auto decides by the tokens' scripts")
    columns.add_argument("--label-column", metavar="N", help="column of the labels from 1, negative from the end, several with commas, or all")
    return parser


def _direction(read: object, write: object) -> str:
    return " and ".join(name for name, can in (("read", read), ("write", write)) if can)


if __name__ == "__main__":
    sys.exit(main())
