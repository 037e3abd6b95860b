"""Measures the server beside calls one at a time: `python -m benchmarks.serving --out FILE.json`.

Rounds of one-at-a-time calls in this process and of 1, 8 and 64 clients of a server in another take turns, so that
other load slows all alike; one of both is idle while the other works.  Ratios are taken within each round.  Then the
memory of the server over many requests.
"""

from __future__ import annotations

import argparse
import http.client
import json
import statistics
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks.machine import machine
from benchmarks.process_memory import resident_mb
from benchmarks.serving_process import running_server
from cascade import Cascade, CascadeError
from cascade.commands.exit_status import exit_status
from cascade.commands.option_types import positive
from cascade.whole_files import write_whole
from data_formats import read_texts

TYPES = ("person", "organization", "location")
CLIENTS = (1, 8, 64)
MEMORY_POINTS = 20


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    asked = _parser().parse_args(arguments)
    return exit_status(lambda: _measure(asked))


def _measure(asked: argparse.Namespace) -> None:
    texts = [document.text for document in read_texts(asked.data)]
    if not texts:
        raise CascadeError(f"{asked.data}: holds no text; expected some")
    ner = Cascade.load(device="cpu", precision=asked.precision)
    ner(texts, TYPES)  # what is made at first use is made
    with running_server(["--device", "cpu", "--precision", asked.precision, *asked.server]) as (address, process):
        Clients(address, texts, len(texts)).run(1)
        rounds = [_round(ner, address, texts, asked.requests) for _ in range(asked.rounds)]
        memory = _memory(address, process, texts, asked.memory_requests) if asked.memory_requests else []
    result = {"machine": machine(), "texts": len(texts), "requests": asked.requests, "server": asked.server}
    result |= {"rounds": rounds, "summary": summary(rounds), "memory": memory}
    print(table(result))
    if asked.out is not None:
        write_whole(asked.out, json.dumps(result, indent=1) + "\n")


def _round(ner: Cascade, address: str, texts: Sequence[str], requests: int) -> dict[str, dict[str, float]]:
    """Requests a second and latencies of calls one at a time, and of each number of clients."""
    took = []
    for number in range(requests):
        started = time.perf_counter()
        ner(texts[number % len(texts)], TYPES)
        took.append(time.perf_counter() - started)
    figures = {"calls": figures_of(took, sum(took))}
    for clients in CLIENTS:
        asking = Clients(address, texts, max(requests, 2 * clients))
        seconds = asking.run(clients)
        figures[str(clients)] = figures_of(asking.took, seconds)
    return figures


def figures_of(took: Sequence[float], seconds: float) -> dict[str, float]:
    """Requests a second, and the latencies in ms below which 50, 95 and 99 % of the requests are."""
    ordered = sorted(took)
    latency = {
        f"p{share}_ms": 1000 * ordered[min(len(ordered) - 1, len(ordered) * share // 100)] for share in (50, 95, 99)
    }
    return {"requests_per_s": len(took) / seconds, **latency}


class Clients:
    """Clients that each ask for the entities of a text, then of the next, until `requests` were answered.

    took: seconds of each request.  Raises CascadeError where an answer is no answer.
    """

    def __init__(self, address: str, texts: Sequence[str], requests: int) -> None:
        self._host, self._texts, self._left = urlsplit(address).netloc, texts, iter(range(requests))
        self._taking = threading.Lock()
        self.took: list[float] = []
        self._failed: list[str] = []

    def run(self, clients: int) -> float:
        """The seconds until all were answered, with so many clients at a time."""
        threads = [threading.Thread(target=self._ask) for _ in range(clients)]
        started = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if self._failed:
            raise CascadeError(f"the server answered {self._failed[0]}")
        return time.perf_counter() - started

    def _numbers(self) -> Iterator[int]:
        while True:
            with self._taking:
                number = next(self._left, None)
            if number is None or self._failed:
                return
            yield number

    def _ask(self) -> None:
        connection = http.client.HTTPConnection(self._host, timeout=600)
        for number in self._numbers():
            body = json.dumps({"text": self._texts[number % len(self._texts)], "types": TYPES})
            started = time.perf_counter()
            connection.request("POST", "/v1/entities", body.encode(), {"Content-Type": "application/json"})
            answer = connection.getresponse()
            content = answer.read()
            self.took.append(time.perf_counter() - started)
            if answer.status != 200:
                self._failed.append(f"{answer.status} {content[:200]!r}")
        connection.close()


def _memory(address: str, process: int, texts: Sequence[str], requests: int) -> list[dict[str, Any]]:
    """The server's memory in MB after each part of the requests, eight clients at a time."""
    points = [{"requests": 0, "mb": resident_mb(process)}]
    step = max(1, requests // MEMORY_POINTS)
    while points[-1]["requests"] < requests:
        Clients(address, texts, step).run(8)
        points.append({"requests": points[-1]["requests"] + step, "mb": resident_mb(process)})
    return points


def summary(rounds: Sequence[dict[str, dict[str, float]]]) -> dict[str, dict[str, float]]:
    """Medians over rounds, and the median of the ratios of requests a second to those of calls in the same round."""
    result = {}
    for name in rounds[0]:
        medians = {figure: statistics.median(each[name][figure] for each in rounds) for figure in rounds[0][name]}
        ratios = [each[name]["requests_per_s"] / each["calls"]["requests_per_s"] for each in rounds]
        result[name] = medians | {"times_calls": statistics.median(ratios)}
    return result


def table(result: dict[str, Any]) -> str:
    """The summary, and the first and last points of memory, as printed."""
    lines = [f"{'':<20}{'requests/s':>12}{'times calls':>13}{'50 % ms':>10}{'95 % ms':>10}{'99 % ms':>10}"]
    for name, row in result["summary"].items():
        called = "calls one at a time" if name == "calls" else f"{name} client{'s' if name != '1' else ''}"
        latencies = "".join(f"{row[f'p{share}_ms']:>10.0f}" for share in (50, 95, 99))
        lines.append(f"{called:<20}{row['requests_per_s']:>12.1f}{row['times_calls']:>13.2f}{latencies}")
    if memory := result["memory"]:
        first, middle, last = memory[0], memory[len(memory) // 2], memory[-1]
        lines.append(", ".join(f"{each['mb']:,.0f} MB after {each['requests']:,}" for each in (first, middle, last)))
    return "\n".join(lines)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.serving", description=__doc__)
    parser.add_argument("--data", default="samples/news.jsonl", help="texts that clients ask for, in turn")
    parser.add_argument("--out", type=Path, help="file for the raw figures")
    parser.add_argument("--requests", type=positive, default=256, help="in each measurement (256)")
    parser.add_argument("--rounds", type=positive, default=5, help="of all measurements in turn (5)")
    parser.add_argument("--memory-requests", type=int, default=10_000, help="over which memory is watched (10000)")
    parser.add_argument("--precision", default="auto", help="as for infer.py")
    parser.add_argument("server", nargs="*", help="options for the server, behind --")
    return parser


if __name__ == "__main__":
    sys.exit(main())
