"""A score report as one page of HTML: measures, where points were lost, and the worst mistakes in their texts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from cascade.document import Document, Entity
from cascade.document.markup import escaped, text_html
from cascade.document.page import page_end, page_script, page_start
from cascade.document.palette import Palette
from cascade.scoring.calibration import Bin, reliability
from cascade.scoring.mistakes import Kind, Mistake, Mistakes, find_mistakes
from cascade.scoring.reliability_curve import curve
from cascade.scoring.report import ScoreReport
from cascade.scoring.report_tables import confusion_table, losses, measures_table
from cascade.scoring.scores import pair_documents, scored_entities
from cascade.scoring.table import percent

WORST = 100  # mistakes shown
AROUND = 90  # characters of context on each side


def report_html(
    report: ScoreReport,
    gold: Iterable[Document],
    predicted: Iterable[Document],
    *,
    ignore_case_of_types: bool = False,
    names: tuple[str, str] = ("gold", "predicted"),
) -> str:
    """The page of the report that `score` made of these documents with this option.

    names: what the two sides are called, such as their files.
    """
    pairs = pair_documents(gold, predicted)
    mistakes = find_mistakes(pairs, ignore_case_of_types=ignore_case_of_types)
    bins = reliability(*scored_entities(pairs, ignore_case_of_types=ignore_case_of_types))
    script = page_script(Path(__file__).parent / "report.js")
    style = (Path(__file__).parent / "report.css").read_text(encoding="utf-8")
    body = "\n".join(
        [
            f"<h1>Evaluation</h1><p class='faint' dir='auto'>{escaped(names[1])} against {escaped(names[0])}</p>",
            _overview(report),
            f"<h2>Where points were lost</h2>{losses(report, mistakes)}",
            *_groups(report),
            "<h2>Types: gold and predicted</h2><p class='faint'>Entities whose spans are equal. Rows and columns sum "
            f"up to the gold and predicted entities of each type.</p>{confusion_table(mistakes.confusion)}",
            *_calibration(report, bins),
            _worst(mistakes),
        ]
    )
    return f"{page_start('Evaluation', script, style)}{body}\n{page_end(script)}"


def _overview(report: ScoreReport) -> str:
    missing = f", {len(report.missing):,} missing (all their entities count as missed)" if report.missing else ""
    rows = [
        ("entities", report.strict, report.f1_interval),
        ("spans", report.span, report.span_f1_interval),
    ]
    bootstrap = (
        f" Intervals: bootstrap over documents, {report.resamples:,} resamples, seed {report.seed}."
        if report.f1_interval is not None
        else ""
    )
    return (
        f"<p>{report.gold_documents:,} gold documents, {report.predicted_documents:,} predicted{missing}.</p>"
        f"{measures_table('strict', rows)}"
        f"<p>F1, macro over types: <b>{percent(report.macro_f1)}</b>. Type accuracy on the gold spans that were found: "
        f"<b>{percent(report.type_accuracy)}</b>.</p>"
        f'<p class="faint">In percent. An entity counts if its span and its type are exactly right.{bootstrap}</p>'
    )


def _groups(report: ScoreReport) -> list[str]:
    languages = [(name, each.strict, each.f1_interval) for name, each in report.languages.items()]
    types = [(name, counts, None) for name, counts in report.types.items()]
    return [
        f"<h2>Languages</h2>{measures_table('language', languages)}",
        f"<h2>Types</h2>{measures_table('type', types)}",
    ]


def _calibration(report: ScoreReport, bins: Sequence[Bin]) -> list[str]:
    if report.calibration_error is None:
        return []
    return [f"<h2>Are the scores right?</h2>{curve(bins, report.calibration_error)}"]


def _worst(mistakes: Mistakes) -> str:
    """The worst mistakes, with buttons for kinds and a choice of types."""
    worst, palette = mistakes.worst(WORST), Palette()
    if not worst:
        return "<h2>Mistakes</h2><p>There are none.</p>"
    kinds = "".join(
        f'<button type="button" data-kind="{kind.name}" aria-pressed="true">{kind}<b>{shown}</b></button>'
        for kind in Kind
        if (shown := sum(each.kind is kind for each in worst))
    )
    names = sorted({entity.type for each in worst for entity in (each.gold, each.predicted) if entity is not None})
    choices = "".join(f'<option value="{escaped(name)}">{escaped(name)}' for name in names)
    items = "\n".join(_item(each, palette) for each in worst)
    return (
        f"<h2>The worst mistakes</h2><p class='faint'>{len(worst):,} of {len(mistakes.all):,}: of each kind in turn, "
        "the ones with the highest scores first.</p>"
        f'<div class="row needs-script" role="group" aria-label="Which mistakes are shown"><span class="legend">{kinds}'
        f'</span><label>with type <select id="type"><option value="">any{choices}</select></label>'
        f'<output id="shown" aria-live="polite"></output></div><ol id="mistakes">\n{items}\n</ol>'
    )


def _item(mistake: Mistake, palette: Palette) -> str:
    """A mistake: a line about it, and its place with what gold says and what was predicted."""
    sides = [("gold", mistake.gold), ("predicted", mistake.predicted)]
    there = [entity for _, entity in sides if entity is not None]
    first = max(0, min(entity.start for entity in there) - AROUND)
    last = min(len(mistake.document.text), max(entity.end for entity in there) + AROUND)
    rows = "".join(
        f'<div class="side"><span class="faint">{side}</span>{_excerpt(mistake, entity, first, last, palette)}</div>'
        for side, entity in sides
    )
    types = "".join(f' data-{side}="{escaped(entity.type)}"' for side, entity in sides if entity is not None)
    facts = [mistake.document.id, *([mistake.document.language] if mistake.document.language else [])]
    about = "".join(f'<span dir="auto">{escaped(fact)}</span>' for fact in facts)
    return f'<li data-kind="{mistake.kind.name}"{types}><header><b>{mistake.kind}</b>{about}</header>{rows}</li>'


def _excerpt(mistake: Mistake, entity: Entity | None, first: int, last: int, palette: Palette) -> str:
    text = mistake.document.text
    # an ellipsis of its own character, so that it takes the direction of the text
    before, behind = "…" if first else "", "…" if last < len(text) else ""
    shift = first - len(before)
    marked = [replace(entity, start=entity.start - shift, end=entity.end - shift)] if entity is not None else []
    excerpt = f"{before}{text[first:last]}{behind}"
    return text_html(excerpt, marked, palette, language=mistake.document.language, before=shift)
