"""The words that an entity states beside its offsets, under whatever key: they have to be those at its offsets."""

from __future__ import annotations

from collections.abc import Mapping

from cascade.document import Entity
from cascade.errors import FormatError

# Keys under which published files have an entity's words, where there is no "text". The last three may hold something
# else as well, such as the title of a page: they are an error only if offsets of another kind explain the difference.
_OF_WORDS = ("word", "mention", "surface", "span")
_KEYS = ("word", "mention", "name", "value", "entity", "surface", "span")


def words_key(value: Mapping[str, object]) -> str | None:
    """The key under which an entity states its words; None if there is none, or only its type."""
    type_ = value.get("type", value.get("label"))
    return next((key for key in ("text", *_KEYS) if isinstance(said := value.get(key), str) and said != type_), None)


def states_words(value: Mapping[str, object], text: str) -> str | None:
    """The key under which an entity has the very words at its offsets; None if it has none such."""
    key, start, end = words_key(value), value.get("start"), value.get("end")
    if key is None or not isinstance(start, int) or not isinstance(end, int):
        return None
    return key if value[key] == text[start:end] else None


def check_words(value: Mapping[str, object], entity: Entity, text: str, where: str) -> None:
    """Raises FormatError if an entity states other words than those at its offsets.

    Under other keys than "text" they have to stand elsewhere in the text; otherwise they may be no words of it.
    """
    key, there = words_key(value), text[entity.start : entity.end]
    said = None if key is None else value[key]
    if not isinstance(said, str) or said == there:
        return
    from data_formats.annotation_tools.offset_hints import offset_hint  # only where words differ

    hint = offset_hint(text, entity.start, entity.end, said)
    if key != "text" and (not said or said not in text or not (hint or key in _OF_WORDS)):
        return
    named = "" if key == "text" else f" under {key!r}"
    raise FormatError(
        f"{where}: the entity at {entity.start}..{entity.end} says {said!r}{named}, the text there is {there!r}; "
        f"expected the same{hint}"
    )
