"""Some of the kills and faults that `kills_of_jobs.py` and `faults_of_jobs.py` try at length."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from fault_cases import FAULTS, Fault
from faults_of_jobs import row
from kills_of_jobs import arguments, kills

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="forks its commands"),
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]
CHEAP = [each for each in FAULTS if not each.needs_model and not each.small_disk]


@pytest.mark.parametrize("fault", CHEAP, ids=lambda each: each.name)
def test_a_job_does_what_is_promised_where_something_goes_wrong(fault: Fault) -> None:
    said: list[str] = []
    assert row(fault, said.append), "\n".join(said)


def test_killed_jobs_lose_and_double_nothing(tmp_path: Path) -> None:
    tally = kills(tmp_path, arguments().parse_args(["--kills", "5", "--documents", "200", "--seed", "3"]))
    assert (tally.kills, tally.lost, tally.doubled, tally.different) == (5, 0, 0, 0)
    assert tally.most_again <= 16
