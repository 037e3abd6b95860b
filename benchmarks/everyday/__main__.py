"""Measures accuracy on everyday texts and types: `python -m benchmarks.everyday`.

The texts stand beside this file; each is read with the types that it asks for. The tables show strict precision, recall
and F1 in percent by type, by groups of types, by language and by form, with 95 % bootstrap intervals over texts. The
last line shows in how many of the texts without any of what they ask for something was found.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.everyday.scoring import Result, Row, result
from benchmarks.everyday.texts import LANGUAGES, Text, read_texts
from benchmarks.quality import ends, unlabelled
from benchmarks.reading_options import add_reading_options
from cascade import Cascade, Document
from cascade.commands.exit_status import exit_status
from cascade.errors import CascadeError
from cascade.whole_files import write_whole

FEW = 30  # a type with fewer gold entities is marked: its figures say little
MARK = "*"


def arguments() -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.everyday", description=(__doc__ or "").splitlines()[0])
    add_reading_options(parser)
    parser.add_argument("--pair", help="name of the pair that reads all texts (default: by their language)")
    parser.add_argument(
        "--called",
        default="",
        metavar="TYPE=NAME,...",
        help="other names by which types are asked for, such as person=people,location=place",
    )
    parser.add_argument("--languages", default=",".join(LANGUAGES), help="separated by commas (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="seed of the intervals (default: %(default)s)")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    return parser


def other_names(called: str, texts: Sequence[Text]) -> dict[str, str]:
    """The names that types are asked for by, of `TYPE=NAME,...`.

    Raises CascadeError for anything else, for a type that no text asks for, and for a name that stands beside itself.
    """
    names = {type_: name for type_, _, name in (pair.partition("=") for pair in called.split(",") if pair)}
    known = {type_ for text in texts for type_ in text.types}
    for type_, name in names.items():
        if type_ not in known or not name.strip():
            raise CascadeError(f"--called {type_}={name}: expected TYPE=NAME, with a type that the texts ask for")
        if any(type_ in text.types and name in text.types for text in texts):
            raise CascadeError(f"--called {type_}={name}: texts ask for {name!r} too; expected a name of its own")
    return names


def found_in(cascade: Cascade, texts: Sequence[Text], called: Mapping[str, str] | None = None) -> dict[str, Document]:
    """What is found in each text, by its id; texts that ask for the same types are read together.

    called: other names that types are asked for by; what is found has the texts' own names.
    """
    names = called or {}
    own = {name: type_ for type_, name in names.items()}
    together: dict[tuple[str, ...], list[Document]] = {}
    for text in texts:
        together.setdefault(text.types, []).append(text.gold)
    return {
        answer.id: answer.with_entities(
            replace(entity, type=own.get(entity.type, entity.type)) for entity in answer.entities
        )
        for types, documents in together.items()
        for answer in cascade(unlabelled(documents), [names.get(type_, type_) for type_ in types])
    }


def tables(measured: Result) -> str:
    """The tables, without a newline at the end."""
    parts = [
        ("type", [_line(row, few=row.counts.gold < FEW) for row in measured.types]),
        ("group of types", [_line(row) for row in measured.groups]),
        ("language", [_line(row) for row in measured.languages]),
        ("form", [_line(row) for row in measured.forms]),
        ("", [_line(measured.total)]),
    ]
    lines = [line for name, rows in parts for line in (_head(name), *rows, "")]
    return "\n".join([*lines, *_notes(measured)])


def _head(name: str) -> str:
    return f"{name:<32}{'texts':>7}{'gold':>7}{'precision':>11}{'recall':>8}{'F1':>7}  95 % interval"


def _line(row: Row, *, few: bool = False) -> str:
    counts, interval = row.counts, row.interval
    measures = f"{100 * counts.precision:>11.1f}{100 * counts.recall:>8.1f}{100 * counts.f1:>7.1f}"
    shown = ends(None if interval is None else (interval.low, interval.high))
    return f"{row.name + (f' {MARK}' if few else ''):<32}{row.texts:>7}{counts.gold:>7}{measures}  {shown}".rstrip()


def _notes(measured: Result) -> Iterator[str]:
    yield f"mean F1 over types: {100 * measured.macro_f1:.1f}"
    yield f"{MARK} fewer than {FEW} gold entities"
    share = 100 * measured.wrong / max(measured.empty, 1)
    yield (
        f"texts without anything that they ask for: {measured.empty}; something was found in {measured.wrong} of them "
        f"({share:.1f} %)"
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    return exit_status(lambda: _measure(arguments().parse_args(argv)))


def _measure(options: argparse.Namespace) -> None:
    languages = list(dict.fromkeys(options.languages.split(",")))
    if unknown := [name for name in languages if name not in LANGUAGES]:
        raise CascadeError(f"--languages: {', '.join(unknown)}; expected some of {', '.join(LANGUAGES)}")
    texts = read_texts(languages)
    called = other_names(options.called, texts)
    cascade = Cascade.load(
        options.base,
        adapters=options.adapters,
        pair=options.pair,
        precision=options.precision,
        min_score=options.min_score,
    )
    measured = result(texts, found_in(cascade, texts, called), seed=options.seed)
    print(tables(measured))
    if options.json is not None:
        write_whole(options.json, json.dumps(measured.to_json(), indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    sys.exit(main())
