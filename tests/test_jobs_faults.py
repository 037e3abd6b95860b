"""Some of the kills and faults that `kills_of_jobs.py` and `faults_of_jobs.py` try at length."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from fault_cases import FAULTS, Fault
from faults_of_jobs import row
from kills_of_jobs import arguments, kills

from cascade.errors import CascadeError
from cascade.model.conversion_cache import cache_folder

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="forks its commands"),
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]
CHEAP = [each for each in FAULTS if not each.needs_model and not each.small_disk]
WITH_MODEL = [each for each in FAULTS if each.needs_model]


@pytest.mark.parametrize("fault", CHEAP, ids=lambda each: each.name)
def test_a_job_does_what_is_promised_where_something_goes_wrong(fault: Fault) -> None:
    said: list[str] = []
    assert row(fault, said.append), "\n".join(said)


def test_a_job_does_what_is_promised_where_the_disk_is_full() -> None:
    [fault] = [each for each in FAULTS if each.small_disk]
    said: list[str] = []
    try:
        kept = row(fault, said.append)
    except CascadeError as error:
        pytest.skip(str(error))  # mounting a small disk is for administrators
    assert kept, "\n".join(said)


@pytest.mark.slow
@pytest.mark.real_model
@pytest.mark.parametrize("fault", WITH_MODEL, ids=lambda each: each.name)
def test_a_job_with_a_model_does_what_is_promised_where_something_goes_wrong(
    fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CASCADE_NER_CACHE", str(cache_folder()))  # which the fault replaces by a copy
    said: list[str] = []
    assert row(fault, said.append), "\n".join(said)


def test_killed_jobs_lose_and_double_nothing(tmp_path: Path) -> None:
    tally = kills(tmp_path, arguments().parse_args(["--kills", "5", "--documents", "200", "--seed", "3"]))
    assert (tally.kills, tally.lost, tally.doubled, tally.different) == (5, 0, 0, 0)
    assert tally.most_again <= 16
