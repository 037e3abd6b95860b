"""The text of a PDF, page by page."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from cascade.errors import FormatError
from data_formats.office.faults import DAMAGED, broken, needed
from data_formats.report import Report

EMPTY_PAGES = "pages of PDF files without text (such as pictures)"
FAULTS = "faults of PDF files that were read all the same"


def pdf_text(content: bytes, name: str, report: Report) -> str:
    """The text of all pages with an empty line between them; raises FormatError as `read_pdf` says."""
    try:
        import pypdf
        from pypdf.errors import DependencyError, PyPdfError
    except ImportError as error:
        raise needed("pypdf", "PDF", name) from error
    with _counted_faults(name, report):
        try:
            reader = pypdf.PdfReader(io.BytesIO(content))
            if reader.is_encrypted and not reader.decrypt(""):
                raise FormatError(f"{name}: the file is encrypted; save it without a password")
            pages = [page.extract_text().strip() for page in reader.pages]
        except DependencyError as error:
            raise FormatError(f"{name}: the file is encrypted; save it without encryption") from error
        except (PyPdfError, *DAMAGED) as error:
            raise broken(name, "PDF", error) from error
    empty = [number for number, page in enumerate(pages, start=1) if not page]
    if len(empty) == len(pages):
        raise FormatError(
            f"{name}: there is no text on its {len(pages):,} pages, as they are pictures, such as of a scanner; let a "
            "program for text recognition (OCR) put text into the file"
        )
    report.lose(EMPTY_PAGES, f"{name}: page {empty[0] if empty else 0}", len(empty))
    return "\n\n".join(page for page in pages if page)


class _Counting(logging.Handler):
    """Counts what the extractor would print."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.count = 0

    def emit(self, record: logging.LogRecord) -> None:
        self.count += 1


@contextmanager
def _counted_faults(name: str, report: Report) -> Iterator[None]:
    log, counting = logging.getLogger("pypdf"), _Counting()
    passed_on, log.propagate = log.propagate, False
    log.addHandler(counting)
    try:
        yield
    finally:
        log.removeHandler(counting)
        log.propagate = passed_on
        report.lose(FAULTS, name, counting.count)
