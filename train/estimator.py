"""An estimator with the interface of scikit-learn: `CascadeNER(max_steps=200).fit(texts, entities).predict(texts)`."""

from __future__ import annotations

import json
import operator
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from cascade import Cascade, Document, Entity
from cascade.errors import CascadeError, DocumentError, shown
from cascade.integrations.column_reading import Rows, RowShape, is_missing
from cascade.scoring.scores import score as scored
from train.options import TrainingOptions
from train.run import train


class CascadeNER(BaseEstimator):
    """A pair of adapters that `fit` trains on labelled texts, with `predict` and `score`.

    folder: where the adapters are written; it must outlive the estimator, and a pickled one finds them there.  types:
    what `predict` asks for; None: those of the training entities.  language: of all texts.  start_from: folder of two
    adapters to train further; "nothing" starts anew; None: from the shipped pair where there are few texts and the base
    is the embedded one, or else from nothing.  max_steps, epochs, learning_rate, batch, seed, base: of training.
    min_score: of entities that `predict` gives.  depth: the layers of nested entities that are learnt and found.

    Entities are (start, end, type), dicts with these keys, or `Entity`; `predict` gives lists of dicts.
    """

    def __init__(
        self,
        folder: str | Path = "pairs/my",
        *,
        types: Sequence[str] | None = None,
        language: str | None = None,
        start_from: str | Path | None = None,
        base: str | None = None,
        max_steps: int | None = None,
        epochs: int = 1,
        learning_rate: float | None = None,
        batch: int = 1,
        scorings: int = 8,
        seed: int = 1,
        min_score: float = 0.3,
        depth: int = 1,
        device: str | None = None,
    ) -> None:
        self.folder, self.types, self.language = folder, types, language
        self.start_from, self.base = start_from, base
        self.max_steps, self.epochs, self.learning_rate = max_steps, epochs, learning_rate
        self.batch, self.scorings, self.seed = batch, scorings, seed
        self.min_score, self.depth, self.device = min_score, depth, device

    def fit(self, X: Sequence[object], y: Sequence[Sequence[Any]]) -> CascadeNER:
        """Trains both stages; returns the estimator.  A fifth of the texts is held out to choose the checkpoint."""
        if isinstance(self.types, str):
            raise CascadeError(f"types is {shown(self.types)}; expected a list of types")
        documents = [each for each in _labelled(X, y, self.language) if each is not None]
        asked = {entity.type for each in documents for entity in each.entities}
        with TemporaryDirectory(prefix="cascade-ner-") as work:
            data = Path(work) / "train.jsonl"
            data.write_text("".join(json.dumps(each.to_dict()) + "\n" for each in documents), encoding="utf-8")
            train(
                TrainingOptions(
                    data=data,
                    out=Path(self.folder),
                    work=Path(work) / "work",
                    language=self.language,
                    seed=self.seed,
                    base=self.base,
                    max_steps=self.max_steps,
                    epochs=self.epochs,
                    learning_rate=self.learning_rate,
                    batch=self.batch,
                    scorings=self.scorings,
                    depth=self.depth,
                    start_from=None if self.start_from is None else Path(self.start_from),
                )
            )
        self.types_ = list(self.types) if self.types is not None else sorted(asked)
        self.cascade_ = Cascade.load(self.base, adapters=self.folder, device=self.device, min_score=self.min_score)
        return self

    def predict(self, X: Sequence[object]) -> list[Rows]:
        """The entities of each text, as dicts; missing values (None, NaN) have none."""
        return [[] if each is None else RowShape(False, False).rows(each) for each in self._predicted(X)]

    def score(self, X: Sequence[object], y: Sequence[Sequence[Any]]) -> float:
        """Strict F1, from 0 to 1: an entity counts only if its span and its type are exactly right."""
        gold = [each for each in _labelled(X, y, self.language) if each is not None]
        predicted = [each for each in self._predicted(X) if each is not None]
        return float(scored(gold, predicted).strict.f1)

    def _predicted(self, X: Sequence[object]) -> list[Document | None]:
        check_is_fitted(self, "cascade_")
        given = _labelled(X, [[] for _ in X], self.language)
        found = iter(self.cascade_.stream([each for each in given if each is not None], self.types_, depth=self.depth))
        return [None if each is None else next(found) for each in given]


def _labelled(
    texts: Sequence[object], entities: Sequence[Sequence[Any]], language: str | None
) -> list[Document | None]:
    """The documents of texts with their entities; None where a text is missing.

    Raises DocumentError for lists of different lengths, for what is no text, and for what is no entity.
    """
    if len(texts) != len(entities):
        raise DocumentError(
            f"{len(texts)} texts and {len(entities)} lists of entities; expected one list for each text"
        )
    documents: list[Document | None] = []
    for row, (text, some) in enumerate(zip(texts, entities, strict=True)):
        if isinstance(text, str):
            documents.append(Document(f"text-{row}", text, language, tuple(_entity(each, row) for each in some)))
        elif is_missing(text):
            documents.append(None)
        else:
            raise DocumentError(f"text {row} (from 0): found {shown(text)}; expected a text, or None")
    return documents


def _entity(given: Any, row: int) -> Entity:
    if isinstance(given, Entity):
        return given
    try:
        values = [given[name] for name in ("start", "end", "type")] if isinstance(given, Mapping) else list(given)
        start, end, type = values
        if not isinstance(type, str):
            raise TypeError
        return Entity(operator.index(start), operator.index(end), type)
    except (KeyError, TypeError, ValueError) as error:
        raise DocumentError(
            f"text {row} (from 0): entity {shown(given)}; expected (start, end, type), such as (0, 5, 'person'), or a "
            "dict with these keys"
        ) from error
