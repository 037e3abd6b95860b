"""Text that is not UTF-8 is refused, also where its bytes are valid UTF-8."""

from pathlib import Path

import pytest

import data_formats
from cascade.errors import FormatError


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", ["Ada Lovelace lived in London.\nBerlin\n", "Grüße aus Köln und Łódź, liebe Ada\n"])
def test_utf_16_without_a_mark(tmp_path: Path, encoding: str, text: str) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(text.encode(encoding))
    with pytest.raises(FormatError, match=r"a\.txt:1: (every other byte is 0, as in UTF-16|byte 0x.. at offset)"):
        list(data_formats.read_texts(path))


@pytest.mark.parametrize("text", ["a\0b\0c d e\n", "\0\n", "\0\0\0\0\0\0\0\0\n", "a\0\n", "Ada \0 Lovelace\n"])
def test_zeros_in_a_text_are_kept(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(text.encode())
    assert [document.text for document in data_formats.read_texts(path)] == [text.removesuffix("\n")]


@pytest.mark.parametrize(
    ("encoding", "told"),
    [
        ("utf-16-le", "every other byte is 0, as in UTF-16 without a byte order mark; expected UTF-8"),
        ("utf-16", "byte 0xff at offset 0 is not UTF-8; it looks like UTF-16"),
    ],
)
def test_the_message(tmp_path: Path, encoding: str, told: str) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes("Ada Lovelace".encode(encoding))
    with pytest.raises(FormatError) as caught:
        list(data_formats.read_texts(path))
    assert str(caught.value) == f"{path}:1: {told}. Save the file as UTF-8"


def test_an_empty_list_has_no_documents(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    for content in ("[]", " [ ]\n", "[\n]\n"):
        path.write_text(content, encoding="utf-8")
        assert list(data_formats.read_texts(path)) == []
