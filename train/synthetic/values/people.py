"""Persons, companies, brands and products."""

from __future__ import annotations

from train.synthetic.draw import Draw
from train.synthetic.language import SPACELESS
from train.synthetic.rendering import Value, marked, rendered

BRANDS = (
    "Sony", "Bosch", "Nike", "Adidas", "Samsung", "IKEA", "Philips", "Canon", "Lego", "Siemens", "Miele", "Puma",
    "Nestlé",
    "Lenovo", "Nokia", "Toyota", "Volvo", "Renault", "Fiat", "Honda", "Michelin", "Garmin", "Logitech",
    "Panasonic", "Xiaomi",
)  # fmt: skip
_MODELS = ("Pro", "Max", "Plus", "Lite", "Mini", "Air", "Ultra", "X", "Neo", "GT")
_LEFT_OUT = frozenset(("بن لادن",))  # names of Faker's that call up one person


def _given(draw: Draw, part: str, gender: str = "") -> str:
    if draw.made_by_faker("names", "person"):
        return draw.made(f"{part}_name_{gender}" if gender else f"{part}_name")
    kind = f"{part} names {gender or draw.pick(('male', 'female'))}"
    return draw.word(kind if kind in draw.language.words else f"{part} names male")  # often one list of family names


def _first(draw: Draw, gender: str = "") -> str:
    return _given(draw, "first", gender)


def _last(draw: Draw, gender: str = "") -> str:
    while (name := _given(draw, "last", gender)) in _LEFT_OUT:
        pass
    return name


def _full(draw: Draw) -> str:
    """First and last name that fit each other, as they must in Slavic languages."""
    gender = draw.pick(("male", "female"))
    first, other = _first(draw, gender), _first(draw, gender)
    return draw.format("name").format(first=first, last=_last(draw, gender), initial=other[0])


def person(draw: Draw) -> Value:
    """A person's name; a title stands before it and is no part of it.  Some are typed in small letters."""
    if draw.chance(0.18):
        return rendered(
            draw.format("titled"), lambda slot: marked(_last(draw) if slot == "last" else _full(draw), "person")
        )
    name = _full(draw)
    if draw.chance(0.06):
        name = name.lower()
    elif draw.chance(0.04):
        name = "".join(other if len(other := each.upper()) == 1 else each for each in name)
    return marked(name, "person")


def full_name(draw: Draw) -> Value:
    """A person's name without a title."""
    return marked(_full(draw), "person")


def first_name(draw: Draw) -> Value:
    """A given name alone."""
    return marked(_first(draw), "person")


def last_name(draw: Draw) -> Value:
    """A family name alone."""
    return marked(_last(draw), "person")


def company(draw: Draw) -> Value:
    """A company's name."""
    if draw.made_by_faker("company", "company") and draw.chance(0.35):
        name = draw.made("company")
        if draw.language.code == "en" or " and " not in name:  # Faker joins names in English where it has no pattern
            return marked(name, "company")
    return marked(draw.format("company").format(last=_last(draw), last2=_last(draw), city=draw.word("city")), "company")


def brand(draw: Draw) -> Value:
    """A brand that buyers know."""
    return marked(draw.pick(BRANDS), "brand")


def product(draw: Draw) -> Value:
    """A product: a common noun, or the name of a model."""
    kind = draw.number(0, 4)
    if kind < 3:
        return marked(draw.word("product"), "product")
    model = draw.pattern(draw.pick(("??-##0", "?%00", "??%#", "%00?", "??-%#00"))) + draw.pick(
        ("", "", f" {draw.pick(_MODELS)}")
    )
    if kind == 3 and draw.language.code not in SPACELESS:
        return marked(f"{draw.word('product')} {model}", "product")
    return marked(model, "product")


GENERATORS = {
    "person": person,
    "full name": full_name,
    "first name": first_name,
    "last name": last_name,
    "company": company,
    "brand": brand,
    "product": product,
}
