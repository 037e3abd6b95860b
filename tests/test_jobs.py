"""Jobs of `infer.py`: what is done is kept, and the same command goes on with the rest."""

from __future__ import annotations

import io
import json
import os
import signal
from pathlib import Path

import pytest
from job_commands import CutOff, FirstWords, Job, cut_at, job, lines_of, results_of, words

import data_formats
from cascade.commands import infer as infer_command
from cascade.commands import job_options

__all__ = ["job", "words"]

A_FILE = "expected a file to write: -o OUT"


def test_a_job_writes_what_a_command_that_is_none_writes(job: Job, words: FirstWords) -> None:
    assert job() == 0
    assert job.out.read_text() == results_of(range(10))
    assert job.kept == []
    assert infer_command.main([str(job.input), "-o", str(job.folder / "plain.jsonl")]) == 0
    assert (job.folder / "plain.jsonl").read_bytes() == job.out.read_bytes()


def test_a_job_that_was_cut_off_goes_on_with_the_shard_that_was_not_done(job: Job, words: FirstWords) -> None:
    words.before = cut_at("Ada 5")
    with pytest.raises(CutOff):
        job()
    assert not job.out.exists()
    assert job.kept == ["000000000.jsonl", "000000001.jsonl", "job.json", "lock", "manifest.json"]
    words.before, words.read = lambda document: None, []
    assert job() == 0
    assert words.read == ["d4", "d5", "d6", "d7", "d8", "d9"]
    assert job.out.read_text() == results_of(range(10))
    assert job.kept == []


