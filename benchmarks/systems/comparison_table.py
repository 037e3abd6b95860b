"""The results of a comparison: a row for each system, and what each of them lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.quality import ends, scores_of
from benchmarks.systems.kept_readings import Reading
from benchmarks.systems.methods import Method
from cascade import Document
from cascade.published.losses import NOT_LOST
from cascade.scoring.scores import score

_HEAD = (
    "| system | F1 [95 % interval] | spans | types | sentences/s | legal | lost | tokens trained |",
    "|---|---|---|---|---|---|---|---|",
)


def result(
    method: Method, gold: Sequence[Document], reading: Reading, models: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    """A row's figures: fractions, counts and rates by name.

    legal: the share of legal answers, None for a system that generates none. lost: counts by reason, of reading.
    """
    return {
        "system": method.name,
        "told": method.told,
        **scores_of(score(gold, reading.found)),
        "sentences": len(gold),
        "entities": sum(len(document.entities) for document in gold),
        "found": sum(len(document.entities) for document in reading.found),
        "sentences_a_second": reading.rate,
        "answers": reading.answers,
        "legal": reading.legal / reading.answers if reading.answers else None,
        "lost": reading.losses,
        "tokens": sum(each["tokens"] for each in models.values()),
        "models": {name: dict(each) for name, each in models.items()},
    }


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """The rows in Markdown, percentages and counts, with the losses of each system below."""
    lines = [*_HEAD, *map(_line, rows)]
    lost = [row for row in rows if row["lost"]]
    if lost:
        lines += ["", "Lost:", ""]
    for row in lost:
        reasons = sorted(row["lost"].items(), key=lambda pair: (-pair[1], pair[0]))
        lines.append(f"- {row['told']}: " + "; ".join(f"{times:,} {reason}" for reason, times in reasons))
    return "\n".join(lines) + "\n"


def _line(row: Mapping[str, Any]) -> str:
    legal = "all" if row["legal"] is None else f"{100 * row['legal']:.1f} %"
    cells = (
        row["told"],
        f"{100 * row['f1']:.1f} {ends(row['interval'])}".rstrip(),
        f"{100 * row['span_f1']:.1f}",
        f"{100 * row['type_accuracy']:.1f}" if row["span_f1"] else "-",
        f"{row['sentences_a_second']:.3g}",
        legal,
        f"{sum(times for reason, times in row['lost'].items() if reason not in NOT_LOST):,}",
        f"{row['tokens']:,}" if row["tokens"] else "none here",
    )
    return f"| {' | '.join(cells)} |"
