"""Converts a file of documents to another format: `python -m data_formats news.conll news.json`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from data_formats.column_options import add_column_options, column_options
from data_formats.exit_status import exit_status
from data_formats.registry import formats, opened, write
from data_formats.report import Report


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the converter; returns its exit status."""
    asked = _parser().parse_args(arguments)
    return exit_status(lambda: _convert(asked))


def _convert(asked: argparse.Namespace) -> None:
    report = Report()
    documents = opened(asked.input, asked.source_format).documents(column_options(asked), report=report, language=asked.language)
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
    parser.add_argument("--language", metavar="CODE", help="language of documents that name none in IN, such as en")
    add_column_options(parser, "columns (conll, conllu, indexed)")
    return parser


def _direction(read: object, write: object) -> str:
    return " and ".join(name for name, can in (("read", read), ("write", write)) if can)


if __name__ == "__main__":
    sys.exit(main())
