"""Column files: CoNLL and indexed columns, with the oddities that published files have."""

from pathlib import Path
from typing import Any

import pytest

import data_formats
from cascade.document import Document, Entity
from cascade.errors import FormatError
from data_formats.report import (
    EMPTY_TOKENS,
    WIDE_COMMENTS,
)


def read(folder: Path, content: str, format_: str = "conll", **options: Any) -> list[Document]:
    path = folder / "news.conll"
    path.write_bytes(content.encode())
    return list(data_formats.read(path, format_, **options))


ROME = [Document("line-1", "In New York", None, (Entity(3, 11, "LOC"),), ((0, 2), (3, 6), (7, 11)))]


@pytest.mark.parametrize(
    "content",
    [
        "In\tO\nNew\tB-LOC\nYork\tI-LOC\n\n",
        "In O\nNew B-LOC\nYork I-LOC",
        "In\tO  \nNew\tB-LOC\t\nYork\tI-LOC\n \t\n\n\n",
        "\ufeffIn\tO\r\nNew\tB-LOC\r\nYork\tI-LOC\r\n\r\n",
        "In   IN O\nNew  NNP B-LOC\nYork NNP I-LOC\n",
        "In O\nNew I-LOC\nYork I-LOC\n",
        "In O\nNew B-LOC\nYork E-LOC\n",
    ],
    ids=["tabs", "blanks, no end of line", "blanks at the end", "mark and CRLF", "three columns", "IOB1", "BIOES"],
)
def test_one_sentence_in_many_shapes(tmp_path: Path, content: str) -> None:
    assert read(tmp_path, content) == ROME


def test_documents_are_called_by_their_first_line(tmp_path: Path) -> None:
    content = "-DOCSTART- -X- O\n\n\na X O\n\n-DOCSTART- -X- O\nb X O\nc X O\n"
    assert [(document.id, document.text) for document in read(tmp_path, content)] == [
        ("line-4", "a"),
        ("line-7", "b c"),
    ]


def test_comments_are_not_tokens_and_tokens_may_begin_with_a_number_sign(tmp_path: Path) -> None:
    content = "## separator : \\t\n## news-1\t<Rome:LOC> is\n#\tO\n#rome\tB-LOC\n# a comment\tin three\tO\nis\tO\n"
    assert read(tmp_path, content) == [
        Document("line-3", "# #rome is", None, (Entity(2, 7, "LOC"),), ((0, 1), (2, 7), (8, 10)))
    ]


def test_tokens_that_are_blanks_keep_the_text_as_it_was(tmp_path: Path) -> None:
    content = "박\tB-PS\n씨\tO\n \tO\n딸\tO\n"
    assert read(tmp_path, content) == [
        Document("line-1", "박씨 딸", None, (Entity(0, 1, "PS"),), ((0, 1), (1, 2), (2, 3), (3, 4)))
    ]


@pytest.mark.parametrize(
    ("tokens", "join", "text"),
    [
        (["吴", "重", "阳", ",", "A"], "auto", "吴重阳,A"),
        (["吴", "重", "阳"], "space", "吴 重 阳"),
        (["タワー", "です"], "auto", "タワーです"),
        (["ไทย", "แลนด์"], "auto", "ไทยแลนด์"),
        (["a", "b"], "auto", "a b"),
        (["a", "b"], "none", "ab"),
        (["서", "울"], "auto", "서 울"),
        (["吴", "and", "B"], "auto", "吴 and B"),
    ],
)
def test_how_tokens_are_joined(tmp_path: Path, tokens: list[str], join: str, text: str) -> None:
    (document,) = read(tmp_path, "".join(f"{token}\tO\n" for token in tokens), join=join)
    assert document.text == text
    assert [document.text[start:end] for start, end in document.tokens or ()] == tokens


NESTED = "Uni\tB-ORG\tO\nRom\tI-ORG\tB-LOC\n"


