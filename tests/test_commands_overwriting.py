"""No command replaces a file that it reads, or one of its outputs by another."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from cascade.commands import infer, readings
from cascade.commands.output_options import check_written, refuse_overwriting
from cascade.errors import FormatError
from train import prepare, thresholds
from train.synthetic import __main__ as synthetic
from train.written import __main__ as written

LOST = "the output is an input, which would be lost; name another file"


def test_an_output_that_is_an_input_is_refused_by_whatever_name(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("a")
    (tmp_path / "link.json").symlink_to(tmp_path / "a.json")
    for name in ("a.json", "link.json", f"../{tmp_path.name}/a.json"):
        with pytest.raises(FormatError) as error:
            refuse_overwriting([None, tmp_path / name], [None, tmp_path / "a.json"])
        assert str(error.value) == f"{tmp_path / name}: {LOST}"
    refuse_overwriting([tmp_path / "b.json"], [tmp_path / "a.json"])


def test_two_outputs_of_one_file_are_refused_although_it_is_not_there_yet(tmp_path: Path) -> None:
    with pytest.raises(FormatError) as error:
        check_written([tmp_path / "a.json", str(tmp_path / "a.json")], [])
    assert str(error.value) == (
        f"{tmp_path / 'a.json'}: two outputs are this file, so that one would be lost; name another file"
    )
    assert list(tmp_path.iterdir()) == []


def test_streams_and_devices_may_be_named_twice() -> None:
    refuse_overwriting(["-", "-", os.devnull, os.devnull], ["-", os.devnull])


def test_a_file_that_could_not_be_written_is_told_before_the_work(tmp_path: Path) -> None:
    with pytest.raises(FormatError) as error:
        check_written([None, tmp_path / "no" / "a.json"], [])
    assert str(error.value) == (
        f"{tmp_path / 'no' / 'a.json'}: cannot be written: No such file or directory; make its folder first"
    )


READ = "a.jsonl"  # a file that commands read, in the working folder


@pytest.mark.parametrize(
    ("main", "arguments"),
    [
        (infer.main, ["in.txt", "-o", READ, "--taxonomy", READ]),
        (infer.main, ["in.txt", "-o", READ, "--demonstrations", READ]),
        (infer.main, ["in.txt", "-o", READ, "--thresholds", READ]),
        (infer.main, ["in.txt", "-o", READ, "--protocol", "one-stage", "--model", "m", "--instruction", READ]),
        (readings.main, ["in.txt", "-o", READ, "--prompts", "names,capitals", "--taxonomy", READ]),
        (thresholds.main, [READ, "-o", READ]),
        (synthetic.main, ["--out", READ, "--documents", "1", "--apart-from", READ]),
        (synthetic.main, ["--out", "a.json", "--documents", "1", "--apart-from", "a.types.json"]),
        (written.main, ["--out", ".", "--apart-from", "train.jsonl"]),
        (written.main, ["--out", ".", "--apart-from", "in.txt", "dev.jsonl"]),
        (prepare.main, ["--stage", "extractor", "--out", ".", "--data", "train.jsonl"]),
        (prepare.main, ["--stage", "extractor", "--out", ".", "--data", "in.txt", "--dev", "dev.jsonl"]),
    ],
)
def test_commands_refuse_outputs_that_they_read(
    main: Callable[[Sequence[str]], int],
    arguments: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    names = [READ, "in.txt", "a.types.json", "train.jsonl", "dev.jsonl"]
    for name in names:
        Path(name).write_text("Ada\n")
    assert main(arguments) == 2
    assert capsys.readouterr().err.endswith(f"{LOST}\n")
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == dict.fromkeys(names, "Ada\n")
