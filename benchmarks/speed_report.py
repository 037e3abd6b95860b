"""What `benchmarks.speed` measured, as figures and as a table."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.contenders.spacy_pretrained import MAPPINGS
from benchmarks.speed_contenders import CONTENDERS
from benchmarks.speed_runner import Runner

REFERENCE = "ours"
_LATENCIES = ("latency_median_ms", "latency_95_percent_ms")


def figures(runners: Sequence[Runner]) -> dict[str, dict[str, Any]]:
    """Rates, ratios of the reference to each contender within each round, latencies, F1, memory and load time, by
    contender.
    """
    reference = next((runner for runner in runners if runner.name == REFERENCE), None)
    found: dict[str, dict[str, Any]] = {}
    for runner in runners:
        if not runner.rates or runner.name == "limit":
            continue
        row: dict[str, Any] = {"sentences": runner.sentences, "characters_a_sentence": round(runner.characters, 1)}
        row |= {"rates": runner.rates, "sentences_per_second": statistics.median(runner.rates)}
        if reference is not None and reference.rates:
            ratios = [mine / other for mine, other in zip(reference.rates, runner.rates, strict=False)]
            row |= {"ours_is_times_as_fast": statistics.median(ratios), "ratios": ratios}
        if runner.latencies:
            row |= latency(runner.latencies)
        if "gold" in runner.last:
            row |= {"f1": f1(runner.last), **{name: runner.last[name] for name in ("correct", "found", "gold")}}
            if (contender := CONTENDERS[runner.name]).module == "spacy_pretrained":
                row["types_read_as"] = MAPPINGS[contender.arguments[0]]
        found[runner.name] = row | {"peak_gb": runner.last["peak_gb"], "load_seconds": runner.load_seconds}
        if runner.versions:
            found[runner.name]["versions"] = runner.versions
    return found


def latency(seconds: Sequence[float]) -> dict[str, float | int]:
    """Milliseconds of a text read alone: the median, and what 95 % of the texts do not exceed."""
    median, most = 1000 * statistics.median(seconds), 1000 * percentile(seconds, 95)
    return {**dict(zip(_LATENCIES, (median, most), strict=True)), "latencies": len(seconds)}


def percentile(values: Sequence[float], percent: int) -> float:
    """The smallest of the values that so many percent of them do not exceed (nearest rank)."""
    return sorted(values)[math.ceil(percent * len(values) / 100) - 1]


def f1(counts: Mapping[str, float]) -> float:
    """Strict F1 in percent; 0 where nothing is found and nothing is right."""
    total = counts["found"] + counts["gold"]
    return 200 * counts["correct"] / total if total else 0.0


def limit(runners: Sequence[Runner]) -> dict[str, float]:
    """The share of the matrix rate that each of our runs reaches: of the floating-point rate, and of the 8-bit one."""
    rates = next((runner.last for runner in runners if runner.name == "limit"), None)
    if rates is None:
        return {}
    shares = {}
    for runner in runners:
        if runner.name.startswith("ours") and runner.last:
            reached = runner.last["flop"] / runner.last["seconds"]
            for name in ("float", "int8"):
                if rates.get(f"flop_per_second_{name}"):
                    shares[f"{runner.name} of the {name} rate"] = reached / rates[f"flop_per_second_{name}"]
    return {**shares, **{name: value for name, value in rates.items() if name.startswith("flop")}}


def table(found: Mapping[str, Mapping[str, Any]], shares: Mapping[str, float]) -> str:
    """What a person reads; columns of latency and F1 where they were measured."""
    timed = any("latencies" in row for row in found.values())
    scored = any("f1" in row for row in found.values())
    lines = [
        f"{'contender':<34}{'ours is':>12}{'sentences/s':>13}{'spread':>18}"
        + (f"{'one text':>13}{'95 % within':>13}" if timed else "")
        + (f"{'F1':>7}" if scored else "")
        + f"{'memory':>10}{'load':>9}"
    ]
    for name, row in found.items():
        ratio = f"{row['ours_is_times_as_fast']:.1f} x" if "ours_is_times_as_fast" in row else ""
        spread = f"{min(row['rates']):.2f} to {max(row['rates']):.2f}"
        alone = "".join(f"{milliseconds(row, key):>13}" for key in _LATENCIES) if timed else ""
        accuracy = f"{row['f1']:.1f}" if "f1" in row else ""
        lines.append(
            f"{name:<34}{ratio:>12}{row['sentences_per_second']:>13.2f}{spread:>18}{alone}"
            + (f"{accuracy:>7}" if scored else "")
            + f"{row['peak_gb']:>7.2f} GB{row['load_seconds']:>7.1f} s"
        )
    lines += [
        f"{name}: {value:.2f}" if value < 100 else f"{name}: {value / 1e9:,.0f} G" for name, value in shares.items()
    ]
    lines += [
        f"{name}: " + ", ".join(f"{theirs} = {ours}" for theirs, ours in row["types_read_as"].items()) + "; others are "
        "left out"
        for name, row in found.items()
        if "types_read_as" in row
    ]
    return "\n".join(lines)


def milliseconds(row: Mapping[str, Any], name: str) -> str:
    """A time of the row, if it has one."""
    return f"{row[name]:.1f} ms" if name in row else ""
