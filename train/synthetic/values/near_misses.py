"""Strings that look like a value of some type and are none; they are left unmarked."""

from __future__ import annotations

from train.synthetic.draw import Draw
from train.synthetic.rendering import Value


def score(draw: Draw) -> Value:
    """The result of a game, which looks like a time."""
    return Value(f"{draw.number(0, 7)}{draw.pick((':', ':', '-', '–'))}{draw.number(0, 7)}")


def chapter(draw: Draw) -> Value:
    """The number of a chapter, which looks like a version or a date."""
    return Value(".".join(str(draw.number(1, 15)) for _ in range(draw.number(2, 4))))


def page(draw: Draw) -> Value:
    """A page."""
    return Value(str(draw.number(2, 890)))


def room(draw: Draw) -> Value:
    """A room, gate, platform or seat."""
    return Value(draw.pattern(draw.pick(("%##", "?%", "?.%##", "%.##", "?%#", "%#", "%#?"))))


def edition(draw: Draw) -> Value:
    """The year in the name of a law, plan or event."""
    return Value(str(draw.number(1985, 2040)))


def small(draw: Draw) -> Value:
    """A number that counts nothing: a line, a step, an item."""
    return Value(str(draw.number(1, 40)))


def standard(draw: Draw) -> Value:
    """A name with digits that every reader knows."""
    return Value(draw.pick(("ISO 9001", "ISO 27001", "DIN 476", "A4", "IP67", "MP3", "G20", "5G", "EN 14001")))


def ratio(draw: Draw) -> Value:
    """A scale, which looks like a time."""
    return Value(f"1:{draw.pick((2, 5, 10, 12, 20, 24, 25, 50, 87, 100))}")


def drawn_numbers(draw: Draw) -> Value:
    """The numbers of a lottery."""
    return Value(draw.pick((", ", " ", "-")).join(map(str, sorted(draw.some(range(1, 50), draw.number(5, 7))))))


def blank(draw: Draw) -> Value:
    """What stands in a form where nothing was filled in."""
    return Value(
        draw.pick(
            (
                "-",
                "–",
                "---",
                "n/a",
                "N/A",
                "?",
                "______",
                "XXX-XXX-XXXX",
                "[...]",
                "xxxxxxxx",
                "****",
                "<>",
                "tbd",
                "null",
            )
        )
    )


GENERATORS = {
    "~score": score,
    "~chapter": chapter,
    "~page": page,
    "~room": room,
    "~edition": edition,
    "~small": small,
    "~standard": standard,
    "~ratio": ratio,
    "~draw": drawn_numbers,
    "~blank": blank,
}
