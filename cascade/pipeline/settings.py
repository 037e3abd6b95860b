"""What a call may ask for beside documents and types, checked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypedDict

from cascade.document import Document
from cascade.errors import CascadeError, shown
from cascade.pipeline.asked_depth import check_layers
from cascade.pipeline.counts import Counts
from cascade.pipeline.min_score import MinScore, check_min_score, check_unsure_from, is_probability
from cascade.taxonomy.tree import Taxonomy

BATCH_SIZE = 256  # documents read ahead: enough to fill batches with rows of like length
_BATCH_TOKENS = {"cpu": 2048, "cuda": 32768}  # padding included, by the type of device

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
    multi_label: bool
    verify_below: float | None
    depth: int


@dataclass(frozen=True, slots=True)
class CallSettings:
    """The lowest score of an entity, the alternatives that it lists, and the documents that are read ahead.

    unsure_from: the score from which entities below the lowest score are shown as unsure; None shows none.
    multi_label: each type is asked for alone, and a span gets all that are likely enough.  verify_below: entities less
    likely than this are kept only if their type, asked for alone, is likelier than `none of these`; None asks no more.
    depth: the layers of nested entities that are looked for.

    Raises CascadeError for values out of range.
    """

    min_score: MinScore
    batch_size: int
    top_k: int = 0
    unsure_from: float | None = None
    multi_label: bool = False
    verify_below: float | None = None
    depth: int = 1

    def __post_init__(self) -> None:
        check_min_score(self.min_score)
        check_unsure_from(self.unsure_from, self.min_score)
        check_second_look(self.multi_label, self.verify_below)
        check_count("batch_size", self.batch_size, least=1)
        check_count("top_k", self.top_k, least=0)
        check_layers(self.depth)

    @property
    def asks_alone(self) -> bool:
        """Whether some types are asked for alone."""
        return self.multi_label or self.verify_below is not None

    def changed(self, **options: Any) -> CallSettings:
        """These settings with those that are not None in their place."""
        return replace(self, **{name: value for name, value in options.items() if value is not None})


def check_second_look(multi_label: object, verify_below: object) -> None:
    """Raises CascadeError for settings of questions about one type alone that are of another kind, or exclude each
    other.
    """
    if not isinstance(multi_label, bool):
        raise CascadeError(f"multi_label is {shown(multi_label)}; expected True or False")
    if verify_below is None:
        return
    if not is_probability(verify_below):
        raise CascadeError(
            f"entities are to be verified below a score of {shown(verify_below)}; expected a probability within 0..1, "
            "such as 0.6"
        )
    if multi_label:
        raise CascadeError(
            "multi_label and verify_below are both given; expected one of them, as multi_label already asks for each "
            "type alone"
        )


def check_count(name: str, value: object, *, least: int) -> None:
    """Raises CascadeError for what is no whole number of at least `least`."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise CascadeError(f"{name} is {value!r}; expected a whole number, {least} or more")


def tokens_of_batches(asked: int | None, device: str) -> int:
    """The tokens of a batch as asked, or for the type of a device; raises CascadeError for no whole number from 1."""
    if asked is None:
        return _BATCH_TOKENS.get(device, _BATCH_TOKENS["cuda"])
    check_count("batch_tokens", asked, least=1)
    return asked
