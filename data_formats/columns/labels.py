"""Labels of tokens and the spans that they mean: BIO, IOB1, and the schemes that also mark ends and single tokens."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from cascade.errors import FormatError

OUTSIDE = "O"
# The letters of each scheme, in the order begin, inside, end, single.
SCHEMES = {"bio": "BI", "iob1": "BI", "bioes": "BIES", "bmes": "BMES", "bilou": "BILU", "bmeow": "BMEW", "io": "I"}
REPAIRS = ("begin",)
LABEL = re.compile(r"O|[BIESMLUW]-.+", re.DOTALL)
# other commands can read such files once they are converted
OPTION_OF = "an option of evaluate.py and python -m data_formats"
OPTIONS_OF = f"options{OPTION_OF.removeprefix('an option')}"
REMEDY = f"Fix the file, or say where its labels are with --label-column (none: nowhere), {OPTION_OF}."


class Span(NamedTuple):
    """A typed run of tokens; `start` and `end` are token indices, half-open."""

    start: int
    end: int
    type: str


def is_label(text: str) -> bool:
    """Whether a column's value is a label of any scheme."""
    return LABEL.fullmatch(text) is not None


class SchemeRule:
    """Decides from all labels of a file which scheme they follow.

    The letters of the labels decide if they can. Labels with only B and I are IOB1 if every B- label directly follows
    an entity of its type and some I- label begins an entity; otherwise they are BIO. Values that are no labels are
    ignored here; `decoded` refuses them.
    """

    def __init__(self) -> None:
        self._letters: set[str] = set()
        self._inside_begins = False
        self._begin_elsewhere = False

    def add(self, labels: Iterable[Sequence[str]]) -> None:
        """Counts the labels of a sentence; each token has one or several."""
        previous: list[str] = []
        for of_token in labels:
            types = []
            for label in of_token:
                letter, _, type_ = label.partition("-")
                if label != OUTSIDE and is_label(label):
                    self._letters.add(letter)
                    self._inside_begins |= letter == "I" and type_ not in previous
                    self._begin_elsewhere |= letter == "B" and type_ not in previous
                types.append(type_)
            previous = types

    def scheme(self, name: str) -> str:
        """The scheme; raises FormatError, with the file's name, if no scheme has these letters."""
        if self._letters <= set("BI"):
            return "iob1" if self._inside_begins and not self._begin_elsewhere else "bio"
        for scheme, letters in SCHEMES.items():
            if self._letters <= set(letters):
                return scheme
        shown = ", ".join(f"{letter}-" for letter in sorted(self._letters))
        raise FormatError(
            f"{name}: the labels begin with {shown}, which is no known scheme; expected {_described_schemes()}"
        )


def decoded(
    labels: Sequence[str], scheme: str, *, repair: str | None, place: Callable[[int], str], remedy: str = REMEDY
) -> list[Span]:
    """The spans of a sentence's labels, in order; remedy: what to do about a value that is no label of the scheme.

    An ill-formed sequence raises FormatError with the `place` of the token. With repair 'begin', a label that cannot
    continue an entity begins one, and an entity without its end ends before the next label that does not belong to it.
    """
    begin, inside, end, single = ("I", "I", None, None) if scheme == "io" else (*SCHEMES[scheme], None, None)[:4]
    spans: list[Span] = []
    start: int | None = None  # where the open entity began
    type_ = ""
    for position, label in enumerate(labels):
        letter, label_type = _parts(label, scheme, place(position), remedy)
        before = labels[position - 1] if position else None
        continues = start is not None and type_ == label_type and letter != OUTSIDE
        if not (continues and letter in (inside, end)):
            fault = None
            if end and start is not None:
                fault = f"a {begin}- or {inside}- label needs {inside}- or {end}- of the same type after it"
            elif scheme == "iob1":
                if letter == begin and not continues:
                    fault = f"in IOB1 a {begin}- label needs an entity of the same type right before it"
            elif letter in (inside, end) and scheme != "io":
                fault = f"an {letter}- label needs {begin}- or {inside}- of the same type before it"
            if fault and repair is None:
                raise _ill_formed(place(position), label, before, fault)
            if start is not None:
                spans.append(Span(start, position, type_))
            start = None if letter == OUTSIDE else position
        type_ = label_type
        if start is not None and letter in (end, single):
            spans.append(Span(start, position + 1, type_))
            start = None
    if start is not None:
        if end and repair is None:
            fault = f"a {begin}- or {inside}- label needs {inside}- or {end}- of the same type after it"
            raise _ill_formed(place(len(labels) - 1), None, labels[-1], fault)
        spans.append(Span(start, len(labels), type_))
    return spans


def encoded(spans: Iterable[Span], count: int) -> list[str]:
    """The BIO labels of `count` tokens; the spans must not overlap."""
    labels = [OUTSIDE] * count
    for span in spans:
        labels[span.start : span.end] = [f"B-{span.type}", *[f"I-{span.type}"] * (span.end - span.start - 1)]
    return labels


def _parts(label: str, scheme: str, where: str, remedy: str) -> tuple[str, str]:
    if label == OUTSIDE:
        return OUTSIDE, ""
    letter, _, type_ = label.partition("-")
    if letter not in SCHEMES[scheme] or len(letter) != 1 or not type_.strip():
        expected = ", ".join(f"{known}-" for known in SCHEMES[scheme])
        raise FormatError(
            f"{where}: label {label!r} is not of the scheme {scheme}; expected {OUTSIDE} or {expected} before a type. "
            f"{remedy}"
        )
    return letter, type_


def _ill_formed(where: str, label: str | None, before: str | None, fault: str) -> FormatError:
    found = f"the sentence ends after {before!r}" if label is None else f"label {label!r} begins a sentence"
    if label is not None and before is not None:
        found = f"label {label!r} follows {before!r}"
    return FormatError(f"{where}: {found}; {fault}. Fix the file or read it with --repair begin, {OPTION_OF}.")


def _described_schemes() -> str:
    return ", ".join(
        f"{scheme} ({' '.join(f'{letter}-' for letter in letters)})" for scheme, letters in SCHEMES.items()
    )
