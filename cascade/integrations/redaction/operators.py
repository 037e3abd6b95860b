"""What stands in the place of an entity: its type, marks, a keyed hash, a number or an invented name."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol
from unicodedata import category, normalize

from cascade.errors import RedactionError, shown
from cascade.integrations.redaction.pseudonyms import Pseudonyms

OPERATORS = ("replace", "mask", "hash", "number", "pseudonym")
OF_ONE_JOB = ("number", "pseudonym")  # which remember what they gave
DEFAULT_OPERATOR = "replace"
TEMPLATE = "<{TYPE}>"
KEY_BYTES = 16  # the fewest that a key must have
_HASH_DIGITS = 16  # 64 bits: two of a million texts share one with a chance of 1 in 37 million

Operator = Callable[[str, str, str], str]  # (text of the entity, its type, whole text) -> what stands for it


class Operators(Protocol):
    """What is asked of a set of operators: one by type."""

    def __call__(self, type: str) -> Operator: ...  # noqa: D102 - said above


def operators(
    chosen: str | Mapping[str, str],
    *,
    types: Iterable[str] | None = None,
    key: bytes | None = None,
    seed: int | None = None,
    locale: str = "en_US",
) -> Operators:
    """The operator of each type, from one name for all, or names by type with "*" for the others.

    A name may have an argument behind "=": `replace=[{type}]`, `mask=#`.  types: those that there can be; None: any.
    Their case is all one.  key: of `hash`.  seed, locale: of `pseudonym`.  Raises RedactionError for what is no
    operator, for a type that there cannot be, for `hash` without a key, and for an unknown locale.
    """
    names = {"*": chosen} if isinstance(chosen, str) else {"*": DEFAULT_OPERATOR, **chosen}
    pseudonyms = Pseudonyms(seed=seed, locale=locale)
    able = None if types is None else list(types)
    made: dict[str, Operator] = {}
    for type, name in names.items():
        if (folded := _folded(type)) in made:
            raise RedactionError(f"the type {type!r} has two operators, under names that differ in case; expected one")
        if able is not None and type != "*" and folded not in map(_folded, able):
            raise RedactionError(
                f"operator {name!r} of the type {type!r}, which is not looked for; expected one of {', '.join(able)}"
            )
        made[folded] = _operator(name, key, pseudonyms)
    if "pseudonym" in names.values():
        pseudonyms.check_locale()
    return lambda type: made.get(_folded(type), made["*"])


def _folded(type: str) -> str:
    return " ".join(type.casefold().split())


def _operator(chosen: str, key: bytes | None, pseudonyms: Pseudonyms) -> Operator:
    name, given, argument = chosen.partition("=")
    if name not in OPERATORS or (given and name not in ("replace", "mask")):
        raise RedactionError(
            f"operator {chosen!r}; expected one of {', '.join(OPERATORS)}, or one with an argument such as "
            "replace=[{type}] or mask=#"
        )
    if name == "replace":
        return _replacing(argument if given else TEMPLATE)
    if name == "mask":
        return _masking(argument if given else "*")
    if name == "hash":
        return _hashing(key)
    if name == "number":
        return lambda text, type, whole: pseudonyms.numbered(text, type, whole)
    return lambda text, type, whole: pseudonyms.invented(text, type, whole)


def _replacing(template: str) -> Operator:
    if not template or "{type}" not in template and "{TYPE}" not in template:
        raise RedactionError(f"operator replace={template!r}; expected {{type}} or {{TYPE}} in it, such as [{{type}}]")
    return lambda text, type, whole: template.replace("{type}", type).replace("{TYPE}", tag(type))


def _masking(mark: str) -> Operator:
    if len(mark) != 1 or mark.isspace():
        raise RedactionError(f"operator mask={mark!r}; expected one character, such as mask=#")
    return lambda text, type, whole: "".join(each if each.isspace() else mark for each in text)


def _hashing(key: bytes | None) -> Operator:
    if key is None:
        raise RedactionError(
            "the operator hash needs a key: without one, whoever guesses a name could check the guess. Give one of "
            f"{KEY_BYTES} or more random bytes"
        )
    if len(key) < KEY_BYTES:
        raise RedactionError(f"the key of the operator hash has {len(key)} bytes; expected {KEY_BYTES} or more")

    def hashed(text: str, type: str, whole: str) -> str:
        digest = hmac.new(key, "\0".join((type, text)).encode("utf-8"), hashlib.sha256).hexdigest()
        return f"{tag(type)}_{digest[:_HASH_DIGITS]}"

    return hashed


def tag(type: str) -> str:
    """The name of a type as one word in capitals: `phone number` as PHONE_NUMBER."""
    composed = normalize("NFC", type)
    words = "".join(each if each.isalnum() or category(each).startswith("M") else " " for each in composed).split()
    return "_".join(words).upper() or shown(type)
