"""`infer.py --ray` takes the options, the inputs and the outputs that the local command takes, or refuses them."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from job_commands import FirstWords, lines_of, results_of, words
from parts_here import in_this_process, on_ray

from cascade.commands import infer as infer_command
from cascade.commands import infer_ray
from cascade.commands.infer_options import infer_parser
from cascade.errors import FormatError, IntegrationError
from cascade.scale import remote_files

__all__ = ["on_ray", "words"]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    file = tmp_path / "in.jsonl"
    file.write_text(lines_of(range(2)), encoding="utf-8")
    return file


@pytest.fixture
def as_files(monkeypatch: pytest.MonkeyPatch, on_ray: None) -> list[list[str]]:
    """URIs of files are read as files; gives the paths of each job."""
    seen: list[list[str]] = []

    def results(paths: Sequence[str], formats: Mapping[str, str], *rest: Any, **sized: Any) -> Any:
        seen.append(list(paths))
        for path in paths:
            plain = path.removeprefix("file://")
            for each in in_this_process([plain], {plain: formats[path]}, *rest, **sized):
                object.__setattr__(each, "name", path)
                yield each

    monkeypatch.setattr(infer_ray, "part_results", results)
    return seen


def told_of(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert infer_command.main(arguments) == 2
    return capsys.readouterr().err


def test_the_depth_and_the_size_of_batches_reach_the_actors(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[dict[str, Any]] = []
    module = ModuleType("cascade.pipeline.facade")
    module.__dict__["Cascade"] = SimpleNamespace(load=lambda *_, **given: loaded.append(given))
    monkeypatch.setitem(sys.modules, "cascade.pipeline.facade", module)
    monkeypatch.setattr(infer_ray, "self_check", lambda *_, **__: None)
    given = [str(source), "-o", "out.jsonl", "--ray", "--depth", "2", "--batch-tokens", "8"]
    asked = infer_parser().parse_intermixed_args(given)
    reading = infer_ray._reading(asked, infer_ray._Given({str(source): "jsonl"}), None, 0.5, {})
    assert reading.asked["depth"] == 2
    reading.load(lambda line: None)
    assert loaded[0]["batch_tokens"] == 8


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (
            ["--pair", "multilingual", "--depth", "2"],
            "error: multilingual/extractor: was trained to find entities in 1 layer, and depth 2 is asked",
        ),
        (
            ["--exact", "--batch-tokens", "8"],
            "error: --exact reads each text by itself; expected it without --batch-tokens\n",
        ),
        (
            ["--from", "jsonl", "--text-column", "body"],
            "error: --text-column is for tables; the input's format is jsonl. Leave it out\n",
        ),
    ],
)
@pytest.mark.usefixtures("on_ray")
def test_what_the_local_command_refuses_is_refused_in_the_same_words(
    given: list[str], told: str, source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = (str(source), "-o", str(source.with_name("out.jsonl")), *given)
    local = told_of(capsys, *command)
    assert local.startswith(told)
    assert told_of(capsys, *command, "--ray") == local


@pytest.mark.usefixtures("on_ray")
def test_a_column_of_tables_is_read(source: Path) -> None:
    source.write_text('{"body": "Ada"}\n', encoding="utf-8")
    out = source.with_name("out.jsonl")
    assert infer_command.main([str(source), "-o", str(out), "--ray", "--text-column", "body"]) == 0
    assert json.loads(out.read_text(encoding="utf-8"))["text"] == "Ada"


def test_inputs_are_read_in_the_order_in_which_they_are_named(tmp_path: Path, as_files: list[list[str]]) -> None:
    for name, numbers in (("c", [0]), ("a", [1]), ("b", [2])):
        (tmp_path / f"{name}.jsonl").write_text(lines_of(numbers), encoding="utf-8")
    inputs = [f"file://{tmp_path}/c.jsonl", f"{tmp_path}/a.jsonl", f"file://{tmp_path}/b.jsonl"]
    assert infer_command.main([*inputs, "-o", str(tmp_path / "out.jsonl"), "--ray"]) == 0
    assert as_files == [inputs]
    assert (tmp_path / "out.jsonl").read_text(encoding="utf-8") == results_of(range(3))


@pytest.mark.parametrize(
    "inputs",
    [
        ("{}/in.jsonl", "{}/in.jsonl"),
        ("{}/in.jsonl", "file://{}/in.jsonl"),
        ("file://{}/in.jsonl", "file://{}/in.jsonl"),
        ("file://{}", "file://{}/in.jsonl"),
    ],
)
@pytest.mark.usefixtures("on_ray")
def test_a_file_that_is_named_twice_is_refused(
    inputs: tuple[str, str], source: Path, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = (each.format(source.parent) for each in inputs)
    out = tmp_path_factory.mktemp("elsewhere") / "out.jsonl"
    assert told_of(capsys, first, second, "-o", str(out), "--ray") == (
        f"error: {second}: the file is named twice; name each file once, and no folder that it is in\n"
    )


@pytest.mark.usefixtures("on_ray")
def test_an_output_that_is_an_input_by_its_uri_is_refused(source: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert told_of(capsys, f"file://{source}", "-o", str(source), "--ray") == (
        f"error: {source}: the output is an input, which would be lost; name another file\n"
    )


def test_a_destination_that_cannot_be_written_is_told_before_anything_is_read(
    source: Path, as_files: list[list[str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(source.parent)
    remedy = "expected a file in a folder or bucket that is there and that you may write to\n"
    told = told_of(capsys, str(source), "-o", f"file://{source.parent}/missing/out.jsonl", "--ray")
    assert told.startswith(f"error: file://{source.parent}/missing/out.jsonl: cannot be used: ")
    assert told.endswith(remedy)
    (source.parent / "out.jsonl").mkdir()
    uri = f"file://{source.parent}/out.jsonl"
    assert told_of(capsys, str(source), "-o", uri, "--ray") == f"error: {uri}: is a folder; {remedy}"
    assert as_files == []
    assert sorted(file.name for file in source.parent.iterdir()) == ["in.jsonl", "out.jsonl"]


def test_results_that_cannot_be_copied_are_kept_and_it_is_told_where(
    source: Path, as_files: list[list[str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused(file: str, uri: str) -> None:
        raise FormatError(f"{uri}: cannot be used: the token ran out")

    monkeypatch.chdir(source.parent)
    monkeypatch.setattr(infer_ray, "put", refused)
    uri, kept = f"file://{source.parent}/out.jsonl", source.parent / "out.jsonl.ray" / "out.jsonl"
    assert told_of(capsys, str(source), "-o", uri, "--ray") == (
        f"error: {uri}: cannot be used: the token ran out; the results are in {kept}; copy them yourself\n"
    )
    assert kept.read_text(encoding="utf-8") == results_of(range(2))


@pytest.mark.usefixtures("as_files")
def test_failures_of_an_earlier_run_are_removed_beside_the_output_where_none_failed(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(source.parent)
    old = source.parent / "out.jsonl.failed.jsonl"
    old.write_text("{}\n", encoding="utf-8")
    assert infer_command.main([str(source), "-o", f"file://{source.parent}/out.jsonl", "--ray"]) == 0
    assert not old.exists()
    assert (source.parent / "out.jsonl").read_text(encoding="utf-8") == results_of(range(2))


@pytest.mark.usefixtures("on_ray")
def test_where_the_cluster_gives_up_it_is_told_what_is_kept_and_not_promised_that_the_job_goes_on(
    source: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def results(*given: Any, **sized: Any) -> Any:
        yield from in_this_process(*given, **sized)
        raise IntegrationError("the cluster of Ray gave up: The actor died")

    monkeypatch.setattr(infer_ray, "part_results", results)
    out = source.with_name("out.jsonl")
    assert told_of(capsys, str(source), "-o", str(out), "--ray", "--shard-size", "2").endswith(
        f"error: the cluster of Ray gave up: The actor died; 2 documents are done and kept in {out}.job\n"
    )


def test_a_uri_that_is_no_file_of_this_machine_stands_for_itself() -> None:
    assert remote_files.place_of("s3://bucket/a.jsonl") == "s3://bucket/a.jsonl"


@pytest.mark.usefixtures("on_ray")
def test_threads_are_shared_out_for_the_local_command_alone_as_actors_have_cores_of_their_own(
    source: Path, words: FirstWords, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared: list[str] = []
    monkeypatch.setattr(infer_command, "share_cores", lambda: shared.append("here"))
    out = str(source.with_name("out.jsonl"))
    assert infer_command.main([str(source), "-o", out, "--ray"]) == 0
    assert shared == []
    assert infer_command.main([str(source), "-o", out]) == 0
    assert shared == ["here"]