def test_counts_of_earlier_parts_are_told_at_the_end(
    job: Job, words: FirstWords, capsys: pytest.CaptureFixture[str]
) -> None:
    words.before = cut_at("Ada 5")
    with pytest.raises(CutOff):
        job()
    words.before = lambda document: None
    assert job() == 0
    assert capsys.readouterr().err == (
        "note: 10 spans that the extractor marked were rejected by the classifier (none of the types asked for)\n"
    )


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--types", "person,place"], "types: absent in the job, 'person,place' now"),
        (["--exact"], "--exact: absent in the job, True now; precision"),
        (["--language", "de"], "--language: absent in the job, 'de' now"),
        (["--min-score", "0.5"], "--min-score: 0.3 in the job, 0.5 now"),
        (["--unsure-from", "0"], "--unsure-from: absent in the job, 0.0 now"),
        (["--shard-size", "3"], "--shard-size: 2 in the job, 3 now"),
    ],
)
def test_a_job_that_was_asked_for_something_else_is_refused(
    job: Job, words: FirstWords, options: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words.before = cut_at("Ada 5")
    with pytest.raises(CutOff):
        job()
    before = job.kept
    assert job(*options) == 2
    assert capsys.readouterr().err == (
        f"error: {job.out}.job: holds a job that was asked for something else: {told.partition('; ')[0]}. Ask for the "
        "same to go on with it, or start anew with --restart\n"
    )
    assert job.kept == before
    words.before, words.read = lambda document: None, []
    assert job(*options, "--restart") == 0
    assert words.read == [f"d{number}" for number in range(10)]


def test_an_input_that_was_changed_is_refused(job: Job, words: FirstWords, capsys: pytest.CaptureFixture[str]) -> None:
    words.before = cut_at("Ada 5")
    with pytest.raises(CutOff):
        job()
    job.input.write_text(lines_of(range(11)))
    assert job() == 2
    said = capsys.readouterr().err
    assert said.startswith(
        f"error: {job.out}.job: holds a job that was asked for something else: input {job.input}: '460 bytes, changed"
    )
    assert said.endswith("Ask for the same to go on with it, or start anew with --restart\n")


def test_an_input_that_is_changed_while_it_is_read_is_told_before_there_is_an_output(
    job: Job, words: FirstWords, capsys: pytest.CaptureFixture[str]
) -> None:
    words.before = lambda document: os.utime(job.input, ns=(1, 1))
    assert job() == 2
    assert capsys.readouterr().err.startswith(
        f"error: files were changed while the job read them: input {job.input}: '460 bytes, changed"
    )
    assert not job.out.exists()


def test_another_base_model_is_refused(job: Job, words: FirstWords, capsys: pytest.CaptureFixture[str]) -> None:
    words.before = cut_at("Ada 5")
    with pytest.raises(CutOff):
        job()
    words.base.fingerprint = "v2:11"
    assert job() == 2
    assert "base model: 'v2:00' in the job, 'v2:11' now" in capsys.readouterr().err


def test_two_processes_do_not_work_at_one_job(job: Job, words: FirstWords, capsys: pytest.CaptureFixture[str]) -> None:
    statuses: list[int] = []
    words.before = lambda document: statuses.append(job()) if not statuses else None
    assert job() == 0
    assert statuses == [2]
    assert capsys.readouterr().err.splitlines()[0] == (
        f"error: {job.out}.job: another process works at this job; wait for it, or end it"
    )


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_a_job_and_tells_where_its_results_are(
    job: Job, words: FirstWords, number: int, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    words.before = lambda document: os.kill(os.getpid(), number) if document.text == "Ada 5" else None
    assert job() == status
    assert capsys.readouterr().err == (
        f"interrupted; 4 documents are done and kept in {job.out}.job; the same command goes on\n"
    )
    words.before = lambda document: None
    assert job() == 0
    assert job.out.read_text() == results_of(range(10))


def test_shards_that_were_changed_are_found_before_there_is_an_output(
    job: Job, words: FirstWords, capsys: pytest.CaptureFixture[str]
) -> None:
    words.before = cut_at("Ada 5")
    with pytest.raises(CutOff):
        job()
    (job.folder / "out.jsonl.job" / "000000001.jsonl").write_text(results_of([2, 2]))
    words.before = lambda document: None
    assert job() == 2
    said = capsys.readouterr().err
    assert f"error: {job.out}.job: its shards are not as they were written; start anew with --restart" in said
    assert not job.out.exists()


def test_a_shard_that_is_missing_is_told(job: Job, words: FirstWords, capsys: pytest.CaptureFixture[str]) -> None:
    words.before = cut_at("Ada 5")
    with pytest.raises(CutOff):
        job()
    (job.folder / "out.jsonl.job" / "000000001.jsonl").unlink()
    assert job() == 2
    assert capsys.readouterr().err == (
        f"error: {job.out}.job: 000000001.jsonl is missing, which the manifest names; start anew with --restart\n"
    )


def test_a_folder_with_files_of_others_is_no_job(
    job: Job, words: FirstWords, capsys: pytest.CaptureFixture[str]
) -> None:
    (job.folder / "out.jsonl.job").mkdir()
    (job.folder / "out.jsonl.job" / "thesis.doc").write_text("mine")
    assert job("--restart") == 2
    assert capsys.readouterr().err == (
        f"error: {job.out}.job: holds 'thesis.doc', which is no file of a job; move it away\n"
    )
    assert (job.folder / "out.jsonl.job" / "thesis.doc").read_text() == "mine"


@pytest.mark.parametrize("ending", [".jsonl.gz", ".csv", ".parquet"])
def test_outputs_of_other_formats_are_those_of_a_command_that_is_no_job(
    job: Job, words: FirstWords, ending: str
) -> None:
    job.out, plain = job.folder / f"out{ending}", job.folder / f"plain{ending}"
    words.before = cut_at("Ada 5")
    with pytest.raises(CutOff):
        job()
    words.before = lambda document: None
    assert job() == 0
    assert infer_command.main([str(job.input), "-o", str(plain)]) == 0
    assert job.out.read_bytes() == plain.read_bytes()


def test_several_inputs_some_compressed_go_on(job: Job, words: FirstWords) -> None:
    data_formats.write(data_formats.read(job.input), job.folder / "more.jsonl.gz")
    data_formats.write(data_formats.read(job.input), job.folder / "rows.parquet")
    more = [str(job.folder / "more.jsonl.gz"), str(job.folder / "rows.parquet")]
    words.before = cut_at("Ada 5")
    words.read = []

    def cut_in_the_last(document: object) -> None:
        if len(words.read) == 27:
            raise CutOff

    words.before = cut_in_the_last
    with pytest.raises(CutOff):
        job(*more)
    words.before, words.read = lambda document: None, []
    assert job(*more) == 0
    assert words.read == [f"rows.parquet:d{number}" for number in (6, 7, 8, 9)]
    assert [document.id for document in data_formats.read(job.out)] == [
        *(f"d{number}" for number in range(10)),
        *(f"more.jsonl.gz:d{number}" for number in range(10)),
        *(f"rows.parquet:d{number}" for number in range(10)),
    ]


def test_large_inputs_are_jobs_and_small_ones_are_not(
    job: Job, words: FirstWords, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[bool] = []
    words.before = lambda document: seen.append((job.folder / "out.jsonl.job").is_dir())
    given = [str(job.input), "-o", str(job.out)]
    assert infer_command.main(given) == 0
    monkeypatch.setattr(job_options, "LARGE", job.input.stat().st_size)
    assert infer_command.main(given) == 0
    assert infer_command.main([*given, "--no-job"]) == 0
    assert seen == [False] * 10 + [True] * 10 + [False] * 10


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("--job", f"--job is given with the output '-'; {A_FILE}"),
        ("--restart -o /dev/null", f"--restart is given with the output '/dev/null'; {A_FILE}"),
        ("--job --show -o out", f"--job is given with --show, which shows what is read now; {A_FILE}"),
        ("--no-job --max-failures 2 -o out", "--no-job and --max-failures are both given; expected one of them"),
    ],
)
def test_what_cannot_be_a_job_is_refused(
    tmp_path: Path,
    words: FirstWords,
    monkeypatch: pytest.MonkeyPatch,
    given: str,
    told: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in.txt").write_text("Ada\n")
    assert infer_command.main(["in.txt", *given.split()]) == 2
    assert capsys.readouterr().err == f"error: {told}\n"


def test_standard_input_is_no_job(
    tmp_path: Path, words: FirstWords, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"Ada\n")))
    assert infer_command.main(["-", "--from", "text", "--job", "-o", str(tmp_path / "out.jsonl")]) == 2
    assert capsys.readouterr().err == (
        "error: <stdin>: cannot be read a second time, as a job that goes on has to; name a file, or leave --job out\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_the_manifest_says_what_is_done(job: Job, words: FirstWords) -> None:
    words.before = cut_at("Ada 5")
    with pytest.raises(CutOff):
        job()
    manifest = json.loads((job.folder / "out.jsonl.job" / "manifest.json").read_text())
    assert {name: manifest[name] for name in ("form", "shards", "read", "written", "entities", "failed")} == {
        "form": 1,
        "shards": 2,
        "read": 4,
        "written": 4,
        "entities": 4,
        "failed": 0,
    }
