"""The command `readings`: texts in, read several times by other adapters, bases or prompts, one result out."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from cascade.commands.asked_types import asked_taxonomy
from cascade.commands.command_parser import command_parser
from cascade.commands.exit_status import exit_status
from cascade.commands.fuse import add_fusing_options, fused_as_asked
from cascade.commands.input_options import add_input_options, opened_inputs, texts_of
from cascade.commands.looking_ahead import nothing_to_read
from cascade.commands.model_options import add_model_options, loaded_cascade
from cascade.commands.output_options import (
    check_destination,
    chosen_format,
    ending_note,
    refuse_input_as_output,
    refuse_overwriting,
)
from cascade.commands.thread_settings import share_cores
from cascade.document import Document
from cascade.errors import DocumentError, TaxonomyError
from cascade.pipeline.several_readings import PROMPTS, Prompt, prompts, reading
from cascade.taxonomy.tree import Taxonomy
from data_formats.registry import write
from data_formats.report import Report


class Reader(NamedTuple):
    """What reads: a base model, a folder of adapters and a pair, each None for the default; name: in messages."""

    name: str
    base: str | None
    adapters: str | Path | None
    pair: str | None


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    share_cores()
    asked = parser().parse_intermixed_args(arguments)
    return exit_status(lambda: _run(asked), interrupted="interrupted; no output file was written")


def _run(asked: argparse.Namespace) -> None:
    from cascade.document.fusion import check_way, lowest_to_read  # only where it is asked for
    from cascade.pipeline.facade import DEFAULT_TYPES
    from cascade.pipeline.loading import named_retriever

    check_destination(asked.output, asked.output_format)
    refuse_overwriting([asked.output], [asked.taxonomy])
    if note := ending_note(asked.output, asked.output_format):
        print(note, file=sys.stderr)
    types = asked_taxonomy(asked) or Taxonomy.flat(DEFAULT_TYPES)
    wanted = prompts(types, asked.prompts.split(","), called_of(asked.called))
    if asked.called and not any(each.kind == "synonyms" for each in wanted):
        raise TaxonomyError(
            f"--called {asked.called!r} is given, and no reading asks by other names; expected synonyms in --prompts, "
            "such as --prompts names,synonyms"
        )
    readers = readers_of(asked)
    count = len(readers) * len(wanted)
    if count < 2:
        raise DocumentError("one reading is asked for; expected two or more, by --prompts, --pairs or --also")
    check_way(asked.by, count, at_least=asked.at_least, lowest=asked.min_score)
    for each in readers:
        named_retriever(each.adapters, each.pair)  # a name that there is not is told before hours of reading
    report = Report()
    inputs = opened_inputs(asked, asked.input_format, report, plain_stdin=True)
    refuse_input_as_output(asked.output, inputs)
    documents = list(chain.from_iterable(texts_of(inputs, asked, report, asked.language)))
    if not documents:
        write((), asked.output, chosen_format(asked.output, asked.output_format).name)
        for line in nothing_to_read(inputs, report, quiet=asked.quiet):
            print(line, file=sys.stderr)
        return
    lowest = lowest_to_read(asked.by, asked.min_score)
    readings = list(_readings(readers, wanted, types, documents, lowest, asked))
    overlapping = Report()
    together = (fused_as_asked(of_text, asked, overlapping) for of_text in zip(*readings, strict=True))
    written = write(together, asked.output, chosen_format(asked.output, asked.output_format).name)
    for line in [
        *report.lines(),
        *overlapping.lines(),
        *(f"not carried, or changed: {each}" for each in written.lines()),
    ]:
        _say(asked, f"note: {line}")
    _say(asked, f"wrote {written.documents:,} documents with {written.entities:,} entities")


def _readings(
    readers: Sequence[Reader],
    wanted: Sequence[Prompt],
    types: Taxonomy,
    documents: Sequence[Document],
    lowest: float | None,
    asked: argparse.Namespace,
) -> Iterator[list[Document]]:
    """Each reading of the documents, with entities from the lowest score (None: that of the adapters); the models of
    one reader are loaded at a time.
    """
    options = {"nested": asked.nested} | ({} if lowest is None else {"min_score": lowest})
    for each in readers:
        own = argparse.Namespace(**{**vars(asked), "base": each.base, "adapters": each.adapters, "pair": each.pair})
        ner = loaded_cascade(own, report=lambda line: _say(asked, line))
        for prompt in wanted:
            found = reading(ner, documents, types, prompt, **options)
            entities = sum(len(document.entities) for document in found)
            _say(asked, f"read by {each.name}, {prompt.kind}: {entities:,} entities")
            yield found


def readers_of(asked: argparse.Namespace) -> list[Reader]:
    """What reads: each of --pairs (or --pair, or the pairs chosen by language), then each of --also.

    Raises DocumentError for what is named twice, or not as BASE=FOLDER.
    """
    pairs = asked.pairs.split(",") if asked.pairs else [asked.pair]
    if asked.pairs and asked.pair:
        raise DocumentError("--pair and --pairs are both given; expected one of them")
    if asked.pairs and not all(each.strip() for each in asked.pairs.split(",")):
        raise DocumentError(f"--pairs {asked.pairs!r}: a name is empty; expected names such as multilingual,de")
    made = [Reader(pair or "the pairs of each language", asked.base, asked.adapters, pair) for pair in pairs]
    for text in asked.also:
        base, sign, folder = text.rpartition("=")
        if not (base and sign and folder):
            raise DocumentError(
                f"--also {text!r}; expected a base model and a folder of adapters for it, such as "
                "qwen2.5-coder-0.5b=runs/qwen"
            )
        made.append(Reader(base, base, folder, None))
    keys = [(each.base, each.adapters and os.path.realpath(each.adapters), each.pair) for each in made]
    for place, key in enumerate(keys):
        if key in keys[:place]:
            raise DocumentError(f"{made[place].name} is named twice, and would count twice; name it once")
    return made


def called_of(text: str | None) -> dict[str, str]:
    """Other names of types, from `person=human being,organization=institution`; raises TaxonomyError for others."""
    made: dict[str, str] = {}
    for part in text.split(",") if text else []:
        name, sign, other = (each.strip() for each in part.partition("="))
        if not (name and sign and other):
            raise TaxonomyError(
                f"--called {text!r}: {part.strip()!r} is no other name of a type; expected such as person=human being"
            )
        made[name] = other
    return made


def _say(asked: argparse.Namespace, line: str) -> None:
    if not asked.quiet:
        print(line, file=sys.stderr)


def parser() -> argparse.ArgumentParser:
    """The parser of the command."""
    made = command_parser(
        "cascade-ner readings",
        description="Reads documents several times, by other adapters or bases or with other names of types, and fuses "
        "what is found. The order of types is no way to read again: results are the same in every order. All documents "
        "are held in memory.",
    )
    made.add_argument("input", metavar="INPUT", nargs="+", help="files of documents or texts, as of infer")
    made.add_argument("-o", "--output", metavar="OUT", required=True, help="file to write, as its name ends")
    made.add_argument("--to", dest="output_format", metavar="FORMAT", help="format of OUT")
    made.add_argument("--from", dest="input_format", metavar="FORMAT", help="format of INPUT")
    made.add_argument("--types", metavar="a,b,c", help="types to look for (default: person,organization,location)")
    made.add_argument("--taxonomy", metavar="FILE", help="types from a file, on one level, or with --flat")
    made.add_argument("--flat", action="store_true", help="ask for all leaves of the taxonomy at once")
    made.add_argument("--language", metavar="xx", help="language of documents that name none")
    again = made.add_argument_group("readings: each pair and base with each prompt")
    again.add_argument(
        "--prompts",
        metavar="a,b",
        default="names",
        help=f"some of {', '.join(PROMPTS)}: types by their names, with capitals, in small letters, by the names of "
        "--called, or each asked for alone (default: %(default)s)",
    )
    again.add_argument("--called", metavar="a=b,c=d", help="other names of types, such as person=human being")
    again.add_argument("--pairs", metavar="a,b", help="pairs of adapters that each read all documents")
    again.add_argument(
        "--also",
        metavar="BASE=FOLDER",
        action="append",
        default=[],
        help="another base model and a folder of adapters for it; may be given several times",
    )
    add_fusing_options(made, "readings")
    add_model_options(made.add_argument_group("models"))
    add_input_options(made)
    made.add_argument("--quiet", action="store_true", help="no notes; errors are still told")
    return made


if __name__ == "__main__":
    sys.exit(main())
