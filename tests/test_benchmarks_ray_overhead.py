"""What Ray costs is a ratio of rates without the start, of the same sentences."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from job_commands import lines_of

from benchmarks import ray_overhead


def test_both_ways_read_the_same_sentences_in_turn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    texts, found = tmp_path / "in.jsonl", tmp_path / "figures.json"
    texts.write_text(lines_of(range(3)), encoding="utf-8")
    runs: list[tuple[int, Sequence[str]]] = []

    def timed(file: Path, out: Path, types: str, given: Sequence[str]) -> tuple[float, float]:
        ids = [json.loads(line)["id"] for line in file.read_text(encoding="utf-8").splitlines()]
        assert ids == [str(number) for number in range(len(ids))]
        runs.append((len(ids), given))
        return (9.0, 4.0) if "--job" in given else (30.0, 5.0)

    monkeypatch.setattr(ray_overhead, "timed", timed)
    asked = ["--data", str(texts), "--sentences", "100", "--rounds", "2", "--json", str(found)]
    assert ray_overhead.main(asked) == 0
    ray = ["--ray", "--concurrency", "2", "--actor-cores", "1"]
    assert runs == [(32, ["--job"]), (32, ray), *[(100, ["--job"]), (100, ray)] * 2]
    assert capsys.readouterr().out.endswith("ratio: 0.800\n")
    figures = json.loads(found.read_text(encoding="utf-8"))
    assert (figures["sentences"], figures["ratio"]) == (100, 0.8)
    assert figures["rounds"]["2 actors"] == [{"start_s": 30.0, "sentences_per_second": 20.0}] * 2


def test_what_the_command_says_of_its_time_is_read() -> None:
    for said in (
        "loaded in 2.5 s; 1,200 documents in 30.0 s (40.0 a second)",
        "started in 2.5 s; 1,200 documents in 30.0 s (40.0 a second)",
    ):
        match = ray_overhead.TIMED.search(f"note: another line\n{said}\n")
        assert match is not None
        assert match.groups() == ("2.5", "1,200", "30.0")
