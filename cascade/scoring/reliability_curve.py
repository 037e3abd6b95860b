"""A reliability curve as SVG: how many entities with a score are right, beside how many should be."""

from __future__ import annotations

from collections.abc import Sequence

from cascade.scoring.calibration import BINS, Bin
from cascade.scoring.table import percent

SIDE, LEFT, BELOW = 240, 44, 40  # of the plot and its margins, in units of the drawing
LARGEST = 9.0  # radius of the point of the fullest bin


def curve(bins: Sequence[Bin], calibration_error: float) -> str:
    """The drawing and, for those who do not see it, its numbers as a table."""
    fullest = max((each.entities for each in bins), default=1)
    places = [(LEFT + SIDE * each.mean_score, 10 + SIDE * (1 - each.share_right)) for each in bins]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    points = "".join(
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{max(2.5, LARGEST * (each.entities / fullest) ** 0.5):.1f}">'
        f"<title>{_told(each)}</title></circle>"
        for (x, y), each in zip(places, bins, strict=True)
    )
    ticks = "".join(
        f'<text x="{LEFT + SIDE * n / 4:.0f}" y="{SIDE + 26}" text-anchor="middle">{n * 25}</text>'
        f'<text x="{LEFT - 6}" y="{14 + SIDE * (1 - n / 4):.0f}" text-anchor="end">{n * 25}</text>'
        f'<path class="grid" d="M{LEFT} {10 + SIDE * n / 4:.0f}h{SIDE}M{LEFT + SIDE * n / 4:.0f} 10v{SIDE}"/>'
        for n in range(5)
    )
    rows = "".join(
        f"<tr><td>{percent(each.mean_score)}</td><td>{percent(each.share_right)}</td><td>{each.entities:,}</td></tr>"
        for each in bins
    )
    return (
        f'<div class="beside"><svg viewBox="0 0 {LEFT + SIDE + 14} {SIDE + 10 + BELOW}" role="img" '
        'aria-label="Share of right entities by score; the numbers are in the table">'
        f'{ticks}<path class="ideal" d="M{LEFT} {10 + SIDE}L{LEFT + SIDE} 10"/><polyline points="{line}"/>{points}'
        f'<text x="{LEFT + SIDE / 2:.0f}" y="{SIDE + 44}" text-anchor="middle">mean score, %</text>'
        f'<text transform="translate(12 {10 + SIDE / 2:.0f}) rotate(-90)" text-anchor="middle">right, %</text></svg>'
        '<table class="numbers"><thead><tr><th scope="col">mean score</th><th scope="col">right</th>'
        f'<th scope="col">entities</th></tr></thead><tbody>{rows}</tbody></table></div>'
        f'<p class="faint">Expected calibration error: {percent(calibration_error)} ({BINS} bins). On the dashed line '
        "scores are the share that is right; below it they promise too much.</p>"
    )


def _told(each: Bin) -> str:
    return f"{each.entities:,} entities: mean score {percent(each.mean_score)}, right {percent(each.share_right)}"
