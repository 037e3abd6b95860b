"""The slots that templates may name, and what fills them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from train.synthetic.draw import Draw
from train.synthetic.rendering import Value, rendered
from train.synthetic.values import amounts, codes, contact, finance, moments, near_misses, people, phrases, places

Generator = Callable[[Draw], Value]

SLOTS: Mapping[str, Generator] = {
    name: generator
    for module in (contact, finance, codes, moments, amounts, people, places, phrases, near_misses)
    for name, generator in module.GENERATORS.items()
}
# slots that write a value of another slot's type in another way
VARIANTS: Mapping[str, str] = {
    "bare age": "age",
    "relative date": "date",
    "full expiry date": "expiry date",
    "card expiry date": "expiry date",
    "bare quantity": "quantity",
    "full name": "person",
    "first name": "person",
    "last name": "person",
    "address block": "address",
    "distance": "length",
    "body height": "length",
    "body weight": "weight",
    "body temperature": "temperature",
    "blood pressure": "measurement",
}
_IN_NATIVE_DIGITS = frozenset(
    ("phone number", "date", "date of birth", "expiry date", "full expiry date", "time", "age", "bare age",
        "duration", "price", "amount of money", "percentage",
     "quantity", "bare quantity", "length", "weight", "temperature", "postcode", "house number")
)  # fmt: skip


def is_near_miss(slot: str) -> bool:
    """Whether what fills a slot is left unmarked."""
    return slot.startswith("~")


def type_of(slot: str) -> str:
    """The type of what fills a slot that is no near miss."""
    return VARIANTS.get(slot, slot)


def filled(slot: str, draw: Draw) -> Value:
    """A new value for a slot."""
    value = SLOTS[slot](draw)
    if draw.native_digits and slot in _IN_NATIVE_DIGITS and "digits" in draw.language.formats:
        digits = str.maketrans("0123456789", draw.format("digits"))
        return Value(value.text.translate(digits), value.spans)
    return value


def sentence(template: str, draw: Draw) -> Value:
    """A template with new values in its slots."""
    return rendered(template, lambda slot: filled(slot, draw))
