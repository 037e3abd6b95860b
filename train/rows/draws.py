"""The bundles of all epochs: each epoch draws from the corpora, and corpora for replay get a share of it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

from cascade.text.tokens import PieceTokens
from train.corpora.loading import Corpus
from train.corpora.prompts import corpus_types
from train.rows.bundle import TrainingRow, bundles
from train.rows.corpus_rows import corpus_rows

_REPLAY = 0.3  # share of the tokens that come from corpora for replay, if these have enough


def training_bundles(
    draws: Sequence[Sequence[Corpus]],
    stage: str,
    tokens: PieceTokens,
    *,
    seed: int,
    demonstrations: str = "none",
    depth: int = 1,
) -> list[list[TrainingRow]]:
    """The bundles of all epochs, in training order.

    draws: the corpora of each epoch; prompts and order are drawn anew for each, too. Rows of the corpora for replay are
    drawn at random until they make up three tenths of the tokens, or until all are taken. demonstrations, depth: as in
    `corpus_rows`.
    """
    result = []
    for epoch, corpora in enumerate(draws):
        source = random.Random(f"{seed}/{stage}/{epoch}")
        known = {name for corpus in corpora for name in (*corpus_types(corpus.documents), *corpus.roots)}
        same: dict[str, Any] = {"demonstrations": demonstrations, "known": known, "depth": depth}
        made = [(corpus.replay, corpus_rows(corpus, stage, tokens, source, **same)) for corpus in corpora]
        rows, replayed = ([row for replay, part in made if replay == asked for row in part] for asked in (False, True))
        source.shuffle(replayed)
        rows += within_replay_share(replayed, rows)
        source.shuffle(rows)
        packed = bundles(rows)
        source.shuffle(packed)
        result += packed
    return result


def within_replay_share(replayed: Sequence[TrainingRow], rows: Sequence[TrainingRow]) -> list[TrainingRow]:
    """The first of the rows for replay, as many as make up their share of the tokens beside the other rows."""
    most = _REPLAY / (1 - _REPLAY) * sum(len(row.ids) for row in rows)
    before = accumulate((len(row.ids) for row in replayed), initial=0)
    return [row for row, tokens in zip(replayed, before, strict=False) if tokens < most]
