"""Reads corpora from the Hugging Face hub, or from a folder in its layout, as documents.

They must hold tokens with labels, as nearly all NER corpora on the hub do.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cascade.document import Document, Entity
from cascade.errors import CascadeError, first_line
from data_formats.columns.labels import OUTSIDE, SchemeRule, decoded, is_label

MARK = "hub:"
_LABEL_COLUMNS = ("ner_tags", "tags", "ner")
_NAMES = {"PER": "person", "LOC": "location", "ORG": "organization", "MISC": "miscellaneous"}


class HubError(CascadeError):
    """A corpus cannot be loaded from the hub, or has another form than expected."""


def read_hub(place: str) -> list[Document]:
    """The documents of `hub:NAME:CONFIG:SPLIT`, such as `hub:unimelb-nlp/wikiann:de:test`.

    CONFIG may be empty, and NAME may be a folder. Tokens are joined by blanks; empty tokens are left out. Types are
    named as in the source, except person, location, organization and miscellaneous, which are written out. The language
    is WikiANN's CONFIG; for other corpora it is unknown.
    """
    parts = place.removeprefix(MARK).split(":")
    if len(parts) != 3 or not parts[0] or not parts[2]:
        raise HubError(f"{place!r}; expected {MARK}NAME:CONFIG:SPLIT, such as {MARK}unimelb-nlp/wikiann:de:test")
    name, config, split = parts
    from datasets import load_dataset
    from datasets.exceptions import DatasetsError

    try:
        rows: Any = load_dataset(name, config or None, split=split)
    # errors that the readers of `datasets` and the network raise
    except (DatasetsError, OSError, ValueError, RuntimeError, KeyError) as error:
        reason = first_line(error)
        raise HubError(
            f"{place}: cannot be loaded: {reason}. Where there is no network, name a file or set HF_HOME to a cache "
            "that has the corpus"
        ) from error
    column = next((column for column in _LABEL_COLUMNS if column in rows.features), None)
    if "tokens" not in rows.features or column is None:
        raise HubError(
            f"{place}: has the columns {', '.join(rows.features)}; expected tokens and one of "
            f"{', '.join(_LABEL_COLUMNS)}"
        )
    labels = _labels(rows, column, place)
    scheme = _scheme(labels, place)
    language = config if name.split("/")[-1] == "wikiann" else None
    return [
        _document(f"{split}-{number}", tokens, row, scheme, f"{place}: row {number}", language)
        for number, (tokens, row) in enumerate(zip(rows["tokens"], labels, strict=True))
    ]


def _labels(rows: Any, column: str, place: str) -> list[list[str]]:
    """The labels of each row by name; if the source marks no beginnings, each run of a type is an entity."""
    names = getattr(getattr(rows.features[column], "feature", None), "names", None)
    found: list[list[str]] = []
    for number, (tokens, row) in enumerate(zip(rows["tokens"], rows[column], strict=True)):
        if len(tokens) != len(row):
            raise HubError(
                f"{place}: row {number} has {len(tokens)} tokens and {len(row)} labels; expected a label for each token"
            )
        if names is not None and not all(isinstance(label, int) and 0 <= label < len(names) for label in row):
            raise HubError(
                f"{place}: row {number} has the labels {row}; expected numbers of the {len(names)} classes that "
                f"{column!r} names"
            )
        found.append([names[label] if names is not None else label for label in row])
    if any(not isinstance(label, str) for row in found for label in row):
        raise HubError(
            f"{place}: {column!r} holds numbers without names; expected labels by name, or a column that names its "
            "classes"
        )
    bare = not any(is_label(label) for row in found for label in row if label != OUTSIDE)
    return [[label if label == OUTSIDE or not bare else f"I-{label}" for label in row] for row in found]


def _scheme(labels: Sequence[Sequence[str]], place: str) -> str:
    rule = SchemeRule()
    for row in labels:
        rule.add(row)
    return rule.scheme(place)


def _document(
    identifier: str, tokens: Sequence[str], labels: Sequence[str], scheme: str, where: str, language: str | None
) -> Document:
    tokens, labels = (
        zip(*((token, label) for token, label in zip(tokens, labels, strict=True) if token), strict=True)
        if any(tokens)
        else ((), ())
    )
    offsets: list[tuple[int, int]] = []
    place = 0
    for token in tokens:
        offsets.append((place, place + len(token)))
        place += len(token) + 1
    spans = decoded(labels, scheme, repair="begin", place=lambda token: f"{where}, token {token}")
    entities = tuple(
        Entity(offsets[span.start][0], offsets[span.end - 1][1], _NAMES.get(span.type.upper(), span.type))
        for span in spans
    )
    return Document(identifier, " ".join(tokens), language, entities)