@pytest.mark.parametrize(
    ("label_column", "entities"),
    [
        ("2", (Entity(0, 7, "ORG"),)),
        (3, (Entity(4, 7, "LOC"),)),
        ("-1", (Entity(4, 7, "LOC"),)),
        ("2, 3", (Entity(0, 7, "ORG"), Entity(4, 7, "LOC"))),
        ("all", (Entity(0, 7, "ORG"), Entity(4, 7, "LOC"))),
    ],
)
def test_layers_of_labels(tmp_path: Path, label_column: str | int, entities: tuple[Entity, ...]) -> None:
    assert read(tmp_path, NESTED, label_column=label_column)[0].entities == entities


def test_all_columns_with_labels_are_left_to_the_user(tmp_path: Path) -> None:
    with pytest.raises(FormatError) as caught:
        read(tmp_path, NESTED)
    assert str(caught.value) == (
        f"{tmp_path}/news.conll: columns 2, 3 all hold labels; choose with --label-column 2, 3 or all, an option of "
        "evaluate.py and python -m data_formats"
    )


def test_all_means_the_columns_that_hold_labels_only(tmp_path: Path) -> None:
    assert read(tmp_path, "EU NNP B-NP B-ORG\n", label_column="all")[0].entities == (
        Entity(0, 2, "NP"),
        Entity(0, 2, "ORG"),
    )


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        (
            "U.N.\tB-ORG\n\nin\tO\nthe\tO\n\nan\tO\nEU\tI-ORG\n",
            {},
            ":7: label 'I-ORG' follows 'O'; an I- label needs B- or I- of the same type before it. "
            "Fix the file or read it with --repair begin, an option of evaluate.py and python -m data_formats.",
        ),
        ("a\tO\nb\n", {}, ":2: 'b' has 1 column; expected 2 as in the first line with a token and a label"),
        ("a\n", {}, ":1: 'a' has 1 column; expected at least 2: a token and a label"),
        ("a\tX\tO\nb\tO\n", {}, ":2: 'b\\tO' has 2 columns; expected 3 as in the first line with a token and a label"),
        ("a\tB-X\n\tB-X\n", {}, ":2: the token is empty, but its label is 'B-X'; expected a token in front of it"),
        (
            "a\tO\n",
            {"label_column": "3"},
            ": label column 3 is not there; the token is column 1 of 2, expected one after it",
        ),
        (
            "a\tO\n",
            {"label_column": "1"},
            ": label column 1 is not there; the token is column 1 of 2, expected one after it",
        ),
        (
            "a\tX\n",
            {"label_column": "all"},
            ": no column holds labels only; expected O or B-, I- and the like before a type in all lines",
        ),
    ],
)
def test_ill_formed_files(tmp_path: Path, content: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(FormatError) as caught:
        read(tmp_path, content, **options)
    assert str(caught.value) == f"{tmp_path}/news.conll{message}"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"scheme": "bieo"}, "option scheme is 'bieo'; expected auto, bio, iob1, bioes, bmes, bilou, bmeow, io"),
        ({"repair": "all"}, "option repair is 'all'; expected None, begin"),
        ({"join": "tab"}, "option join is 'tab'; expected auto, space, none"),
        (
            {"label_column": "x"},
            "label column 'x' is no number; expected column numbers from 1 (negative: from the end) with commas "
            "between, all or none",
        ),
        (
            {"colour": "red"},
            "the format conll has no option 'colour' for reading; its options: scheme, repair, join, label_column, "
            "token_column",
        ),
    ],
)
def test_options_that_do_not_exist(tmp_path: Path, options: dict[str, Any], message: str) -> None:
    with pytest.raises(FormatError) as caught:
        read(tmp_path, "a\tO\n", **options)
    assert str(caught.value) == message


def test_empty_tokens_without_a_label_are_counted(tmp_path: Path) -> None:
    report = data_formats.Report()
    (document,) = read(tmp_path, "a\tO\n\tO\nb\tO\n", report=report)
    assert (document.text, report.losses, report.first) == (
        "a b",
        {EMPTY_TOKENS: 1},
        {EMPTY_TOKENS: f"{tmp_path}/news.conll:2"},
    )


@pytest.mark.parametrize("content", ["", "\n\n", "-DOCSTART- O\n", "# only a comment\n"])
def test_files_without_sentences(tmp_path: Path, content: str) -> None:
    assert read(tmp_path, content) == []


