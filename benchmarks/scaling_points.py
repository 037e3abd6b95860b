"""The points of the scaling curves: what each one runs, and the number of units that its time is divided by."""

from __future__ import annotations

import argparse
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from benchmarks.scaling_languages import CODES, add_random_languages
from benchmarks.speed import types_of
from benchmarks.speed_runner import ROOT
from cascade import Cascade, CascadeError, Document
from cascade.adapters.card import shipped_adapters
from cascade.text.pieces import cut
from data_formats import write

BASE_TYPES = ("person", "organization", "location", "miscellaneous")
TYPES = (1, 4, 16, 50, 100, 200, 300)
PIECES = (5, 20, 100, 500, 2000, 5000)
ALL_PIECES = 10_000  # pieces of all texts of a point together, so that each point has full batches
ENTITIES = (0, 1, 3, 10, 30)
LANGUAGES = (0, 1, 5, 10, 20)
_NAMES = (
    "Ada Lovelace",
    "Paris",
    "Siemens",
    "Kofi Annan",
    "Lagos",
    "UNESCO",
    "Marie Curie",
    "Lima",
    "Toyota",
    "Frida Kahlo",
)
# A small process stands in between, because a child's peak memory starts at that of its parent.
_WATCH = """
import resource, subprocess, sys
status = subprocess.call(sys.argv[1:])
print("peak", resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(status)
"""
_folders: list[tempfile.TemporaryDirectory[str]] = []  # removed when the process ends


@dataclass(frozen=True, slots=True)
class Result:
    """The seconds of one run, and the peak memory if it had its own process."""

    seconds: float
    peak_mb: float | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Point:
    """One point of a curve; `warm_up` says whether a first run is discarded."""

    x: int
    units: float
    run: Callable[[], Result]
    warm_up: bool = True


Made = tuple[str, str, int, list[Point]]


def _scratch() -> Path:
    _folders.append(tempfile.TemporaryDirectory(prefix="scaling-"))
    return Path(_folders[-1].name)


@cache
def _cascade(adapters: Path | None) -> Cascade:
    return Cascade.load(adapters=adapters)


def timed(ner: Cascade, documents: Sequence[Document], types: Sequence[str]) -> Callable[[], Result]:
    """A run of both stages over the documents; its note says how many entities were found."""

    def run() -> Result:
        started = time.monotonic()
        found = sum(len(document.entities) for document in ner(list(documents), types))
        return Result(time.monotonic() - started, note=f"{found:,} entities")

    return run


def by_types(documents: Sequence[Document], options: argparse.Namespace) -> Made:
    """The same sentences with an increasing number of types."""
    chosen = documents[: options.sentences]
    ner = _cascade(options.adapters)
    return (
        "types",
        "sentence",
        1,
        [Point(number, len(chosen), timed(ner, chosen, types_of(BASE_TYPES, number))) for number in TYPES],
    )


