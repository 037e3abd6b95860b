"""Compares ways to cut texts of several sentences: `python -m benchmarks.long_texts --data FOLDER`.

FOLDER holds the corpora. Neighbouring dev sentences are joined to documents. Each way of cutting reads them with the
same adapter and is scored by the extractor's span F1. The target is the score of the sentences read one at a time.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from cascade import Cascade, Document
from cascade.commands.exit_status import exit_status
from cascade.pipeline.paragraphs import joined
from cascade.stages.extractor import Extractor
from cascade.text.encoded import encode
from cascade.text.pieces import Piece
from cascade.text.windows import Window, sentence_windows, windows
from data_formats import read

CORPORA = ("uner_en-ewt", "uner_pt-bosque", "uner_hr-set")
TYPES = ("person", "organization", "location")
SIZES = (128, 192, 256, 384)  # tokens


Way = Callable[[str, Sequence[Piece], Sequence[int]], list[Window]]


def arguments() -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.long_texts", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of the corpora")
    parser.add_argument("--corpora", default=",".join(CORPORA))
    parser.add_argument(
        "--sentences",
        type=int,
        default=400,
        help="read only the first so many of each corpus' dev split (default: %(default)s)",
    )
    parser.add_argument("--joined", type=int, default=8, help="sentences a document (default: %(default)s)")
    parser.add_argument("--adapters", type=Path)
    return parser


def of_size(size: int) -> Way:
    """A way of cutting: overlapping windows of `size` tokens, regardless of sentences."""
    return lambda _, __, token_counts: windows(token_counts, size=size, overlap=size // 4)


def whole(_: str, pieces: Sequence[Piece], __: Sequence[int]) -> list[Window]:
    """A way of cutting: not at all."""
    return [Window(0, len(pieces), 0, len(pieces))] if pieces else []


def span_f1(extractor: Extractor, documents: Sequence[Document], way: Way = sentence_windows) -> float:
    """F1 of the spans over all documents, whatever their types, with a given way of cutting."""
    texts = [encode(document.text, extractor.tokens, windows=way) for document in documents]
    right = found = wanted = 0
    for document, spans in zip(documents, extractor(texts, TYPES), strict=True):
        gold = {entity.span for entity in document.entities}
        found, wanted = found + len(spans), wanted + len(gold)
        right += len(gold & {(span.start, span.end) for span in spans})
    return 2 * right / max(1, found + wanted)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    return exit_status(lambda: _measure(arguments().parse_args(argv)))


def _measure(options: argparse.Namespace) -> None:
    sentences = [
        list(read(options.data / name / "dev.jsonl"))[: options.sentences] for name in options.corpora.split(",")
    ]
    step = options.joined
    documents = [joined(part[first : first + step]) for part in sentences for first in range(0, len(part), step)]
    extractor = Cascade.load(adapters=options.adapters).extractor()
    print(f"{len(documents):,} documents of {step} sentences; span F1 in percent")
    one_at_a_time = span_f1(extractor, [sentence for part in sentences for sentence in part])
    print(f"{'sentences one at a time':<28}{100 * one_at_a_time:6.1f}", flush=True)
    ways = {
        "sentence by sentence": sentence_windows,
        **{f"windows of {size} tokens": of_size(size) for size in SIZES},
        "whole": whole,
    }
    for name, way in ways.items():
        print(f"{name:<28}{100 * span_f1(extractor, documents, way):6.1f}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