@pytest.mark.parametrize("first", [0, 1])
def test_indexed_columns(tmp_path: Path, first: int) -> None:
    content = f"{first}\tIn\tO\n{first + 1}\tNew\tB-LOC\n{first + 2}\tYork\tI-LOC\n\n{first}\t7\tO\n"
    assert read(tmp_path, content, "indexed") == [*ROME, Document("line-5", "7", None, (), ((0, 1),))]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            "0\ta\tO\n2\tb\tO\n",
            ":2: index 2 where 1 is due; expected an empty line between sentences and indices without gaps",
        ),
        (
            "7\ta\tO\n",
            ":1: index 7 where 0 or 1 is due; expected an empty line between sentences and indices without gaps",
        ),
        ("x\ta\tO\n", ":1: 'x' is not a token's index; expected a number in the first column"),
        ("0\tO\n", ":1: '0\\tO' has 2 columns; expected at least 3: an index, a token and a label"),
    ],
)
def test_ill_formed_indices(tmp_path: Path, content: str, message: str) -> None:
    with pytest.raises(FormatError) as caught:
        read(tmp_path, content, "indexed")
    assert str(caught.value) == f"{tmp_path}/news.conll{message}"


@pytest.mark.parametrize("other", ["Rome\tB-LOC\tNNP\n", ""])
@pytest.mark.parametrize("column", ["2", "-2"])
def test_the_label_column_tells_tokens_that_begin_with_a_number_sign(tmp_path: Path, column: str, other: str) -> None:
    report = data_formats.Report()
    [document] = read(tmp_path, f"#Paris\tB-LOC\tNN\n#in\tO\tNN\n{other}", label_column=column, report=report)
    assert document.text == f"#Paris #in{' Rome' * bool(other)}"
    assert [document.text_of(entity) for entity in document.entities] == ["#Paris", "Rome"][: 1 + bool(other)]
    assert not report.losses


def test_files_of_hashtags_keep_their_labels(tmp_path: Path) -> None:
    [document] = read(tmp_path, "#Paris\tB-LOC\n#in\tO\n")
    assert (document.text, document.entities) == ("#Paris #in", (Entity(0, 6, "LOC"),))


def test_comments_that_could_be_rows_are_counted(tmp_path: Path) -> None:
    report = data_formats.Report()
    [document] = read(
        tmp_path, "## id 5\tdomain=en\n#id\tdomain=en\nRome\tB-LOC\n# longer\tand\twider\n", report=report
    )
    assert document.text == "Rome"
    assert report.losses == {WIDE_COMMENTS: 1}
    assert report.first[WIDE_COMMENTS].endswith(":2")


def test_a_stray_no_break_space_does_not_join_the_file(tmp_path: Path) -> None:
    [document] = read(tmp_path, "Rome\tB-LOC\nis\tO\n\u00a0\tO\na\tO\nbig\tO\ncity\tO\n")
    assert document.text == "Rome is \u00a0 a big city"


def test_so_in_scripts_with_vowel_signs(tmp_path: Path) -> None:
    [document] = read(tmp_path, "రాముడు\tB-PER\nసీతను\tB-PER\n\u00a0\tO\nఅడవిలో\tO\nచూశాడు\tO\n")
    assert document.text == "రాముడు సీతను \u00a0 అడవిలో చూశాడు"


@pytest.mark.parametrize(
    "parts",
    [
        ("Rome", " ", "is", " ", "big", "!"),
        ("ev", "ler", "imiz", " ", "de", "ki"),
        ("Rome", "\u00a0", "is", "\u00a0", "big"),
    ],
)
def test_files_that_keep_their_own_blanks_are_joined_as_they_are(tmp_path: Path, parts: tuple[str, ...]) -> None:
    [document] = read(tmp_path, "".join(f"{part}\tO\n" for part in parts))
    assert document.text == "".join(parts)


def test_a_comment_does_not_take_the_labels_of_a_column_away(tmp_path: Path) -> None:
    [document] = read(tmp_path, "# note\tO\tx\nRome\tO\tB-A\nis\tB-V\tO\n", label_column="all")
    assert (document.text, {(document.text_of(entity), entity.type) for entity in document.entities}) == (
        "Rome is",
        {("Rome", "A"), ("is", "V")},
    )