def by_length(documents: Sequence[Document], options: argparse.Namespace) -> Made:
    """The same number of pieces in fewer and longer texts."""
    ner, points = _cascade(options.adapters), []
    pieces = [piece for document in documents for piece in re.findall(r"\S+\s*", document.text + " ")]
    for length in PIECES:
        texts, taken = [], 0
        for number in range(max(1, ALL_PIECES // length)):
            words: list[str] = []
            while sum(map(_piece_count, words)) < length:
                words.append(pieces[taken % len(pieces)])
                taken += 1
            # all texts differ, because equal texts would be read only once
            texts.append(Document(str(number), "".join([*words[:-1], f"{number} "])))
        units = sum(len(cut(document.text)) for document in texts) / 1000
        points.append(Point(length, units, timed(ner, texts, BASE_TYPES)))
    return "pieces a text", "1,000 pieces", 2, points


@cache
def _piece_count(text: str) -> int:
    return len(cut(text))


def by_entities(documents: Sequence[Document], options: argparse.Namespace) -> Made:
    """Sentences of one length with an increasing number of names; the rest are other words."""
    ner, points, source = _cascade(options.adapters), [], random.Random(1)
    words = [word for document in documents for word in document.text.split() if word.isalpha() and word.islower()]
    for count in ENTITIES:
        made = []
        for number in range(options.sentences // 2):
            parts = source.sample(_NAMES, k=min(count, len(_NAMES))) * -(-count // len(_NAMES)) if count else []
            names = sum(len(part.split()) for part in parts[:count])
            filling = source.choices(words, k=max(0, 60 - names - max(0, count - 1)))
            made.append(Document(str(number), f"{', '.join(parts[:count])} {' '.join(filling)}".strip() + "."))
        points.append(Point(count, len(made), timed(ner, made, BASE_TYPES)))
    return "names in a sentence of 60 pieces", "sentence", 1, points


def by_languages(documents: Sequence[Document], options: argparse.Namespace) -> Made:
    """The same sentences, labelled in turn with an increasing number of languages.

    Each language has its own adapters beside the shipped ones: random differences of rank 4.
    """
    folder = _scratch()
    add_random_languages(options.adapters or shipped_adapters(), BASE_TYPES, folder)
    ner, chosen, points = Cascade.load(adapters=folder), documents[: options.sentences], []
    for count in LANGUAGES:
        made = [
            Document(document.id, document.text, CODES[index % count] if count else None)
            for index, document in enumerate(chosen)
        ]
        points.append(Point(count, len(made), timed(ner, made, BASE_TYPES)))
    return "languages with adapters", "sentence", 1, points


def by_documents(documents: Sequence[Document], options: argparse.Namespace) -> Made:
    """The command on files with an increasing number of documents, all different.

    Its time is taken without loading, and its peak memory is measured.
    """
    folder, points = _scratch(), []
    for count in sorted(map(int, options.documents.split(","))):
        file = folder / f"{count}.jsonl"
        made = (
            Document(str(number), f"{document.text} {number}")
            for number, document in ((number, documents[number % len(documents)]) for number in range(count))
        )
        write(made, str(file), "jsonl")
        points.append(Point(count, count, _command(file, options), warm_up=False))
    return "documents", "document", min(2, len(points) - 1), points


def by_threads(documents: Sequence[Document], options: argparse.Namespace) -> Made:
    """The command with one thread, and with as many as there are cores."""
    file = _scratch() / "sentences.jsonl"
    write(documents[: options.sentences], str(file), "jsonl")
    counts = sorted({1, 2, os.cpu_count() or 1} & set(range(1, (os.cpu_count() or 1) + 1)))
    return (
        "threads",
        "sentence",
        0,
        [Point(count, options.sentences, _command(file, options, threads=count), warm_up=False) for count in counts],
    )


def _command(file: Path, options: argparse.Namespace, threads: int | None = None) -> Callable[[], Result]:
    """A run of `infer.py` on a file; the result holds its own reading time and the peak memory of its process."""
    command = [
        sys.executable,
        "infer.py",
        str(file),
        "-o",
        str(file.with_suffix(".out")),
        "--types",
        ",".join(BASE_TYPES),
        "--timing",
    ]
    if options.adapters is not None:
        command += ["--adapters", str(options.adapters)]
    environment = os.environ | ({"OMP_NUM_THREADS": str(threads)} if threads else {})

    def run() -> Result:
        watched = [sys.executable, "-c", _WATCH, *command]
        done = subprocess.run(
            watched, cwd=ROOT, env=environment, capture_output=True, text=True, encoding="utf-8", check=False
        )
        found, peak = (
            re.search(r"documents in ([\d.]+) s", done.stderr),
            re.search(r"^peak (\d+)$", done.stderr, re.MULTILINE),
        )
        if done.returncode or found is None or peak is None:
            raise CascadeError(f"{' '.join(command)} ended with status {done.returncode}: {done.stderr.strip()[-300:]}")
        return Result(float(found[1]), int(peak[1]) / (1e3 if sys.platform != "darwin" else 1e6))

    return run


CURVES: dict[str, Callable[[Sequence[Document], argparse.Namespace], Made]] = {
    "types": by_types,
    "length": by_length,
    "entities": by_entities,
    "languages": by_languages,
    "documents": by_documents,
    "threads": by_threads,
}
