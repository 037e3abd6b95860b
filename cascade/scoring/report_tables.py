"""Tables of a report as HTML: measures with bars, where points were lost, what types were taken for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from cascade.document.markup import escaped
from cascade.scoring.bootstrap import CONFIDENCE, Interval
from cascade.scoring.mistakes import Confusion, Kind, Mistakes
from cascade.scoring.report import Counts, ScoreReport
from cascade.scoring.table import percent

MOST_TYPES = 25  # in the confusion matrix; more do not fit on a screen
LOST = {
    Kind.MISSED: "no predicted entity is there (extractor, or rejected by the classifier)",
    Kind.EDGES: "the predicted span begins or ends elsewhere (extractor)",
    Kind.TYPED: "the span is right, the type is not (classifier)",
}
SPURIOUS = {
    Kind.INVENTED: "no gold entity is there (extractor, and not rejected by the classifier)",
    Kind.EDGES: "the gold span begins or ends elsewhere (extractor)",
    Kind.TYPED: "the span is right, the type is not (classifier)",
}

Row = tuple[str, Counts, Interval | None]


def measures_table(what: str, rows: Iterable[Row]) -> str:
    """A row of measures for each name, in percent, F1 also as a bar with its interval."""
    rows = list(rows)
    with_intervals = any(interval is not None for *_, interval in rows)
    body = "".join(
        f'<tr><th scope="row" dir="auto">{escaped(name)}</th><td>{percent(counts.precision)}</td>'
        f"<td>{percent(counts.recall)}</td><td><b>{percent(counts.f1)}</b></td>"
        f"{f'<td>{_ends(interval)}</td>' if with_intervals else ''}"
        f"<td>{_bar(counts.f1, interval)}</td><td>{counts.gold:,}</td><td>{counts.predicted:,}</td></tr>"
        for name, counts, interval in rows
    )
    ends = [f"{CONFIDENCE:.0%} interval"] if with_intervals else []
    heads = (what, "precision", "recall", "F1", *ends, "", "gold", "predicted")
    return _table("".join(f'<th scope="col">{head}</th>' for head in heads), body, "measures")


def _ends(interval: Interval | None) -> str:
    return "" if interval is None else f"[{percent(interval.low)}, {percent(interval.high)}]"


def _bar(fraction: float, interval: Interval | None) -> str:
    """A bar that only repeats what stands beside it, and so is hidden from screen readers."""
    whisker = ""
    if interval is not None:
        width = percent(interval.high - interval.low)
        whisker = f'<i style="left:{percent(interval.low)}%;width:{width}%"></i>'
    return f'<span class="bar" aria-hidden="true"><b style="width:{percent(fraction)}%"></b>{whisker}</span>'


def losses(report: ScoreReport, mistakes: Mistakes) -> str:
    """Where gold and predicted entities went, and what F1 would be with one stage without mistakes."""
    gold = [(f"{kind}: {LOST[kind]}", kind, mistakes.lost(kind)) for kind in LOST]
    predicted = [(f"{kind}: {SPURIOUS[kind]}", kind, mistakes.spurious(kind)) for kind in SPURIOUS]
    return (
        _stack("Of the gold entities (points of recall)", report.strict.tp, gold, report.strict.gold)
        + _stack(
            "Of the predicted entities (points of precision)", report.strict.tp, predicted, report.strict.predicted
        )
        + f"<p>With every type right on these spans, F1 would be <b>{percent(report.span.f1)}</b> (that of the spans). "
        "With every span right and types as they are on the spans that were found, it would be "
        f"<b>{percent(report.type_accuracy)}</b> (the type accuracy).</p>"
        '<p class="faint">Files do not hold spans that the classifier rejected, or that were less likely than '
        "--min-score: they are among those not found. infer.py says at its end how many there were; with "
        "--min-score 0 unlikely ones are kept.</p>"
    )


def _stack(title: str, right: int, parts: list[tuple[str, Kind, int]], whole: int) -> str:
    """A bar in parts and the same as a list."""
    shares = [("right", "right", right), *((text, kind.name.lower(), count) for text, kind, count in parts)]
    bar = "".join(f'<b class="{name}" style="width:{100 * n / max(whole, 1):.3f}%"></b>' for _, name, n in shares)
    lines = "".join(
        f'<li><span class="chip {name}"></span><b>{percent(n / max(whole, 1))}</b> ({n:,}) {escaped(text)}</li>'
        for text, name, n in shares
    )
    return f'<h3>{title}</h3><div class="stack" aria-hidden="true">{bar}</div><ul class="shares">{lines}</ul>'


def confusion_table(confusion: Confusion) -> str:
    """Gold types down, predicted types across, commonest first; rarer ones are taken together."""
    totals: Counter[str] = Counter()
    for (gold, predicted), count in confusion.items():
        totals.update({name: count for name in (gold, predicted) if name is not None})
    names = sorted(totals, key=lambda name: (-totals[name], name))
    shown: list[str | None] = [*names[:MOST_TYPES]]
    folded = f"{len(names) - MOST_TYPES} other types"
    if len(names) > MOST_TYPES:
        shown.append(folded)
    cells: Confusion = Counter()
    for pair, count in confusion.items():
        gold, predicted = (name if name is None or name in shown else folded for name in pair)
        cells[gold, predicted] += count
    rows, columns = [*shown, None], [None, *shown]  # what was missed stands in view, also of a wide table
    head = '<th scope="col">gold ↓ predicted →</th>' + "".join(
        f'<th scope="col"><span>{_cell_name(name)}</span></th>' for name in columns
    )
    body = "".join(_confusion_row(gold, columns, cells, folded) for gold in rows)
    return _table(head, body, "confusion")


def _confusion_row(gold: str | None, columns: list[str | None], cells: Confusion, folded: str) -> str:
    """A row, each cell shaded by its share of the row."""
    total = sum(cells[gold, predicted] for predicted in columns)
    made = []
    for predicted in columns:
        count = cells[gold, predicted]
        kind = "same" if gold == predicted != folded else "other"
        shade = f' class="{kind}" style="--share:{count / total:.3f}"' if count else ""
        made.append(f"<td{shade}>{f'{count:,}' if count else '·' if gold or predicted else ''}</td>")
    return f'<tr><th scope="row">{_cell_name(gold)}</th>{"".join(made)}</tr>'


def _cell_name(name: str | None) -> str:
    return "<i>no such span</i>" if name is None else f'<bdi title="{escaped(name)}">{escaped(name)}</bdi>'


def _table(head: str, body: str, name: str) -> str:
    return f'<div class="wide"><table class="{name}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
