"""GLiNER's calls on a cascade, with GLiNER's dictionaries as results, for programs that were written for GLiNER."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING, Any

from cascade import Document, EntityType, Taxonomy
from cascade.errors import CascadeError, shown

if TYPE_CHECKING:
    from cascade import Cascade

THRESHOLD = 0.5  # GLiNER's own default
OTHERS = "*"  # labels without a threshold of their own, as in all lowest scores by type
CLASS_PROBS = 5  # labels that `return_class_probs` lists, as in GLiNER

Labels = Sequence[str] | Mapping[str, str]
Threshold = float | Mapping[str, float]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is asked of a text; texts with the same are read together."""

    labels: tuple[tuple[str, str | None], ...]
    threshold: tuple[tuple[str, float], ...] | float
    multi_label: bool


class GLiNERCalls:
    """GLiNER's calls on a cascade: `predict_entities`, `inference` and `batch_predict_entities`.

    labels: names, or descriptions by name; or one of these for each text, in which case every text is read as if those
    with other labels were not there.  threshold: the lowest score, the lowest score of each label ("*" for others, or
    0.5), or a list with one of these for each text.  multi_label: each label is a yes or no of its own; a bool, or one
    for each text.  depth: the layers of entities with `flat_ner=False`, no more than the cascade's extractor was
    trained for.  Raises CascadeError for what a cascade cannot do.
    """

    def __init__(self, ner: Cascade, *, depth: int = 2) -> None:
        self.ner, self.depth = ner, depth

    def predict_entities(
        self,
        text: str,
        labels: Labels,
        flat_ner: bool = True,
        threshold: Threshold = THRESHOLD,
        multi_label: bool = False,
        return_class_probs: bool = False,
        batch_size: int | None = None,
    ) -> list[dict[str, Any]]:
        """The entities of one text: dictionaries of start, end, text, label and score."""
        if not isinstance(text, str):
            raise CascadeError(f"text is {shown(text)}; expected one text. Call inference for several")
        return self.inference(
            [text],
            labels,
            flat_ner=flat_ner,
            threshold=threshold,
            multi_label=multi_label,
            batch_size=batch_size,
            return_class_probs=return_class_probs,
        )[0]

    def batch_predict_entities(
        self,
        texts: str | Sequence[str],
        labels: Labels | Sequence[Labels],
        flat_ner: bool = True,
        threshold: Threshold | Sequence[Threshold] = THRESHOLD,
        multi_label: bool | Sequence[bool] = False,
        **options: Any,
    ) -> list[list[dict[str, Any]]]:
        """What `inference` returns; GLiNER's older name for it."""
        return self.inference(texts, labels, flat_ner, threshold, multi_label, **options)

    def inference(
        self,
        texts: str | Sequence[str],
        labels: Labels | Sequence[Labels],
        flat_ner: bool = True,
        threshold: Threshold | Sequence[Threshold] = THRESHOLD,
        multi_label: bool | Sequence[bool] = False,
        batch_size: int | None = None,
        return_class_probs: bool = False,
    ) -> list[list[dict[str, Any]]]:
        """The entities of each text, in order.  A text without a character but white space has none.

        return_class_probs: each entity also has "class_probs", the scores of its likeliest labels.
        """
        if not isinstance(flat_ner, bool):
            raise CascadeError(f"flat_ner is {shown(flat_ner)}; expected True, or False for entities within others too")
        depth = 1 if flat_ner else self.depth
        given = [texts] if isinstance(texts, str) else _several_texts(texts)
        of_text = _for_each_text(labels, len(given), "labels", _are_several_labels(labels))
        lowest = _for_each_text(threshold, len(given), "thresholds", isinstance(threshold, list | tuple))
        several = _for_each_text(
            multi_label, len(given), "values of multi_label", isinstance(multi_label, list | tuple)
        )
        groups: dict[_Asked, list[int]] = {}
        for place, (own, least, multi) in enumerate(zip(of_text, lowest, several, strict=True)):
            groups.setdefault(_asked(own, least, multi), []).append(place)
        _check_thresholds(groups)
        results: list[list[dict[str, Any]]] = [[] for _ in given]
        for asked, places in groups.items():
            if asked.labels:
                some = [given[place] for place in places]
                top_k = CLASS_PROBS if return_class_probs else None
                found = self._read(some, asked, batch_size=batch_size, top_k=top_k, depth=depth)
                for place, document in zip(places, found, strict=True):
                    results[place] = list(_entities(document, (name for name, _ in asked.labels), return_class_probs))
        return results

    def _read(
        self, texts: Sequence[str], asked: _Asked, *, batch_size: int | None, top_k: int | None, depth: int
    ) -> Iterator[Document]:
        threshold = asked.threshold
        return self.ner.stream(
            texts,
            Taxonomy(tuple(EntityType(name, description) for name, description in asked.labels)),
            min_score=dict(threshold) if isinstance(threshold, tuple) else threshold,
            multi_label=asked.multi_label,
            batch_size=batch_size,
            top_k=top_k,
            depth=depth,
        )


