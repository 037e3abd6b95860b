"""Jobs on Ray, read in this process: results are kept, refused and continued as a local job keeps them."""

from __future__ import annotations

import io
import json
import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import ray_stand_in
from job_commands import FirstWords, lines_of, results_of, words
from parts_here import in_this_process, on_ray, run
from tiny_models import random_text, save_shelf

from cascade import Cascade
from cascade.commands import infer as infer_command
from cascade.commands import infer_ray
from cascade.errors import FormatError
from cascade.model.base_model import BaseModel
from cascade.scale.part_reader import Found, PartReader, PartResult, Reading, rows_of
from cascade.scale.remote_files import files_of, marks_of
from data_formats.file_parts import options_of_parts

__all__ = ["on_ray", "words"]


MARKED = "\ufeff"


@pytest.mark.usefixtures("on_ray")
def test_the_output_is_that_of_the_local_job(tmp_path: Path, words: FirstWords) -> None:
    for name in ("a.jsonl", "b.jsonl"):  # the same ids in both
        (tmp_path / name).write_text(lines_of(range(5)), encoding="utf-8")
    assert run(tmp_path, tmp_path.parent / "local.jsonl", "--job") == 0
    assert run(tmp_path, tmp_path.parent / "ray.jsonl", "--ray") == 0
    found = (tmp_path.parent / "ray.jsonl").read_text()
    assert found == (tmp_path.parent / "local.jsonl").read_text()
    assert [json.loads(line)["id"] for line in found.splitlines()][4:7] == ["d4", "b.jsonl:d0", "b.jsonl:d1"]
    assert not (tmp_path.parent / "ray.jsonl.job").exists()


