"""How `evaluate.py` reads column files, and that its table is UTF-8 whatever the console's encoding."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cascade.commands.evaluate import main

ROOT = Path(__file__).resolve().parent.parent
PREDICTED = {
    "id": "line-1",
    "text": "Ada met Bob",
    "entities": [{"start": 0, "end": 3, "type": "PER"}, {"start": 8, "end": 11, "type": "PER"}],
}
ILL_FORMED = "Ada\tI-PER\nmet\tO\nBob\tB-PER\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with predicted.jsonl."""
    (tmp_path / "predicted.jsonl").write_text(json.dumps(PREDICTED) + "\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("gold", "options", "found"),
    [
        (ILL_FORMED, ["--repair", "begin"], "100.0   100.0  100.0     2          2"),
        (
            "Ada\tB-PER\tO\nmet\tO\tO\nBob\tB-PER\tB-PER\n",
            ["--label-column", "3"],
            "50.0   100.0  66.7     1          2",
        ),
        (
            "Ada\tB-PER\tO\nmet\tO\tO\nBob\tO\tB-PER\n",
            ["--label-column", "all"],
            "100.0   100.0  100.0     2          2",
        ),
        ("Ada\tI-PER\nmet\tO\nBob\tI-PER\n", ["--scheme", "iob1"], "100.0   100.0  100.0     2          2"),
        ("Ada\tB-PER\n met \tO\nBob\tB-PER\n", ["--join", "none"], "100.0   100.0  100.0     2          2"),
    ],
)
def test_columns_are_read_as_asked(
    folder: Path, capsys: pytest.CaptureFixture[str], gold: str, options: list[str], found: str
) -> None:
    (folder / "gold.conll").write_text(gold)
    assert main(["gold.conll", "predicted.jsonl", "--resamples", "0", *options]) == 0
    out, err = capsys.readouterr()
    [line] = [line for line in out.splitlines() if line.startswith("entities ")]
    assert (line.removeprefix("entities").strip(), err) == (found, "")


def test_options_count_for_both_files(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("gold.conll", "predicted.conll"):
        (folder / name).write_text(ILL_FORMED)
    assert main(["gold.conll", "predicted.conll", "--resamples", "0", "--repair", "begin"]) == 0
    assert "100.0   100.0  100.0     2          2" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("gold", "options", "message"),
    [
        (
            ILL_FORMED,
            [],
            "gold:1: label 'I-PER' begins a sentence; an I- label needs B- or I- of the same type before it. "
            "Fix the file or read it with --repair begin, an option of evaluate.py and python -m data_formats.",
        ),
        (
            "Vitamin O\nBlutgruppe O\n",
            [],
            "gold: the first lines could be plain text or columns with labels; name the format with --gold-format: "
            "text, conll",
        ),
        (
            "Just a line.\n",
            [],
            "gold: the file is in no format that its first lines or its name tell; name it with --gold-format: jsonl, "
            "geic, conll, conllu, indexed, text, webanno-tsv, cas-xmi, spans-csv, spacy, spacy-json, bioc, bioc-json",
        ),
        (
            '{"id": "line-1", "text": "Ada met Bob"}\n',
            ["--repair", "begin"],
            "--repair: for files of columns, and neither gold (jsonl) nor predicted.jsonl (jsonl) is one; leave it out",
        ),
        (
            '{"id": "line-1", "text": "Ada met Bob"}\n',
            ["--label-column", "2", "--scheme", "bio"],
            "--scheme, --label-column: for files of columns, and neither gold (jsonl) nor predicted.jsonl (jsonl) is "
            "one; leave them out",
        ),
    ],
)
def test_messages_name_options_that_are_there(
    folder: Path, capsys: pytest.CaptureFixture[str], gold: str, options: list[str], message: str
) -> None:
    (folder / "gold").write_text(gold)
    assert main(["gold", "predicted.jsonl", *options]) == 2
    assert capsys.readouterr() == ("", f"error: {message}\n")


def test_the_format_of_predictions_is_asked_for_by_its_option(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "predicted").write_text("Just a line.\n")
    assert main(["predicted.jsonl", "predicted"]) == 2
    assert "name it with --predicted-format: " in capsys.readouterr().err


def test_the_table_is_utf8_whatever_the_console(folder: Path) -> None:
    row = {"id": "a", "text": "孔子 said", "language": "中", "entities": [{"start": 0, "end": 2, "type": "人物"}]}
    (folder / "gold.jsonl").write_text(json.dumps(row) + "\n")
    command = [sys.executable, str(ROOT / "evaluate.py"), "gold.jsonl", "gold.jsonl", "--resamples", "0"]
    done = subprocess.run(command, capture_output=True, env={**os.environ, "PYTHONIOENCODING": "cp1252"}, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert "\n人物 " in done.stdout.decode("utf-8")
