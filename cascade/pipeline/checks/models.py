"""Checks of the adapters, and of the scores that the whole gives."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from cascade.adapters.card import shipped_adapters
from cascade.adapters.checksum_list import sums_beside
from cascade.errors import CascadeError
from cascade.pipeline.checks.adapter_files import findings
from cascade.pipeline.checks.outcome import FAIL, OK, WARN, Outcome
from cascade.pipeline.golden_scores import self_check


def check_adapters(folder: Path | None) -> Iterator[Outcome]:
    """Whether all adapters below a folder are whole and fit each other."""
    place = folder or shipped_adapters()
    remedy = "install cascade-ner again" if folder is None else "copy the adapters again"
    try:
        listed = sums_beside(place)
        found = list(findings(place, listed))
    except CascadeError as error:
        yield Outcome("adapters", FAIL, str(error), remedy)
        return
    wrong = [f"{each.name}: {problem}" for each in found for problem in each.problems]
    if not found:
        yield Outcome("adapters", FAIL, f"{place}: there are none", remedy)
    elif wrong:
        yield Outcome("adapters", FAIL, wrong[0] + (f" and {len(wrong) - 1} more" if len(wrong) > 1 else ""), remedy)
    else:
        how = "all whole" if listed is None else f"all whole, {len(listed)} files as their checksums say"
        yield Outcome("adapters", OK, f"{len(found)} in {place}, {how}")


def check_scores(device: str | None, adapters: Path | None) -> Iterator[Outcome]:
    """Whether a few texts get the scores that this version was tested with."""
    lines: list[str] = []
    try:
        from cascade.pipeline.facade import Cascade

        result = self_check(Cascade.load(device=device, adapters=adapters), report=lines.append)
    except CascadeError as error:
        yield Outcome("scores", FAIL, f"no model can be loaded: {error}")
        return
    if not result.applies:
        yield Outcome("scores", WARN, "there are no expected scores for these adapters", "use the shipped adapters")
    elif result.differences:
        found = f"{len(result.differences)} differ, first: {result.differences[0]}"
        yield Outcome("scores", FAIL, found, "install the versions named above, or try --precision bf16 or fp32")
    else:
        yield Outcome("scores", OK, "as this version was tested with")
