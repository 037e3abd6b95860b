"""The stages of a cascade, each made ready at its first use."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from cascade.adapters.card import STAGES, Adapter, AdapterShelf
from cascade.adapters.retrieval import Retriever
from cascade.concurrency.one_lock import MAKING
from cascade.pipeline.asked_taxonomy import as_read
from cascade.stages.classifier import Classifier
from cascade.stages.extractor import Extractor
from cascade.stages.extractor_types import COMMON_TYPES
from cascade.taxonomy.tree import Taxonomy
from cascade.text.encoded import Route

if TYPE_CHECKING:
    from cascade.model.base_model import BaseModel


class Reader(Protocol):
    """What is asked of a cascade here."""

    retriever: Retriever


def make_ready(cascade: Reader, taxonomy: Taxonomy | None) -> None:
    """Makes ready what a cascade reads these types with (None: the default ones), before documents come."""
    stages: ReadyStages | None = getattr(cascade, "stages", None)  # what stands in for a cascade has none
    if stages is not None:
        asked = Taxonomy.flat(COMMON_TYPES) if taxonomy is None else taxonomy
        stages.make_single(as_read(asked, cascade.retriever)[1].shelf)


class ReadyStages:
    """Extractors and classifiers by the adapter that is merged into their weights; others may stand beside it.

    batch_tokens: of a batch, padding included.
    """

    def __init__(self, base: BaseModel, shelf: AdapterShelf, batch_tokens: int) -> None:
        self._base, self._shelf, self._batch_tokens = base, shelf, batch_tokens
        self._made: dict[Path, Extractor | Classifier] = {}

    def of(self, adapter: Adapter) -> Extractor | Classifier:
        """The stage that reads through an adapter, or through the one that it is a difference to."""
        root = self._shelf.root(adapter)
        if root.folder not in self._made:
            with MAKING:
                self._make(root)
        return self._made[root.folder]

    def make_single(self, shelf: AdapterShelf | None = None) -> None:
        """Makes both stages ready where there is one of each; of several, only what documents need is made, later.

        shelf: the adapters that may be chosen (default: all).
        """
        whole = [(shelf or self._shelf).whole(stage) for stage in STAGES]
        if all(len(each) == 1 for each in whole):
            for [only] in whole:
                self.of(only)

    def route(self, adapter: Adapter) -> Route:
        """How the stage reads by an adapter: by the weights' own, or by one that stands beside them."""
        number = self.of(adapter).reader.number_of(adapter) if adapter.card.builds_on else 0
        alone = adapter.card.asked_alone
        return Route(number, adapter.card.temperature, alone.get("scale", 1.0), alone.get("shift", 0.0))

    def _make(self, root: Adapter) -> None:
        if root.folder not in self._made:  # another thread may have been first
            kind = Extractor if root.card.stage == "extractor" else Classifier
            beside = any(other.card.builds_on and self._shelf.root(other) is root for other in self._shelf.adapters)
            reader = self._base.reader(root, stacked=beside)
            self._made[root.folder] = kind(reader, self._base.tokens, self._batch_tokens)
