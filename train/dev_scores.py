"""Scores of both stages together on dev documents: before a training, after it, and what it gained, with intervals."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from cascade.adapters.card import STAGES, Card, read_adapter
from cascade.document import Document
from cascade.pipeline.facade import Cascade
from cascade.scoring.bootstrap import CONFIDENCE, RESAMPLES, SEED
from cascade.scoring.report import Counts
from cascade.scoring.scores import mention
from cascade.scoring.table import percent
from train.console import console
from train.options import TrainingOptions
from train.rows.dev_items import Item, by_types, prepared_items

_HEADER = f"{'':24} {'precision':>9} {'recall':>7} {'F1':>6}"


@dataclass(frozen=True, slots=True)
class DevScore:
    """Entities of dev documents, right, found and to find: (documents, 3)."""

    counts: np.ndarray

    @property
    def summed(self) -> Counts:
        """The counts of all documents."""
        right, found, gold = (int(number) for number in self.counts.sum(axis=0))
        return Counts(tp=right, fp=found - right, fn=gold - right)


def show_dev_scores(options: TrainingOptions) -> None:
    """Shows what a training of both stages is worth, and notes it in their cards."""
    items = prepared_items(options.work_folder / "extractor-data" / "dev.jsonl")
    before = None if options.start_from is None else dev_score(options.base, options.start_from, items)
    after = dev_score(options.base, options.out, items)
    for line in table(before, after, documents=len(items)):
        console().result(line)
    if before is not None and after.summed.f1 <= before.summed.f1:
        console().warn(
            f"the training gained nothing on the dev documents; {options.start_from} is as good. More labelled "
            "documents help most"
        )
    _note(options.out, before, after)


def dev_score(base: str | None, pair: Path, items: Sequence[Item]) -> DevScore:
    """The score of a pair on dev documents, each asked for its types, read as `infer.py` reads them.

    Entities are found in as many layers as the extractor knows.
    """
    depth = read_adapter(pair / "extractor").card.depth
    cascade = Cascade.load(base, adapters=pair, report=console().say)
    rows = []
    for types, documents in by_types(items):
        texts = [replace(document, entities=(), tokens=None) for document in documents]
        for gold, found in zip(documents, cascade.stream(texts, types, depth=depth), strict=True):
            rows.append(counted(gold, found, types))
    del cascade
    gc.collect()
    return DevScore(np.array(rows, dtype=np.int64).reshape(-1, 3))


def counted(gold: Document, found: Document, types: Sequence[str]) -> tuple[int, int, int]:
    """Entities that are right, that were found, and that are to be found, of the types asked for."""
    wanted = {mention(each, ignore_case=False) for each in gold.entities if each.type in types}
    answers = {mention(each, ignore_case=False) for each in found.entities}
    return len(wanted & answers), len(answers), len(wanted)


def intervals(scores: Sequence[DevScore]) -> list[tuple[float, float]]:
    """The 95 % interval of each score's F1, and, of two, of their difference; documents are drawn for all alike."""
    counts = np.stack([score.counts for score in scores], axis=1)
    documents = len(counts)
    drawn = np.random.default_rng(SEED).multinomial(documents, np.full(documents, 1 / documents), size=RESAMPLES)
    right, found, gold = (drawn @ counts[:, :, column] for column in range(3))
    f1 = 2 * right / np.maximum(found + gold, 1)
    measures = [*f1.T, *([f1[:, 1] - f1[:, 0]] if len(scores) == 2 else [])]
    tail = (1 - CONFIDENCE) / 2
    return [(float(low), float(high)) for low, high in (np.quantile(each, [tail, 1 - tail]) for each in measures)]


def table(before: DevScore | None, after: DevScore, *, documents: int) -> Iterator[str]:
    """The lines of the table."""
    scores = [after] if before is None else [before, after]
    names = ["after"] if before is None else ["before", "after"]
    gold = after.summed.gold
    yield f"both stages on {documents:,} dev documents with {gold:,} entities, exact spans and types, in percent:"
    yield _HEADER
    ends = intervals(scores)
    for name, score, (low, high) in zip(names, scores, ends, strict=False):
        sums = score.summed
        cells = f"{percent(sums.precision):>9} {percent(sums.recall):>7} {percent(sums.f1):>6}"
        yield f"{name:24} {cells} [{percent(low)}, {percent(high)}]"
    if before is not None:
        low, high = ends[2]
        gain = after.summed.f1 - before.summed.f1
        yield f"{'gain':24} {'':>9} {'':>7} {100 * gain:>+6.1f} [{100 * low:+.1f}, {100 * high:+.1f}]"
    yield (
        f"[low, high]: {CONFIDENCE:.0%} interval over documents. The checkpoints were chosen by these documents; on "
        "others expect a little less"
    )


def _note(out: Path, before: DevScore | None, after: DevScore) -> None:
    """Writes the scores into the cards of both stages."""
    [low, high], *_ = intervals([after])
    scores = {"dev_pair_f1": after.summed.f1, "dev_pair_f1_low": low, "dev_pair_f1_high": high}
    if before is not None:
        scores["dev_pair_f1_before"] = before.summed.f1
    for stage in STAGES:
        card = read_adapter(out / stage).card
        noted(card, scores).write(out / stage)


def noted(card: Card, scores: dict[str, float]) -> Card:
    """The card with further scores."""
    return replace(card, scores={**card.scores, **{name: round(value, 4) for name, value in scores.items()}})
