"""Texts put together from plain strings and typed values; offsets are noted while the text grows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

Span = tuple[int, int, str]

_SLOT = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True, slots=True)
class Value:
    """A text and its spans (start, end, type), which may nest."""

    text: str
    spans: tuple[Span, ...] = ()


def marked(text: str, type_name: str) -> Value:
    """The whole of `text` as one span."""
    return Value(text, ((0, len(text), type_name),))


def within(value: Value, type_name: str) -> Value:
    """`value` as a whole marked as one more span, around those that it has."""
    return Value(value.text, ((0, len(value.text), type_name), *value.spans))


@dataclass(slots=True)
class Builder:
    """A text that grows at its end."""

    parts: list[str] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    length: int = 0

    def add(self, *pieces: str | Value) -> Builder:
        """Appends plain strings and values; returns the builder."""
        for piece in pieces:
            value = Value(piece) if isinstance(piece, str) else piece
            self.spans += [(start + self.length, end + self.length, name) for start, end, name in value.spans]
            self.parts.append(value.text)
            self.length += len(value.text)
        return self

    @property
    def value(self) -> Value:
        """What was put together so far."""
        return Value("".join(self.parts), tuple(self.spans))


def concatenated(pieces: Iterable[str | Value], between: str = "") -> Value:
    """The pieces in order, with a string between each two."""
    builder = Builder()
    for number, piece in enumerate(pieces):
        builder.add(*((between,) if number else ()), piece)
    return builder.value


def template_slots(template: str) -> list[str]:
    """The names of a template's slots in order; `{phone number}` is one."""
    return _SLOT.findall(template)


def rendered(template: str, fill: Callable[[str], Value]) -> Value:
    """The template with each slot replaced by what `fill` makes for its name.

    Where a value ends with a full stop and the template goes on with one, as behind an abbreviation, one is written.
    """
    builder = Builder()
    for place, part in enumerate(_SLOT.split(template)):
        if place % 2:
            builder.add(fill(part))
        else:
            stops = part.startswith(".") and builder.parts and builder.parts[-1].endswith(".")
            builder.add(part[1:] if stops else part)
    return builder.value


def recased(value: Value, change: Callable[[str], str]) -> Value:
    """`value` with every character changed alone; one that would become several stays, so that offsets hold."""
    return Value("".join(other if len(other := change(each)) == 1 else each for each in value.text), value.spans)


def capitalised(value: Value) -> Value:
    """`value` with its first letter in upper case, where that is one character."""
    first = value.text[:1].upper()
    return Value(first + value.text[1:], value.spans) if len(first) == 1 else value


def trimmed_end(value: Value, characters: str) -> Value:
    """`value` without these characters at its end, as far as no span reaches."""
    least = max((end for _, end, _ in value.spans), default=0)
    kept = len(value.text.rstrip(characters))
    return Value(value.text[: max(kept, least)], value.spans)
