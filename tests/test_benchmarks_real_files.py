"""The counts of files that tools wrote."""

import json
from pathlib import Path

import pytest

from benchmarks.real_files import main
from cascade.document import Document, Entity
from data_formats import write
from data_formats.report import TYPES_LIKE_LABELS


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


def test_what_comes_back_otherwise_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.conll").write_text("Ada\tx;B-y-B\nran\tO\n", encoding="utf-8")
    assert main([f"conll={tmp_path}/*.conll"]) == 0
    row, told = capsys.readouterr().out.splitlines()[1:]
    assert row.split() == ["conll", "1", "1", "1", "1", "0", "0"]
    assert told == f"  again: {tmp_path}/a.conll: {TYPES_LIKE_LABELS}: 1"


def test_no_files_are_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([f"brat={tmp_path}/none/*"]) == 2
    assert "no such files; expected FORMAT=PATTERN" in capsys.readouterr().err
