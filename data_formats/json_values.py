"""Decodes and checks JSON values; errors name the place."""

from __future__ import annotations

import json

from cascade.errors import FormatError
from cascade.errors import shown as shown


def object_without_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """The object of these pairs; raises FormatError for a repeated key, which `json` would drop silently."""
    result: dict[str, object] = {}
    for key, value in pairs:
        if key in result:
            raise FormatError(f"an object has the key {key!r} twice; expected each key once")
        result[key] = value
    return result


WHITE_SPACE = " \t\r\n"  # the white space that JSON allows between values
DECODER = json.JSONDecoder(object_pairs_hook=object_without_duplicates)


def decode(text: str, name: str, line: int) -> object:
    """The JSON value that the whole text is; `line` is the line of the file `name` where the text stands."""
    value, end = decode_at(text, len(text) - len(text.lstrip(WHITE_SPACE)), name, line)
    rest = text[end:].strip(WHITE_SPACE)
    if rest:
        raise FormatError(f"{name}:{line}: after the JSON value comes {shown(rest)}; expected the end of the line")
    return value


def decode_at(text: str, start: int, name: str, first_line: int = 1) -> tuple[object, int]:
    """The JSON value at offset `start` of a text, and the offset where the value ends.

    The text begins at line `first_line` of the file `name`.
    """
    try:
        return DECODER.raw_decode(text, start)
    except json.JSONDecodeError as error:
        raise FormatError(
            f"{name}:{first_line + error.lineno - 1}: not JSON: {error.msg} at column {error.colno}"
        ) from error
    except (FormatError, RecursionError, ValueError) as error:
        line = first_line + text.count("\n", 0, start)
        raise FormatError(f"{name}:{line}: JSON that cannot be used: {error}") from error


def identifier_of(value: object, what: str, where: str) -> str:
    """An id as documents hold it: a whole number becomes its digits, also one that pandas holds as 1.0 beside missing
    ids; raises FormatError for what is neither a text nor a whole number.
    """
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise FormatError(f"{where}: {what} is {shown(value)}; expected a text or a whole number")
    return text_of(str(value), what, where)


def text_of(value: object, what: str, where: str) -> str:
    """The value as valid Unicode text; raises FormatError if it is not."""
    if not isinstance(value, str):
        raise FormatError(f"{where}: {what} is {shown(value)}; expected a text")
    if any("\ud800" <= c <= "\udfff" for c in value):
        raise FormatError(
            f"{where}: {what} {shown(value)} holds a lone surrogate, which is not valid Unicode; repair the source's "
            "encoding"
        )
    return value


def kept_text(value: object, key: str = "text") -> str:
    """What is kept of a row that cannot be read: the text under `key`, or else all of it as JSON.

    Halves of UTF-16 pairs, which no file can hold, become U+FFFD.
    """
    text = value.get(key) if isinstance(value, dict) else None
    if not isinstance(text, str):
        try:
            text = json.dumps(value, ensure_ascii=False, default=str)
        except RecursionError:  # nested deeper than what is left of Python's stack
            text = shown(value)
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
