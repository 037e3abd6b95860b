"""Whole documents: a language, a form, and how letters are written; each is unlike all before it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from cascade.errors import CascadeError
from train.synthetic.apart import Apart
from train.synthetic.draw import Draw, Sources
from train.synthetic.forms import FORMS
from train.synthetic.language import language, language_codes
from train.synthetic.rendering import Value, recased

_ENGLISH = 3  # how many times as often English is drawn as another language
_TRIES = 50
_LOWER, _UPPER = 0.06, 0.05
_UNCHANGED = frozenset(("log", "snippet"))  # forms of programs, whose letters mean what they are


def documents(
    count: int,
    seed: int,
    languages: Sequence[str] = (),
    *,
    sources: Sources | None = None,
    apart: Apart | None = None,
) -> Iterator[dict[str, Any]]:
    """`count` rows of JSON lines with different texts.

    languages: all that have carriers by default. A row depends on the seed, its number and, where a text was drawn
    before, on the rows before it. sources: whose random numbers are used; they are seeded anew for each row. apart:
    from what the documents are kept apart. Raises CascadeError where none that is apart can be drawn.
    """
    codes = list(languages) or language_codes()
    weighted = [code for code in codes for _ in range(_ENGLISH if code == "en" else 1)]
    sources = sources or Sources()
    seen: set[str] = set()
    for number in range(count):
        for attempt in range(_TRIES):
            sources.random.seed(f"{seed}/{number}/{attempt}")
            code, form, value = _drawn(sources, weighted)
            shared = apart is not None and apart.shares(value)
            if value.text not in seen and not shared:
                break
        if shared:
            raise CascadeError(
                f"--apart-from: {_TRIES} documents drawn in a row share values or words with these texts; expected "
                "texts that leave something to draw"
            )
        seen.add(value.text)
        yield _row(f"synthetic-{seed}-{number}", code, form, value)


def _drawn(sources: Sources, codes: Sequence[str]) -> tuple[str, str, Value]:
    draw = Draw.of(sources, language(sources.random.choice(codes)))
    (form,) = sources.random.choices(list(FORMS), [weight for weight, _ in FORMS.values()])
    value = stripped(FORMS[form][1](draw))
    if form not in _UNCHANGED:
        value = _cased(value, draw)
    return draw.language.code, form, value


def stripped(value: Value) -> Value:
    """`value` without blanks at its ends, which no span reaches."""
    lead = len(value.text) - len(value.text.lstrip())
    return Value(value.text.strip(), tuple((start - lead, end - lead, name) for start, end, name in value.spans))


def _cased(value: Value, draw: Draw) -> Value:
    chance = draw.sources.random.random()
    turkish = draw.language.code == "tr"
    if chance < _LOWER:
        return recased(value, _changed(str.lower, {"I": "ı", "İ": "i"} if turkish else {}))
    if chance < _LOWER + _UPPER:
        return recased(value, _changed(str.upper, {"i": "İ", "ı": "I"} if turkish else {}))
    return value


def _changed(change: Callable[[str], str], own: Mapping[str, str]) -> Callable[[str], str]:
    return lambda letter: own.get(letter) or change(letter)


def _row(name: str, code: str, form: str, value: Value) -> dict[str, Any]:
    """The row of a document; "all" says that every type of the list is marked wherever it stands."""
    entities = sorted(value.spans, key=lambda span: (span[0], -span[1], span[2]))
    return {
        "id": name,
        "language": code,
        "text": value.text,
        "spacing": "natural",
        "meta": {"form": form, "types": "all"},
        "entities": [{"start": start, "end": end, "type": kind} for start, end, kind in entities],
    }
