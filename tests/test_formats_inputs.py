"""Several inputs at once, and plain text of one document a file, through both commands that take them."""

from __future__ import annotations

import gzip
import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from cascade.commands.convert import main
from cascade.document import Document
from cascade.errors import DocumentError, FormatError
from data_formats.report import Report
from data_formats.several_inputs import input_paths

ENDINGS = (
    ".jsonl, .ndjson, .json, .conll, .bio, .iob, .iob2, .bmes, .bioes, .tsv, .conllu, .conllup, .txt, .ann, .pubtator, "
    ".xmi, .csv, .spacy, .parquet, .pdf, .docx"
)


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    """A folder with texts in several formats, and files of other kinds."""
    folder = tmp_path / "texts"
    (folder / "sub").mkdir(parents=True)
    (folder / ".hidden").mkdir()
    (folder / "b.txt").write_text("Ada\nBob\n")
    (folder / "a.txt.gz").write_bytes(gzip.compress(b"Cleo\n"))
    (folder / "sub" / "b.txt").write_text("Dan\n")
    (folder / "c.csv").write_text("text,n\nEve,1\n")
    (folder / "photo.jpg").write_bytes(b"\xff\xd8")
    (folder / ".hidden" / "x.txt").write_text("x")
    (folder / ".x.txt").write_text("x")
    return folder


def converted(tmp_path: Path, *arguments: str) -> list[tuple[str, str]]:
    assert main([*arguments, str(tmp_path / "out.jsonl")]) == 0
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    return [(row["id"], row["text"]) for row in rows]


def test_a_folder_is_read_in_the_order_of_names_with_ids_that_are_unique(
    tmp_path: Path, texts: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert converted(tmp_path, str(texts)) == [
        ("line-1", "Cleo"),
        ("b.txt:line-1", "Ada"),
        ("line-2", "Bob"),
        ("c.csv:line-2", "Eve"),
        (f"{texts}/sub/b.txt:line-1", "Dan"),
    ]
    told = "not carried, or changed: files in folders whose names end as no format that is read: 1 (first: "
    assert f"{told}{texts}/photo.jpg)\n" in capsys.readouterr().err


def test_files_and_patterns_are_read_in_the_order_given(tmp_path: Path, texts: Path) -> None:
    both = converted(tmp_path, str(texts / "c.csv"), str(texts / "**" / "b.t?t"))
    assert [text for _, text in both] == ["Eve", "Ada", "Bob", "Dan"]


def test_a_file_whose_name_looks_like_a_pattern_is_itself(tmp_path: Path) -> None:
    (tmp_path / "a[1].txt").write_text("Ada\n")
    assert input_paths([str(tmp_path / "a[1].txt")], Report()) == [str(tmp_path / "a[1].txt")]


def test_options_may_stand_between_names(tmp_path: Path, texts: Path) -> None:
    given = [str(texts / "c.csv"), str(texts / "b.txt"), "--language", "de"]
    assert len(converted(tmp_path, *given)) == 3


def test_one_input_keeps_its_ids(tmp_path: Path, texts: Path) -> None:
    assert converted(tmp_path, str(texts / "b.txt")) == [("line-1", "Ada"), ("line-2", "Bob")]


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (
            ["texts/*.docx"],
            "texts/*.docx: no file fits this pattern; expected names of files, folders, or patterns of names",
        ),
        (
            ["texts/b.txt", "texts"],
            "texts/b.txt: the file is named twice; name each file once, and no folder that it is in",
        ),
        (
            ["texts/.hidden/none"],
            f"texts/.hidden/none: the folder has no file that can be read; expected names that end with {ENDINGS}",
        ),
    ],
)
def test_names_that_stand_for_no_file_or_twice_for_one_are_told(
    texts: Path, monkeypatch: pytest.MonkeyPatch, names: list[str], message: str
) -> None:
    monkeypatch.chdir(texts.parent)
    (texts / ".hidden" / "none").mkdir()
    with pytest.raises(FormatError) as caught:
        input_paths(names, Report())
    assert str(caught.value) == message


def test_whole_files_are_documents_with_their_line_ends(tmp_path: Path) -> None:
    texts = {"a.txt": "Ada B-PER\r\n\r\nx O\n", "b.txt": "", "c": "Bob"}
    for name, text in texts.items():
        (tmp_path / name).write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert converted(tmp_path, *(str(tmp_path / name) for name in texts), "--whole-files") == list(texts.items())


def test_empty_inputs_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.txt").write_text("")
    assert converted(tmp_path, str(tmp_path / "a.txt")) == []
    assert capsys.readouterr().err == (
        f"wrote 0 documents with 0 entities\n"
        f"not carried, or changed: inputs without a document: 1 (first: {tmp_path}/a.txt)\n"
    )


@pytest.mark.parametrize(
    ("option", "found", "kind"),
    [(["--whole-files"], "jsonl", "plain text"), (["--id-column", "x", "--from", "jsonl"], "jsonl", "tables")],
)
def test_an_option_that_is_for_no_input_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: list[str], found: str, kind: str
) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "Ada", "entities": []}\n')
    assert main([str(tmp_path / "a.jsonl"), str(tmp_path / "b.jsonl"), *option]) == 2
    assert capsys.readouterr().err == (
        f"error: {option[0]} is for {kind}; the input's format is {found}. Leave it out\n"
    )


def test_columns_of_a_table_are_named_to_the_converter(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text("n\tbody\n7\tAda\n")
    given = ["--text-column", "body", "--id-column", "n", "--language", "de"]
    assert converted(tmp_path, str(tmp_path / "a.tsv"), *given) == [("7", "Ada")]
    assert json.loads((tmp_path / "out.jsonl").read_text())["language"] == "de"


def test_documents_with_fields_can_be_hashed() -> None:
    assert len({Document("a", "x", fields={"y": []}), Document("a", "x", fields={"y": []})}) == 1


def test_fields_that_have_no_names_are_refused() -> None:
    with pytest.raises(DocumentError) as caught:
        Document("a", "x", fields=["y"])  # type: ignore[arg-type]
    assert str(caught.value) == "document 'a': fields are ['y']; expected values by name"


@pytest.mark.parametrize("value", [date(2020, 1, 1), {1}, b"x", Decimal("1.5")])
def test_fields_that_json_has_no_form_for_are_refused(value: object) -> None:
    with pytest.raises(
        DocumentError, match=f"a {type(value).__name__}, .*, which JSON has no form for; expected a text"
    ):
        Document("a", "x", fields={"d": [value]})
