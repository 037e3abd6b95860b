"""The command that fuses files of found entities: by ids, its counts, what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from readings import READINGS

from cascade.commands.fuse import main
from cascade.document import Document, Entity
from cascade.document.fusion import WAYS


def written(folder: Path, documents: dict[str, list[Document]]) -> list[str]:
    files = []
    for name, some in documents.items():
        files.append(str(folder / f"{name}.jsonl"))
        Path(files[-1]).write_text("".join(json.dumps(each.to_dict()) + "\n" for each in some))
    return files


def test_the_command_fuses_files_by_ids(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = Document("b", "Ada", None, (Entity(0, 3, "person", 0.5),))
    files = written(tmp_path, {"one": [READINGS[0], other], "two": [other, READINGS[2]]})
    out = tmp_path / "out.jsonl"
    assert main([*files, "-o", str(out), "--by", "majority"]) == 0
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert [(row["id"], [(each["type"], each["score"]) for each in row["entities"]]) for row in rows] == [
        ("a", [("city", 0.8)]),
        ("b", [("person", 0.5)]),
    ]
    told = f"wrote 2 documents with 2 entities, of {files[0]}: 3, {files[1]}: 3\n"
    assert capsys.readouterr().err == told


def test_the_command_counts_what_overlaps_and_keeps_it_where_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bank = Document("a", "Bank of England", None, (Entity(0, 15, "org"), Entity(8, 15, "country")))
    files = written(tmp_path, {"n1": [bank], "n2": [bank]})
    out = tmp_path / "out.jsonl"
    counts = f"{files[0]}: 2, {files[1]}: 2"
    left_out = "entities that overlap a better one, and are left out (--nested keeps some): 1 (first: a)"
    for by in WAYS:
        assert main([*files, "-o", str(out), "--by", by]) == 0
        assert capsys.readouterr().err.splitlines() == [f"wrote 1 documents with 1 entities, of {counts}", left_out]
        assert main([*files, "-o", str(out), "--by", by, "--nested"]) == 0
        assert capsys.readouterr().err == f"wrote 1 documents with 2 entities, of {counts}\n"
        assert [each["type"] for each in json.loads(out.read_text())["entities"]] == ["org", "country"]


def test_unsure_entities_have_no_vote_and_are_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    unsure = Document("a", "Ada", None, (Entity(0, 3, "person", 0.2, unsure=True),))
    files = written(tmp_path, {"one": [unsure], "two": [unsure.with_entities(())]})
    assert main([*files, "-o", str(tmp_path / "out.jsonl")]) == 0
    assert capsys.readouterr().err.splitlines()[-1] == "entities marked as unsure, which have no vote: 1 (first: a)"
    assert json.loads((tmp_path / "out.jsonl").read_text())["entities"] == []


def test_options_that_do_not_fit_are_told_before_anything_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = written(tmp_path, {"one": READINGS[:1], "two": READINGS[1:2]})
    assert main([*files, "-o", str(tmp_path / "out.csv"), "--by", "majority", "--at-least", "3"]) == 2
    assert "3 readings must agree; expected a number from 1 to 2" in capsys.readouterr().err
    assert not list(tmp_path.glob("out.csv*"))


def test_types_in_other_letters_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, two = (Document("a", "Ada", None, (Entity(0, 3, name),)) for name in ("Person", "person"))
    assert main([*written(tmp_path, {"one": [one], "two": [two]}), "-o", str(tmp_path / "out.jsonl")]) == 0
    assert capsys.readouterr().err.splitlines()[0] == (
        "note: types that differ in capital letters alone are not fused: 'Person', 'person'"
    )


def test_the_command_refuses_files_of_other_documents(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = Document("b", "Ada")
    one, two = written(tmp_path, {"one": [READINGS[0], other], "two": [other]})
    out = ["-o", str(tmp_path / "out.jsonl")]
    assert main([one, two, *out]) == 2
    assert main([two, one, *out]) == 2
    assert main([one, *out]) == 2
    same = "expected the same documents in all files"
    assert capsys.readouterr().err.splitlines() == [
        f"error: {two}: has no document 'a', which {one} has (1 such); {same}",
        f"error: {two}: has no document 'a', which {one} has (1 such); {same}",
        f"error: {one}: one file is given; expected two or more files of one set of documents",
    ]
    assert not (tmp_path / "out.jsonl").exists()


def test_a_file_that_is_fused_is_not_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.jsonl").write_text(json.dumps(READINGS[0].to_dict()) + "\n", encoding="utf-8")
    files = [str(tmp_path / f"{name}.jsonl") for name in ("a", "b")]
    assert main([*files, "-o", files[0]]) == 2
    assert capsys.readouterr().err == (
        f"error: {files[0]}: the output is an input, which would be lost; name another file\n"
    )


def test_the_format_of_the_output_can_be_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.jsonl").write_text(json.dumps(READINGS[0].to_dict()) + "\n", encoding="utf-8")
    files = [str(tmp_path / f"{name}.jsonl") for name in ("a", "b")]
    assert main([*files, "-o", str(tmp_path / "out"), "--to", "conll"]) == 0
    assert "New\tB-city" in (tmp_path / "out").read_text(encoding="utf-8").replace(" ", "\t")
    capsys.readouterr()
    assert main([*files, "-o", "-"]) == 0
    assert json.loads(capsys.readouterr().out)["id"] == "a"


def test_a_file_does_not_count_twice(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text(json.dumps(READINGS[0].to_dict()) + "\n", encoding="utf-8")
    assert main([str(file), str(file), "-o", str(tmp_path / "out.jsonl")]) == 2
    assert capsys.readouterr().err == (
        f"error: {file}, {file}: a file is named twice, and would count twice; name it once\n"
    )
