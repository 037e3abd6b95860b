"""Dates, times, ages and durations in the language's own forms."""

from __future__ import annotations

import calendar
import datetime

from train.synthetic.draw import Draw
from train.synthetic.rendering import Value, marked, rendered, within

_NUMBERS = (5, 6, 7, 8, 9, 10, 11, 12, 14, 15, 16, 18, 20, 25, 30, 40, 45, 48, 50, 60, 90)
# where a noun has one form behind 5 to 20 and another behind 2 to 4, the file has the former
_AGES = tuple(age for age in range(5, 98) if age < 21 or age % 10 in (0, 5, 6, 7, 8, 9))


def _written_date(draw: Draw, first: int, last: int) -> str:
    year = draw.number(first, last)
    month = draw.number(1, 12)
    day = draw.number(1, calendar.monthrange(year, month)[1])
    when = datetime.date(year, month, day)
    months, weekdays = draw.language.words["months"], draw.language.words["weekdays"]
    form = draw.format("date") if draw.chance(0.85) else "{y}-{m:02}-{d:02}"
    return form.format(
        d=day,
        m=month,
        y=year,
        yy=f"{year % 100:02}",
        be=year + 543,  # of the Buddhist era, as in Thailand
        sh=year - 621,  # of the solar Hijri calendar, as in Iran; before its new year it is one less
        month=months[month - 1],
        weekday=weekdays[when.weekday()],
    )


def date(draw: Draw) -> Value:
    """A calendar date from 1995 to 2031."""
    return marked(_written_date(draw, 1995, 2031), "date")


def relative_date(draw: Draw) -> Value:
    """A day named by its place beside that of writing, such as tomorrow.

    A preposition or an article stands before it and is no part of it; braces hold the day: on {Friday}.
    """
    return rendered(draw.word("relative dates"), lambda day: marked(day, "date"))


def date_of_birth(draw: Draw) -> Value:
    """A date from 1930 to 2018."""
    return marked(_written_date(draw, 1930, 2018), "date of birth")


def expiry_date(draw: Draw) -> Value:
    """The day or month up to which something is valid, as on a card or as other dates are written."""
    return card_expiry_date(draw) if draw.chance(0.5) else full_expiry_date(draw)


def full_expiry_date(draw: Draw) -> Value:
    """A date from 2018 to 2040 on which a passport, a warranty or a contract ends."""
    return marked(_written_date(draw, 2018, 2040), "expiry date")


def card_expiry_date(draw: Draw) -> Value:
    """Month and year as they stand on a card."""
    form = draw.pick(("{m:02}/{y}", "{m:02}/{y}", "{m:02}/20{y}", "{m:02}-{y}"))
    return marked(form.format(m=draw.number(1, 12), y=draw.number(24, 34)), "expiry date")


def time(draw: Draw) -> Value:
    """A time of day."""
    hour, minute = draw.number(0, 23), draw.pick((0, 0, 15, 30, 45, draw.number(0, 59)))
    form = draw.format("time")
    if "{ap" in form and "{h12}" in form:
        hour = draw.number(7, 22)
    halves = draw.language.words.get("day halves", ("am", "pm"))
    text = form.format(
        h=hour,
        h12=hour % 12 or 12,
        m=minute,
        s=draw.number(0, 59),
        ap=halves[hour // 12],
        AP=halves[hour // 12].upper(),
    )
    return marked(text, "time")


def timestamp(draw: Draw) -> Value:
    """Date and time as machines write them, with both inside."""
    day = f"{draw.number(2015, 2030)}-{draw.number(1, 12):02}-{draw.number(1, 28):02}"
    clock = f"{draw.number(0, 23):02}:{draw.number(0, 59):02}:{draw.number(0, 59):02}"
    between, end = draw.pick((("T", "Z"), ("T", ""), (" ", ""), (" ", "")))
    start = len(day) + len(between)
    inside = Value(day + between + clock + end, ((0, len(day), "date"), (start, start + len(clock), "time")))
    return within(inside, "timestamp")


def age(draw: Draw) -> Value:
    """A person's age with the words that belong to it."""
    return marked(draw.format("age").format(n=draw.pick(_AGES)), "age")


def bare_age(draw: Draw) -> Value:
    """An age as forms hold it, a number alone."""
    return marked(str(draw.number(4, 97)), "age") if draw.chance(0.7) else age(draw)


def duration(draw: Draw) -> Value:
    """A length of time."""
    return marked(draw.format("duration").format(n=draw.pick(_NUMBERS)), "duration")


GENERATORS = {
    "date": date,
    "relative date": relative_date,
    "date of birth": date_of_birth,
    "expiry date": expiry_date,
    "full expiry date": full_expiry_date,
    "card expiry date": card_expiry_date,
    "time": time,
    "timestamp": timestamp,
    "age": age,
    "bare age": bare_age,
    "duration": duration,
}