def _several_texts(texts: object) -> list[str]:
    """The texts; raises CascadeError for what is no list of texts."""
    if not isinstance(texts, Iterable) or isinstance(texts, Mapping | bytes | set | frozenset):
        raise CascadeError(f"texts are {shown(texts)}; expected one text, or a list of texts")
    given = list(texts)
    for number, text in enumerate(given, start=1):
        if not isinstance(text, str):
            raise CascadeError(f"text {number} is {shown(text)}; expected a text")
    return given


def _are_several_labels(labels: object) -> bool:
    """Whether labels are given for each text by itself."""
    return isinstance(labels, list | tuple) and any(not isinstance(each, str) for each in labels)


def _for_each_text(value: Any, count: int, what: str, one_each: bool) -> list[Any]:
    """The value of each text; raises CascadeError if there is one for each text, and not as many."""
    if not one_each:
        return [value] * count
    if len(value) != count:
        raise CascadeError(f"there are {len(value)} {what} for {count} texts; expected one for all, or one for each")
    return list(value)


def _asked(labels: Any, threshold: Any, multi_label: Any) -> _Asked:
    """What is asked of a text; raises CascadeError for what is no label, description, threshold or bool."""
    if isinstance(labels, str) or not isinstance(labels, list | tuple | Mapping):
        raise CascadeError(f"labels are {shown(labels)}; expected a list of names, or descriptions by name")
    described = labels.items() if isinstance(labels, Mapping) else ((name, None) for name in labels)
    own: dict[str, str | None] = {}
    for name, description in described:
        if not isinstance(name, str) or not isinstance(description, str | None):
            what = shown(name) if description is None else f"{shown(name)} with the description {shown(description)}"
            raise CascadeError(f"a label is {what}; expected a name, or a description by name")
        own[name] = description
    if not isinstance(multi_label, bool):
        raise CascadeError(f"multi_label is {shown(multi_label)}; expected True or False, or one of them for each text")
    return _Asked(tuple(own.items()), _lowest(threshold), multi_label)


def _lowest(threshold: Any) -> tuple[tuple[str, float], ...] | float:
    by_label = threshold if isinstance(threshold, Mapping) else {OTHERS: threshold}
    for name, value in by_label.items():
        if not isinstance(name, str) or not _is_probability(value):
            raise CascadeError(
                f"threshold is {shown(threshold)}; expected a probability within 0..1, one for each label, or a list "
                "with one of these for each text"
            )
    if not isinstance(threshold, Mapping):
        return float(threshold)
    return tuple({OTHERS: THRESHOLD, **{name: float(value) for name, value in threshold.items()}}.items())


def _is_probability(value: object) -> bool:
    """Whether a value is a number within 0..1, such as one of NumPy's; True and False are none."""
    return isinstance(value, Real) and not isinstance(value, bool) and 0 <= float(value) <= 1


def _check_thresholds(every: Iterable[_Asked]) -> None:
    """Raises CascadeError for a threshold of what is a label of no text."""
    asked = list(every)
    labels = dict.fromkeys(" ".join(name.split()) for each in asked for name, _ in each.labels)
    for each in asked:
        for name, _ in each.threshold if isinstance(each.threshold, tuple) else ():
            if name != OTHERS and " ".join(name.split()) not in labels:
                raise CascadeError(
                    f"threshold has {shown(name)}, which is no label; expected some of {', '.join([*labels, OTHERS])}"
                )


def _entities(document: Document, labels: Iterable[str], with_class_probs: bool) -> Iterator[dict[str, Any]]:
    """The entities as dictionaries, with the labels as they were given, whatever their blanks."""
    given = {EntityType(label).name: label for label in labels}
    for entity in document.entities:
        found: dict[str, Any] = {
            "start": entity.start,
            "end": entity.end,
            "text": entity.text,
            "label": given.get(entity.type, entity.type),
            "score": entity.score,
        }
        yield (
            {**found, "class_probs": {given.get(name, name): score for name, score in entity.alternatives}}
            if with_class_probs
            else found
        )
