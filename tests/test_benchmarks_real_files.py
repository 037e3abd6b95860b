"""The counts of files that tools wrote."""

import json
from pathlib import Path

import pytest

from benchmarks.real_files import main
from cascade.document import Document, Entity
from data_formats import write


def test_files_are_read_written_and_read_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write([Document("a", "Ada ran.", entities=(Entity(0, 3, "PER"),))], tmp_path / "a.xmi", "cas-xmi")
    (tmp_path / "b.xmi").write_text("<collection/>", encoding="utf-8")
    out = tmp_path / "counts.json"
    assert main([f"cas-xmi={tmp_path}/*.xmi", "--json", str(out)]) == 0
    counts = json.loads(out.read_text(encoding="utf-8"))["cas-xmi"]
    refused = {
        str(tmp_path / "b.xmi"): f"{tmp_path}/b.xmi:1: the root is <collection>; expected <xmi:XMI> of a UIMA CAS"
    }
    assert counts == {
        "files": 2,
        "documents": 1,
        "entities": 1,
        "left_out": {},
        "refused": refused,
        "same_again": 1,
        "other_again": {},
    }
    row = ["cas-xmi", "2", "1", "1", "1", "0", "1"]
    assert row in [line.split() for line in capsys.readouterr().out.splitlines()]


def test_what_does_not_come_back_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    nested = Document(
        "a", "Ada ran.", entities=(Entity(0, 3, "PER"), Entity(0, 7, "X")), tokens=((0, 3), (4, 7), (7, 8))
    )
    write([nested], tmp_path / "a.jsonl", "jsonl")
    assert main([f"jsonl={tmp_path}/*.jsonl"]) == 0
    assert "again" not in capsys.readouterr().out.split("\n", 1)[1]


def test_no_files_are_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([f"brat={tmp_path}/none/*"]) == 2
    assert "no such files; expected FORMAT=PATTERN" in capsys.readouterr().err
