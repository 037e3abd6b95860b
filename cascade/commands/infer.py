"""The command `infer`: texts or a data set in, entities out."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from cascade.commands.exit_status import exit_status
from cascade.commands.input_options import add_input_options, opened_inputs, texts_of
from cascade.commands.lean_imports import unused_left_out
from cascade.commands.notes import notes
from cascade.commands.option_types import named_path, positive, probability
from cascade.commands.progress import Progress, rate_of
from cascade.commands.renamed_options import add_renamed_option
from cascade.commands.resting_collector import collector_at_rest
from cascade.commands.thread_settings import share_cores
from cascade.commands.thresholds_file import asked_min_score
from cascade.demonstrations.examples import kind_of
from cascade.document import Document
from cascade.errors import TaxonomyError
from cascade.pipeline.golden_scores import self_check
from cascade.pipeline.loading import named_retriever, stored_min_score
from cascade.pipeline.min_score import MIN_SCORE
from cascade.pipeline.paragraphs import check_paragraphs
from cascade.taxonomy.parsing import parse_types, read_taxonomy
from cascade.taxonomy.tree import Taxonomy
from data_formats.archives.compression import without_compression
from data_formats.output_files import check_output
from data_formats.registry import formats, read, write
from data_formats.report import Report
from data_formats.text_files import STANDARD_STREAM

OTHER_OUTPUTS = ("html", "spans-csv", "parquet")  # beside JSON lines


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    share_cores()
    asked = _parser().parse_intermixed_args(arguments)
    to_file = asked.output != STANDARD_STREAM
    interrupted = "interrupted; no output file was written" if to_file else "interrupted"
    return exit_status(lambda: _infer(asked), interrupted=interrupted)


def _infer(asked: argparse.Namespace) -> None:
    min_score = asked_min_score(
        asked.min_score, asked.thresholds, lambda: stored_min_score(named_retriever(asked.adapters, asked.pair))
    )
    check_output(asked.output)
    if asked.paragraphs:
        check_paragraphs(alone=asked.exact, demonstrations=asked.demonstrations is not None)
    reading, shown = Report(), Report()
    taxonomy = _taxonomy(asked)
    examples = _examples(asked, shown)
    inputs = opened_inputs(asked, asked.input_format, reading, plain_stdin=True)
    documents = texts_of(inputs, asked, reading, asked.language)  # without the files' own entities
    started = time.monotonic()
    with collector_at_rest(), unused_left_out():
        # torch is loaded only after all arguments were checked
        from cascade.pipeline.facade import Cascade

        cascade = Cascade.load(
            asked.base,
            adapters=asked.adapters,
            pair=asked.pair,
            device=asked.device,
            precision=asked.precision,
            exact=asked.exact,
            min_score=min_score,
            report=_say,
        )
        self_check(cascade, report=_say)
        if examples is not None:
            from cascade.demonstrations.wrapper import with_demonstrations

            cascade = with_demonstrations(cascade, examples)
    loaded = time.monotonic()
    progress = Progress(enabled=sys.stderr.isatty() and asked.output != STANDARD_STREAM and not asked.show)
    found = progress.over(
        document
        # paragraphs do not go on from file to file
        for some in (documents if asked.paragraphs else [chain.from_iterable(documents)])
        for document in cascade.stream(
            some,
            taxonomy,
            paragraphs=asked.paragraphs,
            top_k=asked.top_k,
            unsure_from=asked.unsure_from,
            multi_label=asked.multi_label,
            verify_below=asked.verify_below,
        )
    )
    written = _written(found, asked)
    if asked.timing:
        _say(f"loaded in {loaded - started:.1f} s; {rate_of(written.documents, time.monotonic() - loaded)}")
    for line in notes({"reading": reading, "reading demonstrations": shown, "writing": _told(written, asked)}, cascade):
        _say(line)


def _written(found: Iterable[Document], asked: argparse.Namespace) -> Report:
    """Writes what was found where it was asked for: to the output, to the terminal, or to both."""
    if asked.show and asked.output == STANDARD_STREAM:
        return write(found, STANDARD_STREAM, "terminal")
    return write(_shown(found) if asked.show else found, asked.output, _output_format(asked))


def _output_format(asked: argparse.Namespace) -> str:
    """The format of the output: JSON lines, unless its name ends as one of the others."""
    name = without_compression(asked.output).lower()
    for each in formats():
        if each.name in OTHER_OUTPUTS and name.endswith(each.extensions):
            return each.name
    return "jsonl"


def _told(written: Report, asked: argparse.Namespace) -> Report:
    """What a file of results lacks; what a page or a terminal lacks is not told."""
    return written if _output_format(asked) == "spans-csv" else Report()


def _shown(found: Iterable[Document]) -> Iterator[Document]:
    """The documents, each shown on standard output as it passes."""
    from cascade.document.terminal import Screen

    screen = Screen(sys.stdout)
    for document in found:
        screen.show(document)
        yield document


def _say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


def _taxonomy(asked: argparse.Namespace) -> Taxonomy | None:
    if asked.types is not None and asked.taxonomy is not None:
        raise TaxonomyError("both --types and --taxonomy are given; expected one of them")
    if asked.types is not None:
        return parse_types(asked.types)
    if asked.taxonomy is None:
        if asked.flat:
            raise TaxonomyError("--flat is given without --taxonomy, whose leaves it asks for; expected both")
        return None
    taxonomy = read_taxonomy(asked.taxonomy)
    return taxonomy.flattened() if asked.flat else taxonomy


def _examples(asked: argparse.Namespace, shown: Report) -> list[Document] | None:
    """The labelled documents to take examples from, or None if no examples are asked for.

    Raises DemonstrationError if the adapters were not trained with demonstrations.
    """
    if asked.demonstrations is None:
        return None
    kind_of(named_retriever(asked.adapters, asked.pair).demonstrations)
    return list(read(asked.demonstrations, report=shown))


def _parser() -> argparse.ArgumentParser:
    names = ", ".join(each.name for each in formats() if each.read)
    parser = argparse.ArgumentParser(
        prog="infer.py",
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
    parser.add_argument(
        "--base",
        metavar="NAME",
        help="base model by name, folder or GGUF file, such as qwen2.5-coder-0.5b or Qwen/Qwen2-1.5B-Instruct "
        "(default: the embedded Gemma 3 270M)",
    )
    parser.add_argument(
        "--adapters", metavar="FOLDER", type=named_path, help="folder of adapters (default: the shipped ones)"
    )
    add_renamed_option(
        parser,
        "--pair",
        old="--adapter",
        metavar="NAME",
        help="name of the pair that reads all documents, such as multilingual (default: by language)",
    )
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
    parser.add_argument(
        "--min-score",
        metavar="P",
        type=float,
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
    parser.add_argument("--device", metavar="NAME", help="cpu, cuda, ... (default: a GPU where there is one)")
    parser.add_argument(
        "--precision",
        metavar="NAME",
        default="auto",
        help="int8, bf16, fp32, or the fastest that the device has instructions for (auto)",
    )
    parser.add_argument(
        "--exact",
        action="store_true",
        help="fp32, each text by itself: the same bytes whatever the order, the batch and the neighbours",
    )
    parser.add_argument("--timing", action="store_true", help="say how long loading and reading took")
    return parser
