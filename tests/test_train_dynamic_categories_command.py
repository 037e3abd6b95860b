"""The command of dynamic categorisation: rows and reports, what it refuses, what it does not overwrite."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from classification_rows import TREE, row

from cascade.errors import TaxonomyError
from cascade.taxonomy.tree import type_name
from train.dynamic_categories.__main__ import main


def test_the_command_writes_rows_and_reports(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    taxonomy, rows, out = tmp_path / "t.json", tmp_path / "rows.json", tmp_path / "out.json"
    taxonomy.write_text(json.dumps(TREE))
    rows.write_text(json.dumps([row("person, place, other", "person"), row("artist, author", "author")]))
    shares = ["--merge", "1", "--rename", "0", "--thin", "0", "--unknown", "0"]
    assert main([str(rows), str(out), "--taxonomy", str(taxonomy), *shares]) == 0
    assert json.loads(out.read_text()) == [row("artist, author, other, place", "author")]
    assert capsys.readouterr().out.splitlines() == [
        f"wrote 1 questions of 2 to {out}, seed 0",
        "merged: 1",
        "                             before    after",
        "cohesion                     0.0000   0.0000",
        "normalised entropy           1.0000   0.0000",
        "Gini coefficient             0.0000   0.0000",
        "coefficient of variation     0.0000   0.0000",
    ]
    assert main([str(rows), "--measure", "--taxonomy", str(taxonomy)]) == 0
    assert capsys.readouterr().out.splitlines()[1] == "cohesion                     0.0000"


def test_the_command_refuses_what_it_cannot_use(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    taxonomy, rows, synonyms = tmp_path / "t.json", tmp_path / "rows.json", tmp_path / "s.json"
    taxonomy.write_text(json.dumps(TREE))
    rows.write_text("[]")
    synonyms.write_text('{"a": "b"}')
    given = [str(rows), "--taxonomy", str(taxonomy)]
    assert main(given) == 2
    assert main([*given, "--measure"]) == 2
    assert main([*given, "--measure", "--synonyms", str(synonyms)]) == 2
    assert capsys.readouterr().err.splitlines() == [
        "error: OUT and --measure exclude each other; expected a file to write, or --measure alone",
        f"error: {rows}: holds no questions; expected the rows of a classification set",
        f"error: {synonyms}: holds {{'a': 'b'}}; expected an object of other names by name, such as "
        '{"person": ["human being"]}',
    ]


@pytest.mark.parametrize("name", ["a, b", " ", 3])
def test_synonyms_that_would_be_read_as_other_names_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: object
) -> None:
    with pytest.raises(TaxonomyError) as refused:
        type_name(name)
    assert synonyms_refused(tmp_path, capsys, name) == str(refused.value)


def test_a_synonym_that_would_begin_a_list_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = "type name 'a: b' holds ': ', behind which a list begins; expected one without"
    assert synonyms_refused(tmp_path, capsys, "a: b") == told


def synonyms_refused(folder: Path, capsys: pytest.CaptureFixture[str], name: object) -> str:
    """What the command says of a synonym, behind the file's name; nothing is written."""
    taxonomy, rows, synonyms, out = (folder / f"{each}.json" for each in ("t", "rows", "s", "out"))
    taxonomy.write_text(json.dumps(TREE))
    rows.write_text(json.dumps([row("person, place, other", "person")]))
    synonyms.write_text(json.dumps({"person": ["human being", name]}))
    given = [str(rows), str(out), "--taxonomy", str(taxonomy), "--synonyms", str(synonyms)]
    assert main(given) == 2
    assert not out.exists()
    return capsys.readouterr().err.removeprefix(f"error: {synonyms}: ").rstrip("\n")


@pytest.mark.parametrize("lost", ["rows", "t", "s"])
def test_no_file_that_is_read_is_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str], lost: str) -> None:
    files = {name: tmp_path / f"{name}.json" for name in ("rows", "t", "s")}
    values = {"rows": [row("person, place, other", "person")], "t": TREE, "s": {"person": ["human being"]}}
    for name, file in files.items():
        file.write_text(json.dumps(values[name]))
    given = [str(files["rows"]), str(files[lost]), "--taxonomy", str(files["t"]), "--synonyms", str(files["s"])]
    assert main(given) == 2
    told = f"error: {files[lost]}: the output is an input, which would be lost; name another file\n"
    assert capsys.readouterr().err == told
    assert json.loads(files[lost].read_text()) == values[lost]


def test_a_folder_that_is_missing_is_told_before_the_work(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "no" / "out.json"
    assert main(["no-rows.json", str(out), "--taxonomy", "no-types.json"]) == 2
    assert capsys.readouterr().err == (
        f"error: {out}: cannot be written: No such file or directory; make its folder first\n"
    )


def test_rows_go_to_standard_output_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    taxonomy, rows = tmp_path / "t.json", tmp_path / "rows.json"
    taxonomy.write_text(json.dumps(TREE))
    rows.write_text(json.dumps([row("person, place, other", "person")]))
    assert main([str(rows), "-", "--taxonomy", str(taxonomy), "--seed", "3"]) == 0
    printed = capsys.readouterr()
    assert len(json.loads(printed.out)) == 1
    assert printed.err.startswith("wrote 1 questions of 1 to -, seed 3\n")
