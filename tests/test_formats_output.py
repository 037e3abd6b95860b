"""Where outputs go: files that appear when they are complete, pipes, what is open already, and what cannot be
written.
"""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from project_tree import ROOT

import data_formats
from cascade.commands import evaluate as evaluate_command
from cascade.document import Document
from cascade.errors import FormatError
from data_formats.output_files import check_output

LINES = ["Ada slept", "Bob met Eve"]
DOCUMENTS = [Document(f"line-{number}", line) for number, line in enumerate(LINES, start=1)]
WRITTEN = "".join(f"{line}\n" for line in LINES)


def contents(folder: Path) -> dict[str, str]:
    return {file.name: file.read_text(encoding="utf-8") for file in folder.iterdir()}


def in_shell(folder: Path, command: str) -> subprocess.CompletedProcess[str]:
    """The command in bash, where $CONVERT is the converter."""
    (folder / "in.txt").write_text(WRITTEN, encoding="utf-8")
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "CONVERT": f"{sys.executable} -m data_formats --from text --to text",
    }
    return subprocess.run(
        ["bash", "-c", command], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.slow
@pytest.mark.skipif(not os.path.exists("/dev/fd") or shutil.which("bash") is None, reason="no /dev/fd or no bash")
@pytest.mark.parametrize(
    ("command", "there"),
    [
        ("$CONVERT in.txt /dev/stdout | cat > out", WRITTEN),
        ("$CONVERT in.txt /dev/stdout > out", WRITTEN),
        ("echo before > out; $CONVERT in.txt /dev/stdout >> out", f"before\n{WRITTEN}"),
        ("(echo before; $CONVERT in.txt /dev/stdout; echo behind) > out", f"before\n{WRITTEN}behind\n"),
        ("$CONVERT in.txt >(cat > out); for _ in $(seq 100); do [ -s out ] && break; sleep 0.1; done", WRITTEN),
        ("echo before > out; $CONVERT in.txt /dev/fd/7 7>> out", f"before\n{WRITTEN}"),
        ("ln -s /dev/stdout link; $CONVERT in.txt link > out", WRITTEN),
        ("mkfifo pipe; cat pipe > out & $CONVERT in.txt pipe; wait", WRITTEN),
        ("echo before > real; ln -s real link; $CONVERT in.txt link; [ -L link ] && cat real > out", WRITTEN),
        ("$CONVERT in.txt - > out 2>&-", WRITTEN),
    ],
)
def test_pipes_and_open_files_are_written_as_they_are(tmp_path: Path, command: str, there: str) -> None:
    done = in_shell(tmp_path, command)
    assert done.stderr == ("" if "2>&-" in command else "wrote 2 documents with 0 entities\n")
    assert (tmp_path / "out").read_text(encoding="utf-8") == there


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash")
@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("$CONVERT - out <&-", "<stdin>: standard input is closed; name a file to read"),
        ("$CONVERT in.txt - >&-", "<stdout>: standard output is closed; name a file to write"),
        ("$CONVERT in.txt /dev/fd/7 7>&-", "/dev/fd/7: cannot be written: Bad file descriptor"),
        ("$CONVERT in.txt ''", "the output's name is empty; expected a file, or - for standard output"),
        (
            "$CONVERT in.txt in.txt/out",
            "in.txt/out: cannot be written: Not a directory; a part of its path is a file",
        ),
        (
            "$CONVERT in.txt nowhere/out",
            "nowhere/out: cannot be written: No such file or directory; make its folder first",
        ),
        ("$CONVERT in.txt .", ".: cannot be written: Is a directory; name a file"),
        (f"$CONVERT in.txt {'x' * 256}", f"{'x' * 256}: cannot be written: File name too long; give it a shorter name"),
    ],
)
def test_what_cannot_be_written_is_said_in_one_line(tmp_path: Path, command: str, told: str) -> None:
    done = in_shell(tmp_path, command)
    assert (done.returncode, done.stderr) == (2, f"error: {told}\n")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["in.txt"]


@pytest.mark.skipif(not os.path.exists("/dev/fd"), reason="no /dev/fd")
@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("", "the output's name is empty; expected a file, or - for standard output"),
        (
            "in.txt/out",
            "in.txt/out: cannot be written: Not a directory; a part of its path is a file",
        ),
        (
            "nowhere/out",
            "nowhere/out: cannot be written: No such file or directory; make its folder first",
        ),
        ("folder", "folder: cannot be written: Is a directory; name a file"),
        ("x" * 256, f"{'x' * 256}: cannot be written: File name too long; give it a shorter name"),
        ("out", None),
        ("in.txt", None),
        ("link", None),
        ("-", None),
        ("/dev/null", None),
        ("/dev/stdout", None),
    ],
)
def test_what_cannot_be_written_is_known_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, told: str | None
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("in.txt").write_text(WRITTEN, encoding="utf-8")
    Path("link").symlink_to("new")
    Path("folder").mkdir()
    if told is None:
        check_output(name)
    else:
        with pytest.raises(FormatError) as error:
            check_output(name)
        assert str(error.value) == told
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "in.txt", "link"]
    assert Path("in.txt").read_text(encoding="utf-8") == WRITTEN


