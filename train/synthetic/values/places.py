"""Addresses with their parts, and coordinates."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from train.synthetic.draw import Draw
from train.synthetic.rendering import Value, marked, rendered, within


def city(draw: Draw) -> Value:
    """A city, most often one that exists."""
    own = not draw.made_by_faker("city", "address") or draw.chance(0.6)
    return marked(draw.word("city") if own else draw.made("city"), "city")


def street(draw: Draw) -> Value:
    """A street without a house number."""
    own = not draw.made_by_faker("street", "address") or draw.chance(0.35)
    return marked(draw.word("street") if own else draw.made("street_name"), "street")


def house_number(draw: Draw) -> Value:
    """A number of a house, as the language writes it."""
    return marked(
        draw.format("house number").format(n=draw.number(1, 240), m=draw.number(1, 20), a=draw.pick("abcd")),
        "house number",
    )


def postcode(draw: Draw) -> Value:
    """A postcode of the locale."""
    own = "postcode" in draw.language.formats
    return marked(draw.shape("postcode") if own else draw.made("postcode"), "postcode")


def country(draw: Draw) -> Value:
    """A country, called as the language calls it."""
    return marked(draw.word("country"), "country")


def state(draw: Draw) -> Value:
    """A state, province or region."""
    return marked(draw.word("state"), "state")


def address(draw: Draw) -> Value:
    """A whole address on one line, with its parts inside."""
    return _address(draw, draw.format("address"))


def address_block(draw: Draw) -> Value:
    """A whole address on several lines, with its parts inside."""
    return _address(draw, draw.format("address").replace(", ", "\n").replace("، ", "\n"))


def _address(draw: Draw, form: str) -> Value:
    return within(rendered(form, lambda slot: PARTS[slot](draw)), "address")


def coordinates(draw: Draw) -> Value:
    """Latitude and longitude in decimals or in degrees."""
    north, east = draw.number(-89000000, 89000000) / 1e6, draw.number(-179000000, 179000000) / 1e6
    kind = draw.number(0, 3)
    if kind == 0:
        text = f"{abs(north):.4f}° {'N' if north > 0 else 'S'}, {abs(east):.4f}° {'E' if east > 0 else 'W'}"
    elif kind == 1:
        text = (
            f"{int(abs(north))}°{draw.number(0, 59)}'{draw.number(0, 59)}\"{'N' if north > 0 else 'S'} "
            f"{int(abs(east))}°{draw.number(0, 59)}'{draw.number(0, 59)}\"{'E' if east > 0 else 'W'}"
        )
    else:
        places = draw.number(2, 6)
        text = f"{north:.{places}f}{draw.pick((', ', ',', ' '))}{east:.{places}f}"
    return marked(text, "coordinates")


PARTS: Mapping[str, Callable[[Draw], Value]] = {
    "city": city,
    "street": street,
    "house number": house_number,
    "postcode": postcode,
    "country": country,
    "state": state,
}
GENERATORS = {**PARTS, "address": address, "address block": address_block, "coordinates": coordinates}
