"""The command `inspect`: one text in, its entities in colours, with the doubts of the stages."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from cascade.commands.asked_types import asked_taxonomy
from cascade.commands.command_parser import command_parser
from cascade.commands.exit_status import exit_status
from cascade.commands.model_options import add_model_options, loaded_cascade
from cascade.commands.option_types import named_path, positive, probability
from cascade.commands.tables import table
from cascade.commands.thread_settings import share_cores
from cascade.document import Document, Entity
from cascade.errors import FormatError
from cascade.pipeline.asked_early import check_language
from cascade.pipeline.loading import named_retriever
from cascade.pipeline.min_score import MIN_SCORE, check_min_score
from data_formats.text_files import STANDARD_STREAM, Source

if TYPE_CHECKING:
    from cascade.pipeline.facade import Cascade

_LIKELY_LANGUAGES = 3  # that are named where the language was found from the text


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    share_cores()
    asked = parser().parse_args(arguments)
    return exit_status(lambda: _inspect(asked))


def parser() -> argparse.ArgumentParser:
    """The parser of the command."""
    made = command_parser(
        "cascade-ner inspect",
        description="Shows the entities of one text in colours, with scores, the next best types, the language and "
        "the adapters that read it. Entities that are too unlikely are shown with a question mark.",
    )
    made.add_argument("text", metavar="TEXT", help="the text in quotes, or - for standard input")
    made.add_argument("--types", metavar="a,b,c", help="types to look for (default: person,organization,location)")
    made.add_argument("--taxonomy", metavar="FILE", type=named_path, help="types from a file, as in cascade-ner infer")
    made.add_argument("--language", metavar="xx", help="language of the text (default: found from it)")
    made.add_argument("--min-score", metavar="P", type=probability, default=MIN_SCORE, help="default: %(default)s")
    made.add_argument(
        "--unsure-from",
        metavar="P",
        type=probability,
        default=0.1,
        help="show less likely entities too, down to P, marked as unsure (default: %(default)s)",
    )
    made.add_argument(
        "--top-k", metavar="N", type=positive, default=3, help="types that are named for each entity (default: 3)"
    )
    add_model_options(made)
    made.add_argument("--json", action="store_true", help="one JSON object in place of colours")
    made.set_defaults(flat=False)  # of a taxonomy
    return made


def _inspect(asked: argparse.Namespace) -> None:
    taxonomy = asked_taxonomy(asked)
    check_min_score(asked.min_score)
    check_language(asked.language)
    text = Source(STANDARD_STREAM).text() if asked.text == STANDARD_STREAM else asked.text
    if not text.strip():
        raise FormatError("the text is empty; expected one such as 'Ada Lovelace lived in London.'")
    if asked.text != STANDARD_STREAM and os.path.isfile(text):
        raise FormatError(
            f"{text!r} is a file; expected a text. To see the entities of the file, write cascade-ner infer "
            f"{text} --show"
        )
    named_retriever(asked.adapters, asked.pair)  # what is wrong with adapters is told before a model is loaded
    ner = loaded_cascade(asked, report=lambda line: None, min_score=asked.min_score)
    document = ner(
        Document("text", text), taxonomy, language=asked.language, top_k=asked.top_k, unsure_from=asked.unsure_from
    )
    languages = {} if document.language else likely_languages(ner, text)
    if asked.json:
        print(json.dumps({**document.to_dict(), "languages": languages}, ensure_ascii=False))
    else:
        show(document, languages)


def likely_languages(ner: Cascade, text: str) -> dict[str, float]:
    """The likeliest languages of a text with their probabilities, best first."""
    found = sorted(ner.retriever.identify(text).items(), key=lambda each: (-each[1], each[0]))
    return {code: round(probability, 4) for code, probability in found[:_LIKELY_LANGUAGES] if probability >= 0.01}


def show(document: Document, languages: Mapping[str, float]) -> None:
    """Prints the text with its entities, a table of them, the language and the adapters."""
    from cascade.document.palette import Palette
    from cascade.document.terminal import takes_colour, terminal_text

    print(terminal_text(document.text, document.entities, Palette(), colour=takes_colour(sys.stdout)), end="\n\n")
    if document.entities:
        rows = [_row(document, entity) for entity in document.entities]
        print(table(("entity", "type", "score", "next best types"), rows, sys.stdout), end="\n\n")
    else:
        print("no entities\n")
    found = ", ".join(f"{code} {probability:.2f}" for code, probability in languages.items())
    print(f"language  {document.language or (f'found from the text: {found}' if found else 'not known')}")
    print(f"read by   {', '.join(document.adapters)}")


def _row(document: Document, entity: Entity) -> list[str]:
    others = [f"{name} {score:.2f}" for name, score in entity.alternatives if name != entity.type]
    shown = "".join(each if each.isprintable() else " " for each in document.text_of(entity))
    score = "" if entity.score is None else f"{entity.score:.2f}"
    return [shown, entity.type, f"{score} ?" if entity.unsure else score, ", ".join(others)]


if __name__ == "__main__":
    sys.exit(main())
