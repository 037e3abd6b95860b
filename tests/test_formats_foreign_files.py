"""Files as other programs and people leave them: what is in them is read as it is meant, or told."""

from __future__ import annotations

import gc
import io
import json
from pathlib import Path
from typing import Any

import pytest

import data_formats
from cascade.document import Document, Entity
from cascade.errors import FormatError
from data_formats.annotation_tools.losses import TOKEN_SPACING
from data_formats.office.docx_text import READINGS, SYMBOLS, docx_text
from data_formats.registry import opened
from data_formats.report import BLANK_EDGES, IDS, Report
from data_formats.several_inputs import OTHER_FILES, input_paths
from data_formats.tables.delimited import BLANK_ROWS
from data_formats.tables.parquet import NOT_ENTITIES, OTHER_COLUMN

ADA = Document("1", "(Ada) x", None, (Entity(1, 4, "p"),), ((1, 4), (6, 7)))


def read(file: Path, content: str | bytes, **options: Any) -> tuple[list[Document], Report]:
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    report = Report()
    return list(data_formats.read(file, report=report, **options)), report


def texts(documents: list[Document]) -> list[str]:
    return [document.text for document in documents]


@pytest.mark.parametrize("name", ["conll", "conllu", "indexed"])
@pytest.mark.parametrize("keep_tokens", [False, True])
def test_text_that_no_token_holds_is_not_lost(tmp_path: Path, name: str, keep_tokens: bool) -> None:
    data_formats.write([ADA], tmp_path / "out", name, keep_tokens=keep_tokens)
    [document] = data_formats.read(tmp_path / "out", name)
    assert "".join(document.text.split()) == "(Ada)x"
    assert [document.text_of(entity) for entity in document.entities] == ["Ada"]


def test_nor_is_it_for_gliner(tmp_path: Path) -> None:
    report = data_formats.write([ADA], tmp_path / "out.json", "gliner")
    [row] = json.loads((tmp_path / "out.json").read_text())
    assert row == {"tokenized_text": ["(", "Ada", ")", "x"], "ner": [[1, 1, "p"]]}
    assert report.losses[TOKEN_SPACING] == 1


@pytest.mark.parametrize("span", [(0, 4), (4, 6)])
@pytest.mark.parametrize("name", ["conll", "conllu", "indexed"])
def test_an_entity_that_cuts_a_token_and_has_a_blank_edge_is_counted(
    tmp_path: Path, name: str, span: tuple[int, int]
) -> None:
    document = Document("1", "\u00a0Ada5\u00a0 x", None, (Entity(*span, "p"),), ((0, 6), (7, 8)))
    report = data_formats.write([document], tmp_path / "out", name)
    assert report.losses[BLANK_EDGES] == 1


def test_links_are_followed_and_hidden_folders_passed_over(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "x.txt").write_text("Ada")
    folder = tmp_path / "texts"
    (folder / ".hidden").mkdir(parents=True)
    (folder / ".hidden" / "y.txt").write_text("no")
    (folder / "a.txt").write_text("Bob")
    (folder / "link").symlink_to(tmp_path / "elsewhere")
    (folder / "link" / "back").symlink_to(folder)
    (folder / "notes.zzz").write_text("no")
    report = Report()
    assert input_paths([str(folder)], report) == [str(folder / "a.txt"), str(folder / "link" / "x.txt")]
    assert report.losses == {OTHER_FILES: 1}


def test_hidden_folders_of_brat_are_passed_over(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / ".ipynb_checkpoints"):
        place.mkdir(exist_ok=True)
        (place / "a.txt").write_text("Ada")
        (place / "a.ann").write_text("T1\tp 0 3\tAda\n")
    assert [document.id for document in data_formats.read(tmp_path, "brat")] == ["a"]


def test_brats_names_are_as_long_as_file_systems_allow(tmp_path: Path) -> None:
    documents = [Document(character * length, "x") for character, length in (("人", 80), ("人", 84), ("b", 200))]
    report = data_formats.write(documents, tmp_path / "out", "brat")
    assert report.losses[IDS] == 1
    assert sorted(file.stem for file in (tmp_path / "out").glob("*.txt")) == ["b" * 200, "document-2", "人" * 80]


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.json", '[{"text": "Ada"}, {"text": "Bob"}]', ["Ada", "Bob"]),
        ("a.json", '{\n "id": "1",\n "text": "Ada"\n}', ["Ada"]),
        ("a.txt", '"Ada"\n"Bob"\n', ["Ada", "Bob"]),
        ("a.txt", '"Ada" said\n"Bob"\n', ['"Ada" said', '"Bob"']),
        ("a.txt", "PAR1 is a receptor.\n", ["PAR1 is a receptor."]),
        ("a.jsonl", '{"text": "Ada", "fields": {"passages": [1]}}\n', ["Ada"]),
    ],
)
def test_what_a_file_holds_is_recognised(tmp_path: Path, name: str, content: str, expected: list[str]) -> None:
    (tmp_path / name).write_text(content)
    options: dict[str, Any] = {} if opened(tmp_path / name).format.name == "text" else {"entities": False}
    assert texts(list(data_formats.read(tmp_path / name, **options))) == expected


