"""Counts of what files in LLMs4NER's form hold."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.answer_files import main


def test_entities_losses_and_answers_written_alike_are_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "made_offset_json_up.json"
    right = '[{"text": "b", "label": "DNA", "start": 2, "end": 3}]'
    rows = [{"input": "a b", "output": answer} for answer in (right, right.replace("2", "1"), "[]")]
    file.write_text(json.dumps(rows))
    assert main([str(file)]) == 0
    lost = "1 entities have offsets at which the text is another one"
    assert capsys.readouterr().out.splitlines()[2:] == [f"| offset-json | 3 | 1 | {lost} | 2 |"]


def test_a_name_without_a_format_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "made.json"
    file.write_text("[]")
    assert main([str(file)]) == 2
    expected = "bracketed, xml, json, occurrence-index, offset-json"
    assert capsys.readouterr().err == f"error: {file}: the name tells no format; expected one of {expected} in it\n"


def test_the_format_may_end_the_name_and_types_have_blanks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "genia-bracketed.json"
    file.write_text(json.dumps([{"input": "a b", "output": "[a | DNA] [b | RNA]"}]))
    assert main([str(file), "--types", "DNA, RNA"]) == 0
    assert capsys.readouterr().out.splitlines()[2:] == ["| bracketed | 1 | 2 | nothing | 1 |"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[", "1: not JSON: Expecting value at column 2"),
        ('[{"input": "a"}]', ' holds [{\'input\': \'a\'}]; expected a list of {"instruction", "input", "output"}'),
    ],
)
def test_files_of_another_form_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, message: str
) -> None:
    file = tmp_path / "a_json_b.json"
    file.write_text(content)
    assert main([str(file)]) == 2
    assert capsys.readouterr().err == f"error: {file}:{message}\n"
