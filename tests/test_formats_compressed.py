"""Compressed files are read and written as what they hold; damaged ones and documents of other programs are refused."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from random_documents import found, random_documents

import data_formats
from cascade.errors import FormatError
from data_formats.output_files import open_output

zstandard = pytest.importorskip("zstandard")
COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": lambda raw: zstandard.ZstdCompressor().compress(raw),
}
EXPAND: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.decompress,
    "bz2": bz2.decompress,
    "xz": lzma.decompress,
    "zst": lambda raw: zstandard.ZstdDecompressor().decompressobj().decompress(raw),
}
NAMES = {"gz": "gzip", "bz2": "bzip2", "xz": "xz", "zst": "zstandard"}
LINE = '{"id": "a", "text": "Ada", "entities": []}\n'


@pytest.mark.parametrize("ending", COMPRESS)
@pytest.mark.parametrize("seed", range(3))
def test_documents_round_trip_through_compressed_files(tmp_path: Path, ending: str, seed: int) -> None:
    documents = random_documents(seed, count=40)
    data_formats.write(documents, tmp_path / f"a.jsonl.{ending}")
    raw = (tmp_path / f"a.jsonl.{ending}").read_bytes()
    data_formats.write(documents, tmp_path / "a.jsonl")
    assert EXPAND[ending](raw) == (tmp_path / "a.jsonl").read_bytes()
    assert [found(copy) for copy in data_formats.read(tmp_path / f"a.jsonl.{ending}")] == list(map(found, documents))


@pytest.mark.parametrize("ending", COMPRESS)
def test_compression_is_known_by_the_first_bytes(tmp_path: Path, ending: str, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = COMPRESS[ending](LINE.encode())
    (tmp_path / "a.jsonl").write_bytes(raw)
    assert [document.text for document in data_formats.read(tmp_path / "a.jsonl")] == ["Ada"]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw)))
    assert [document.text for document in data_formats.read("-")] == ["Ada"]


@pytest.mark.parametrize("ending", COMPRESS)
def test_archives_that_follow_each_other_are_one_text(tmp_path: Path, ending: str) -> None:
    (tmp_path / "a.txt").write_bytes(COMPRESS[ending](b"one\n") + COMPRESS[ending](b"") + COMPRESS[ending](b"two\n"))
    assert [document.text for document in data_formats.read(tmp_path / "a.txt")] == ["one", "two"]


@pytest.mark.parametrize("ending", COMPRESS)
def test_an_archive_that_is_cut_off_is_one_error(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a.txt.{ending}"
    for cut in (1, 5, 12):
        path.write_bytes(COMPRESS[ending](b"Ada met Bob\n" * 9)[:-cut])
        with pytest.raises(FormatError) as caught:
            list(data_formats.read(path))
        assert str(caught.value) == (
            f"{path}: the {NAMES[ending]} archive is damaged or cut off: the data end before the archive does; copy or "
            "compress the file again"
        )


@pytest.mark.parametrize("ending", COMPRESS)
def test_bytes_that_are_not_of_the_archive_are_one_error(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a.txt.{ending}"
    path.write_bytes(COMPRESS[ending](b"Ada met Bob\n") + b"rubbish that is longer than any header of an archive")
    with pytest.raises(FormatError) as caught:
        list(data_formats.read(path))
    assert str(caught.value).startswith(f"{path}: the {NAMES[ending]} archive is damaged or cut off: ")


def test_a_package_that_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.zst").write_bytes(COMPRESS["zst"](b"Ada\n"))
    monkeypatch.setitem(sys.modules, "zstandard", None)
    message = (
        "zst files need the package zstandard; install it with pip install 'cascade-ner[files]', or use gz, bz2 or xz, "
        "which need none"
    )
    with pytest.raises(FormatError) as caught:
        list(data_formats.read(tmp_path / "a.zst"))
    assert str(caught.value) == f"{tmp_path}/a.zst: {message}"
    with pytest.raises(FormatError) as caught:
        data_formats.write([], tmp_path / "b.jsonl.zst")
    assert str(caught.value) == message


def stopped(path: Path, written: str) -> None:
    with open_output(path) as stream:
        stream.write(written)
        raise ValueError("stop")


def test_an_unfinished_archive_is_kept_whole_and_an_empty_one_is_removed(tmp_path: Path) -> None:
    for written in ("", "one\ntwo\n"):
        with pytest.raises(ValueError, match="stop"):
            stopped(tmp_path / "a.gz", written)
        partial = tmp_path / "a.gz.partial"
        assert partial.exists() == bool(written)
    assert gzip.decompress(partial.read_bytes()) == b"one\ntwo\n"


def test_a_finished_archive_without_content_is_whole(tmp_path: Path) -> None:
    data_formats.write([], tmp_path / "a.jsonl.gz")
    assert gzip.decompress((tmp_path / "a.jsonl.gz").read_bytes()) == b""


def zipped(part: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("[Content_Types].xml", "<x/>")
        archive.writestr(part, "<x/>")
    return buffer.getvalue()


SAVE = "save it as plain text (.txt) and give that file"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"%PDF-1.7\n%\xe2", "a PDF; expected text: read it with --from pdf, or let its name end with .pdf"),
        (
            zipped("word/document.xml"),
            "a Word document (docx); expected text: read it with --from docx, or let its name end with .docx",
        ),
        (
            zipped("xl/workbook.xml"),
            "an Excel workbook (xlsx); expected text: save the sheet as CSV and name its column with --text-column",
        ),
        (zipped("a.txt"), "a zip archive; expected text: unpack it and give the files in it"),
        (b"{\\rtf1 x}", f"a document in rich text (rtf); expected text: open it in a word processor, {SAVE}"),
        (gzip.compress(gzip.compress(b"x")), "compressed twice; expected text: unpack it once"),
    ],
)
@pytest.mark.parametrize("name", ["a.txt", "a", "a.jsonl"])
def test_documents_of_other_programs_are_refused(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(FormatError) as caught:
        list(data_formats.read(tmp_path / name))
    assert str(caught.value) == f"{tmp_path}/{name}: the file is {message}"
