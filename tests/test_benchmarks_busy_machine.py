"""The benchmark of a shared machine: its processes, its variable and its table."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from benchmarks import busy_machine
from benchmarks.build_runs import Build, Memory
from benchmarks.busy_machine import busy_processes, measured, spinning, table


def test_a_value_holds_for_processes_that_start_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOMP_SPINCOUNT", "7")
    with spinning("1000"):
        assert os.environ["GOMP_SPINCOUNT"] == "1000"
    with spinning("none"):
        assert os.environ["GOMP_SPINCOUNT"] == "300000"
    assert os.environ["GOMP_SPINCOUNT"] == "7"


def test_busy_processes_end(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[subprocess.Popen[bytes]] = []
    real = subprocess.Popen

    def noted(*arguments: Any, **options: Any) -> Any:
        started.append(real(*arguments, **options))
        return started[-1]

    monkeypatch.setattr("benchmarks.busy_machine.subprocess.Popen", noted)
    with busy_processes(2):
        assert [process.poll() for process in started] == [None, None]
    assert all(process.poll() is not None for process in started)


def test_values_are_measured_in_turn_alone_and_beside_others(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    seen: list[tuple[str, int]] = []
    running = [0]

    class Busy:
        def __init__(self, count: int) -> None:
            running[0] = count

        def __enter__(self) -> None:
            pass

        def __exit__(self, *_: object) -> None:
            running[0] = 0

    def read_file(*_: Any) -> tuple[float, Memory]:
        seen.append((os.environ["GOMP_SPINCOUNT"], running[0]))
        return float(len(seen)), Memory(None, None)

    monkeypatch.setattr(busy_machine, "read_file", read_file)
    monkeypatch.setattr(busy_machine, "busy_processes", Busy)
    rates = measured(Build("this", tmp_path, "python"), tmp_path, [], ["none", "5"], busy=3, rounds=2)
    assert seen == [("300000", 0), ("300000", 3), ("5", 0), ("5", 3)] * 2
    assert rates == {"none": {"0": [1, 5], "3": [2, 6]}, "5": {"0": [3, 7], "3": [4, 8]}}


def test_the_table_by_hand() -> None:
    rates = {"none": {"0": [40.0, 44.0, 42.0], "4": [2.0, 4.4, 4.2]}, "10": {"0": [10.0], "4": [5.0]}}
    assert table(rates, 4).splitlines() == [
        "| GOMP_SPINCOUNT | alone | beside 4 busy processes | left |",
        "|---|---|---|---|",
        "| none | 42.0 (40.0 to 44.0) | 4.2 (2.0 to 4.4) | 0.10 |",
        "| 10 | 10.0 (10.0 to 10.0) | 5.0 (5.0 to 5.0) | 0.50 |",
    ]
