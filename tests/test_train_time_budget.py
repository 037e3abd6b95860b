"""`--minutes`: how time is shared, when a training scores and stops, and what the learning rate does meanwhile."""

from __future__ import annotations

import pytest

from cascade.errors import CascadeError
from train import run
from train.time_budget import DEADLINE, TimeBudget, clock, deadline, passes, set_deadline
from train.training_clock import TrainingClock, scale_at


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time that `train.time_budget` sees, to be changed."""
    seen = [1000.0]
    monkeypatch.setattr("train.time_budget.time.time", lambda: seen[0])
    return seen


def test_two_stages_get_half_of_what_is_left_without_the_scores_at_the_end(now: list[float]) -> None:
    budget = TimeBudget.of(10)  # to 1600, of which 90 are kept back
    assert budget.deadline(2) == 1000 + 510 / 2
    now[0] = 1300.0
    budget.measured(20.0)  # 2.5 times as long is kept back
    assert budget.deadline(1) == 1550.0


def test_where_the_time_is_over_nothing_is_left_to_share(now: list[float]) -> None:
    budget = TimeBudget.of(1)
    now[0] = 1055.0
    assert budget.deadline(1) == 1055.0
    assert budget.least == 3.0  # seconds that a stage is trained all the same


def test_a_stage_that_begins_late_ends_later() -> None:
    timed = TrainingClock(started=0.0, ends=100.0, most_scorings=1)
    assert timed.begin(80.0, 15.0) == 0.0
    assert timed.begin(90.0, 15.0) == 5.0
    assert (timed.started, timed.ends) == (90.0, 105.0)


@pytest.mark.parametrize(
    ("documents", "minutes", "expected"),
    [
        (48, 10.0, 40),  # 1,200 steps by 7.2 a pass are 167 passes, but 40 are the most
        (2000, 10.0, 4),  # 1,200 by 300
        (48, 1.0, 17),  # 120 by 7.2
        (100_000, 10.0, 1),
        (0, 10.0, 40),
    ],
)
def test_few_documents_are_passed_over_more_often(documents: int, minutes: float, expected: int) -> None:
    assert passes(documents, minutes) == expected


def test_a_process_of_the_training_is_told_when_to_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DEADLINE, "")
    with pytest.raises(CascadeError, match="CASCADE_DEADLINE is ''; expected a time in seconds since 1970"):
        deadline()
    set_deadline(1234.5, 8, 30.0)
    assert deadline() == (1234.5, 8, 30.0)


@pytest.mark.parametrize(("done", "scale"), [(0.0, 0.2), (0.025, 0.6), (0.05, 1.0), (0.525, 0.5), (1.0, 0.0)])
def test_the_learning_rate_warms_up_and_is_nothing_at_the_end(done: float, scale: float) -> None:
    assert scale_at(done) == pytest.approx(scale)


def test_a_training_is_over_by_time_or_by_steps() -> None:
    timed = TrainingClock(started=0.0, ends=110.0, most_scorings=8, scoring=10.0)
    assert timed.done(25.0, 0.1) == 0.25
    assert timed.done(25.0, 0.7) == 0.7
    assert timed.done(500.0, 0.0) == 1.0
    assert TrainingClock(started=0.0, ends=5.0, most_scorings=8, scoring=10.0).done(0.0, 0.0) == 1.0


def test_it_stops_while_there_is_time_to_score() -> None:
    timed = TrainingClock(started=0.0, ends=100.0, most_scorings=1, scoring=10.0)
    assert timed.after_step(85.0, 4.0, 0.0) == (False, False)
    assert timed.after_step(86.0, 4.0, 0.0) == (True, True)


def test_a_step_that_was_slow_once_is_reckoned_with_for_a_while() -> None:
    timed = TrainingClock(started=0.0, ends=100.0, most_scorings=1)
    timed.after_step(10.0, 40.0, 0.0)
    assert timed.after_step(79.0, 1.0, 0.0) == (False, False)  # 20 s are reckoned
    assert timed.after_step(90.0, 1.0, 0.0) == (True, True)  # 10 s


def test_dev_documents_are_scored_as_often_as_asked_for_where_that_is_quick() -> None:
    timed = TrainingClock(started=0.0, ends=100.0, most_scorings=4)
    asked = [now for now in range(1, 101) if timed.after_step(float(now), 0.5, 0.0)[0]]
    assert asked == [25, 50, 75, 100]


def test_scoring_takes_a_fifth_of_the_time_at_most() -> None:
    assert TrainingClock(started=0.0, ends=100.0, most_scorings=8, scoring=10.0).scorings == 2
    assert TrainingClock(started=0.0, ends=100.0, most_scorings=8, scoring=90.0).scorings == 1


def test_clocks_have_minutes_and_seconds() -> None:
    assert [clock(seconds) for seconds in (0, 59.6, 245, -3)] == ["0:00", "1:00", "4:05", "0:00"]


@pytest.mark.parametrize("minutes", ["0", "-1", "ten", "inf", "nan"])
def test_minutes_are_a_number_above_nought(minutes: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run.arguments().parse_args(["--data", "a", "--out", "b", "--minutes", minutes])
    assert f"argument --minutes: found {minutes!r}; expected a number above 0" in capsys.readouterr().err
