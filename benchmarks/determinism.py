"""How far results depend on what else is read: `python -m benchmarks.determinism --data FILE ...`.

Documents are read together; then shuffled, with 64 read ahead in the place of 256, in batches a quarter as large, and
on one thread. Printed for each: how many entities came and how many went, of how many; the largest difference of a
score; and the share of scores that differ by more than 0.01. With --exact all have to be zero, or the command fails.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cascade import Cascade, CascadeError, Document
from cascade.commands.exit_status import exit_status
from data_formats import read

TYPES = ("person", "organization", "location")
NOTABLE = 0.01  # difference of a score

Place = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs between two readings: entities that only one of them has, and scores of those that both have."""

    entities: int
    came: int
    went: int
    largest: float
    notable: int


def difference(before: Sequence[Document], after: Sequence[Document]) -> Difference:
    """The difference of two readings of the same documents, paired by their ids."""
    other = {document.id: _scores(document) for document in after}
    came = went = notable = entities = 0
    largest = 0.0
    for document in before:
        mine, theirs = _scores(document), other[document.id]
        entities += len(mine)
        came += len(theirs.keys() - mine.keys())
        went += len(mine.keys() - theirs.keys())
        for place in mine.keys() & theirs.keys():
            apart = abs(mine[place] - theirs[place])
            largest, notable = max(largest, apart), notable + (apart > NOTABLE)
    return Difference(entities, came, went, largest, notable)


def _scores(document: Document) -> Mapping[Place, float]:
    return {(each.start, each.end, each.type): each.score or 0.0 for each in document.entities}


def ways(ner: Cascade, documents: Sequence[Document]) -> dict[str, Callable[[], list[Document]]]:
    """Other ways to read the same documents, by name."""
    shuffled = random.Random(1).sample(list(documents), k=len(documents))

    def on_one_thread() -> list[Document]:
        with threads(1):
            return ner(list(documents), TYPES)

    found: dict[str, Callable[[], list[Document]]] = {
        "shuffled": lambda: ner(shuffled, TYPES),
        "64 read ahead": lambda: list(ner.stream(list(documents), TYPES, batch_size=64)),
        "one thread": on_one_thread,
    }
    if not ner.alone:
        smaller = Cascade(ner.base, ner.retriever, batch_tokens=ner.batch_tokens // 4, min_score=ner.min_score)
        found["batches a quarter as large"] = lambda: smaller(list(documents), TYPES)
    return found


@contextmanager
def threads(count: int) -> Iterator[None]:
    """Inside this context, torch computes on so many threads."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def arguments() -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.determinism", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="files in any read format")
    parser.add_argument("--documents", type=int, default=300, help="chosen at random (default: %(default)s)")
    parser.add_argument("--precisions", default="int8,exact", help="separated by commas (default: %(default)s)")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    return exit_status(lambda: _measure(arguments().parse_args(argv)))


def _measure(options: argparse.Namespace) -> None:
    given = [document for file in options.data for document in read(file)]
    chosen = random.Random(2).sample(given, k=min(options.documents, len(given)))
    documents = [Document(str(number), each.text, each.language) for number, each in enumerate(chosen)]
    print("| arithmetic | read | entities | came | went | largest score difference | scores apart by more than 0.01 |")
    print("|---|---|---|---|---|---|---|")
    exact_differs = False
    for name in options.precisions.split(","):
        ner = Cascade.load(device="cpu", exact=name == "exact", precision="auto" if name == "exact" else name)
        together = ner(documents, TYPES)
        for way, reading in ways(ner, documents).items():
            found = difference(together, reading())
            print(
                f"| {name} | {way} | {found.entities:,} | {found.came} | {found.went} | {found.largest:.4f} | "
                f"{found.notable} |",
                flush=True,
            )
            exact_differs |= name == "exact" and bool(found.came or found.went or found.largest)
    if exact_differs:
        raise CascadeError("exact results differ; the table is above")


if __name__ == "__main__":
    sys.exit(main())
