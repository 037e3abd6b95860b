"""Converts a file of documents to another format: `python -m data_formats news.conll news.json`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from itertools import chain

from cascade.commands.column_options import add_column_options, column_options
from cascade.commands.command_parser import command_parser
from cascade.commands.exit_status import exit_status
from cascade.commands.input_options import add_input_options, input_options, opened_inputs, texts_of
from cascade.commands.looking_ahead import share_read, telling_of_others
from cascade.commands.output_options import refuse_input_as_output
from cascade.commands.progress import Progress, watched
from cascade.commands.tool_options import add_tool_options, tool_options
from cascade.errors import FormatError
from data_formats.registry import formats, write
from data_formats.report import Report
from data_formats.several_inputs import documents_of_all


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the converter; returns its exit status."""
    asked = parser().parse_intermixed_args(arguments)
    return exit_status(lambda: _convert(asked))


def _convert(asked: argparse.Namespace) -> None:
    if not isinstance(asked.output, str):  # what argparse makes of further "--"
        raise FormatError("-- stands more than once among the names; expected files and, last, the output")
    report = Report()
    inputs = opened_inputs(asked, asked.source_format, report, columns=bool(column_options(asked)))
    refuse_input_as_output(asked.output, inputs)
    options: dict[str, str] = column_options(asked) | tool_options(asked)
    if asked.layer is not None:
        options |= {"layer": asked.layer}
    if asked.texts:
        if options:
            names = ", ".join(f"--{name.replace('_', '-')}" for name in options)
            raise FormatError(f"--texts and {names} are given; expected one of them, as --texts reads no labels")
        documents = texts_of(inputs, asked, report, asked.language)
    else:
        own = input_options(asked)
        documents = documents_of_all(
            [
                (
                    each.source.name,
                    each.documents(options | each.format.taken(own), report=report, language=asked.language),
                )
                for each in inputs
            ],
            report,
        )
    every = telling_of_others(documents)
    if asked.characters:
        from data_formats.columns.characters import in_characters

        every = [in_characters(each) for each in every]
    progress = Progress(enabled=watched(quiet=asked.quiet), share=lambda: share_read(inputs))
    write(
        progress.over(chain.from_iterable(every)),
        asked.output,
        asked.target_format,
        report=report,
        keep_tokens=asked.keep_tokens,
    )
    if asked.quiet:
        return
    print(f"wrote {report.documents:,} documents with {report.entities:,} entities", file=sys.stderr)
    for line in report.lines():
        print(f"not carried, or changed: {line}", file=sys.stderr)


def parser() -> argparse.ArgumentParser:
    """The parser of the command."""
    listed = "\n".join(
        f"  {each.name:12} {_direction(each.read, each.write):14} {each.description}" for each in formats()
    )
    parser = command_parser(
        "python -m data_formats",
        as_written=True,
        description="Converts a file of entity-annotated text to another format.",
        epilog=f"formats:\n{listed}",
    )
    parser.add_argument(
        "input",
        metavar="IN",
        nargs="+",
        help="files, folders and patterns in quotes, such as 'news/*.txt', to read; - is standard input",
    )
    whole = "put in place when complete, until then OUT.partial"
    parser.add_argument("output", metavar="OUT", help=f"file or folder to write, {whole}; - is standard output")
    parser.add_argument(
        "--from",
        dest="source_format",
        metavar="FORMAT",
        help="format of IN; left out, it is found from the first lines and the name",
    )
    parser.add_argument(
        "--to", dest="target_format", metavar="FORMAT", help="format of OUT; left out, it is found from the extension"
    )
    parser.add_argument("--language", metavar="CODE", help="language of documents that name none in IN, such as en")
    parser.add_argument("--texts", action="store_true", help="read texts alone, whatever entities are there, or none")
    parser.add_argument(
        "--layer",
        metavar="LAYER",
        help="layer of IN that holds the entities, or LAYER:FEATURE (webanno-tsv, cas-xmi); left out, it is found",
    )
    parser.add_argument("--quiet", action="store_true", help="no progress, no counts; errors are still told")
    columns = add_column_options(parser, "columns (conll, conllu, indexed)")
    columns.add_argument(
        "--keep-tokens",
        action="store_true",
        help="write tokens as they are, without entities that begin or end inside one; left out, tokens are cut there",
    )
    columns.add_argument(
        "--characters", action="store_true", help="write each character as a token, in whatever script, as for Chinese"
    )
    add_input_options(parser)
    add_tool_options(parser, "formats of annotation tools (doccano, label-studio)")
    return parser


def _direction(read: object, write: object) -> str:
    return " and ".join(name for name, can in (("read", read), ("write", write)) if can)


if __name__ == "__main__":
    sys.exit(main())
