"""Rows with lists of tokens and of labels, as Hugging Face's data sets for token classification have them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from cascade.errors import FormatError
from data_formats.json_records import Record
from data_formats.json_values import kept_text, shown, text_of
from data_formats.labelled_tokens import Sentence, labels_wanted
from data_formats.object_keys import ANNOTATION, UnknownKeys
from data_formats.read_options import NO_LABELS, ReadOptions
from data_formats.report import Report

TOKEN_KEYS = ("tokens", "words")
LABEL_KEYS = ("ner_tags", "ner_tags_str", "ner", "iob_labels", "ner_labels", "tags", "labels")
TEXT_KEYS = ("text", "sentence", "full_text")
_LANGUAGES = ("language", "lang")
_WITHOUT_NAMES = (
    "and the file does not name them; name them in the order of their numbers with --label-names, as in --label-names "
    "O,B-PER,I-PER: an option of evaluate.py and python -m data_formats"
)


class Keys(NamedTuple):
    """The keys of the tokens and of the labels; labels: None if they are not read."""

    tokens: str
    labels: str | None


def keys_of(row: Mapping[str, Any], where: str, options: ReadOptions) -> Keys:
    """The keys of a file, as its first row tells them; labels that are texts go before numbers.

    Raises FormatError if there are none.
    """
    tokens = next((key for key in TOKEN_KEYS if key in row), None)
    if tokens is None:
        raise FormatError(f"{where}: the row has no 'tokens' or 'words', only {_named(row)}; expected a list of tokens")
    if not labels_wanted(options):
        return Keys(tokens, None)
    asked = options.label_column
    if asked not in (None, NO_LABELS):
        if asked not in row:
            raise FormatError(f"{where}: there is no key {asked!r}; name one of {_named(row)} with --label-column")
        return Keys(tokens, str(asked))
    there = [key for key in LABEL_KEYS if key in row]
    if not there:
        raise FormatError(
            f"{where}: the row has no labels, only {_named(row)}; expected one of {', '.join(LABEL_KEYS)}, or a key "
            "that --label-column names (none: tokens and text alone)"
        )
    texts = [key for key in there if isinstance(row[key], list) and row[key] and isinstance(row[key][0], str)]
    return Keys(tokens, (texts or there)[0])


def sentences_of(
    rows: Callable[[], Iterator[Record]], report: Report, options: ReadOptions, names: Mapping[str, Sequence[str]]
) -> Iterator[Sentence]:
    """The sentences of rows.

    rows: begins to read them. names: those of labels that are numbers, by key, as far as the file holds them. Other
    keys are counted. Raises FormatError for a row that is no such one.
    """
    from data_formats.annotation_tools.json_fields import id_of  # not needed for other formats

    unknown, keys = UnknownKeys(report), None
    given = None if options.label_names is None else [name.strip() for name in options.label_names.split(",")]
    for record in rows():  # no name for them, as an error's frames would keep the file open
        row, where = record.value, record.where
        try:
            if not isinstance(row, dict):
                raise FormatError(
                    f"{where}: {shown(row)} is not an object; expected one with lists of tokens and labels"
                )
            keys = keys or keys_of(row, where, options)
            tokens = [text_of(token, "a token", where) for token in _list(row, keys.tokens, where)]
            labels = None
            if keys.labels is not None:
                labels = _labels(row, keys, where, given or names.get(keys.labels))
                if len(labels) != len(tokens):
                    raise FormatError(
                        f"{where}: {len(tokens)} in {keys.tokens!r} and {len(labels)} in {keys.labels!r}; expected a "
                        "label for each token"
                    )
            text = next((row[key] for key in TEXT_KEYS if isinstance(row.get(key), str)), None)
            language = next((row[key] for key in _LANGUAGES if isinstance(row.get(key), str)), None)
            sentence = Sentence(
                id_of(row.get("id"), record),
                where,
                tokens,
                labels,
                text=None if text is None else text_of(text, "the text", where),
                language=language,
            )
        except FormatError as error:
            report.set_aside(error, where, record.id, kept_text(row))
            continue
        known = {"id", keys.tokens, keys.labels or "id", *_LANGUAGES}
        known |= {key for key in TEXT_KEYS if key in row and row[key] == text}
        unknown.add(
            row, known if labels_wanted(options) else known | ANNOTATION | set(LABEL_KEYS), where, of="documents"
        )
        yield sentence


def _labels(row: Mapping[str, Any], keys: Keys, where: str, names: Sequence[str] | None) -> list[str]:
    """The labels of a row; numbers are replaced by their names."""
    found = []
    for position, label in enumerate(_list(row, keys.labels or "", where), start=1):
        number = int(label) if names and isinstance(label, str) and label.isdecimal() and len(label) < 9 else label
        if isinstance(number, int) and not isinstance(number, bool):
            place = f"{where}: token {position}: the label in {keys.labels!r} is the number {number}"
            if not names:
                raise FormatError(f"{place}, {_WITHOUT_NAMES}")
            if not 0 <= number < len(names):
                raise FormatError(f"{place}; expected 0 to {len(names) - 1}, as there are {len(names)} names of labels")
            label = names[number]
        found.append(text_of(label, f"a label in {keys.labels!r}", where))
    return found


def _list(row: Mapping[str, Any], key: str, where: str) -> list[Any]:
    value = row.get(key)
    if not isinstance(value, list):
        found = f"{key!r} is {shown(value)}" if key in row else f"the row has no {key!r}, only {_named(row)}"
        raise FormatError(f"{where}: {found}; expected a list with an item for each token")
    return value


def _named(row: Mapping[str, Any]) -> str:
    names = [shown(key) for key in list(row)[:12]]
    return (", ".join(names) or "nothing") + (f" and {len(row) - 12} more" if len(row) > 12 else "")
