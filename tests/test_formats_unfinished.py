"""Unfinished output: what was written before an error or an interruption is kept, and the message says where."""

from __future__ import annotations

import io
import itertools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from project_tree import ROOT

import data_formats
from cascade.commands import convert as convert_command
from cascade.document import Document, Entity
from data_formats.output_files import open_output

ADA, BOB = (
    Document(name, f"{name} slept", None, (Entity(0, 3, "person"),), ((0, 3), (4, 9))) for name in ("Ada", "Bob")
)
LINES = ['{"text": "Ada slept", "entities": []}\n', '{"text": "Bob", "entities": []}\n', '{"text": 3}\n']
FORMATS = ["jsonl", "geic", "conll", "conllu", "indexed", "text", "swift"]


def contents(folder: Path) -> dict[str, str]:
    return {file.name: file.read_text(encoding="utf-8") for file in folder.iterdir()}


def failing(documents: list[Document], error: BaseException) -> Iterator[Document]:
    yield from documents
    raise error


def converted(folder: Path, lines: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """Exit status and what is told of converting lines to out.txt."""
    (folder / "in.jsonl").write_text("".join(lines), encoding="utf-8")
    status = convert_command.main([str(folder / "in.jsonl"), str(folder / "out.txt")])
    (folder / "in.jsonl").unlink()
    return status, capsys.readouterr().err


def test_an_error_says_where_the_documents_before_it_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "out.txt").write_text("earlier", encoding="utf-8")
    assert converted(tmp_path, LINES, capsys) == (
        2,
        f"error: {tmp_path}/in.jsonl:3: 'text' is 3; expected a text; what was written before that is in "
        f"{tmp_path}/out.txt.partial\n",
    )
    assert contents(tmp_path) == {"out.txt": "earlier", "out.txt.partial": "Ada slept\nBob\n"}


def test_nothing_is_kept_where_nothing_was_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert converted(tmp_path, LINES[2:], capsys) == (
        2,
        f"error: {tmp_path}/in.jsonl:1: 'text' is 3; expected a text\n",
    )
    assert contents(tmp_path) == {}


def test_further_partial_files_are_counted_and_none_is_lost(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = [converted(tmp_path, lines, capsys)[1].rpartition("; ")[2] for lines in (LINES, LINES[1:], LINES)]
    assert told == [
        f"what was written before that is in {tmp_path}/out.txt.partial\n",
        f"what was written before that is in {tmp_path}/out.txt.partial-2, beside 1 earlier partial file\n",
        f"what was written before that is in {tmp_path}/out.txt.partial-3, beside 2 earlier partial files\n",
    ]
    assert contents(tmp_path) == {
        "out.txt.partial": "Ada slept\nBob\n",
        "out.txt.partial-2": "Bob\n",
        "out.txt.partial-3": "Ada slept\nBob\n",
    }


@pytest.mark.parametrize("format_", FORMATS)
def test_what_is_kept_is_what_a_whole_file_of_these_documents_is(tmp_path: Path, format_: str) -> None:
    data_formats.write([ADA, BOB], tmp_path / "whole", format_)
    with pytest.raises(KeyboardInterrupt) as error:
        data_formats.write(failing([ADA, BOB], KeyboardInterrupt()), tmp_path / "out", format_)
    assert error.value.__notes__ == [f"what was written before that is in {tmp_path}/out.partial"]
    there = contents(tmp_path)
    assert there == {"whole": there["whole"], "out.partial": there["whole"]}


@pytest.mark.parametrize("format_", FORMATS)
def test_a_document_is_kept_whole_or_not_at_all(tmp_path: Path, format_: str) -> None:
    """Interrupted at each call of the stream, as a signal may come between any two."""

    class Stream(io.StringIO):
        def __init__(self, calls: int) -> None:
            super().__init__()
            self.calls = calls

        def write(self, text: str) -> int:
            self.calls -= 1
            if self.calls == 0:
                raise KeyboardInterrupt
            return super().write(text)

    wholes = []
    for documents in ([], [ADA], [ADA, BOB]):
        stream = io.StringIO()
        data_formats.write(documents, stream, format_)
        wholes.append(stream.getvalue())
    for calls in itertools.count(1):
        broken = Stream(calls)
        try:
            data_formats.write([ADA, BOB], broken, format_)
        except KeyboardInterrupt:
            assert broken.getvalue() in (*wholes, "", *(whole.removesuffix("\n}\n") for whole in wholes))
        else:
            break


def test_a_line_that_was_begun_is_cut_off(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), open_output(tmp_path / "out") as stream:  # noqa: PT012 - the block is what fails
        stream.write("é" * 100_000 + "\nbegun" + "x" * 200_000)
        raise ZeroDivisionError
    assert contents(tmp_path) == {"out.partial": "é" * 100_000 + "\n"}


def test_a_line_that_was_begun_alone_is_not_kept(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), open_output(tmp_path / "out") as stream:  # noqa: PT012 - the block is what fails
        stream.write("begun" * 50_000)
        raise ZeroDivisionError
    assert contents(tmp_path) == {}


def test_what_went_wrong_before_is_no_failure_of_a_file(tmp_path: Path) -> None:
    try:
        raise ZeroDivisionError
    except ZeroDivisionError:
        data_formats.write([ADA], tmp_path / "out", "text")
    assert contents(tmp_path) == {"out": "Ada slept\n"}


@pytest.mark.skipif(not hasattr(signal, "SIGINT") or sys.platform == "win32", reason="no signals")
def test_an_interruption_says_where_the_documents_before_it_are(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "data_formats", "-", "out.txt", "--from", "jsonl"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command,
        cwd=tmp_path,
        env=environment,
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # background jobs of a shell ignore it
    ) as process:
        stdin = process.stdin
        assert stdin is not None
        stdin.write(
            LINES[0] * 1 + '{"text": "B", "entities": []}\n' * 20_000
        )  # past the buffers, so that some are read
        stdin.flush()
        latest = time.monotonic() + 60
        while not (tmp_path / "out.txt.partial").exists() or not (tmp_path / "out.txt.partial").stat().st_size:
            if process.poll() is not None or time.monotonic() > latest:
                process.kill()
                pytest.fail("ended by itself, or wrote nothing")
        process.send_signal(signal.SIGINT)
        told = process.stderr.read() if process.stderr else ""
    assert process.returncode == 130
    assert told == f"interrupted; what was written before that is in {tmp_path}/out.txt.partial\n"
    lines = (tmp_path / "out.txt.partial").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "Ada slept"
    assert set(lines[1:]) == {"B"}
    assert [file.name for file in tmp_path.iterdir()] == ["out.txt.partial"]
