"""PubTator: title, abstract and mentions."""

from __future__ import annotations

from pathlib import Path

import pytest
from tool_documents import SEEDS, random_documents, read, spans

import data_formats
from cascade.document import Document, Entity
from cascade.errors import FormatError
from data_formats.annotation_tools import losses
from data_formats.registry import opened
from data_formats.report import BLANK_EDGES, IDS, LINE_BREAKS, Report

TWO = (
    "12|t|Aspirin & stroke\n"
    "12|a|It helps in ovarian and breast cancer.\n"
    "12\t0\t7\tAspirin\tChemical\tD001241\n"
    "12\t10\t16\tstroke\tDisease\n"
    "12\t29\t54\tovarian and breast cancer\tCompositeMention\tD1|D2\tovarian cancer|breast cancer\n"
    "12\tCID\tD001241\tD1\n"
    "\n"
    "x 7|t|Only a title\n"
    "x 7|a|\n"
    "x 7\t5\t6\ta\tThing\t-\n"
)


def test_mentions_relations_and_identifiers(tmp_path: Path) -> None:
    text = "Aspirin & stroke\nIt helps in ovarian and breast cancer."
    assert read(tmp_path, TWO) == (
        [
            Document("12", text, entities=(
                Entity(0, 7, "Chemical"), Entity(10, 16, "Disease"), Entity(29, 54, "CompositeMention"),
            )),
            Document("x 7", "Only a title", entities=(Entity(5, 6, "Thing"),)),
        ],
        {losses.RELATIONS: 1, losses.NORMALISATIONS: 2, losses.INNER_NAMES: 1},
    )  # fmt: skip


def test_a_mention_over_title_and_abstract_states_a_blank(tmp_path: Path) -> None:
    [document], _ = read(tmp_path, "1|t|a b\n1|a|c\n1\t2\t5\tb c\tX\n")
    assert (document.text, spans(document)) == ("a b\nc", [(2, 5, "X")])


def test_documents_are_read_as_their_lines_come(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("1|t|a\n1|a|b\n\n2|t|c\n2|a|d\n2\t0\t9\tx\tX\n")
    documents = data_formats.read(tmp_path / "file")
    assert next(documents).id == "1"
    with pytest.raises(FormatError, match=r"file:6: the entity 0\.\.9 is not in the text of 3 characters"):
        next(documents)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("1\t0\t1\tx\tX", "the entity at 0..1 says 'x', the text there is 'a'; expected the same"),
        ("2\t0\t1\ta\tX", "the line is of '2', below the title of '1'; expected the same id up to an empty line"),
        ("1|a|b", "a second abstract of '1'; expected one abstract a document"),
        ("1|t|b", "a second title of '1'; expected one title a document"),
        ("2|a|b", "the line is of '2', below the title of '1'; expected the same id up to an empty line"),
        ("\n1\t0\t1\ta\tX", "'1\\t0\\t1\\ta\\tX' comes before a title; expected ID|t|title first"),
    ],
)
def test_faults_are_told_with_their_place(tmp_path: Path, line: str, told: str) -> None:
    with pytest.raises(FormatError) as caught:
        read(tmp_path, f"1|t|a\n1|a|b\n{line}\n")
    assert str(caught.value) == f"{tmp_path}/file:{3 + line.count(chr(10))}: {told}"


@pytest.mark.parametrize("line", ["1\t0\t1", "1\t0\t1\ta", "Ada", "1\t0\t1\ta\tX\ty\tz\tq"])
def test_lines_of_no_known_kind_are_errors(tmp_path: Path, line: str) -> None:
    with pytest.raises(FormatError, match=r"file:3: .*; expected ID\|t\|title, ID\|a\|abstract, a mention of five"):
        read(tmp_path, f"1|t|a\n1|a|b\n{line}\n")


@pytest.mark.parametrize("seed", SEEDS)
def test_offsets_stay_where_line_breaks_become_blanks(tmp_path: Path, seed: int) -> None:
    documents = random_documents(seed)
    report = data_formats.write(documents, tmp_path / "file", "pubtator")
    copies = list(data_formats.read(tmp_path / "file"))
    changed = cut = 0
    for document, copy in zip(documents, copies, strict=True):
        title, broken, rest = document.text.partition("\n")
        flat = (title + (broken if rest else "") + rest.replace("\n", " ")).replace("\r", " ").replace("\t", " ")
        kept = [each for each in spans(document) if each[1] <= len(flat)]
        cut += len(document.entities) - len(kept)
        changed += flat != document.text
        assert (copy.id, copy.text, sorted(spans(copy))) == (document.id, flat, sorted(kept))
    assert (report.losses[LINE_BREAKS], report.losses[BLANK_EDGES]) == (changed, cut)


def test_mentions_have_a_dash_for_the_identifier(tmp_path: Path) -> None:
    """The bioc package takes a mention of five columns for a relation."""
    data_formats.write([Document("7", "Ada rests", entities=(Entity(0, 3, "person"),))], tmp_path / "d", "pubtator")
    assert (tmp_path / "d").read_text() == "7|t|Ada rests\n7|a|\n7\t0\t3\tAda\tperson\t-\n\n"
    report = Report()
    list(data_formats.read(tmp_path / "d", report=report))
    assert not report.losses[losses.NORMALISATIONS]


def test_ids_that_the_format_cannot_hold_become_numbers(tmp_path: Path) -> None:
    documents = [Document(each, "Ada") for each in ("a|b", "2", "\t", "20")]
    report = data_formats.write(documents, tmp_path / "d", "pubtator")
    assert [each.id for each in data_formats.read(tmp_path / "d")] == ["1", "2", "3", "20"]
    assert report.losses[IDS] == 2
    with pytest.raises(FormatError, match="document 2: the document id '1' was used before; expected each id once"):
        data_formats.write([Document("|", "Ada"), Document("1", "Ada")], tmp_path / "d", "pubtator")


@pytest.mark.parametrize(
    ("content", "format_"), [(TWO, "pubtator"), ("\n1|t|a\n1|a|b\n", "pubtator"), ("1|t|a\n2|a|b\n", "text")]
)
def test_title_and_abstract_tell_the_format(tmp_path: Path, content: str, format_: str) -> None:
    (tmp_path / "x.txt").write_text(content)
    assert opened(tmp_path / "x.txt").format.name == format_
