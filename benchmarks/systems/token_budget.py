"""Training data of a given number of tokens: rows of models that generate, and steps of our stages."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path
from typing import Any

from benchmarks.systems.compared_documents import Compared
from cascade import CascadeError, Document, Taxonomy
from cascade.published.losses import Losses
from train.corpora.type_words import OTHER_NAMES
from train.dynamic_categories.changes import DEFAULTS, changed
from train.dynamic_categories.question import question_of
from train.published_rows import MARKED, TYPES, Row, classifier_rows, extractor_rows, one_stage_rows
from train.rows.chat_rows import RowTokens

DYNAMIC = "types-dynamic"  # CascadeNER's classifier, on questions whose lists of types are changed
_CHANGED_TOGETHER = 500  # questions
_MOST_BLOCKS = 100_000  # of a seed, so that those of two seeds are changed otherwise
LONGEST_ROW = 2048  # tokens, of train/published.yaml; ms-swift leaves out longer rows
TOO_LONG = f"rows are longer than {LONGEST_ROW:,} tokens"


@dataclass(frozen=True, slots=True)
class Budgeted:
    """Rows that hold as many tokens as are trained on, or one row more; losses: what could not be written of them."""

    rows: tuple[Row, ...]
    tokens: int
    losses: Mapping[str, int]


def endless(documents: Sequence[Document], *, seed: int) -> Iterator[Document]:
    """The documents in their order, and then again and again in other orders, drawn by the seed."""
    yield from documents
    for number in count(seed):
        again = list(documents)
        random.Random(number).shuffle(again)
        yield from again


def rows_within(model: str, compared: Compared, budget: int, tokens_of: RowTokens, *, seed: int) -> Budgeted:
    """Rows for a model that generates, of the training documents in their order, and again if they are too few.

    Raises CascadeError if the documents give no row that is short enough.
    """
    if not any(tokens_of(row) <= LONGEST_ROW for row in _rows(model, compared, compared.train, Losses())):
        raise CascadeError(f"the training documents give no row for the model {model!r}; expected some with entities")
    losses, rows, total = Losses(), list[Row](), 0
    for row in _rows(model, compared, endless(compared.train, seed=seed), losses, seed=seed):
        tokens = tokens_of(row)
        if tokens > LONGEST_ROW:
            losses.lose(TOO_LONG)
            continue
        rows.append(row)
        total += tokens
        if total >= budget:
            break
    return Budgeted(tuple(rows), total, dict(losses.counts))


def _rows(
    model: str, compared: Compared, documents: Iterable[Document], losses: Losses, *, seed: int = 0
) -> Iterator[Row]:
    if model == MARKED:
        return extractor_rows(documents, losses)
    if model == DYNAMIC:
        return dynamic_rows(documents, compared.taxonomy, losses, seed=seed)
    if model == TYPES:
        return classifier_rows(documents, compared.taxonomy, losses)
    return one_stage_rows(documents, compared.taxonomy, model, losses, nested=compared.nested)


def dynamic_rows(documents: Iterable[Document], taxonomy: Taxonomy, losses: Losses, *, seed: int) -> Iterator[Row]:
    """The classifier's rows with lists that are merged, renamed, thinned or without the right type (DynamicNER)."""
    rows = classifier_rows(documents, taxonomy, losses)
    for number in count(seed * _MOST_BLOCKS):
        questions = [question_of(row, f"row {number}") for row in islice(rows, _CHANGED_TOGETHER)]
        if not questions:
            return
        for question in changed(questions, taxonomy, OTHER_NAMES, DEFAULTS, seed=number)[0]:
            yield question.to_row()


def bundle_tokens(line: str) -> int:
    """The tokens of a line of our prepared data: of rows with their prompts, and of the texts that they ask about."""
    rows: list[dict[str, Any]] = json.loads(json.loads(line)["bundle"])
    texts = [row["text"] for row in rows if row["text"]]
    return sum(len(row["ids"]) for row in rows) + sum(len(text["prefix"]) + len(text["ids"]) for text in texts)


def steps_within(prepared: Path, budget: int) -> tuple[int, int]:
    """How many bundles of prepared data hold the tokens, and how many they hold; all of them if that is too few."""
    steps = tokens = 0
    with prepared.open(encoding="utf-8") as lines:
        for line in lines:
            if tokens >= budget:
                break
            steps, tokens = steps + 1, tokens + bundle_tokens(line)
    return steps, tokens
