"""Scores predicted documents against gold documents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from cascade.document import Document, Entity
from cascade.document.only_documents import only_documents
from cascade.errors import ScoringError
from cascade.scoring.bootstrap import RESAMPLES, SEED, check_options, f1_intervals
from cascade.scoring.calibration import calibration_error
from cascade.scoring.layers import counts_by_layer
from cascade.scoring.report import Counts, LanguageScore, ScoreReport

UNKNOWN_LANGUAGE = "unknown"
IDS_SHOWN = 3
EXCERPT = 40  # characters of a text shown in an error

Pair = tuple[Document, Document | None]
Mention = tuple[int, int, str]
Sides = tuple[frozenset[Mention], frozenset[Mention]]  # one document's gold and predicted mentions


def score(
    gold: Iterable[Document],
    predicted: Iterable[Document],
    *,
    resamples: int = RESAMPLES,
    seed: int = SEED,
    ignore_case_of_types: bool = False,
) -> ScoreReport:
    """The score report of predicted documents, paired with the gold ones by id; their order does not matter.

    All entities of a gold document without a prediction count as missed. A predicted type that gold never uses is an
    ordinary false positive. With `ignore_case_of_types`, types are compared and reported in case-folded form. Languages
    are those of the gold documents. Raises ScoringError if the two sides do not fit: see `pair_documents`, and
    DocumentError for what is no document.
    """
    check_options(resamples=resamples, seed=seed)
    pairs = pair_documents(gold, predicted)
    mentions = [
        (_mentions(truth, ignore_case_of_types), _mentions(answer, ignore_case_of_types)) for truth, answer in pairs
    ]
    spans = [(_spans(truth), _spans(answer)) for truth, answer in mentions]
    counts = np.stack([_row_counts(mentions), _row_counts(spans)], axis=1)
    f1_interval, span_f1_interval = f1_intervals(counts, resamples=resamples, seed=seed)
    missing = tuple(sorted(truth.id for truth, answer in pairs if answer is None))
    return ScoreReport(
        strict=_summed(counts[:, 0]),
        span=_summed(counts[:, 1]),
        types_of_found=_summed(_row_counts([_on_found_spans(truth, answer) for truth, answer in mentions])),
        types=_counts_by_type(mentions),
        languages=_scores_by_language(pairs, counts, resamples=resamples, seed=seed),
        gold_documents=len(pairs),
        predicted_documents=len(pairs) - len(missing),
        missing=missing,
        f1_interval=f1_interval,
        span_f1_interval=span_f1_interval,
        calibration_error=calibration_error(*scored_entities(pairs, ignore_case_of_types=ignore_case_of_types)),
        resamples=resamples,
        seed=seed,
        layers=counts_by_layer(mentions),
    )


def pair_documents(gold: Iterable[Document], predicted: Iterable[Document]) -> list[Pair]:
    """Each gold document with the prediction of the same id, or None if there is none, in gold order.

    Raises ScoringError if an id occurs twice on one side, if gold lacks a predicted id, or if the texts of an id
    differ.
    """
    truths = _by_id(gold, "gold")
    answers = _by_id(predicted, "predicted")
    unknown = [name for name in answers if name not in truths]
    if unknown:
        raise ScoringError(
            f"predicted: ids that gold does not have ({len(unknown)}): {first_ids(unknown)}; expected predictions for "
            "the documents of gold"
        )
    pairs = [(truth, answers.get(name)) for name, truth in truths.items()]
    for truth, answer in pairs:
        if answer is not None and truth.text != answer.text:
            raise ScoringError(_difference(truth, answer))
    return pairs


def _by_id(documents: Iterable[Document], side: str) -> dict[str, Document]:
    by_id: dict[str, Document] = {}
    repeated: dict[str, None] = {}
    for document in only_documents(documents):
        if document.id in by_id:
            repeated[document.id] = None
        by_id[document.id] = document
    if repeated:
        raise ScoringError(
            f"{side}: ids that occur more than once ({len(repeated)}): {first_ids(list(repeated))}; expected each id "
            "once"
        )
    return by_id


def first_ids(ids: Sequence[str]) -> str:
    """The first few ids, as messages show them."""
    return ", ".join(repr(name) for name in ids[:IDS_SHOWN]) + (", ..." if len(ids) > IDS_SHOWN else "")


def _difference(truth: Document, answer: Document) -> str:
    """The message for two different texts of one id; it shows both from shortly before the first difference."""
    shorter = min(len(truth.text), len(answer.text))
    position = next((i for i in range(shorter) if truth.text[i] != answer.text[i]), shorter)
    start = max(0, position - EXCERPT // 4)

    def excerpt(text: str) -> str:
        return (
            ("..." if start else "")
            + repr(text[start : start + EXCERPT])
            + ("..." if len(text) > start + EXCERPT else "")
        )

    return (
        f"document {truth.id!r}: the texts differ at character {position}: gold {excerpt(truth.text)}, predicted "
        f"{excerpt(answer.text)}; "
        "expected predictions on the gold text, whose offsets they share"
    )


def _mentions(document: Document | None, ignore_case: bool) -> frozenset[Mention]:
    return frozenset(mention(entity, ignore_case) for entity in (document.entities if document is not None else ()))


def mention(entity: Entity, ignore_case: bool) -> Mention:
    """What strict scores compare: start, end and type, case-folded if case is ignored."""
    return entity.start, entity.end, entity.type.casefold() if ignore_case else entity.type


def _spans(mentions: frozenset[Mention]) -> frozenset[tuple[int, int]]:
    return frozenset((start, end) for start, end, _ in mentions)


def _on_found_spans(truth: frozenset[Mention], answer: frozenset[Mention]) -> Sides:
    """The mentions of both sides whose span both sides have."""
    found = _spans(truth) & _spans(answer)
    return frozenset(m for m in truth if m[:2] in found), frozenset(m for m in answer if m[:2] in found)


def scored_entities(pairs: Iterable[Pair], *, ignore_case_of_types: bool = False) -> tuple[list[float], list[bool]]:
    """The scores of the predicted entities that have one, and whether each is right."""
    scored: list[tuple[float, bool]] = []
    for truth, answer in pairs:
        gold = _mentions(truth, ignore_case_of_types)
        scored.extend(
            (entity.score, mention(entity, ignore_case_of_types) in gold)
            for entity in (answer.entities if answer is not None else ())
            if entity.score is not None
        )
    return [value for value, _ in scored], [right for _, right in scored]


def _row_counts(sides: Sequence[tuple[frozenset[Hashable], frozenset[Hashable]]]) -> NDArray[np.int64]:
    """The numbers of common, gold and predicted items of each document, (documents, 3)."""
    rows = [(len(truth & answer), len(truth), len(answer)) for truth, answer in sides]
    return np.array(rows, dtype=np.int64).reshape(-1, 3)


def _summed(rows: NDArray[np.int64]) -> Counts:
    return _counts(*(int(total) for total in rows.sum(axis=0)))


def _counts(common: int, gold: int, predicted: int) -> Counts:
    return Counts(tp=common, fp=predicted - common, fn=gold - common)


def _counts_by_type(mentions: Sequence[Sides]) -> dict[str, Counts]:
    common = Counter(mention[2] for truth, answer in mentions for mention in truth & answer)
    gold = Counter(mention[2] for truth, _ in mentions for mention in truth)
    predicted = Counter(mention[2] for _, answer in mentions for mention in answer)
    names = sorted(gold.keys() | predicted.keys(), key=lambda name: (-gold[name], name))
    return {name: _counts(common[name], gold[name], predicted[name]) for name in names}


def _scores_by_language(
    pairs: Sequence[Pair], counts: NDArray[np.int64], *, resamples: int, seed: int
) -> dict[str, LanguageScore]:
    """The scores of each gold language.

    Each language is resampled by itself, so that its interval does not depend on the others.
    """
    rows: dict[str, list[int]] = {}
    for row, (truth, _) in enumerate(pairs):
        rows.setdefault(truth.language or UNKNOWN_LANGUAGE, []).append(row)
    scores = {}
    for name, own in rows.items():
        # Both measures are passed, so that the only language of a corpus gets the corpus's own resamples and interval.
        interval, _ = f1_intervals(counts[own], resamples=resamples, seed=seed)
        missing = sum(pairs[row][1] is None for row in own)
        scores[name] = LanguageScore(
            documents=len(own), missing=missing, strict=_summed(counts[own, 0]), f1_interval=interval
        )
    return dict(sorted(scores.items(), key=lambda item: (-item[1].strict.gold, item[0])))
