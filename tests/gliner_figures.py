"""Figures of GLiNER's own evaluator on made-up documents: `python tests/gliner_figures.py > FILE` (needs gliner).

`tests/data/gliner/figures-0.2.29.jsonl` was made so, with gliner 0.2.29: a set of documents a line.
"""

from __future__ import annotations

import json
import random
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from importlib import import_module
from importlib.metadata import version
from typing import Any

from random_documents import random_documents

from cascade.document import Document

Spans = list[tuple[int, int, str]]
Cut = Callable[[str], Sequence[tuple[int, int]]]


def gold_and_found(seed: int, *, count: int = 20) -> tuple[list[Document], list[Document]]:
    """Random documents without tokens, and what a poor system would find in them."""
    gold = [replace(each, tokens=None) for each in random_documents(seed, count=count)]
    source = random.Random(seed)
    return gold, [_with_noise(each, source) for each in gold]


def _with_noise(gold: Document, source: random.Random) -> Document:
    """Some gold entities moved, renamed or left out."""
    found = []
    for each in gold.entities:
        start = max(0, min(each.start + source.choice([0, 0, 0, -1, 1]), each.end - 1))
        if source.random() < 0.8:
            found.append(replace(each, start=start, type=source.choice([each.type, each.type, "person"])))
    return gold.with_entities(found)


def gliners_words(text: str) -> list[tuple[int, int]]:
    """The words that GLiNER cuts a text into."""
    splitter = import_module("gliner.data_processing.tokenizer").WhitespaceTokenSplitter()
    return [(start, end) for _, start, end in splitter(text)]


def figures_of_gliner(gold: Iterable[Document], found: Iterable[Document]) -> dict[str, float]:
    """Precision, recall and F1 by GLiNER's own evaluator; an entity is given to it as the words that it touches."""
    sides: list[list[Spans]] = [[_spans(document) for document in side] for side in (gold, found)]
    evaluator = import_module("gliner.evaluation.evaluator").BaseNEREvaluator(*sides)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        figures = evaluator.compute_prf(*evaluator.transform_data())
    return {name: float(figures[name]) for name in ("precision", "recall", "f_score")}


def _spans(document: Document) -> Spans:
    words = gliners_words(document.text)
    spans = []
    for entity in document.entities:
        touched = [n for n, (start, end) in enumerate(words) if start < entity.end and end > entity.start]
        if touched:
            spans.append((touched[0], touched[-1], entity.type))
    return spans


def _row(gold: Document, found: Document) -> dict[str, Any]:
    """A text, the words that GLiNER cuts it into, and both sides' entities, as they are kept in the file."""
    sides = ([[e.start, e.end, e.type] for e in side.entities] for side in (gold, found))
    return {"text": gold.text, "words": gliners_words(gold.text), **dict(zip(("gold", "found"), sides, strict=True))}


def main() -> None:
    """Prints the documents and figures of three seeds as JSON lines."""
    for seed in range(3):
        gold, found = gold_and_found(seed)
        rows = [_row(*pair) for pair in zip(gold, found, strict=True)]
        made = {"gliner": version("gliner"), "seed": seed, **figures_of_gliner(gold, found), "documents": rows}
        print(json.dumps(made))


if __name__ == "__main__":
    main()
