"""The arithmetic of the measurement of the server."""

from __future__ import annotations

import os

import pytest

pytest.importorskip("fastapi", reason="the packages of the extra serve are not installed")
from served import FakeCascade, served

from benchmarks.process_memory import resident_mb
from benchmarks.serving import Clients, figures_of, summary, table
from cascade import CascadeError


def test_latencies_are_those_below_which_a_share_of_the_requests_is() -> None:
    figures = figures_of([each / 1000 for each in range(100, 0, -1)], seconds=20.0)
    assert figures == {"requests_per_s": 5.0, "p50_ms": 51.0, "p95_ms": 96.0, "p99_ms": 100.0}


def test_ratios_are_taken_within_each_round() -> None:
    rounds = [
        {"calls": {"requests_per_s": 1.0}, "8": {"requests_per_s": 3.0}},
        {"calls": {"requests_per_s": 10.0}, "8": {"requests_per_s": 20.0}},
        {"calls": {"requests_per_s": 2.0}, "8": {"requests_per_s": 4.0}},
    ]
    assert summary(rounds) == {
        "calls": {"requests_per_s": 2.0, "times_calls": 1.0},
        "8": {"requests_per_s": 4.0, "times_calls": 2.0},
    }


def test_clients_ask_until_all_requests_are_answered() -> None:
    ner = FakeCascade()
    with served(ner) as server:
        asking = Clients(f"http://127.0.0.1:{server.port}", ["a", "b", "c"], 7)
        assert asking.run(3) > 0
    assert (len(asking.took), sorted(text for call in ner.calls for text in call)) == (7, list("aaabbcc"))


def test_an_error_of_the_server_ends_the_measurement() -> None:
    message = r"^the server answered 500 b'\{\"error\":\"the model failed"
    with served(FakeCascade()) as server, pytest.raises(CascadeError, match=message):
        Clients(f"http://127.0.0.1:{server.port}", ["this fails"], 3).run(1)


def test_the_memory_of_this_process_is_told() -> None:
    assert 10 < resident_mb(os.getpid()) < 100_000


def test_the_table_names_each_number_of_clients() -> None:
    row = {"requests_per_s": 10.0, "times_calls": 2.0, "p50_ms": 1.0, "p95_ms": 2.0, "p99_ms": 3.0}
    memory = [{"requests": 0, "mb": 900.0}, {"requests": 5, "mb": 901.0}, {"requests": 10, "mb": 902.0}]
    assert table({"summary": {"calls": row, "1": row, "64": row}, "memory": memory}).splitlines() == [
        "                      requests/s  times calls   50 % ms   95 % ms   99 % ms",
        "calls one at a time         10.0         2.00         1         2         3",
        "1 client                    10.0         2.00         1         2         3",
        "64 clients                  10.0         2.00         1         2         3",
        "900 MB after 0, 901 MB after 5, 902 MB after 10",
    ]
