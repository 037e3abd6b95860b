"""Several types a span: one softmax over all types against each type asked for alone.

`python -m benchmarks.several_types UFET/dev.jsonl --limit 100 --types 15` types gold spans from the most frequent types
of the file; a span's right answers are all its types among these.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cascade import Cascade, Document
from cascade.commands.exit_status import exit_status
from cascade.commands.option_types import named_path, positive
from cascade.scoring.calibration import calibration_error
from cascade.stages.classifier import Classifier
from cascade.stages.extractor import Readings
from data_formats import read
from train.calibrate_alone import AloneFit, fit_alone

Floats = NDArray[np.float64]
THRESHOLDS = (0.1, 0.2, 0.3, 0.5, 0.7, 0.9)


def probabilities(
    classifier: Classifier, readings: Readings, spans: Sequence[Sequence[tuple[int, int]]], types: Sequence[str]
) -> Floats:
    """The probability of each type for each span, (spans, types)."""
    answers = [each for own in classifier(readings, spans, types) for each in own]
    return np.exp(np.array(answers))[:, : len(types)]


def measured(name: str, scores: Floats, right: NDArray[np.bool_], chosen: NDArray[np.bool_]) -> dict[str, Any]:
    """F1, precision and recall of the chosen types of all spans, and how far all scores are from what is right."""
    hits = int((chosen & right).sum())
    precision, recall = hits / max(1, int(chosen.sum())), hits / max(1, int(right.sum()))
    error = calibration_error(list(map(float, scores.ravel())), list(map(bool, right.ravel())))
    return {
        "system": name,
        "f1": round(200 * precision * recall / max(1e-9, precision + recall), 1),
        "precision": round(100 * precision, 1),
        "recall": round(100 * recall, 1),
        "calibration_error": None if error is None else round(100 * error, 1),
    }


def fitted(scores: Floats, right: NDArray[np.bool_]) -> Floats:
    """The scores with log-odds scaled and shifted: each half of the spans as the other half is fitted."""
    odds, result, halves = log_odds(scores), np.empty_like(scores), np.arange(len(scores)) % 2
    for half in (0, 1):
        result[halves == half] = fit_alone(odds[halves != half], right[halves != half])(odds[halves == half])
    return result


def log_odds(scores: Floats) -> Floats:
    """The log-odds of probabilities."""
    kept = np.clip(scores, 1e-9, 1 - 1e-9)
    result: Floats = np.log(kept) - np.log(1 - kept)
    return result


def rows(ner: Cascade, gold: Sequence[Document], types: Sequence[str]) -> list[dict[str, Any]]:
    """The likeliest of one softmax, all above a threshold of it, and all above a threshold asked for alone: as they
    are, fitted on the other half of the spans, and as the classifier's card says.
    """
    spans = [sorted({entity.span for entity in document.entities}) for document in gold]
    of_span = [
        {entity.type for entity in document.entities if entity.span == span}
        for document, own in zip(gold, spans, strict=True)
        for span in own
    ]
    right = np.array([[name in own for name in types] for own in of_span])
    readings = ner.extractor().read([document.text for document in gold], list(types))
    began = time.perf_counter()
    together = probabilities(ner.classifier(), readings, spans, types)
    once = time.perf_counter() - began
    began = time.perf_counter()
    alone = np.concatenate([probabilities(ner.classifier(), readings, spans, [name]) for name in types], axis=1)
    each = time.perf_counter() - began
    best = np.eye(len(types), dtype=bool)[together.argmax(axis=1)]
    result = [measured("one softmax, the likeliest", together, right, best) | {"seconds": round(once, 2)}]
    for least in THRESHOLDS:
        result.append(measured(f"one softmax, from {least}", together, right, together >= least))
        result.append(measured(f"each alone, from {least}", alone, right, alone >= least) | {"seconds": round(each, 2)})
    ways = {"fitted on the other half": fitted(alone, right)}
    card = ner.retriever.named(None)[1].card
    if stored := card.asked_alone:  # fitted at the card's temperature; these answers are at temperature 1
        ways["fitted as its card says"] = AloneFit(stored["scale"] / card.temperature, stored["shift"])(log_odds(alone))
    for way, scores in ways.items():
        result += [measured(f"each alone, {way}, from {least}", scores, right, scores >= least) for least in THRESHOLDS]
    return result


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the benchmark; returns its exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.several_types")
    parser.add_argument("gold", type=named_path, help="documents whose spans have several types")
    parser.add_argument("--limit", type=positive, default=100, help="documents that are read (default: %(default)s)")
    parser.add_argument("--types", type=positive, default=15, help="most frequent types (default: %(default)s)")
    parser.add_argument("--adapters", type=named_path)
    parser.add_argument("--pair", default="any_type")
    parser.add_argument("--json", type=Path, help="also write the rows as JSON")
    asked = parser.parse_args(arguments)
    return exit_status(lambda: _run(asked))


def _run(asked: argparse.Namespace) -> None:
    every = list(read(asked.gold))
    counts = Counter(entity.type for document in every for entity in document.entities)
    types = sorted(sorted(counts, key=lambda name: (-counts[name], name))[: asked.types])
    gold = [document for document in every if document.entities][: asked.limit]
    made = rows(Cascade.load(adapters=asked.adapters, pair=asked.pair), gold, types)
    print(f"{len(gold)} documents, types: {', '.join(types)}")
    for row in made:
        print("  ".join(f"{key} {value}" for key, value in row.items()))
    if asked.json is not None:
        text = json.dumps({"documents": len(gold), "types": types, "rows": made}, indent=1)
        asked.json.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
