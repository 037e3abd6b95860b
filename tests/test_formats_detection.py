"""Which format a file is in, when nobody says."""

import ast
import gzip
import io
import json
import sys
from pathlib import Path

import pytest

import data_formats
from cascade.document import Document
from cascade.errors import FormatError
from data_formats.registry import opened

EXCHANGED = (
    "webanno-tsv, cas-xmi, spans-csv, spacy, spacy-json, token-spans, dataturks, bioc, bioc-json, nerel, "
    "tokens-json, tokens-csv, table, json-rows, parquet, pdf, docx"
)
JSONL = '{"id": "a", "text": "x", "entities": []}\n'
GEIC = '{\n    "sentence1": {"sentence": "x", "entity": [], "category": []}}'
READABLE = ", ".join(each.name for each in data_formats.formats() if each.read)
UNER = "# sent_id = a\n# text = x\n1\tx\tO\t-\t-\n"
INDEXED = "0\tx\tO\n1\ty\tB-LOC\n"


@pytest.mark.parametrize(
    ("name", "content", "format_"),
    [
        ("a.jsonl", JSONL, "jsonl"),
        ("a.json", JSONL, "jsonl"),
        ("a.json", GEIC, "geic"),
        ("a.jsonl", GEIC.replace("\n", ""), "geic"),
        ("a.json", "{}", "geic"),
        ("a.conllu", UNER, "conllu"),
        ("a.iob2", UNER, "conllu"),
        ("a.conllu", INDEXED, "indexed"),
        ("a.txt", "Rome B-LOC\nis O\n. O\n", "conll"),
        ("a.iob2", "x\tO\tO\n", "conll"),
        ("a.tsv", "## comment\nx\tB-A\n", "conll"),
        ("a.txt", "-DOCSTART- -X- O\n\nx NN O\n", "conll"),
        ("a.conll", "x\tO\ny\n", "conll"),
        ("a.txt", "Just a line.\n", "text"),
        ("a.txt", "", "text"),
        ("a.jsonl", "{", "jsonl"),
    ],
)
def test_first_lines_tell_the_format_and_the_name_where_they_do_not(
    tmp_path: Path, name: str, content: str, format_: str
) -> None:
    (tmp_path / name).write_text(content)
    assert opened(tmp_path / name).format.name == format_


@pytest.mark.parametrize(("name", "content"), [("notes", "Just a line.\n"), ("a.txt", '[{"a": 1}]')])
def test_unknown_formats(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(FormatError) as caught:
        data_formats.read(tmp_path / name)
    assert str(caught.value) == (
        f"{tmp_path}/{name}: the file is in no format that its first lines or its name tell; "
        f"name it with --from of python -m data_formats: {READABLE}"
    )


@pytest.mark.parametrize(
    ("name", "kept"), [("a.md", ", marks included"), ("a.html.gz", ", marks included"), ("a.eml", ""), ("a.log", "")]
)
def test_a_text_in_another_ending_is_told_how_it_is_read(tmp_path: Path, name: str, kept: str) -> None:
    content = b"Ada slept in <b>Bern</b>.\n"
    (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    with pytest.raises(FormatError) as caught:
        opened(tmp_path / name)
    assert str(caught.value) == (
        f"{tmp_path}/{name}: the file is in no format that its first lines or its name tell; --from text reads its "
        f"lines as they are{kept}; otherwise name it with --from: {READABLE}"
    )
    assert [each.text for each in opened(tmp_path / name, "text").documents({})] == ["Ada slept in <b>Bern</b>."]


def test_an_empty_file_without_a_telling_name_is_said_to_be_empty(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("\n")
    with pytest.raises(FormatError) as caught:
        data_formats.read(tmp_path / "notes")
    assert str(caught.value) == (
        f"{tmp_path}/notes: the file is empty, and its name tells no format; name it with --from of python -m "
        f"data_formats: {READABLE}"
    )


@pytest.mark.parametrize("format_", ["xml", "swift"])
def test_formats_that_cannot_be_read(tmp_path: Path, format_: str) -> None:
    (tmp_path / "a").write_text("")
    with pytest.raises(FormatError) as caught:
        data_formats.read(tmp_path / "a", format_)
    assert str(caught.value) == f"{format_!r} is no format that can be read; expected {READABLE}"


def test_a_missing_file_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(FormatError) as caught:
        data_formats.read(tmp_path / "none.jsonl")
    assert (
        str(caught.value)
        == f"{tmp_path}/none.jsonl: cannot be read: No such file or directory; expected a file, or - for standard input"
    )


def test_outputs_are_known_by_their_extension(tmp_path: Path) -> None:
    with pytest.raises(FormatError) as caught:
        data_formats.write([], tmp_path / "a.abc")
    assert str(caught.value) == (
        f"{tmp_path}/a.abc: no format has this name's extension; name the format with --to, "
        "or use one of .jsonl (jsonl), .json (geic), .conll (conll), .conllu (conllu), .txt (text), .html (html), "
        ".pubtator (pubtator), .xmi (cas-xmi), .csv (spans-csv), .spacy (spacy), .parquet (parquet)"
    )


def test_unknown_formats_for_writing() -> None:
    with pytest.raises(FormatError) as caught:
        data_formats.write([], io.StringIO(), "xml")
    writable = ", ".join(each.name for each in data_formats.formats() if each.write)
    assert str(caught.value) == f"'xml' is no format that can be written; expected {writable}"


def test_a_stream_can_be_written(tmp_path: Path) -> None:
    stream = io.StringIO()
    report = data_formats.write([Document("line-1", "a b")], stream, "conll")
    assert (stream.getvalue(), report.documents) == ("a\tO\nb\tO\n\n", 1)


@pytest.mark.parametrize("content", [JSONL, GEIC, UNER, INDEXED, "x O\ny B-LOC\n. O\n"])
def test_standard_input_is_recognised_and_read_whole(monkeypatch: pytest.MonkeyPatch, content: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content.encode())))
    assert [document.text[0] for document in data_formats.read("-")] == ["x"]


def test_reading_is_lazy(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = iter([JSONL.encode(), b"not JSON\n"])
    monkeypatch.setattr(sys, "stdin", type("Stream", (), {"buffer": lines}))
    assert next(data_formats.read("-", "jsonl")).id == "a"
    assert next(lines) == b"not JSON\n"


@pytest.mark.parametrize("tag", [None, "", " ", "und", "UND", "mul", "mis", "zxx", "und-Latn"])
def test_language_is_set_where_none_is_named(tmp_path: Path, tag: str | None) -> None:
    (tmp_path / "a.jsonl").write_text(
        json.dumps({"text": "x", "language": tag, "entities": []}) + '\n{"text": "y", "lang": "de", "entities": []}\n'
    )
    assert [document.language for document in data_formats.read(tmp_path / "a.jsonl", language="en")] == ["en", "de"]
    assert [document.language for document in data_formats.read(tmp_path / "a.jsonl")] == [tag, "de"]


def test_formats_are_listed_in_order() -> None:
    assert [each.name for each in data_formats.formats()] == [
        "jsonl",
        "geic",
        "conll",
        "conllu",
        "indexed",
        "text",
        "swift",
        "html",
        "terminal",
        "brat",
        "doccano",
        "label-studio",
        "prodigy",
        "gliner",
        "pubtator",
        *EXCHANGED.split(", "),
    ]


def test_formats_import_only_the_core_and_the_standard_library() -> None:
    allowed = {"cascade", "data_formats", *sys.stdlib_module_names}
    for path in Path(data_formats.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert {name.partition(".")[0] for name in names} <= allowed, path
