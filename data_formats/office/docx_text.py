"""The text of a Word file: paragraphs and tables in reading order."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import Any

from cascade.errors import FormatError
from data_formats.office.faults import DAMAGED, broken, needed
from data_formats.report import Report

HEADERS = "headers and footers of Word files"
NOTES = "footnotes, endnotes and comments of Word files"
BOXES = "text boxes of Word files"
DELETED = "deleted or moved passages of Word files (tracked changes)"
READINGS = "readings above characters (ruby) of Word files"
SYMBOLS = "symbols of a font of their own in Word files"
_OLD = b"\xd0\xcf\x11\xe0"  # an encrypted docx is in such a container, as old documents are
_SKIPPED = frozenset(("pPr", "rPr", "tblPr", "tcPr", "trPr", "sectPr", "Fallback"))
_CHARACTERS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_COUNTED = {
    "txbxContent": BOXES,
    "rt": READINGS,
    "sym": SYMBOLS,
    "del": DELETED,
    "moveFrom": DELETED,
    "footnoteReference": NOTES,
    "endnoteReference": NOTES,
    "commentReference": NOTES,
}


def docx_text(content: bytes, name: str, report: Report) -> str:
    """The text of all blocks with an empty line between them; raises FormatError as `read_docx` says."""
    try:
        import docx
        from docx.opc.exceptions import OpcError
    except ImportError as error:
        raise needed("python-docx", "Word", name) from error
    if content.startswith(_OLD):
        raise FormatError(f"{name}: the file is encrypted, or of an old version of Word; save it as docx, unencrypted")
    try:
        file = docx.Document(io.BytesIO(content))
        report.lose(HEADERS, name, sum(_has_text(part) for section in file.sections for part in _margins(section)))
        # the body itself, because python-docx leaves out content controls and tracked insertions
        return "\n\n".join(text for text in _blocks(file.element.body, name, report) if text.strip())
    except (OpcError, zipfile.BadZipFile, *DAMAGED) as error:
        raise broken(name, "Word (docx)", error) from error


def _margins(section: Any) -> tuple[Any, Any]:
    return section.header, section.footer


def _has_text(part: Any) -> bool:
    return not part.is_linked_to_previous and any(paragraph.text.strip() for paragraph in part.paragraphs)


def _blocks(parent: Any, name: str, report: Report) -> Iterator[str]:
    """The texts of paragraphs and tables; what wraps them, such as a content control, is looked through."""
    for node in parent.iterchildren("*"):
        kind = _kind(node)
        if kind == "p":
            yield _text(node, name, report)
        elif kind == "tbl":
            yield "\n".join(_rows(node, name, report))
        elif kind in _COUNTED:
            report.lose(_COUNTED[kind], name)
        elif kind not in _SKIPPED:
            yield from _blocks(node, name, report)


def _rows(table: Any, name: str, report: Report) -> Iterator[str]:
    """The rows of a table as lines; cells that a merged one covers are not there, and tables in cells are flat."""
    for row in _below(table, "tr"):
        cells = [" ".join(" ".join(_blocks(cell, name, report)).split()) for cell in _below(row, "tc")]
        if any(cells):
            yield "\t".join(cells)


def _below(parent: Any, kind: str) -> Iterator[Any]:
    """The rows of a table or the cells of a row, through what wraps them."""
    for node in parent.iterchildren("*"):
        if _kind(node) == kind:
            yield node
        elif _kind(node) in ("sdt", "sdtContent", "ins", "customXml"):
            yield from _below(node, kind)


def _text(paragraph: Any, name: str, report: Report) -> str:
    parts: list[str] = []

    def walk(parent: Any) -> None:
        for node in parent.iterchildren("*"):
            kind = _kind(node)
            if kind == "t":
                parts.append(node.text or "")
            elif kind in _CHARACTERS:
                parts.append(_CHARACTERS[kind])
            elif kind in _COUNTED:
                report.lose(_COUNTED[kind], name)
            elif kind not in _SKIPPED:
                walk(node)

    walk(paragraph)
    return "".join(parts).strip()


def _kind(node: Any) -> str:
    return str(node.tag).rpartition("}")[2]
