"""Column files of which only the tokens and the text are wanted: whatever stands in the label columns does not
matter.
"""

from pathlib import Path
from typing import Any

import pytest
from texts_of_columns import UD

import data_formats
from cascade.document import Document
from cascade.errors import FormatError
from data_formats.report import EMPTY_TOKENS

IN_ROME = [Document("line-1", "In Rome", tokens=((0, 2), (3, 7)))]


def read(folder: Path, content: str, format_: str = "conll", **options: Any) -> list[Document]:
    path = folder / "news.conll"
    path.write_text(content, encoding="utf-8")
    return list(data_formats.read(path, format_, label_column="none", **options))


@pytest.mark.parametrize(
    ("format_", "content"),
    [
        ("conll", "In\tO\nRome\tI-LOC\n"),
        ("conll", "In\tO\nRome\tE-LOC\n"),
        ("conll", "In\tB-X\nRome\tL-LOC\n\n"),
        ("conll", "In O O\nRome B-LOC B-ORG\n"),
        ("conll", "In IN\nRome LOC\n"),
        ("conll", "In\nRome\n"),
        ("conll", "In\t\nRome\tB-LOC\n"),
        ("conll", "In\nRome\tB-LOC\tx\n"),
        ("conll", "In O\nRome\n"),
        ("indexed", "0\tIn\n1\tRome\n"),
        ("indexed", "0\tIn\tO\n1\tRome\tI-LOC\n"),
        ("conllu", "1\tIn\n2\tRome\n"),
        ("conllu", "1\tIn\tin\n2\tRome\tRome\n"),
    ],
)
def test_tokens_and_text_are_read_whatever_the_labels(tmp_path: Path, format_: str, content: str) -> None:
    assert read(tmp_path, content, format_) == IN_ROME


def test_treebanks_without_labels(tmp_path: Path) -> None:
    offsets = ((0, 3), (4, 7), (8, 13), (13, 14), (15, 18), (18, 19))
    assert read(tmp_path, UD, "conllu") == [Document("a", "The cat can't, sat.", tokens=offsets)]


def test_labels_that_are_there_are_left_out(tmp_path: Path) -> None:
    assert read(tmp_path, "In\tO\nRome\tB-LOC\n") == IN_ROME


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("# a comment\n#\tO\nrome\tB-LOC\n#\tx\n", "# rome"),  # the other lines hold labels: the last is a comment
        ("#\tSYM\nrome\tNN\n# a comment\n", "# rome"),
        ("#\n#rome\n# a comment\n", "# #rome"),
        ("In IN\n#Paris NN\nis VB\n# 12\n", "In #Paris is"),
        ("#12 news\nIn IN\nRome NNP\n", "In Rome"),
        ("#Paris\tNN\n#Rome\tNN\n", "#Paris #Rome"),
    ],
)
def test_tokens_may_begin_with_a_number_sign(tmp_path: Path, content: str, text: str) -> None:
    assert [document.text for document in read(tmp_path, content)] == [text]


def test_lines_that_begin_with_a_number_sign_have_no_index(tmp_path: Path) -> None:
    assert [document.text for document in read(tmp_path, "#1 note\n1 Rome\n2 is\n", "indexed")] == ["Rome is"]


def test_empty_tokens_are_counted_whatever_their_label(tmp_path: Path) -> None:
    report = data_formats.Report()
    assert [document.text for document in read(tmp_path, "a\tO\n\tB-X\nb\tO\n", report=report)] == ["a b"]
    assert report.losses == {EMPTY_TOKENS: 1}


@pytest.mark.parametrize(
    ("format_", "content", "message"),
    [
        (
            "conll",
            "In O\nNew York B-LOC\n",
            ":2: 'New York B-LOC' has 3 columns; expected 2 as in the first line with a token and a label",
        ),
        (
            "conll",
            "In IN O\nNew York\n",
            ":2: 'New York' has 2 columns; expected 3 as in the first line with a token and a label",
        ),
        ("conll", "In\nNew York\n", ":2: 'New York' has 2 columns; expected 1: a token"),
        ("indexed", "0\tIn\n1\n", ":2: '1' has 1 column; expected 2: an index and a token"),
    ],
)
def test_rows_of_another_width_are_refused(tmp_path: Path, format_: str, content: str, message: str) -> None:
    with pytest.raises(FormatError) as caught:
        read(tmp_path, content, format_)
    assert str(caught.value) == f"{tmp_path}/news.conll{message}"