@pytest.mark.usefixtures("on_ray")
def test_a_job_that_stopped_goes_on_behind_the_last_shard(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text(
        lines_of(range(5)) + '{"id": "x", "text": "too long", "entities": []}\n' + lines_of([5, 1, 6]), encoding="utf-8"
    )
    assert run(source, out, "--ray") == 2
    assert capsys.readouterr().err.splitlines()[0] == (
        f"error: the text is too long; expected less; 1 failed, and --max-failures is 0. A larger number puts such "
        f"documents into {out}.failed.jsonl; 4 documents are done and kept in {out}.job; the same command goes on"
    )
    first = [identifier for identifier, _ in ray_stand_in.noted(out)]
    assert first == ["d0", "d1", "d2", "d3", "d4", "d4"]  # again by itself, as its neighbour cannot be read
    assert run(source, out, "--ray", "--max-failures", "1") == 2  # the second d1
    assert run(source, out, "--ray", "--max-failures", "2") == 3
    assert out.read_text() == results_of(range(7))
    read = [identifier for identifier, _ in ray_stand_in.noted(out)]
    assert read[len(first) :] == ["d4", "d4", "d5", "d1", "d5", "d1", "d6"]  # behind the last shard of each command
    failed = [json.loads(line) for line in Path(f"{out}.failed.jsonl").read_text().splitlines()]
    assert [(each["id"], each["text"]) for each in failed] == [("x", "too long"), ("d1", "Ada 1")]
    assert failed[1]["error"] == (
        "document 8: the document id 'd1' was used before, at document 2; expected each id once"
    )
    assert "spans that the extractor marked were rejected" in capsys.readouterr().err


@pytest.mark.usefixtures("on_ray")
def test_actors_that_read_with_something_else_end_the_job(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text(lines_of(range(4)), encoding="utf-8")
    honest = PartResult.of
    marks = iter(["v2:00", "v2:11"])
    monkeypatch.setattr(
        PartResult,
        "of",
        lambda message: honest(json.dumps({**json.loads(message), "marks": {"base model": next(marks)}})),
    )
    assert run(source, out, "--ray") == 2
    assert "actors do not read with the same: base model: 'v2:00' in one, 'v2:11' in another; expected the same" in (
        capsys.readouterr().err
    )


@pytest.mark.usefixtures("on_ray")
def test_a_job_of_ray_is_not_continued_locally(
    tmp_path: Path, words: FirstWords, capsys: pytest.CaptureFixture[str]
) -> None:
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text(lines_of(range(4)) + "{\n", encoding="utf-8")
    assert run(source, out, "--ray", "--from", "jsonl") == 2
    assert run(source, out, "--job", "--from", "jsonl") == 2
    assert "--ray: 'parts of 2' in the job, absent now" in capsys.readouterr().err


@pytest.mark.usefixtures("on_ray")
def test_uris_are_read_and_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    below = tmp_path / "below"
    below.mkdir()
    (below / "b.jsonl").write_text(lines_of([2, 3]), encoding="utf-8")
    (below / "a.jsonl").write_text(lines_of([0, 1]), encoding="utf-8")
    (below / "notes.txt").write_text("other", encoding="utf-8")
    found: list[Sequence[str]] = []

    def as_files(paths: Sequence[str], formats: Mapping[str, str], *rest: Any, **sized: Any) -> Iterator[PartResult]:
        found.append(paths)
        for each in in_this_process(
            [path.removeprefix("file://") for path in paths],
            {path.removeprefix("file://"): format for path, format in formats.items()},
            *rest,
            **sized,
        ):
            object.__setattr__(each, "name", f"file://{each.name}")
            yield each

    monkeypatch.setattr(infer_ray, "part_results", as_files)
    out = tmp_path / "elsewhere" / "out.jsonl"
    out.parent.mkdir()
    assert infer_command.main([f"file://{below}", "-o", f"file://{out}", "--ray"]) == 0
    assert found == [[f"file://{below}/a.jsonl", f"file://{below}/b.jsonl"]]
    assert out.read_text() == results_of(range(4))
    assert sorted(file.name for file in tmp_path.iterdir()) == ["below", "elsewhere"]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["--concurrency", "2"], "--concurrency is given without --ray; expected both"),
        (["--ray", "--paragraphs"], "--paragraphs does not go with --ray; leave one of them out"),
        (["--ray", "--no-job"], "--no-job does not go with --ray, which is always a job; leave one of them out"),
    ],
)
def test_options_that_do_not_go_with_it_are_refused(
    given: list[str], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text(lines_of(range(2)), encoding="utf-8")
    assert infer_command.main([str(source), "-o", str(tmp_path / "out.jsonl"), *given]) == 2
    assert capsys.readouterr().err == f"error: {told}\n"


def test_an_input_in_the_place_of_the_address_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text(lines_of(range(2)), encoding="utf-8")
    out = str(tmp_path / "out.jsonl")
    assert infer_command.main([str(source), "-o", out, "--ray", str(source)]) == 2
    assert capsys.readouterr().err == (
        f"error: --ray {source} names a file; expected the address of a cluster, or none: give the input first\n"
    )


@pytest.mark.parametrize("out", ["in.jsonl", "file:{}/in.jsonl"])
def test_an_output_that_is_an_input_is_refused(
    out: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    given = out.format(f"//{tmp_path}")
    Path("in.jsonl").write_text(lines_of(range(2)), encoding="utf-8")
    assert infer_command.main([given, "-o", given, "--ray"]) == 2
    told = capsys.readouterr().err
    assert told.endswith(": the output is an input, which would be lost; name another file\n")
    assert [file.name for file in tmp_path.iterdir()] == ["in.jsonl"]
    assert Path("in.jsonl").read_text(encoding="utf-8") == lines_of(range(2))


def test_standard_input_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert infer_command.main(["-", "-o", str(tmp_path / "out.jsonl"), "--ray"]) == 2
    assert capsys.readouterr().err == (
        "error: --ray is given with standard input, which other machines cannot read; name a file\n"
    )


def test_other_formats_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "in.txt"
    source.write_text("Ada\nBob\n", encoding="utf-8")
    assert infer_command.main([str(source), "-o", str(tmp_path / "out.jsonl"), "--ray"]) == 2
    assert capsys.readouterr().err == (
        f"error: {source}: the format is text; on many machines expected jsonl, json-rows, parquet. Convert it first: "
        f"python -m data_formats {source} OUT.jsonl\n"
    )


def test_a_missing_ray_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    source = tmp_path / "in.jsonl"
    source.write_text(lines_of(range(2)), encoding="utf-8")
    assert infer_command.main([str(source), "-o", str(tmp_path / "out.jsonl"), "--ray"]) == 2
    assert capsys.readouterr().err == (
        "error: --ray needs the module ray, which cannot be imported (import of ray halted; None in sys.modules); "
        "install it with pip install 'cascade-ner[scale]'\n"
    )


def test_what_an_actor_finds_does_not_depend_on_what_it_read_before(
    gemma: BaseModel, gemma_folder: Path, tmp_path: Path
) -> None:
    shelf = save_shelf(gemma, gemma_folder, tmp_path / "adapters", own=[])
    ner = Cascade.load(str(gemma_folder), adapters=shelf, device="cpu", precision="fp32", min_score=0.1)
    source = random.Random(5)
    lines = [
        json.dumps({"id": str(number), "text": random_text(source, 4 + number), "language": "en", "entities": []})
        for number in range(12)
    ]
    rows = list(rows_of(io.BytesIO("\n".join(lines).encode()), "in.jsonl", "jsonl", 4))
    options = {"jsonl": options_of_parts("jsonl", {})}
    reading = Reading(lambda say: ner.fresh(), lambda _: {}, options, types=["person", "place name", "company"])

    def found(reader: PartReader, row: Mapping[str, Any]) -> list[Any]:
        return PartResult.of(reader(row)["message"]).items

    one = PartReader(reading)
    by_one = [found(one, row) for row in rows]
    by_several = [found(PartReader(reading), row) for row in reversed(rows)][::-1]
    assert by_several == by_one
    assert sum(each.entities for part in by_one for each in part if isinstance(each, Found)) > 3


def test_all_readable_files_below_a_uri_are_found_by_uris_of_their_own(tmp_path: Path) -> None:
    names = ["a.jsonl.gz", "b c.jsonl", "c%20d.jsonl", "D.JSONL", "e#f.ndjson.zst", "q?r.jsonl"]
    for name in [*names, ".hidden.jsonl", "notes.txt"]:
        (tmp_path / name).write_text(name)
    found = files_of(f"file://{tmp_path}", infer_ray._ENDINGS)
    assert len(found) == len(names)
    marks = marks_of(found)
    sizes = sorted(int(mark.split(" ")[0]) for mark in marks.values())
    assert sizes == sorted(map(len, names))
    with pytest.raises(FormatError, match="is not there"):
        marks_of([f"file://{tmp_path}/none.jsonl"])
