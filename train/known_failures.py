"""Writes into the shipped cards what the pairs for all languages are known to do wrong, as far as they still do:
`python -m train.known_failures`.

The failures and the texts that show them are in `known_failures.yaml`. The pair that is for what a failure asks for
reads its texts; a failure that it has outgrown is left out of its cards.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cascade.adapters.card import STAGES, AdapterShelf, read_adapter, shipped_adapters
from cascade.adapters.retrieval import Retriever
from cascade.commands.exit_status import exit_status
from cascade.errors import CascadeError, shown
from cascade.text.type_spelling import spelled

if TYPE_CHECKING:
    from cascade.pipeline.facade import Cascade

FAILURES = Path(__file__).resolve().parent / "known_failures.yaml"
PAIRS = ("multilingual", "any_type")
NONE = "-"  # in place of a type: what must not be found
_MARKED = re.compile(r"\[([^\]]+)\]\(([^)]+)\)")
_LEAST_TYPED = 3  # entities found, below which nothing is said of their types

Mark = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Failure:
    """A kind of failure: the sentence that tells it, the types that are asked for, and texts with their marks."""

    sentence: str
    types: Sequence[str]
    texts: Sequence[tuple[str, Sequence[Mark]]]


@dataclass(frozen=True, slots=True)
class Tried:
    """What a pair did with the texts of a failure: marked entities, those missed, found, and found with another type.

    wrongly_found: of what must not be found.
    """

    marked: int
    missed: int
    mistyped: int
    wrongly_found: int
    forbidden: int


def unmarked(text: str) -> tuple[str, list[Mark]]:
    """A text without its marks, and the begin, end and type of each."""
    marks: list[Mark] = []
    plain, last = "", 0
    for match in _MARKED.finditer(text):
        plain += text[last : match.start()]
        marks.append((len(plain), len(plain) + len(match[1]), match[2]))
        plain += match[1]
        last = match.end()
    return plain + text[last:], marks


def read_failures(file: Path = FAILURES) -> list[Failure]:
    """The failures of a file; raises CascadeError for one without texts or with marks of types that are not asked."""
    import yaml

    found = []
    for entry in yaml.safe_load(file.read_text(encoding="utf-8")):
        texts = [unmarked(text) for text in entry["texts"]]
        types = {kind for _, marks in texts for _, _, kind in marks}
        if not texts or not types <= {*entry["types"], NONE}:
            raise CascadeError(
                f"{file}: {shown(entry['failure'])} marks {sorted(types)}; expected types that it asks for"
            )
        found.append(Failure(entry["failure"], entry["types"], texts))
    return found


def tried(failure: Failure, ner: Cascade) -> Tried:
    """What the pair that `ner` reads with does with the texts of a failure."""
    documents = ner([text for text, _ in failure.texts], list(failure.types))
    marked = missed = mistyped = wrongly = forbidden = 0
    for (_, marks), document in zip(failure.texts, documents, strict=True):
        found = {(entity.start, entity.end): entity.type for entity in document.entities}
        for start, end, kind in marks:
            if kind == NONE:
                forbidden += 1
                wrongly += (start, end) in found
                continue
            marked += 1
            missed += (start, end) not in found
            mistyped += found.get((start, end), kind) != kind
    return Tried(marked, missed, mistyped, wrongly, forbidden)


def sentences(failure: Failure, result: Tried) -> Iterator[tuple[str, str]]:
    """The stage and the sentence for each card that is to tell the failure, with what was counted."""
    sentence = failure.sentence.removesuffix(".")
    if result.marked and 2 * result.missed >= result.marked:
        yield "extractor", f"{sentence} ({result.missed} of {result.marked} missed in made-up texts)."
    typed = result.marked - result.missed
    if typed >= _LEAST_TYPED and 2 * result.mistyped >= typed:
        yield "classifier", f"{sentence} (another type for {result.mistyped} of {typed} found in made-up texts)."
    if result.forbidden and 2 * result.wrongly_found >= result.forbidden:
        yield "classifier", f"{sentence} ({result.wrongly_found} of {result.forbidden} wrongly found in made-up texts)."


def write_failures(told: Mapping[str, Sequence[str]], pair: Path) -> None:
    """Writes the sentences of each stage into its card in the folder of a pair."""
    for stage in STAGES:
        folder = pair / stage
        replace(read_adapter(folder).card, known_failures=list(told.get(stage, ()))).write(folder)


def pairs_of(failures: Sequence[Failure], shelf: AdapterShelf) -> dict[str, list[Failure]]:
    """The failures by the pair for all languages that reads what they ask for; every such pair is there."""
    retriever = Retriever(shelf)
    found: dict[str, list[Failure]] = {pair: [] for pair in PAIRS}
    for failure in failures:
        names = [spelled(name) for name in failure.types]
        found[retriever.for_types(names).named(None)[0].name.partition("/")[0]].append(failure)
    return found


def arguments() -> argparse.ArgumentParser:
    """The command's arguments: none but `--help`."""
    return argparse.ArgumentParser(
        prog="python -m train.known_failures", description=(__doc__ or "").partition("\n\n")[0]
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    arguments().parse_args(argv)

    def run() -> None:
        from cascade.pipeline.facade import Cascade

        failures = read_failures()
        for pair, group in pairs_of(failures, AdapterShelf(shipped_adapters())).items():
            ner: Any = Cascade.load(device="cpu", pair=pair)
            told: dict[str, list[str]] = {}
            for failure in group:
                for stage, sentence in sentences(failure, tried(failure, ner)):
                    told.setdefault(stage, []).append(sentence)
                    print(f"{pair}/{stage}: {sentence}", flush=True)
            write_failures(told, shipped_adapters() / pair)

    return exit_status(run)


if __name__ == "__main__":
    sys.exit(main())
