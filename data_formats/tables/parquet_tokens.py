"""Parquet with lists of tokens and of labels, as `datasets` writes its data sets for token classification."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from cascade.errors import FormatError
from data_formats.read_options import OF_TOKENS, ReadOptions
from data_formats.token_rows import LABEL_KEYS, TOKEN_KEYS

_OPTIONS = tuple(name for name in OF_TOKENS if name != "entities")
_ABOUT_FEATURES = b"huggingface"  # the key under which `datasets` keeps them in a schema
_LIST_OF_TEXTS = re.compile(r"(large_)?list(_view)?<.*string")
_LIST_OF_TEXTS = re.compile(r"(large_)?list(_view)?<.*string")
_DEEPEST = 8  # lists and structures around the names of labels


def holds_tokens(schema: Any, options: ReadOptions) -> bool:
    """Whether rows are read as tokens with labels, rather than as texts; schema: that of the file.

    They are if no column of texts is named, and there are columns with lists of tokens and of labels; where labels are
    not read, a column `text` goes before tokens.
    """
    columns = schema.names
    lists = {field.name for field in schema if _LIST_OF_TEXTS.match(str(field.type))}
    if options.text_column is not None or not set(TOKEN_KEYS) & lists:
        return False
    if "text" not in columns:
        return True
    asked = options.label_column in columns
    return options.entities and "entities" not in columns and (asked or bool(set(LABEL_KEYS) & set(columns)))


def refuse_options_of_tokens(options: ReadOptions, name: str) -> None:
    """Raises FormatError for options for labels where none are read from the file."""
    without = ReadOptions()
    given = [each for each in _OPTIONS if getattr(options, each) != getattr(without, each)]
    if given and options.entities:
        told = ", ".join(f"--{each.replace('_', '-')}" for each in given)
        raise FormatError(
            f"{name}: {told}: for rows with lists of tokens and labels, and this file is read as a table of texts; "
            "leave it out"
        )


def names_of_labels(metadata: Mapping[bytes, bytes] | None) -> dict[str, list[str]]:
    """The names of the labels that are numbers, by column, as `datasets` keeps them in a schema's metadata."""
    try:
        features = json.loads((metadata or {})[_ABOUT_FEATURES])["info"]["features"]
        columns = dict(features).items()
    except (KeyError, TypeError, ValueError):
        return {}
    return {column: names for column, feature in columns if (names := _names(feature)) is not None}


def _names(feature: Any, depth: int = 0) -> list[str] | None:
    """The names of a ClassLabel, inside of what lists there are around it."""
    if depth > _DEEPEST:
        return None
    if isinstance(feature, list) and len(feature) == 1:
        return _names(feature[0], depth + 1)
    if not isinstance(feature, dict):
        return None
    names = feature.get("names")
    if feature.get("_type") == "ClassLabel" and isinstance(names, list) and all(isinstance(n, str) for n in names):
        return names
    return _names(feature.get("feature"), depth + 1)
