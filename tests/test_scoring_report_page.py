"""The page of a score report: its numbers are the scorer's, and nothing in it is run."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from shown_documents import HOSTILE, Page
from test_scoring_mistakes import random_sides

import data_formats
from cascade.commands.evaluate import main
from cascade.document import Document, Entity
from cascade.scoring.calibration import calibration_error, reliability
from cascade.scoring.mistakes import Kind, find_mistakes
from cascade.scoring.report import Counts, ScoreReport
from cascade.scoring.report_page import report_html
from cascade.scoring.scores import pair_documents, score, scored_entities


def measured(counts: Counts) -> list[str]:
    return [*(f"{100 * value:.1f}" for value in (counts.precision, counts.recall, counts.f1))]


def expected_rows(report: ScoreReport) -> list[list[str]]:
    """The rows of measures: the name, the measures, an interval where there is one, the bar, gold and predicted."""
    rows = [("entities", report.strict, report.f1_interval), ("spans", report.span, report.span_f1_interval)]
    rows += [(name, each.strict, each.f1_interval) for name, each in report.languages.items()]
    made = [
        [
            name,
            *measured(counts),
            f"[{100 * ends.low:.1f}, {100 * ends.high:.1f}]",
            "",
            f"{counts.gold}",
            f"{counts.predicted}",
        ]
        for name, counts, ends in rows
        if ends is not None
    ]
    types = [[name, *measured(each), "", f"{each.gold}", f"{each.predicted}"] for name, each in report.types.items()]
    return [*made, *types]


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("ignored", [False, True])
def test_the_numbers_are_those_of_the_scorer(seed: int, ignored: bool) -> None:
    gold, predicted = random_sides(seed)
    report = score(gold, predicted, resamples=50, ignore_case_of_types=ignored)
    html = report_html(report, gold, predicted, ignore_case_of_types=ignored)
    rows = Page(html).rows
    measures = [row for row in rows if len(row) in (7, 8) and re.fullmatch(r"\d+\.\d", row[1])]
    assert measures == expected_rows(report)
    assert f"F1, macro over types: <b>{100 * report.macro_f1:.1f}</b>" in html
    assert f"that were found: <b>{100 * report.type_accuracy:.1f}</b>" in html
    assert f"Expected calibration error: {100 * (report.calibration_error or 0):.1f} (10 bins)" in html


@pytest.mark.parametrize("seed", range(5))
def test_the_parts_of_the_bars_are_the_mistakes_of_each_kind(seed: int) -> None:
    gold, predicted = random_sides(seed)
    report, mistakes = score(gold, predicted, resamples=0), find_mistakes(pair_documents(gold, predicted))
    html = report_html(report, gold, predicted)
    shown = re.findall(r'<li><span class="chip (\w+)"></span><b>([\d.]+)</b> \(([\d,]+)\)', html)
    kinds = [[None, Kind.MISSED, Kind.EDGES, Kind.TYPED], [None, Kind.INVENTED, Kind.EDGES, Kind.TYPED]]
    counts = [
        *(report.strict.tp if kind is None else mistakes.lost(kind) for kind in kinds[0]),
        *(report.strict.tp if kind is None else mistakes.spurious(kind) for kind in kinds[1]),
    ]
    wholes = [report.strict.gold] * 4 + [report.strict.predicted] * 4
    names = ["right" if kind is None else kind.name.lower() for side in kinds for kind in side]
    assert shown == [
        (name, f"{100 * count / whole:.1f}", f"{count}")
        for name, count, whole in zip(names, counts, wholes, strict=True)
    ]


@pytest.mark.parametrize("seed", range(10))
def test_the_bins_of_the_curve_give_the_calibration_error(seed: int) -> None:
    gold, predicted = random_sides(seed)
    scores, right = scored_entities(pair_documents(gold, predicted))
    bins = reliability(scores, right)
    total = sum(each.entities for each in bins)
    assert total == len(scores) > 0
    error = sum(each.entities * abs(each.share_right - each.mean_score) for each in bins) / total
    assert error == pytest.approx(calibration_error(scores, right), abs=1e-12)


def test_bins_are_worked_out_by_hand() -> None:
    bins = reliability([0.05, 0.91, 0.99, 1.0], [False, True, False, True])
    assert [(each.entities, each.share_right) for each in bins] == [(1, 0.0), (3, 2 / 3)]
    assert bins[1].mean_score == pytest.approx((0.91 + 0.99 + 1.0) / 3)
    assert reliability([], []) == []


def test_no_string_of_a_document_becomes_markup() -> None:
    gold = [Document(text, text, text, (Entity(0, 5, text),)) for text in HOSTILE]
    predicted = [each.with_entities([Entity(0, 4, each.text, 0.5), Entity(6, 9, each.text)]) for each in gold]
    page = Page(report_html(score(gold, predicted), gold, predicted, names=(HOSTILE[0], HOSTILE[1])))
    assert (page.tags["script"], page.tags["h1"], page.tags.get("img")) == (2, 1, None)
    assert len(page.texts) == 2 * 2 * len(HOSTILE)


def test_a_mistake_is_shown_in_its_context_with_its_own_offsets() -> None:
    text = "x" * 200 + " Ada Lovelace " + "y" * 200
    gold = Document("1", text, entities=(Entity(201, 213, "person"),))
    predicted = gold.with_entities([Entity(201, 204, "person", 0.8)])
    report = score([gold], [predicted])
    above, below = Page(report_html(report, [gold], [predicted])).texts
    assert above.text == below.text == f"…{text[111:303]}…"
    assert [above.text[mark.start : mark.end] for mark in above.marks] == ["Ada Lovelace"]
    assert [below.text[mark.start : mark.end] for mark in below.marks] == ["Ada"]
    assert below.marks[0].attributes["aria-description"] == "person, score 0.80; characters 201 to 204"


def test_perfect_and_empty_predictions_have_a_page() -> None:
    gold = [Document("1", "Ada", entities=(Entity(0, 3, "person"),))]
    assert "<h2>Mistakes</h2><p>There are none.</p>" in report_html(score(gold, gold), gold, gold)
    assert "1 missing (all their entities count as missed)" in report_html(score(gold, []), gold, [])
    bare = [Document("1", "")]
    assert "<h2>Are the scores right?</h2>" not in report_html(score(bare, bare), bare, bare)


def test_evaluate_writes_the_page_beside_the_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    gold, predicted = random_sides(1)
    files = [str(tmp_path / name) for name in ("gold.jsonl", "predicted.jsonl", "page.html", "report.json")]
    data_formats.write(gold, files[0])
    data_formats.write(predicted, files[1])
    assert main([*files[:2], "--html", files[2], "--json", files[3], "--resamples", "20"]) == 0
    printed, page = capsys.readouterr().out, Page(Path(files[2]).read_text(encoding="utf-8"))
    [entities] = [row for row in page.rows if row[0] == "entities"]
    [line] = [line for line in printed.splitlines() if line.startswith("entities ")]
    assert line.replace(",", "").split()[1:4] == entities[1:4]
    f1 = json.loads(Path(files[3]).read_text(encoding="utf-8"))["f1"]
    assert entities[3] == f"{100 * f1:.1f}"


def test_a_page_that_cannot_be_written_is_refused_before_files_are_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["missing.jsonl", "missing.jsonl", "--html", str(tmp_path)]) == 2
    assert capsys.readouterr().err == f"error: {tmp_path}: cannot be written: Is a directory; name a file\n"
