"""A job that was cut off after any step of the system goes on, and loses nothing but the shard it was at."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from power_cut import Disk, PowerCut

from cascade.document import Document
from data_formats.jobs import assembly, durable_files, job_folder
from data_formats.jobs.assembly import put_together
from data_formats.jobs.job_folder import opened_job
from data_formats.report import Failure

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks up open files in /proc")

SHARDS = 3
LINE = '{{"id": "{0}", "text": "text {0}", "language": null, "entities": []}}\n'
RESULTS = "".join(LINE.format(number) for number in range(2 * SHARDS))
FAILED = "".join(f'{{"place": "in:{n}", "id": "x{n}", "text": "?", "error": "odd"}}\n' for n in range(SHARDS))


def work(out: Path) -> int:
    """Does what is left of a job of three shards; returns how many shards that were."""
    done = 0
    with opened_job(str(out), {"types": "person"}) as job:
        job.begin({"base model": "tiny"})
        for number in range(job.manifest.shards, SHARDS):
            with job.shard() as shard:
                for each in (2 * number, 2 * number + 1):
                    shard.add(Document(str(each), f"text {each}"))
                shard.add(Failure(f"in:{number}", f"x{number}", "?", "odd"))
                shard.counts = {"rejected": number}
            done += 1
        put_together(job, str(out), "jsonl")
    return done


@pytest.mark.parametrize("forgets", [False, True], ids=["killed", "power cut"])
def test_nothing_is_lost_or_doubled_whatever_the_step_that_was_the_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, forgets: bool
) -> None:
    steps, ended = 0, False
    while not ended:
        steps += 1
        folder = tmp_path / str(steps)
        folder.mkdir()
        (folder / "out.jsonl").write_text("the one of before\n")
        disk = Disk(folder, steps, monkeypatch)
        try:
            work(folder / "out.jsonl")
            ended = True
        except PowerCut:
            pass
        disk.restart(monkeypatch, forgets=forgets)
        out = folder / "out.jsonl"
        assert out.read_text() in ("the one of before\n", RESULTS)
        in_place = out.read_text() == RESULTS
        manifest = folder / "out.jsonl.job" / "manifest.json"
        done = json.loads(manifest.read_text())["shards"] if manifest.exists() else 0
        left = work(out)
        assert out.read_text() == RESULTS
        assert (folder / "out.jsonl.failed.jsonl").read_text() == FAILED
        assert [file.name for file in folder.iterdir() if file.name.startswith("out.jsonl.job")] == []
        assert left == SHARDS - done or (in_place and left == SHARDS)
    assert steps > 40


def test_a_shard_that_is_in_the_manifest_is_never_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[int] = []
    steps = 0
    while not kept or kept[-1] < SHARDS:
        steps += 1
        folder = tmp_path / str(steps)
        folder.mkdir()
        disk = Disk(folder, steps, monkeypatch)
        with pytest.raises(PowerCut):
            work(folder / "out.jsonl")
        disk.restart(monkeypatch, forgets=True)
        manifest = folder / "out.jsonl.job" / "manifest.json"
        kept.append(json.loads(manifest.read_text())["shards"] if manifest.exists() else 0)
    assert kept == sorted(kept)
    assert set(kept) == set(range(SHARDS + 1))


def test_a_disk_that_forgets_forgets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = Disk(tmp_path, 100, monkeypatch)
    (tmp_path / "a").write_text("never brought to the disk")
    disk.restart(monkeypatch, forgets=True)
    assert list(tmp_path.iterdir()) == []


def test_a_job_that_did_not_bring_names_to_the_disk_would_lose_its_output(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "out.jsonl").write_text("the one of before\n")
    disk = Disk(tmp_path, 1000, monkeypatch)
    for module in (assembly, durable_files, job_folder):
        monkeypatch.setattr(module, "sync_folder", lambda path: None)
    work(tmp_path / "out.jsonl")
    assert (tmp_path / "out.jsonl").read_text() == RESULTS
    disk.restart(monkeypatch, forgets=True)
    assert (tmp_path / "out.jsonl").read_text() == "the one of before\n"
