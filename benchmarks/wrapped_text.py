"""Compares F1 of documents in one line and hard-wrapped: `python -m benchmarks.wrapped_text --data-root CORPORA`.

Neighbouring dev sentences are joined to documents of many tokens, which are read as one line and with line breaks.
Between words a line break replaces a blank. In scripts without spaces it is inserted where the line is full, even in
the middle of a word. The gold entities move along.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.quality import corpus, own_types, unlabelled
from benchmarks.reading_options import add_reading_options, asked_cascade
from cascade import Cascade, Document
from cascade.commands.exit_status import exit_status
from cascade.commands.option_types import positive
from cascade.scoring.report import Counts
from cascade.scoring.scores import score
from cascade.text.pieces import cut

CORPORA = ("uner_en-ewt", "uner_pt-bosque", "uner_hr-set", "germeval2014", "uner_zh-gsdsimp")
COLUMNS = (40, 60, 80)
UNWRAPPED = "unwrapped"
WITHOUT_SPACES = {"ja", "lo", "km", "my", "th", "zh"}


def arguments() -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.wrapped_text", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--data-root", type=Path, required=True, help="folder of the corpora")
    parser.add_argument(
        "--corpora",
        default=",".join(CORPORA),
        help="folders with dev documents of one language, separated by commas (default: %(default)s)",
    )
    parser.add_argument(
        "--documents", type=positive, default=45, help="most documents of each corpus (default: %(default)s)"
    )
    parser.add_argument(
        "--tokens",
        type=positive,
        default=300,
        help="least number of the base model's tokens in a document (default: %(default)s)",
    )
    parser.add_argument(
        "--columns",
        type=positive,
        nargs="+",
        default=list(COLUMNS),
        help="widths to wrap at, in characters (default: 40 60 80)",
    )
    add_reading_options(parser)
    parser.add_argument("--json", type=Path, help="also write the figures here")
    return parser


def long_documents(
    sentences: Sequence[Document], tokens_of: Callable[[str], int], *, at_least: int
) -> Iterator[Document]:
    """Documents of one line, made of neighbouring sentences with at least `at_least` tokens together.

    What is left at the end is dropped.
    """
    text, entities = "", []
    for sentence in sentences:
        if text and sentence.language not in WITHOUT_SPACES:
            text += " "
        entities += [
            replace(entity, start=entity.start + len(text), end=entity.end + len(text)) for entity in sentence.entities
        ]
        text += " ".join(sentence.text.splitlines())
        if tokens_of(text) >= at_least:
            yield Document(sentence.id, text, sentence.language, tuple(entities))
            text, entities = "", []


def wrapped(document: Document, columns: int) -> Document:
    """The document in lines of at most `columns` characters (or one word); its entities keep their characters."""
    places = list(_line_ends(document.text, columns, inside=document.language in WITHOUT_SPACES))
    if document.language not in WITHOUT_SPACES:
        text = "".join("\n" if place in places else character for place, character in enumerate(document.text))
        return replace(document, text=text)
    text = "".join("\n" + character if place in places else character for place, character in enumerate(document.text))
    entities = [
        replace(
            each,
            start=each.start + sum(place <= each.start for place in places),
            end=each.end + sum(place < each.end for place in places),
        )
        for each in document.entities
    ]
    return replace(document, text=text, entities=tuple(entities))


def _line_ends(text: str, columns: int, *, inside: bool) -> Iterator[int]:
    """The indices of the blanks that end the lines of a text.

    inside: lines may break inside words; the indices are then those of the characters that begin lines.
    """
    if inside:
        yield from range(columns, len(text), columns)
        return
    first, last_blank = 0, -1
    for place, character in enumerate(text):
        if place - first >= columns and last_blank >= first and not (character == " " and place - first == columns):
            yield last_blank
            first = last_blank + 1
        if character == " ":
            last_blank = place


def counts_of(cascade: Cascade, documents: Sequence[Document], types: Sequence[str]) -> Counts:
    """The strict counts of the entities found in the documents."""
    return score(documents, cascade(unlabelled(documents), list(types))).strict


def line(name: str, documents: int, counts: dict[str, Counts]) -> str:
    """A row of the table, F1 in percent; wrapped texts also with the difference to the unwrapped ones."""
    plain = counts[UNWRAPPED].f1
    parts = [
        f"{100 * each.f1:>7.1f} ({100 * (each.f1 - plain):+.2f})" for name, each in counts.items() if name != UNWRAPPED
    ]
    return f"{name:<20}{documents:>10}{counts[UNWRAPPED].gold:>10,}{100 * plain:>11.1f}" + "".join(parts)


def total(rows: Sequence[dict[str, Counts]]) -> dict[str, Counts]:
    """The summed counts of all corpora."""
    return {
        way: Counts(*(sum(getattr(row[way], name) for row in rows) for name in ("tp", "fp", "fn"))) for way in rows[0]
    }


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    return exit_status(lambda: _measure_all(arguments().parse_args(argv)))


def _measure_all(options: argparse.Namespace) -> None:
    cascade = asked_cascade(options)

    def tokens_of(text: str) -> int:
        return sum(len(ids) for ids in cascade.base.tokens.pieces(text, cut(text)))

    print(
        f"{'corpus':<20}{'documents':>10}{'entities':>10}{UNWRAPPED:>11}"
        + "".join(f"{f'{columns} columns':>16}" for columns in options.columns),
        flush=True,
    )
    rows: dict[str, dict[str, Counts]] = {}
    sizes: dict[str, int] = {}
    for name in options.corpora.split(","):
        sentences = corpus(f"{name}/dev", options.data_root)
        documents = list(long_documents(sentences, tokens_of, at_least=options.tokens))[: options.documents]
        types = own_types(sentences)
        ways = {UNWRAPPED: documents} | {
            str(columns): [wrapped(each, columns) for each in documents] for columns in options.columns
        }
        rows[name], sizes[name] = {way: counts_of(cascade, those, types) for way, those in ways.items()}, len(documents)
        print(line(name, len(documents), rows[name]), flush=True)
    rows["total"], sizes["total"] = total(list(rows.values())), sum(sizes.values())
    print(line("total", sizes["total"], rows["total"]), flush=True)
    if options.json is not None:
        figures: dict[str, Any] = {
            name: {
                "documents": sizes[name],
                **{way: counts.to_json() | {"f1": counts.f1} for way, counts in row.items()},
            }
            for name, row in rows.items()
        }
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
