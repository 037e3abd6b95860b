"""Where jobs keep what they did: beside inputs, before anything is done, and for outputs that are several files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from job_commands import CutOff, FirstWords, Job, cut_at, job, lines_of, words

from cascade.commands import infer as infer_command

__all__ = ["job", "words"]


def test_a_job_beside_its_inputs_does_not_read_its_own_shards(words: FirstWords, tmp_path: Path) -> None:
    folder = tmp_path / "texts"
    folder.mkdir()
    (folder / "a.jsonl").write_text(lines_of(range(6)), encoding="utf-8")
    command = [str(folder), "-o", str(folder / "found.jsonl"), "--job", "--shard-size", "2"]
    words.before = cut_at("Ada 4")
    with pytest.raises(CutOff):
        infer_command.main(command)
    assert (folder / "found.jsonl.job" / "000000000.jsonl").is_file()
    words.before = lambda document: None
    assert infer_command.main(command) == 0
    found = [json.loads(line)["id"] for line in (folder / "found.jsonl").read_text(encoding="utf-8").splitlines()]
    assert found == [f"d{number}" for number in range(6)]


def test_a_job_that_has_done_nothing_gives_way_to_another(
    job: Job, words: FirstWords, capsys: pytest.CaptureFixture[str]
) -> None:
    words.before = cut_at("Ada 0")
    with pytest.raises(CutOff):
        job()
    words.before = lambda document: None
    assert job("--types", "city") == 0
    assert "--restart" not in capsys.readouterr().err


def test_an_output_of_several_files_is_no_job(job: Job, words: FirstWords, capsys: pytest.CaptureFixture[str]) -> None:
    job.out = job.folder / "brat"
    assert job("--to", "brat") == 2
    assert capsys.readouterr().err == (
        "error: --job is given with --to brat, which is several files; expected a file to write: -o OUT\n"
    )
    assert words.read == []


def test_whole_files_that_cannot_be_read_are_set_aside(words: FirstWords, tmp_path: Path) -> None:
    folder, out = tmp_path / "texts", tmp_path / "out.jsonl"
    folder.mkdir()
    (folder / "a.txt").write_bytes(b"caf\xe9")
    (folder / "b.txt").write_text("Ada 1", encoding="utf-8")
    assert infer_command.main([str(folder), "--whole-files", "--max-failures", "1", "-o", str(out)]) == 3
    assert [json.loads(line)["text"] for line in out.read_text(encoding="utf-8").splitlines()] == ["Ada 1"]
    [failed] = (tmp_path / "out.jsonl.failed.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(failed)["place"] == str(folder / "a.txt")


def test_a_job_may_write_into_the_folder_of_annotations_that_it_reads(words: FirstWords, tmp_path: Path) -> None:
    folder = tmp_path / "brat"
    folder.mkdir()
    for number in range(4):
        (folder / f"{number}.txt").write_text(f"Ada {number}", encoding="utf-8")
        (folder / f"{number}.ann").touch()
    command = [str(folder), "-o", str(folder / "found.jsonl"), "--job", "--shard-size", "2"]
    words.before = cut_at("Ada 3")
    with pytest.raises(CutOff):
        infer_command.main(command)
    words.before = lambda document: None
    assert infer_command.main(command) == 0
    assert len((folder / "found.jsonl").read_text(encoding="utf-8").splitlines()) == 4


@pytest.mark.parametrize(
    ("name", "content"),
    [("job.json", '{"form": 2}'), ("job.json", '{"form": 2, "asked": [1]}'), ("manifest.json", "x")],
)
def test_a_damaged_file_of_a_job_is_told(
    job: Job, words: FirstWords, capsys: pytest.CaptureFixture[str], name: str, content: str
) -> None:
    words.before = cut_at("Ada 5")
    with pytest.raises(CutOff):
        job()
    [file] = [each for each in Path(f"{job.out}.job").iterdir() if each.name == name]
    form = json.loads(file.read_text())["form"]
    before = json.loads(file.read_text())
    wrong = json.dumps({**before, "shards": "x"}) if content == "x" else content.replace("2", json.dumps(form), 1)
    file.write_text(wrong)
    assert job() == 2
    assert capsys.readouterr().err.splitlines()[-1] == f"error: {file}: is damaged; start anew with --restart"