@pytest.mark.parametrize("label", ["Class", "Type", "entity_type", "gold"])
def test_headers_over_types_alone_are_no_tokens(tmp_path: Path, label: str) -> None:
    [document], _ = read(tmp_path / "a.conll", f"Token\t{label}\nAda\tperson\nlived\tO\nin\tO\nRome\tcity\n.\tO\n")
    assert [(document.text_of(entity), entity.type) for entity in document.entities] == [
        ("Ada", "person"),
        ("Rome", "city"),
    ]


def test_lines_that_end_with_carriage_returns_alone_are_no_row(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="a.conll:1: .* holds a carriage return; expected lines that end with a line"):
        read(tmp_path / "a.conll", "EU\tB-ORG\rrejects\tO\rGerman\tB-MISC\r")


@pytest.mark.parametrize(
    ("content", "lost"),
    [
        ("text;Preis, EUR\nHallo Welt;3,5\n", 0),
        ("\n\ntext;Preis, EUR\nHallo Welt;3,5\n", 2),
        ("sep=;\ntext;Preis, EUR\nHallo Welt;3,5\n", 1),
    ],
)
def test_the_header_of_a_table_is_found(tmp_path: Path, content: str, lost: int) -> None:
    [document], report = read(tmp_path / "a.csv", content, format="table")
    assert (document.text, document.fields) == ("Hallo Welt", {"Preis, EUR": "3,5"})
    assert report.losses[BLANK_ROWS] == lost


def test_bytes_of_a_table_are_texts_in_utf_8(tmp_path: Path) -> None:
    pyarrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    table = pyarrow.table({"text": pyarrow.array([b"Ada", "Zürich".encode()], pyarrow.binary()), "n": [1, 2]})
    parquet.write_table(table, tmp_path / "a.parquet")
    assert texts(list(data_formats.read(tmp_path / "a.parquet", entities=False))) == ["Ada", "Zürich"]
    parquet.write_table(pyarrow.table({"text": pyarrow.array([b"\xff"], pyarrow.binary())}), tmp_path / "b.parquet")
    with pytest.raises(FormatError, match="row 1: the column 'text' has bytes that are not UTF-8; expected a text"):
        list(data_formats.read(tmp_path / "b.parquet", entities=False))


def test_columns_of_parquet_are_told(tmp_path: Path) -> None:
    pyarrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    data_formats.write([ADA], tmp_path / "a.parquet")
    ours = parquet.read_table(tmp_path / "a.parquet")
    parquet.write_table(ours.append_column("split", pyarrow.array(["dev"])), tmp_path / "b.parquet")
    report = Report()
    assert list(data_formats.read(tmp_path / "b.parquet", report=report)) == [ADA]
    assert report.losses == {OTHER_COLUMN.format(column="'split'"): 1}
    parquet.write_table(ours.append_column("text", pyarrow.array(["Bob"])), tmp_path / "c.parquet")
    with pytest.raises(FormatError, match="two columns are called 'text'; expected each name once"):
        list(data_formats.read(tmp_path / "c.parquet"))
    parquet.write_table(ours.select(["id", "text", "entities"]), tmp_path / "d.parquet")
    report = Report()
    list(data_formats.read(tmp_path / "d.parquet", report=report, entities=False))
    assert report.losses[NOT_ENTITIES.format(columns="adapters, fields, language, tokens")] == 1


def test_readings_above_characters_and_symbols_of_word_files_are_counted() -> None:
    docx = pytest.importorskip("docx")
    file = docx.Document()
    paragraph = file.add_paragraph("A ")
    names = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    run = "<w:r><w:t>{}</w:t></w:r>"
    ruby = f"<w:ruby><w:rt>{run.format('とうきょう')}</w:rt><w:rubyBase>{run.format('東京')}</w:rubyBase></w:ruby>"
    for inner in (ruby, '<w:sym w:font="Symbol" w:char="F061"/>'):
        paragraph._p.append(docx.oxml.parse_xml(f"<w:r {names}>{inner}</w:r>"))
    stream = io.BytesIO()
    file.save(stream)
    report = Report()
    assert docx_text(stream.getvalue(), "a.docx", report) == "A 東京"
    assert report.losses == {READINGS: 1, SYMBOLS: 1}


@pytest.mark.parametrize(
    ("name", "content", "options"),
    [
        ("a.jsonl", '{"text": "a", "entities": [{"start": 0, "end": 2, "type": "x"}]}\n', {}),
        ("a.jsonl", '{"text": "a", "entities": []}\n{x\n', {}),
        ("a.csv", "text\na,b\n", {"format": "table"}),
        ("a.jsonl", '{"text": "a"}\n3\n', {"format": "json-rows"}),
        ("a.txt", "a\n\xff\n", {"format": "text"}),
        ("a.conll", "a O\nb\n", {}),
    ],
)
@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="open files are not listed here")
def test_a_file_with_a_fault_is_closed_at_once(
    tmp_path: Path, name: str, content: str, options: dict[str, Any]
) -> None:
    """An error that a frame on its own way holds would keep the file open until the next collection."""
    gc.collect()
    gc.disable()
    try:
        with pytest.raises(FormatError):
            read(tmp_path / name, content.encode("latin-1"), **options)
        left = [link for link in Path("/proc/self/fd").iterdir() if link.exists() and link.resolve() == tmp_path / name]
    finally:
        gc.enable()
    assert left == []
