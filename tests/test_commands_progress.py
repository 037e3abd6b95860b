"""The bar of progress: how many documents are done, of how many, and that it is gone before anything else is told."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cascade.commands.looking_ahead import share_read
from cascade.commands.progress import Progress
from cascade.document import Document, Entity
from data_formats.registry import opened

ADA = Document("Ada", "Ada slept", None, (Entity(0, 3, "person"),), ((0, 3), (4, 9)))


def failing(documents: list[Document], error: BaseException) -> Iterator[Document]:
    yield from documents
    raise error


def test_the_line_of_progress_ends_before_an_error(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cascade.commands.progress.DELAY_S", 0)
    with pytest.raises(ZeroDivisionError):
        list(Progress(enabled=True, total=lambda: 4).over(failing([ADA], ZeroDivisionError())))
    said = capsys.readouterr().err
    assert "25%" in said
    assert said.endswith("documents/s]\n")


def test_the_number_of_documents_is_estimated_from_the_part_that_was_read(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cascade.commands.progress.DELAY_S", 0)
    monkeypatch.setattr("cascade.commands.progress.BETWEEN_S", 0)
    parts = iter([None, 0.25, 0.5, 1.0])  # of a stream at first; all was read before the last document was made
    assert list(Progress(enabled=True, share=lambda: next(parts)).over(iter([ADA] * 4))) == [ADA] * 4
    states = re.findall(r"(\d+ documents|\d+/\d+) \[", capsys.readouterr().err)
    assert states == ["0 documents", "1 documents", "2/8", "3/6", "4 documents", "4 documents"]


def test_the_part_that_was_read_is_that_of_the_bytes_of_all_files(tmp_path: Path) -> None:
    for name, lines in (("a.txt", 60_000), ("b.txt", 20_000)):
        (tmp_path / name).write_text("Ada slept\n" * lines)
    inputs = [opened(tmp_path / name, "text") for name in ("a.txt", "b.txt")]
    assert share_read(inputs) is None
    first, second = (each.documents({}) for each in inputs)
    next(first)
    assert 0 < (share_read(inputs) or 0) < 0.5  # a buffer of the 600,000 + 200,000 bytes
    assert (len(list(first)), share_read(inputs)) == (59_999, 0.75)
    assert (len(list(second)), share_read(inputs)) == (20_000, 1.0)


def test_the_part_of_what_is_piped_in_or_empty_is_not_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "empty.txt").write_text("")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"Ada slept\n")))
    for path in (tmp_path / "empty.txt", "-"):
        given = opened(path, "text")
        list(given.documents({}))
        assert share_read([given]) is None


def test_a_job_of_less_than_two_seconds_shows_no_progress(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(Progress(enabled=True, total=lambda: 1).over([ADA])) == [ADA]
    assert capsys.readouterr().err == ""
