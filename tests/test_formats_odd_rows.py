"""Column files with other separators, a sentence a row, several labels a row, and other oddities."""

from pathlib import Path
from typing import Any

import pytest
from column_files import read_back

import data_formats
from cascade.document import Document
from cascade.errors import FormatError
from data_formats.registry import opened
from data_formats.report import DOCUMENT_MARKS, INLINE_MARKS, TOKEN_NUMBERS, UNSEPARATED_SENTENCES

ROWS = "Ada\tB-PER\nlived\tO\nin\tO\nRome\tB-LOC\n.\tO\n"


def read(folder: Path, content: str, *, name: str = "a.conll", **options: Any) -> tuple[list[Any], dict[str, int]]:
    return read_back(folder, content, name=name, **options)


@pytest.mark.parametrize("mark", [",", ";", "|"])
@pytest.mark.parametrize("labels", ["B-", "B_"])
def test_other_separators_are_no_plain_text(tmp_path: Path, mark: str, labels: str) -> None:
    (tmp_path / "a.txt").write_text(f"{ROWS}\n{ROWS}".replace("\t", mark).replace("B-", labels))
    with pytest.raises(FormatError) as caught:
        opened(tmp_path / "a.txt")
    assert str(caught.value) == (
        f"{tmp_path}/a.txt: the first lines could be plain text or columns with labels; name the format with --from: "
        f"text, conll; for columns put tabs in the place of {mark!r} first"
    )
    assert opened(tmp_path / "a.txt", "text").format.name == "text"


def test_labels_of_unknown_spelling_between_tabs_are_no_plain_text(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("ไทย\tNN\tB_LOC\tB_CLS\nรัก\tVV\tO\tI_CLS\nสงบ\tVV\tO\tE_CLS\n")
    with pytest.raises(FormatError) as caught:
        opened(tmp_path / "a.txt")
    assert str(caught.value).endswith(
        "could be plain text or columns with labels; name the format with --from: text, conll"
    )


def test_the_separator_is_told_where_the_name_says_columns(tmp_path: Path) -> None:
    with pytest.raises(FormatError) as caught:
        read(tmp_path, ROWS.replace("\t", ","))
    assert str(caught.value) == (
        f"{tmp_path}/a.conll:1: 'Ada,B-PER' has 1 column; expected at least 2: a token and a label. Columns stand "
        "between tabs or blanks; put tabs in the place of ','"
    )


@pytest.mark.parametrize(
    "content",
    [
        "O, what a day\nB-52, the bomber\nO, again\nO, my\n",
        "Ada, Bob\nCy, Dan\nEve, Fay\nGus, Hal\n",
        "a,b\nc,d\ne,f\ng,h\n",
    ],
)
def test_lists_and_sentences_stay_plain_text(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.txt").write_text(content)
    assert opened(tmp_path / "a.txt").format.name == "text"


@pytest.mark.parametrize(
    ("line", "marked"),
    [
        ("<START:person> Ada <END> lived in Rome .", 1),
        ("Ada|NNP|I-PER lived|VBD|O in|IN|O Rome|NNP|I-LOC .|.|O", 1),
        ("Ada/PERSON lived/O in/O Rome/LOCATION ./O", 1),
        ("and/or either/or", 0),
        ("TCP/IP und I/O", 0),
        ("see https://a.example/O now", 0),
    ],
)
def test_marks_among_words_are_told(tmp_path: Path, line: str, marked: int) -> None:
    texts = read(tmp_path, f"{line}\nA plain line.\n", name="a.txt")
    assert texts == ([(line, []), ("A plain line.", [])], {INLINE_MARKS: 1} if marked else {})


SENTENCES = "Ada lived .\tB-PER O O\nBob slept in Rome .\tB-PER O O B-LOC O\n#Rome !\tB-LOC O\nYes\tO\n"


@pytest.mark.parametrize("name", ["a.conll", "a.tsv", "a.txt"])
def test_a_row_may_hold_a_sentence(tmp_path: Path, name: str) -> None:
    expected = [
        ("Ada lived .", [("Ada", "PER")]),
        ("Bob slept in Rome .", [("Bob", "PER"), ("Rome", "LOC")]),
        ("#Rome !", [("#Rome", "LOC")]),
        ("Yes", []),
    ]
    assert read(tmp_path, SENTENCES, name=name) == (expected, {})
    assert [text for text, _ in read(tmp_path, SENTENCES, name=name, label_column="none")[0]] == [
        text for text, _ in expected
    ]
    assert [document.id for document in data_formats.read(tmp_path / name)] == ["line-1", "line-2", "line-3", "line-4"]


def test_a_sentence_needs_as_many_labels_as_words(tmp_path: Path) -> None:
    with pytest.raises(FormatError) as caught:
        read(tmp_path, SENTENCES.replace("O O B-LOC O", "O B-LOC O"))
    assert str(caught.value) == (
        f"{tmp_path}/a.conll:2: a row holds a sentence, with 5 words and 4 labels; expected a label for each word, "
        "with blanks between them"
    )


def test_types_with_blanks_are_types(tmp_path: Path) -> None:
    assert read(tmp_path, "Ada\tB-PER O\nlived\tO\n")[0] == [("Ada lived", [("Ada", "PER O")])]


@pytest.mark.parametrize("separator", [" ", "\t"])
def test_rows_with_several_labels_are_layers(tmp_path: Path, separator: str) -> None:
    content = "Uni B-ORG O\nRom I-ORG B-GPE\nist O\n. O\n".replace(" ", separator)
    [(text, entities)], losses = read(tmp_path, content)
    assert (text, set(entities), losses) == ("Uni Rom ist .", {("Uni Rom", "ORG"), ("Rom", "GPE")}, {})


def test_a_row_that_lost_a_label_is_still_an_error(tmp_path: Path) -> None:
    content = "EU B-NP B-ORG\nsaid B-VP O\nso B-ADVP O\nin O O\nRome B-LOC\n. O O\n"
    with pytest.raises(FormatError, match=":5: 'Rome B-LOC' has 2 columns; expected 3"):
        read(tmp_path, content, label_column=-1)


def test_numbers_of_characters_are_left_out(tmp_path: Path) -> None:
    content = "科0\tO\n技1\tO\n北0\tB-LOC\n京1\tI-LOC\n，0\tO\nA0\tO\n"
    assert read(tmp_path, content) == ([("科技北京，A", [("北京", "LOC")])], {TOKEN_NUMBERS: 6})


@pytest.mark.parametrize(
    "content", ["科0\tO\n技2\tO\n北0\tO\n京1\tO\n", "A0\tO\nB1\tO\nC0\tO\nD1\tO\n", "科0\tO\n技\tO\n北0\tO\n京1\tO\n"]
)
def test_other_numbers_stay(tmp_path: Path, content: str) -> None:
    [(text, _)], losses = read(tmp_path, content)
    assert ("0" in text, losses) == (True, {})


def test_document_marks_without_an_empty_line_end_a_sentence(tmp_path: Path) -> None:
    content = "Ada B-PER\nlived O\n-DOCSTART- O\nBob B-PER\n. O\n"
    assert read(tmp_path, content) == (
        [("Ada lived", [("Ada", "PER")]), ("Bob .", [("Bob", "PER")])],
        {UNSEPARATED_SENTENCES: 1},
    )


def test_tokens_that_are_document_marks_are_told_when_written(tmp_path: Path) -> None:
    document = Document("1", "see -DOCSTART- here", tokens=((0, 3), (4, 14), (15, 19)))
    assert data_formats.write([document], tmp_path / "a.conll").losses[DOCUMENT_MARKS] == 1
