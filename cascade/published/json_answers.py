"""Answers that are JSON: entities grouped by type, with the number of their occurrence, or with offsets."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from cascade.published.alignment import occurrences
from cascade.published.losses import (
    ILLEGAL_ITEM,
    ILLEGAL_JSON,
    LEFTMOST,
    NOT_FOUND,
    NOT_WRITTEN,
    OUT_OF_RANGE,
    REPEATED,
    WRONG_OFFSETS,
    Losses,
)
from cascade.published.spans import Span
from data_formats.spacing import cuts_words

_TEXT, _LABEL, _OCCURRENCE, _START, _END = "text", "label", "occurrence_index", "start", "end"


@dataclass(frozen=True, slots=True)
class JsonFormat:
    """A format of JSON: how spans are turned into its value, and its value into spans of the text."""

    name: str
    value: Callable[[str, Sequence[Span], Sequence[str]], object]
    spans: Callable[[Any, str, Losses], list[Span]]
    kind: type

    def write(self, text: str, spans: Sequence[Span], losses: Losses, *, types: Sequence[str] = ()) -> str:
        """The JSON of the spans; counts those that reading it would place elsewhere.

        types: those asked for, which the format may list although there is none.
        """
        ordered = sorted(
            set(spans), key=lambda span: (span[1], -span[0], span[2])
        )  # inner ones first, as LLMs4NER does
        answer = json.dumps(self.value(text, ordered, types), ensure_ascii=False)
        losses.lose(NOT_WRITTEN, len(set(ordered) - set(self.read(answer, text, types, Losses()))))
        return answer

    def read(self, answer: str, text: str, types: Sequence[str], losses: Losses) -> list[Span]:
        """The spans that an answer names, with their offsets in the text, in the answer's order."""
        try:
            value = json.loads(answer, object_pairs_hook=_Pairs, parse_int=_integer)
        except (ValueError, RecursionError):  # what json raises for deep nesting
            value = None
        if type(value) is not self.kind:
            losses.lose(ILLEGAL_JSON)
            return []
        return self.spans(value, text, losses)


class _Pairs(list[tuple[str, Any]]):
    """The members of a JSON object, in order: a key may come twice, of which a dict would keep the last."""


def _integer(digits: str) -> int:
    """The number; -1 for one of so many digits that int() refuses it, which is no offset either."""
    return int(digits) if len(digits) < 20 else -1


def _members(item: object, losses: Losses, **kinds: type) -> list[Any] | None:
    """The values of an item by their keys; None, and counted, if one is missing, comes twice or is of another kind."""
    if isinstance(item, _Pairs):
        found = [[value for key, value in item if key == name] for name in kinds]
        if all(
            len(values) == 1 and type(values[0]) is kind for values, kind in zip(found, kinds.values(), strict=True)
        ):
            return [values[0] for values in found]
    losses.lose(ILLEGAL_ITEM)
    return None


def _grouped(text: str, spans: Sequence[Span], types: Sequence[str]) -> object:
    groups: dict[str, list[str]] = {name: [] for name in types}
    for start, end, name in spans:
        groups.setdefault(name, []).append(text[start:end])
    return groups


def _read_grouped(value: _Pairs, text: str, losses: Losses) -> list[Span]:
    """The k-th time that a string is told stands for its k-th occurrence, from left to right.

    Occurrences that cut no word come before others where there are enough. Times are counted over all types where the
    text has so many occurrences, and for each type by itself otherwise, as one place may have two types.
    """
    told: list[tuple[str, str]] = []
    for name, strings in value:
        for string in strings if type(strings) is list else [None]:
            if isinstance(string, str):
                told.append((string, name))
            else:
                losses.lose(ILLEGAL_ITEM)
    total, total_of_type = Counter(string for string, _ in told), Counter(told)
    seen: Counter[tuple[str, str]] = Counter()
    spans = []
    for string, name in told:
        starts = list(occurrences(string, text))
        if not starts:
            losses.lose(NOT_FOUND)
            continue
        together = total[string] <= len(starts)
        number = seen[string, "" if together else name]
        seen[string, "" if together else name] += 1
        whole = [start for start in starts if not cuts_words(start, start + len(string), text)]
        starts = whole if len(whole) >= (total[string] if together else total_of_type[string, name]) else starts
        if number >= len(starts):
            losses.lose(REPEATED)
            continue
        losses.lose(LEFTMOST, together and total[string] < len(starts))
        spans.append((starts[number], starts[number] + len(string), name))
    return spans


def _counted(text: str, spans: Sequence[Span], types: Sequence[str]) -> object:
    places: dict[str, list[int]] = defaultdict(list)
    for start, end, _ in spans:
        string = text[start:end]
        if string not in places:
            places[string] = list(occurrences(string, text))
    return [
        {_TEXT: text[start:end], _LABEL: name, _OCCURRENCE: places[text[start:end]].index(start) + 1}
        for start, end, name in spans
    ]


def _read_counted(value: list[Any], text: str, losses: Losses) -> list[Span]:
    spans = []
    for item in value:
        members = _members(item, losses, **{_TEXT: str, _LABEL: str, _OCCURRENCE: int})
        if members is None:
            continue
        string, name, number = members
        starts = list(occurrences(string, text))
        if not starts:
            losses.lose(NOT_FOUND)
        elif not 1 <= number <= len(starts):
            losses.lose(OUT_OF_RANGE)
        else:
            spans.append((starts[number - 1], starts[number - 1] + len(string), name))
    return spans


def _placed(text: str, spans: Sequence[Span], types: Sequence[str]) -> object:
    return [{_TEXT: text[start:end], _LABEL: name, _START: start, _END: end} for start, end, name in spans]


def _read_placed(value: list[Any], text: str, losses: Losses) -> list[Span]:
    spans = []
    for item in value:
        members = _members(item, losses, **{_TEXT: str, _LABEL: str, _START: int, _END: int})
        if members is None:
            continue
        string, name, start, end = members
        if not 0 <= start < end <= len(text) or text[start:end] != string:
            losses.lose(WRONG_OFFSETS if string and string in text else NOT_FOUND)
        else:
            spans.append((start, end, name))
    return spans


GROUPED = JsonFormat("json", _grouped, _read_grouped, _Pairs)
OCCURRENCE_INDEX = JsonFormat("occurrence-index", _counted, _read_counted, list)
OFFSET_JSON = JsonFormat("offset-json", _placed, _read_placed, list)
