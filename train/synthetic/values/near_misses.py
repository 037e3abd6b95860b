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
    "~blank": blank,
}