@pytest.mark.parametrize("name", ["out.txt", "x" * 251 + ".txt"])
def test_names_may_be_as_long_as_the_system_allows(tmp_path: Path, name: str) -> None:
    data_formats.write(DOCUMENTS, tmp_path / name)
    assert (tmp_path / name).read_text(encoding="utf-8") == WRITTEN


def test_a_file_keeps_its_permissions(tmp_path: Path) -> None:
    file = tmp_path / "out.txt"
    file.touch()
    file.chmod(0o640)
    seen: list[int] = []

    def documents() -> Iterator[Document]:
        seen.extend(stat.S_IMODE(each.stat().st_mode) for each in tmp_path.iterdir())
        yield from DOCUMENTS

    data_formats.write(documents(), file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert set(seen) == {0o640}  # nor is it open to others while it is written


def test_what_was_there_stays_when_writing_fails(tmp_path: Path) -> None:
    (tmp_path / "out.txt").write_text("before", encoding="utf-8")

    def documents() -> Iterator[Document]:
        yield from DOCUMENTS
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        data_formats.write(documents(), tmp_path / "out.txt")
    assert contents(tmp_path) == {"out.txt": "before", "out.txt.partial": WRITTEN}


def test_a_place_that_cannot_be_given_away_is_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(16, "Device or resource busy")

    (tmp_path / "out.txt").write_text("before", encoding="utf-8")
    monkeypatch.setattr(os, "replace", refuse)
    data_formats.write(DOCUMENTS, tmp_path / "out.txt")
    assert [(file.name, file.read_text(encoding="utf-8")) for file in tmp_path.iterdir()] == [("out.txt", WRITTEN)]


def test_a_complete_file_is_kept_where_its_place_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(os, "replace", refuse)
    monkeypatch.setattr(shutil, "copyfile", refuse)
    with pytest.raises(
        FormatError,
        match=r"out\.txt: cannot be written: Read-only file system; name another place; what was to be in it is in ",
    ) as error:
        data_formats.write(DOCUMENTS, tmp_path / "out.txt")
    assert Path(str(error.value).rpartition(" ")[2]).read_text(encoding="utf-8") == WRITTEN


@pytest.mark.parametrize("format_", ["text", "conll", "indexed", "conllu", "jsonl", "geic"])
def test_a_text_may_begin_with_a_zero_width_no_break_space(tmp_path: Path, format_: str) -> None:
    text = "\ufeffAda slept"
    data_formats.write(
        [Document("line-1", text, tokens=((0, 4), (5, 10))), Document("line-2", text)], tmp_path / "out", format_
    )
    assert next(data_formats.read(tmp_path / "out", format_)).text == text


@pytest.mark.skipif(not os.path.exists("/dev/stdin") or shutil.which("bash") is None, reason="no /dev/stdin or no bash")
@pytest.mark.parametrize(
    ("names", "told"),
    [
        ("- -", "GOLD and PREDICTED are both '-', which can be read once; expected a file for one of them"),
        (
            "- /dev/stdin",
            "GOLD and PREDICTED are both '-' and '/dev/stdin', which can be read once; expected a file for one of them",
        ),
        (
            "/dev/stdin -",
            "GOLD and PREDICTED are both '/dev/stdin' and '-', which can be read once; expected a file for one of them",
        ),
        (
            "no.jsonl no.jsonl",
            "no.jsonl: cannot be read: No such file or directory; expected a file, or - for standard input",
        ),
        (". .", ".: cannot be read: Is a directory; expected a file, or - for standard input"),
    ],
)
def test_gold_and_predictions_cannot_both_come_from_one_stream(tmp_path: Path, names: str, told: str) -> None:
    command = f'echo \'{{"text": "Ada"}}\' | {sys.executable} {ROOT / "evaluate.py"} {names} --predicted-format jsonl'
    done = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"error: {told}\n")


def test_a_file_is_scored_against_itself(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.jsonl").write_text(
        '{"text": "Ada", "entities": [{"start": 0, "end": 3, "type": "person"}]}\n', encoding="utf-8"
    )
    assert evaluate_command.main([str(tmp_path / "a.jsonl")] * 2) == 0
    assert "100.0" in capsys.readouterr().out
