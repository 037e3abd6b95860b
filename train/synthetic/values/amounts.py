"""Prices, shares, quantities and measurements with their units, in the language's way to write numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from train.synthetic.draw import Draw
from train.synthetic.rendering import Value, marked

_COUNTS = (5, 6, 7, 8, 9, 10, 11, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100, 120, 150, 200, 500, 1000, 2500)
_PLACES = {
    "length": 1,
    "weight": 1,
    "temperature": 1,
    "speed": 0,
    "area": 1,
    "volume": 1,
    "data size": 1,
    "measurement": 1,
}
# lowest and highest number with each unit
_UNITS: Mapping[str, Sequence[tuple[str, int, int]]] = {
    "length": (("km", 2, 900), ("m", 2, 400), ("cm", 5, 250), ("mm", 1, 90), ("ft", 5, 40), ("inches", 10, 75),
        ("miles", 2, 300)),
    "weight": (("kg", 1, 150), ("g", 50, 950), ("mg", 5, 900), ("t", 2, 40), ("lbs", 3, 300), ("oz", 2, 32)),
    "temperature": (("°C", -20, 42), ("°C", -20, 250), ("°F", 20, 450), ("K", 200, 400)),
    "speed": (("km/h", 5, 320), ("m/s", 2, 60), ("mph", 10, 180), ("kn", 5, 40)),
    "area": (("m²", 12, 900), ("qm", 20, 200), ("km²", 2, 9000), ("ha", 2, 400), ("sq ft", 300, 4000)),
    "volume": (("l", 1, 90), ("ml", 50, 950), ("m³", 2, 200), ("L", 1, 60), ("cl", 5, 75)),
    "data size": (("GB", 2, 900), ("MB", 2, 900), ("TB", 1, 20), ("KB", 10, 999), ("GiB", 2, 64)),
    "measurement": (("V", 3, 400), ("kWh", 2, 900), ("W", 5, 2000), ("bar", 1, 12), ("Hz", 20, 900),
        ("kW", 2, 300), ("dB", 20, 110), ("mmHg", 60, 180), ("rpm", 600, 9000), ("mA", 10, 900)),
}  # fmt: skip
_LATIN_WORDS = ("inches", "miles", "lbs", "oz", "ft", "sq ft", "mph", "°F")  # units of English texts alone
_GERMAN = ("qm",)


def written(draw: Draw, number: float, decimals: int) -> str:
    """A number with the language's signs between its digits."""
    decimal, thousands = draw.language.words["number signs"]
    if draw.chance(0.25):
        thousands = ""
    whole, _, part = f"{abs(number):.{decimals}f}".partition(".")
    if len(whole) > 4 or (len(whole) == 4 and thousands != " "):
        groups = []
        while whole:
            groups.append(whole[-3:])
            whole = whole[:-3]
        whole = thousands.join(reversed(groups))
    sign = draw.pick(("-", "−")) if number < 0 else ""
    return sign + whole + (decimal + part if part else "")


def _amount(draw: Draw, large: bool) -> str:
    if "whole sums" in draw.language.formats:  # sums without decimals, by what makes a price of a small number
        return written(draw, draw.number(1, 900) * (1000 if large else 1) * int(draw.format("whole sums")), 0)
    if large:
        return written(draw, draw.number(1, 900) * draw.pick((10, 100, 500, 1000)), draw.pick((0, 0, 2)))
    return written(draw, draw.number(1, 99999) / 100 if draw.chance(0.7) else draw.number(2, 900), draw.pick((0, 2, 2)))


def _money_of(draw: Draw, type_name: str, *, large: bool) -> Value:
    if large and draw.chance(0.25):
        return marked(
            draw.format("large money").format(n=written(draw, draw.number(11, 989) / 10, draw.pick((0, 1)))), type_name
        )
    return marked(draw.format("money").format(n=_amount(draw, large)), type_name)


def price(draw: Draw) -> Value:
    """What something costs."""
    return _money_of(draw, "price", large=False)


