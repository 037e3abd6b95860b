"""Scores what was found in everyday texts, also by type, group, language and form, and where nothing is to be found."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.everyday.texts import Text
from cascade import Document
from cascade.scoring.bootstrap import RESAMPLES, Interval
from cascade.scoring.report import Counts
from cascade.scoring.scores import score

STRUCTURED = "structured types"
TITLE_TO_ADDRESS = "job title to address"
NAMES = "person, organization, location"
OTHERS = "others"
GROUPS: dict[str, tuple[str, ...]] = {  # all types that no group names are in OTHERS
    STRUCTURED: (
        "IBAN",
        "IP address",
        "URL",
        "age",
        "credit card number",
        "date",
        "date of birth",
        "dosage",
        "email",
        "file name",
        "identity number",
        "invoice number",
        "licence plate",
        "measurement",
        "money",
        "order number",
        "password",
        "percentage",
        "phone number",
        "postcode",
        "price",
        "quantity",
        "tax number",
        "time",
        "user name",
        "version number",
    ),
    TITLE_TO_ADDRESS: ("job title", "skill", "symptom", "court", "brand", "address"),
    NAMES: ("person", "organization", "company", "location"),
}

Pair = tuple[Text, Document]  # a text and what was found in it


@dataclass(frozen=True, slots=True)
class Row:
    """The strict counts of some texts, or of some types in them, and the 95 % interval of their F1 over texts.

    texts: how many were read, or ask for one of the types.
    """

    name: str
    texts: int
    counts: Counts
    interval: Interval | None

    def to_json(self) -> dict[str, Any]:
        """The row's values by name, the interval as [low, high]."""
        ends = None if self.interval is None else [self.interval.low, self.interval.high]
        return {"texts": self.texts, **self.counts.to_json(), "interval": ends}


@dataclass(frozen=True, slots=True)
class Result:
    """All rows of the tables.

    types: most gold entities first, then by name. empty: how many texts hold nothing of what they ask for; wrong:
    how many of these something was found in.
    """

    total: Row
    types: tuple[Row, ...]
    groups: tuple[Row, ...]
    languages: tuple[Row, ...]
    forms: tuple[Row, ...]
    empty: int
    wrong: int

    @property
    def macro_f1(self) -> float:
        """The plain mean of F1 over the types that have gold entities; 0.0 if there are none."""
        present = [row.counts.f1 for row in self.types if row.counts.gold]
        return sum(present) / max(len(present), 1)

    def to_json(self) -> dict[str, Any]:
        """The rows by name as JSON values, measures as fractions."""
        tables = {"types": self.types, "groups": self.groups, "languages": self.languages, "forms": self.forms}
        return {
            "total": self.total.to_json(),
            "macro_f1": self.macro_f1,
            **{name: {row.name: row.to_json() for row in rows} for name, rows in tables.items()},
            "nothing_to_find": {"texts": self.empty, "with_false_positives": self.wrong},
        }


def group_of(name: str) -> str:
    """The group that a type is in."""
    return next((group for group, types in GROUPS.items() if name in types), OTHERS)


def result(texts: Sequence[Text], found: Mapping[str, Document], *, seed: int, resamples: int = RESAMPLES) -> Result:
    """The scores of what was found in each text, by its id."""
    pairs = [(text, found[text.gold.id]) for text in texts]
    asked = {name for text in texts for name in text.types}

    def row(name: str, some: Sequence[Pair], types: Collection[str]) -> Row:
        some = [(text, answer) for text, answer in some if set(types) & set(text.types)]
        report = score(
            [_only(text.gold, types) for text, _ in some],
            [_only(answer, types) for _, answer in some],
            resamples=resamples,
            seed=seed,
        )
        return Row(name, len(some), report.strict, report.f1_interval)

    def rows(names: Sequence[str], of: Sequence[str]) -> tuple[Row, ...]:
        """A row for each name, of the pairs that have it."""
        return tuple(
            row(name, [pair for pair, own in zip(pairs, of, strict=True) if own == name], asked) for name in names
        )

    types = [row(name, pairs, {name}) for name in asked]
    groups = [*GROUPS, OTHERS]
    languages, forms = [text.gold.language or "" for text in texts], [text.form for text in texts]
    empty = [answer for text, answer in pairs if not text.gold.entities]
    return Result(
        total=row("all", pairs, asked),
        types=tuple(sorted(types, key=lambda each: (-each.counts.gold, each.name))),
        groups=tuple(row(group, pairs, {name for name in asked if group_of(name) == group}) for group in groups),
        languages=rows(list(dict.fromkeys(languages)), languages),
        forms=rows(sorted(set(forms)), forms),
        empty=len(empty),
        wrong=sum(bool(answer.entities) for answer in empty),
    )


def _only(document: Document, types: Collection[str]) -> Document:
    return document.with_entities(entity for entity in document.entities if entity.type in types)
