"""PDF and Word files are read as the text that is in them; what cannot be read is told."""

from __future__ import annotations

import io
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

import data_formats
from cascade.commands.convert import main
from cascade.errors import FormatError
from data_formats.report import Report

pypdf = pytest.importorskip("pypdf")
docx = pytest.importorskip("docx")
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def pdf_page(text: str) -> bytes:
    return f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET".encode("ascii")


def pdf(*pages: str) -> bytes:
    """A PDF with a page for each text, written by hand."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [%s] /Count %d >>"
        % (b" ".join(b"%d 0 R" % (4 + 2 * place) for place in range(len(pages))), len(pages)),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for place, text in enumerate(pages):
        content = pdf_page(text) if text else b""
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F1 3 0 R >> >> "
            b"/Contents %d 0 R >>" % (5 + 2 * place)
        )
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
    out, places = io.BytesIO(b""), []
    out.write(b"%PDF-1.4\n")
    for number, each in enumerate(objects, start=1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, each))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    out.write(b"".join(b"%010d 00000 n \n" % place for place in places))
    out.write(b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start))
    return out.getvalue()


def read(file: Path) -> tuple[str, dict[str, int]]:
    report = Report()
    [document] = data_formats.read(file, report=report)
    assert document.id == file.name
    return document.text, dict(report.losses)


def test_the_pages_of_a_pdf_are_paragraphs_of_one_document(tmp_path: Path) -> None:
    file = tmp_path / "report.pdf"
    file.write_bytes(pdf("Ada Lovelace lived in London.", "", "Bob left."))
    assert read(file) == (
        "Ada Lovelace lived in London.\n\nBob left.",
        {"pages of PDF files without text (such as pictures)": 1},
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (pdf("", ""), "there is no text on its 2 pages, as they are pictures"),
        (b"%PDF-1.7\nthis is none", "cannot be read as PDF: "),
        (b"Ada slept\n", "cannot be read as PDF: "),
        (b"", "cannot be read as PDF: "),
    ],
)
def test_a_pdf_that_cannot_be_read_is_told(tmp_path: Path, content: bytes, message: str) -> None:
    file = tmp_path / "a.pdf"
    file.write_bytes(content)
    with pytest.raises(FormatError) as caught:
        list(data_formats.read(file))
    assert str(caught.value).startswith(f"{file}: {message}")


def test_an_encrypted_pdf_is_told(tmp_path: Path) -> None:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(pdf("Ada")))
    writer.encrypt("secret", algorithm="RC4-128")
    file = tmp_path / "a.pdf"
    writer.write(file)
    with pytest.raises(FormatError, match=r"a\.pdf: the file is encrypted; save it without a password$"):
        list(data_formats.read(file))


def word(folder: Path, fill: Any) -> Path:
    made = docx.Document()
    fill(made)
    made.save(str(folder / "letter.docx"))
    return folder / "letter.docx"


def test_paragraphs_and_tables_of_a_word_file_stand_in_reading_order(tmp_path: Path) -> None:
    def fill(made: Any) -> None:
        made.add_heading("Letter", 1)
        made.add_paragraph("Ada\tLovelace\nlived 😀.")
        table = made.add_table(rows=2, cols=3)
        for row, texts in zip(table.rows, (("name", "town", "age"), ("Bob", "Paris", "7")), strict=True):
            for cell, text in zip(row.cells, texts, strict=True):
                cell.text = text
        table.rows[1].cells[1].merge(table.rows[1].cells[2])
        made.add_paragraph("")
        made.add_paragraph("The end.")
        made.sections[0].header.paragraphs[0].text = "Page 1"

    assert read(word(tmp_path, fill)) == (
        "Letter\n\nAda\tLovelace\nlived 😀.\n\nname\ttown\tage\nBob\tParis 7\n\nThe end.",
        {"headers and footers of Word files": 1},
    )


def test_tracked_insertions_and_content_controls_are_read_and_deletions_counted(tmp_path: Path) -> None:
    run = "<w:r><w:t>{}</w:t></w:r>".format
    body = (
        f"<w:sdt><w:sdtContent><w:p>{run('inside')}</w:p></w:sdtContent></w:sdt>"
        f"<w:p>{run('Ada ')}<w:ins>{run('met Bob')}</w:ins><w:del><w:r><w:delText>left</w:delText></w:r></w:del></w:p>"
    )

    def fill(made: Any) -> None:
        parsed = docx.oxml.parse_xml(f'<w:body xmlns:w="{WORD}">{body}</w:body>')
        for place, node in enumerate(list(parsed)):
            made.element.body.insert(place, node)

    text, lost = read(word(tmp_path, fill))
    assert text == "inside\n\nAda met Bob"
    assert lost == {"deleted or moved passages of Word files (tracked changes)": 1}


def test_a_word_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("word/document.xml", "<x/>")
    for content, message in (
        (b"PK\x03\x04 cut off", "cannot be read as Word (docx): "),
        (buffer.getvalue(), "cannot be read as Word (docx): "),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "the file is encrypted, or of an old version of Word"),
    ):
        file = tmp_path / "a.docx"
        file.write_bytes(content)
        with pytest.raises(FormatError) as caught:
            list(data_formats.read(file))
        assert str(caught.value).startswith(f"{file}: {message}")


@pytest.mark.parametrize(("ending", "module", "package"), [("pdf", "pypdf", "pypdf"), ("docx", "docx", "python-docx")])
def test_a_missing_package_is_told_with_what_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str, module: str, package: str
) -> None:
    file = tmp_path / f"a.{ending}"
    file.write_bytes(b"x")
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(FormatError, match=rf"needs the package {package}; install it with pip install 'cascade-ner\["):
        list(data_formats.read(file))


def test_a_folder_of_documents_is_one_job(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.pdf").write_bytes(pdf("Ada"))
    (folder / "b.txt").write_text("Bob\n")
    word(folder, lambda made: made.add_paragraph("Cleo"))
    assert main([str(folder), str(tmp_path / "out.jsonl")]) == 0
    found = [(document.id, document.text) for document in data_formats.read(tmp_path / "out.jsonl")]
    assert found == [("a.pdf", "Ada"), ("line-1", "Bob"), ("letter.docx", "Cleo")]
    assert capsys.readouterr().err == "wrote 3 documents with 0 entities\n"