def money(draw: Draw) -> Value:
    """A sum of money that is no price: pay, budget, balance, debt."""
    return _money_of(draw, "amount of money", large=True)


def percentage(draw: Draw) -> Value:
    """A share of a hundred."""
    number = draw.number(5, 100) if draw.chance(0.6) else draw.number(1, 999) / 10
    return marked(
        draw.format("percentage").format(n=written(draw, number, 0 if isinstance(number, int) else 1)), "percentage"
    )


def quantity(draw: Draw) -> Value:
    """How many of something, with the unit that it is counted in."""
    return marked(draw.format("quantity").format(n=written(draw, draw.pick(_COUNTS), 0)), "quantity")


def bare_quantity(draw: Draw) -> Value:
    """How many, as orders and tables hold it."""
    return marked(str(draw.number(1, 60)), "quantity") if draw.chance(0.6) else quantity(draw)


def _measured(type_name: str) -> Callable[[Draw], Value]:
    def generate(draw: Draw) -> Value:
        own = draw.language.formats.get(type_name, ())
        if own and draw.chance(0.45):
            return marked(draw.pick(own).format(n=written(draw, draw.pick(_COUNTS[:12]), 0)), type_name)
        unit, low, high = draw.pick(_units(draw.language.code, type_name))
        number: float = draw.number(low, high)
        decimals = _PLACES[type_name] if high < 500 and draw.chance(0.4) else 0
        if decimals:
            number += draw.number(1, 9) / 10 if number > 0 else -draw.number(1, 9) / 10
        between = " " if unit.isalpha() and len(unit) > 3 else draw.pick((" ", " ", ""))
        return marked(f"{written(draw, number, decimals)}{between}{unit}", type_name)

    return generate


def distance(draw: Draw) -> Value:
    """How far it is from one city to another."""
    unit = draw.pick(("km", "km", "miles")) if draw.language.code == "en" else "km"
    return marked(
        f"{written(draw, draw.number(5, 2500), 0)}{draw.pick((' ', ' ', '')) if unit == 'km' else ' '}{unit}", "length"
    )


def body_height(draw: Draw) -> Value:
    """How tall a person is."""
    meters = written(draw, draw.number(95, 205) / 100, 2)
    return marked(draw.pick((f"{draw.number(95, 205)} cm", f"{meters} m", f"{draw.number(150, 199)}cm")), "length")


def body_weight(draw: Draw) -> Value:
    """How heavy a person is."""
    number = draw.number(12, 140) + (draw.number(1, 9) / 10 if draw.chance(0.4) else 0)
    return marked(
        f"{written(draw, number, 0 if isinstance(number, int) else 1)}{draw.pick((' ', ' ', ''))}kg", "weight"
    )


def body_temperature(draw: Draw) -> Value:
    """How warm a person is."""
    return marked(f"{written(draw, draw.number(355, 412) / 10, 1)}{draw.pick((' ', ' ', ''))}°C", "temperature")


def blood_pressure(draw: Draw) -> Value:
    """Systolic over diastolic pressure."""
    text = f"{draw.number(95, 190)}/{draw.number(55, 110)}"
    return marked(text + draw.pick((" mmHg", "", " mmHg", " mm Hg")), "measurement")


def _units(language: str, type_name: str) -> list[tuple[str, int, int]]:
    left_out = () if language == "en" else _LATIN_WORDS
    left_out = left_out if language == "de" else (*left_out, *_GERMAN)
    return [each for each in _UNITS[type_name] if each[0] not in left_out]


GENERATORS = {
    "price": price,
    "amount of money": money,
    "percentage": percentage,
    "quantity": quantity,
    "bare quantity": bare_quantity,
    "distance": distance,
    "body height": body_height,
    "body weight": body_weight,
    "body temperature": body_temperature,
    "blood pressure": blood_pressure,
    **{name: _measured(name) for name in _UNITS},
}
