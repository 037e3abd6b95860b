"""HIPE's files: a header, several columns of labels, and flags for white space and the ends of sentences."""

from pathlib import Path
from typing import Any

import pytest
from column_files import read_back

import data_formats
from cascade.errors import FormatError
from data_formats.report import (
    ENTITIES_OVER_ENDS,
    HEADER_ROWS,
    OTHER_LABELS,
    PARTS_OF_TOKENS,
)

HEADER = (
    "TOKEN\tNE-COARSE-LIT\tNE-COARSE-METO\tNE-FINE-LIT\tNE-FINE-METO\tNE-FINE-COMP\tNE-NESTED\tNEL-LIT\tNEL-METO\tMISC\n"
    "# hipe2022:document_id = paper-1\n# hipe2022:language = de\n"
)
HIPE = """\
Ada\tB-pers\tO\tB-pers.ind\tO\tB-comp.name\tO\tQ7259\t_\t_
O\tI-pers\tO\tI-pers.ind\tO\tI-comp.name\tO\tQ7259\t_\tNoSpaceAfter
.\tO\tO\tO\tO\tO\tO\t_\t_\tEndOfLine|EndOfSentence
#\tO\tO\tO\tO\tO\tO\t_\t_\tNoSpaceAfter
Rome\tB-loc\tB-org\tB-loc.adm.town\tO\tO\tO\tQ220\t_\tLED0.00|NoSpaceAfter
!\tO\tO\tO\tO\tO\tO\t_\t_\tEndOfSentence

# hipe2022:document_id = paper-2
Bob\tB-pers\tO\tB-pers.ind\tO\tO\tO\t_\t_\t_
slept\tO\tO\tO\tO\tO\tO\t_\t_\t_
"""


def read(folder: Path, content: str, *, name: str = "a.tsv", **options: Any) -> tuple[list[Any], dict[str, int]]:
    return read_back(folder, content, name=name, **options)


@pytest.mark.parametrize("name", ["a.tsv", "a.txt"])
def test_coarse_labels_texts_and_sentences(tmp_path: Path, name: str) -> None:
    assert read(tmp_path, HEADER + HIPE, name=name) == (
        [("Ada O.", [("Ada O", "pers")]), ("#Rome!", [("Rome", "loc")]), ("Bob slept", [("Bob", "pers")])],
        {HEADER_ROWS: 1, OTHER_LABELS: 5},
    )
    documents = list(data_formats.read(tmp_path / name))
    assert [(document.id, document.language) for document in documents] == [
        ("line-4", "de"),
        ("line-7", "de"),
        ("line-12", None),
    ]
    assert [(each.id, each.text) for each in documents] == [
        (each.id, each.text) for each in data_formats.read_texts(tmp_path / name)
    ]


@pytest.mark.parametrize(
    ("label_column", "rome"),
    [
        ("NE-FINE-LIT", [("Rome", "loc.adm.town")]),
        ("ne-coarse-meto", [("Rome", "org")]),
        ("4", [("Rome", "loc.adm.town")]),
        ("NE-COARSE-LIT, NE-COARSE-METO", [("Rome", "loc"), ("Rome", "org")]),
    ],
)
def test_other_columns_are_named(tmp_path: Path, label_column: str, rome: list[tuple[str, str]]) -> None:
    documents, losses = read(tmp_path, HEADER + HIPE, label_column=label_column)
    assert (documents[1], losses) == (("#Rome!", rome), {HEADER_ROWS: 1})


def test_a_name_that_is_not_in_the_header_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="label column 'NE-X' is no number; .* or a name of the header: TOKEN, NE-CO"):
        read(tmp_path, HEADER + HIPE, label_column="NE-X")


def test_entities_go_on_over_ends_of_sentences(tmp_path: Path) -> None:
    content = HIPE.replace("Q7259\t_\t_", "Q7259\t_\tEndOfSentence").replace("\t_\t_\n", "\t_\tPartial-0:2\n", 1)
    documents, losses = read(tmp_path, HEADER + content)
    assert documents[0] == ("Ada O.", [("Ada O", "pers")])
    assert losses == {HEADER_ROWS: 1, OTHER_LABELS: 5, ENTITIES_OVER_ENDS: 1, PARTS_OF_TOKENS: 1}


def test_spaces_that_are_asked_for_are_kept(tmp_path: Path) -> None:
    assert read(tmp_path, HEADER + HIPE, join="space")[0][1][0] == "# Rome !"


@pytest.mark.parametrize(
    ("header", "between"),
    [
        ("Token\tNE-Tag", ""),
        ("Token\tIOB2", ""),
        ("word\tpos\tchunk\tner_label", "\tN\tO"),
        ("Word\tPOS\tSpalte", "\tN"),
        ("form\tlabel", ""),
    ],
)
def test_headers_of_other_names(tmp_path: Path, header: str, between: str) -> None:
    content = f"{header}\nAda{between}\tB-PER\nlived{between}\tO\n"
    assert read(tmp_path, content) == ([("Ada lived", [("Ada", "PER")])], {HEADER_ROWS: 1})


@pytest.mark.parametrize("content", ["Word\tB-MISC\nof\tO\nGod\tO\n", "Form\tNN\tO\nund\tKON\tO\n"])
def test_words_that_could_name_columns_are_tokens(tmp_path: Path, content: str) -> None:
    documents, losses = read(tmp_path, content)
    assert (documents[0][0].split()[0], losses) == (content.split("\t")[0], {})


def test_a_header_tells_which_of_several_columns_of_labels_is_meant(tmp_path: Path) -> None:
    content = "word\tchunk\tner\nAda\tB-NP\tB-PER\nlived\tB-VP\tO\n"
    assert read(tmp_path, content)[0] == [("Ada lived", [("Ada", "PER")])]
    assert read(tmp_path, content, label_column="chunk")[0] == [("Ada lived", [("Ada", "NP"), ("lived", "VP")])]


@pytest.mark.parametrize(
    "content",
    ["1\tForm\tform\tB-X\n2\tlabel\tlabel\tO\n", "form\ttag\tO\nAda\ttag\tB-PER\n", "1 word tag B-A\n2 x y O\n"],
)
def test_rows_with_labels_or_numbers_are_no_header(tmp_path: Path, content: str) -> None:
    assert HEADER_ROWS not in read(tmp_path, content)[1]
