"""Plain text and columns told apart, where the name does not say which: a sentence may end in what looks like a
label.
"""

import io
import random
import sys
from pathlib import Path

import pytest

import data_formats
from cascade.document import Document
from cascade.errors import FormatError
from data_formats.registry import opened

CONLL_2003 = (
    "EU NNP B-NP B-ORG\nrejects VBZ B-VP O\nGerman JJ B-NP B-MISC\ncall NN I-NP O\nto TO B-VP O\nboycott VB "
    "I-VP O\n. . O O\n"
)
MERKEL = "Angela B-PER\nMerkel I-PER\nbesuchte O\nParis B-LOC\n. O\n"
INDEXED = "0 In O\n1 New B-LOC\n2 York I-LOC\n3 . O\n"
UD = (
    "1\tThe\tthe\tDET\tDT\t_\t2\tdet\t_\t_\n2-3\tcannot\t_\t_\t_\t_\t_\t_\t_\t_\n"
    "2\tcan\tcan\tAUX\tMD\t_\t0\troot\t_\t_\n"
)

TEXTS = [
    "Ada Lovelace drove down the I-95\n",
    "Schick mir eine E-Mail\n",
    "Vitamin O\n",
    "x O\n",
    "We took the\tI-95\n",
    "Boeing B-17\nBoeing B-29\nBoeing B-52\n",
    "FC Bayern B-Jugend\nFC Bayern E-Jugend\n",
    "#Berlin Angela Merkel spricht\nPaul Kuhn nimmt die U-Bahn\n",
    "1 Angela Merkel S-Bahn\n2 Paul Kuhn U-Bahn\n",
    "Angela Merkel besuchte Paris.\nPaul Kuhn hat Blutgruppe O\n",
    "Ich habe Blutgruppe O\nIch O\n",
    "B-52\nE-Mail\n",
    "Just a line.\n",
    "",
]
COLUMNS = [
    ("conll", CONLL_2003),
    ("conll", MERKEL),
    ("conll", MERKEL.replace(" ", "\t")),
    ("conll", MERKEL.replace("\n", "\r\n")),
    ("conll", f"\ufeff{MERKEL}"),
    ("conll", f"# id 1\n{MERKEL}"),
    ("conll", "高 B-NAME\n勇 E-NAME\n： O\n男 O\n"),
    ("conll", "010 I-MISC\nis O\nthe O\nMad I-ORG\nCapsule I-ORG\n"),
    ("conll", "".join(f"{word} O\n" for word in "so this is one more long tweet without any names".split())),
    ("conll", "Rome\tB-LOC\nis\tO\n"),
    ("conll", "-DOCSTART- -X- O\n\nx NN O\n"),
    ("conll", MERKEL * 4 + "New York B-LOC\n"),
    ("indexed", INDEXED),
    ("indexed", INDEXED.replace(" ", "\t")),
    ("conllu", UD),
    ("conllu", f"# text = The cannot\n{UD}"),
]
DOUBTFUL = [
    ("conll", "Vitamin O\nBlutgruppe O\n"),
    ("conll", "- Vitamin O\n- Blutgruppe O\n"),
    ("conll", "Boeing\tB-17\nBoeing\tB-29\n"),
    ("conll", "Ada Lovelace\tO\nPaul Kuhn\tO\n"),
    ("conll", "Ada B-PER\nmet O\n"),
    ("indexed", "1 Ada Lovelace O\n2 Paul Kuhn O\n"),
]


@pytest.fixture
def standard_input(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(request.param.encode())))


@pytest.mark.parametrize("content", TEXTS)
def test_text_files_are_read_line_by_line(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.txt").write_bytes(content.encode())
    expected = [Document(f"line-{number}", line) for number, line in enumerate(content.splitlines(), start=1)]
    assert list(data_formats.read(tmp_path / "a.txt")) == expected


@pytest.mark.parametrize("standard_input", TEXTS, indirect=True)
@pytest.mark.usefixtures("standard_input")
def test_text_on_standard_input_is_text() -> None:
    assert opened("-", plain_stdin=True).format.name == "text"


@pytest.mark.parametrize(("format_", "content"), COLUMNS)
@pytest.mark.parametrize("name", ["train.txt", "train"])
def test_columns_in_files_of_any_name_are_columns(tmp_path: Path, name: str, format_: str, content: str) -> None:
    (tmp_path / name).write_bytes(content.encode())
    assert opened(tmp_path / name).format.name == format_


@pytest.mark.parametrize(("format_", "standard_input"), COLUMNS, indirect=["standard_input"])
@pytest.mark.parametrize("plain_stdin", [False, True])
@pytest.mark.usefixtures("standard_input")
def test_columns_on_standard_input_are_columns(plain_stdin: bool, format_: str) -> None:
    assert opened("-", plain_stdin=plain_stdin).format.name == format_


@pytest.mark.parametrize(("format_", "content"), DOUBTFUL)
def test_what_cannot_be_told_is_asked_for(tmp_path: Path, format_: str, content: str) -> None:
    (tmp_path / "a.txt").write_text(content)
    with pytest.raises(FormatError) as caught:
        opened(tmp_path / "a.txt")
    assert (
        str(caught.value)
        == f"{tmp_path}/a.txt: the first lines could be plain text or columns with labels; name the format with "
        f"--from: text, {format_}"
    )


@pytest.mark.parametrize(("format_", "standard_input"), DOUBTFUL, indirect=["standard_input"])
@pytest.mark.usefixtures("standard_input")
def test_what_cannot_be_told_on_standard_input_is_asked_for(format_: str) -> None:
    with pytest.raises(FormatError) as caught:
        opened("-", plain_stdin=True)
    assert (
        str(caught.value)
        == "<stdin>: the first lines could be plain text or columns with labels; name the format with --from: text, "
        f"{format_}"
    )


@pytest.mark.parametrize("extension", [".conll", ".tsv", ".iob2"])
@pytest.mark.parametrize(
    "content", ["x O\n", "Boeing B-17\nBoeing B-29\n", "Vitamin O\nBlutgruppe O\n", "Boeing\tB-17\nBoeing\tB-29\n"]
)
def test_names_that_say_columns_are_believed(tmp_path: Path, extension: str, content: str) -> None:
    path = (tmp_path / "a").with_suffix(extension)
    path.write_text(content)
    assert opened(path).format.name == "conll"


def test_a_faulty_row_in_a_text_file_of_columns_is_told_by_its_line(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(MERKEL * 4 + "New York B-LOC\n")
    with pytest.raises(FormatError) as caught:
        list(data_formats.read(tmp_path / "a.txt"))
    assert (
        str(caught.value)
        == f"{tmp_path}/a.txt:21: 'New York B-LOC' has 3 columns; expected 2 as in the first line with a token and a "
        "label"
    )


def test_random_texts_are_never_columns(tmp_path: Path) -> None:
    chance = random.Random(20270301)
    words = ["Ada", "met", "the", "I-95", "B-17", "E-Mail", "O", "S-Bahn", "Paris", "-", "1", "and"]
    path = tmp_path / "a.txt"
    for _ in range(300):
        lines = [" ".join(chance.choices(words, k=chance.randint(2, 9))) for _ in range(chance.randint(3, 12))]
        path.write_text("\n".join(lines) + "\n")
        assert [document.text for document in data_formats.read(path)] == lines
