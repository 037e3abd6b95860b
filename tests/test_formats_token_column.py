"""Column files whose token is not in the first column: named by the user, by a header, or told by labels before it."""

from pathlib import Path
from typing import Any

import pytest
from column_files import read_back

from cascade.commands.convert import main as convert
from cascade.commands.evaluate import main as evaluate
from cascade.errors import FormatError
from data_formats.report import HEADER_ROWS, UNSEPARATED_SENTENCES

WORDS = [("Ada", "B-PER"), ("lived", "O"), ("in", "O"), ("Rome", "B-LOC"), (".", "O")]
BOB = [("Bob", "B-PER"), ("slept", "O"), (".", "O")]
FOUND = [("Ada lived in Rome .", [("Ada", "PER"), ("Rome", "LOC")]), ("Bob slept .", [("Bob", "PER")])]
OPTION = "an option of evaluate.py and python -m data_formats"


def rows(before: str, between: str = "\n") -> str:
    """Two sentences, with columns before the token: {s} is the sentence, {n} the number of the token in it."""
    return between.join(
        "".join(before.format(s=s, n=n) + f"\t{word}\t{label}\n" for n, (word, label) in enumerate(sentence, start=1))
        for s, sentence in enumerate((WORDS, BOB), start=1)
    )


def read(folder: Path, content: str, *, name: str = "a.tsv", **options: Any) -> tuple[list[Any], dict[str, int]]:
    return read_back(folder, content, name=name, **options)


@pytest.mark.parametrize("name", ["a.tsv", "a.txt"])
@pytest.mark.parametrize(
    ("content", "column"),
    [
        (rows("doc{s}"), 2),
        (rows("doc{s}"), "-2"),
        (rows("{s}\t{n}"), 3),
        (rows("doc1\t{n}"), "3"),
        (rows("doc{s}").replace("\t", " "), 2),
    ],
    ids="id end index+id index+doc blanks".split(),
)
def test_the_column_of_the_tokens_can_be_named(tmp_path: Path, name: str, content: str, column: str | int) -> None:
    assert read(tmp_path, content, name=name, token_column=column) == (FOUND, {})


@pytest.mark.parametrize(
    ("before", "column"), [("doc{s}", 2), ("doc1\t{n}", 3), ("{s}\t{n}", 3), ("{s}", None), ("{s}", 2)]
)
def test_ids_and_numbers_before_the_token_tell_sentences(tmp_path: Path, before: str, column: int | None) -> None:
    assert read(tmp_path, rows(before, ""), token_column=column) == (FOUND, {UNSEPARATED_SENTENCES: 1})


def test_ids_of_sentences_are_no_index(tmp_path: Path) -> None:
    assert read(tmp_path, rows("{s}")) == (FOUND, {})


@pytest.mark.parametrize(
    ("header", "before", "losses"),
    [
        ("sentence_id\ttoken\tlabel\n", "x{s}", {UNSEPARATED_SENTENCES: 1}),
        ("sentence_id\twords\tlabels\n", "{s}", {UNSEPARATED_SENTENCES: 1}),
        ("tweet_id\tnr\tWord\tNE-Tag\n", "x{s}\t-", {UNSEPARATED_SENTENCES: 1}),
    ],
)
def test_a_header_names_the_column_of_the_tokens(
    tmp_path: Path, header: str, before: str, losses: dict[str, int]
) -> None:
    assert read(tmp_path, header + rows(before, "")) == (FOUND, {HEADER_ROWS: 1, **losses})
    assert read(tmp_path, header + rows(before, ""), token_column="WORDS" if "words" in header else -2)[0] == FOUND


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (rows("doc1"), "column 1, where tokens are expected, holds the same ids row after row: 'doc1', 'doc1', 'doc1'"),
        (rows("doc{s}", ""), "column 1, where tokens are expected, holds the same ids row after row: 'doc1', 'doc1'"),
        (rows("{s}\t{n}"), "column 2, where tokens are expected, holds running numbers: '1', '2', '3'"),
    ],
)
@pytest.mark.parametrize("label_column", [None, "none"])
def test_ids_and_numbers_are_no_tokens(tmp_path: Path, content: str, message: str, label_column: str | None) -> None:
    with pytest.raises(FormatError) as caught:
        read(tmp_path, content, label_column=label_column)
    assert message in str(caught.value)
    column = content.split("\n")[0].split("\t").index("Ada") + 1
    assert str(caught.value).endswith(f"; say which column holds the tokens with --token-column: {column}, {OPTION}")


LABEL_FIRST = "O\twhat\nO\tfilms\nO\tstar\nB-ACTOR\tAda\nI-ACTOR\tLovelace\n\n"


@pytest.mark.parametrize("content", [LABEL_FIRST * 3, (LABEL_FIRST * 3).replace("\t", " ")])
@pytest.mark.parametrize("name", ["a.bio", "a.txt"])
def test_labels_before_tokens_are_recognised(tmp_path: Path, name: str, content: str) -> None:
    if name == "a.txt" and "\t" not in content:
        with pytest.raises(FormatError, match="the first lines could be plain text or columns with labels"):
            read(tmp_path, content, name=name)
        return
    expected = [("what films star Ada Lovelace", [("Ada Lovelace", "ACTOR")])] * 3
    assert read(tmp_path, content, name=name) == (expected, {})
    assert read(tmp_path, content, name=name, label_column="none")[0] == [(text, []) for text, _ in expected]


def test_labels_before_several_columns_are_left_to_the_user(tmp_path: Path) -> None:
    content = "B-PER Ada NNP\nO lived VBD\nO in IN\nB-LOC Rome NNP\n"
    with pytest.raises(FormatError) as caught:
        read(tmp_path, content, name="a.conll")
    assert str(caught.value) == (
        f"{tmp_path}/a.conll: column 1 holds the labels; say which column holds the tokens with --token-column: 2, 3, "
        f"{OPTION}"
    )
    expected = [("Ada lived in Rome", [("Ada", "PER"), ("Rome", "LOC")])]
    assert read(tmp_path, content, name="a.conll", token_column=2) == (expected, {})
    assert read(tmp_path, content, name="a.conll", token_column=2, label_column=1) == (expected, {})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"token_column": "4"}, "token column 4 is not there; the rows have 3 columns"),
        (
            {"token_column": "x"},
            "token column 'x' is no number; expected a column number from 1 (negative: from the end)",
        ),
        (
            {"token_column": 2, "label_column": 2},
            "label column 2 is not there; the token is column 2 of 3, expected another one",
        ),
    ],
)
def test_columns_that_are_not_there(tmp_path: Path, options: dict[str, Any], message: str) -> None:
    with pytest.raises(FormatError) as caught:
        read(tmp_path, rows("doc{s}"), **options)
    assert str(caught.value).endswith(message)


def test_commands_take_the_option(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.tsv").write_text(rows("doc{s}"))
    assert convert([f"{tmp_path}/a.tsv", f"{tmp_path}/b.jsonl", "--token-column", "2"]) == 0
    assert evaluate([f"{tmp_path}/a.tsv", f"{tmp_path}/b.jsonl", "--token-column", "2", "--resamples", "0"]) == 0
    assert "100.0   100.0  100.0     3          3" in capsys.readouterr().out


def test_words_that_repeat_are_tokens(tmp_path: Path) -> None:
    content = "ha\tUH\tO\nha\tUH\tO\nha\tUH\tO\n!\t.\tO\nha\tUH\tO\n!\t.\tO\nAda\tNNP\tB-PER\n"
    assert read(tmp_path, content)[0] == [("ha ha ha ! ha ! Ada", [("Ada", "PER")])]
