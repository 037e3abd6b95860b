"""What a call may ask for beside documents and types, checked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypedDict

from cascade.document import Document
from cascade.errors import CascadeError
from cascade.pipeline.counts import Counts
from cascade.pipeline.min_score import MinScore, check_min_score, check_unsure_from
from cascade.taxonomy.tree import Taxonomy

BATCH_SIZE = 256  # documents read ahead: enough to fill batches with rows of like length

Types = Taxonomy | Iterable[str] | Mapping[str, object] | None
Many = list[str] | list[Document] | list[str | Document] | tuple[str | Document, ...] | Iterator[str | Document]


class CallOptions(TypedDict, total=False):
    """What a call takes by name."""

    language: str | None
    paragraphs: bool
    min_score: MinScore | None
    unsure_from: float | None
    top_k: int | None
    counts: Counts | None


@dataclass(frozen=True, slots=True)
class CallSettings:
    """The lowest score of an entity, the alternatives that it lists, and the documents that are read ahead.

    unsure_from: the score from which entities below the lowest score are shown as unsure; None shows none.

    Raises CascadeError for values out of range.
    """

    min_score: MinScore
    batch_size: int
    top_k: int = 0
    unsure_from: float | None = None

    def __post_init__(self) -> None:
        check_min_score(self.min_score)
        check_unsure_from(self.unsure_from)
        _check_count("batch_size", self.batch_size, least=1)
        _check_count("top_k", self.top_k, least=0)

    def changed(
        self,
        *,
        min_score: MinScore | None = None,
        top_k: int | None = None,
        batch_size: int | None = None,
        unsure_from: float | None = None,
    ) -> CallSettings:
        """These settings with those that are not None in their place."""
        return CallSettings(
            self.min_score if min_score is None else min_score,
            self.batch_size if batch_size is None else batch_size,
            self.top_k if top_k is None else top_k,
            self.unsure_from if unsure_from is None else unsure_from,
        )


def _check_count(name: str, value: object, *, least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise CascadeError(f"{name} is {value!r}; expected a whole number, {least} or more")
