"""The options of the command `infer`."""

from __future__ import annotations

import argparse
from typing import Any

from cascade.commands.command_parser import command_parser
from cascade.commands.input_options import add_input_options
from cascade.commands.job_options import add_job_options, add_ray_options
from cascade.commands.model_options import add_model_options
from cascade.commands.option_types import named_path, number, positive, probability
from cascade.commands.protocol_options import add_protocol_options
from cascade.pipeline.min_score import MIN_SCORE
from data_formats.registry import formats
from data_formats.text_files import STANDARD_STREAM

CALL_OPTIONS = ("top_k", "unsure_from", "multi_label", "verify_below", "depth")  # of a call, by its own names


def call_options(asked: argparse.Namespace) -> dict[str, Any]:
    """What the options are to `Cascade.stream`, wherever it is called."""
    return {name: getattr(asked, name) for name in CALL_OPTIONS}


def infer_parser() -> argparse.ArgumentParser:
    """The parser of the command."""
    names = ", ".join(each.name for each in formats() if each.read)
    parser = command_parser(
        "infer.py",
        description="Finds named entities and types them. Writes one JSON object a document, with exact character "
        "offsets.",
        epilog=f"formats: {names}; left out, the format is found from the file's first lines and name. "
        "Types are person, organization and location unless named.",
    )
    parser.add_argument(
        "input",
        metavar="INPUT",
        nargs="+",
        help="files of documents or plain text with a document a line, folders, patterns in quotes such as 'a/*.txt', "
        "or - for standard input",
    )
    whole = "put in place when complete, until then OUT.partial"
    parser.add_argument(
        "-o",
        "--output",
        metavar="OUT",
        default=STANDARD_STREAM,
        help=f"file to write, {whole}: JSON lines, or as its name ends: .html is a page to look at, .csv a row for "
        "each entity, .parquet; .gz and the like compress it (default: JSON lines on standard output)",
    )
    parser.add_argument(
        "--to",
        dest="output_format",
        metavar="FORMAT",
        help="format of OUT, such as conll, conllu, spacy, spans-csv or label-studio (default: as its name ends)",
    )
    parser.add_argument(
        "--show",
        action="store_true",
        help="show the texts with their entities, coloured on terminals; without -o, in place of JSON lines",
    )
    parser.add_argument("--types", metavar="a,b,c", help="types to look for, such as person,company,product")
    parser.add_argument(
        "--taxonomy",
        metavar="FILE",
        type=named_path,
        help="types from a file: names a line, a JSON list, nested JSON or CascadeNER's levels",
    )
    parser.add_argument(
        "--flat",
        action="store_true",
        help="ask for all leaves of the taxonomy at once, which is faster, instead of going down its levels",
    )
    parser.add_argument(
        "--language",
        metavar="xx",
        help="language of documents that name none, such as de or German (default: found from the text)",
    )
    add_model_options(parser, old_names=True)
    parser.add_argument(
        "--paragraphs",
        action="store_true",
        help="these are sentences of running text of one language, in order: read neighbours together",
    )
    parser.add_argument(
        "--demonstrations",
        metavar="FILE",
        help="labelled documents to show examples of, for adapters that were trained with such",
    )
    parser.add_argument("--from", dest="input_format", metavar="FORMAT", help="format of INPUT")
    add_input_options(parser)
    add_job_options(parser)
    add_ray_options(parser)
    parser.add_argument(
        "--min-score",
        metavar="P",
        type=number,
        help=f"leave out entities less likely than P (default: {MIN_SCORE})",
    )
    parser.add_argument(
        "--thresholds",
        metavar="FILE",
        type=named_path,
        help="lowest score of each type, as python -m train.thresholds writes them, or `stored` for those in the "
        "classifier's card; --min-score is for the others",
    )
    parser.add_argument(
        "--unsure-from",
        metavar="P",
        type=probability,
        help="keep less likely entities too, down to P, and mark them as unsure",
    )
    parser.add_argument(
        "--top-k",
        metavar="N",
        type=positive,
        help="list each entity's N likeliest types with their scores, as alternatives",
    )
    parser.add_argument(
        "--multi-label",
        action="store_true",
        help="ask for each type alone, so that a span may get several; the time grows with the number of types",
    )
    parser.add_argument(
        "--verify-below",
        metavar="P",
        type=probability,
        help="keep an entity less likely than P only if its type, asked for alone, is likelier than none",
    )
    parser.add_argument(
        "--depth",
        metavar="N",
        type=positive,
        default=1,
        help="find entities within others too, in N layers, for adapters that were trained with --depth (default: 1)",
    )
    parser.add_argument("--quiet", action="store_true", help="no progress and no notes; errors are still told")
    parser.add_argument("--timing", action="store_true", help="say how long loading and reading took")
    add_protocol_options(parser)
    return parser
