"""Brat's standoff: pairs of texts and annotations in a folder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tool_documents import SEEDS, random_documents, spans

import data_formats
from cascade.commands.convert import main
from cascade.document import Document, Entity
from cascade.errors import FormatError
from data_formats.annotation_tools import losses
from data_formats.annotation_tools.brat_lines import BREAKS
from data_formats.registry import opened
from data_formats.report import IDS, Report

TYPES = ["person", "award", "B-ORG", "x_1"]
EXPECTED = "expected ID, type and offsets, and text, with tabs between them, such as 'T1<tab>Person 0 3<tab>Ada'"


def pair(folder: Path, text: str, annotations: str, name: str = "x") -> Path:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.txt").write_bytes(text.encode())
    (folder / f"{name}.ann").write_bytes(annotations.encode())
    return folder


def read(path: Path) -> tuple[list[Document], dict[str, int]]:
    report = Report()
    return list(data_formats.read(path, report=report)), dict(report.losses)


def test_everything_but_entities_is_counted_by_kind(tmp_path: Path) -> None:
    lines = [
        "T1\tPerson 0 3\tAda",
        "T2\tPlace 11 17;24 29\tNorth Italy",
        "T3\tMeeting 4 7\tmet",
        "E1\tMeeting:T3 Who:T1 Where:T2",
        "R1\tLives Arg1:T1 Arg2:T2",
        "*\tEquiv T1 T2",
        "A1\tNegation E1",
        "M1\tSpeculation E1",
        "N1\tReference T1 Wikipedia:1\tAda",
        "#1\tAnnotatorNotes T1\tsure",
    ]
    pair(tmp_path, "Ada met in North and in Italy", "".join(f"{line}\n" for line in lines).replace("11 17", "11 16"))
    assert read(tmp_path) == (
        [Document("x", "Ada met in North and in Italy", entities=(Entity(0, 3, "Person"),))],
        {
            losses.EVENTS: 1,
            losses.RELATIONS: 2,
            losses.ATTRIBUTES: 2,
            losses.NORMALISATIONS: 1,
            losses.NOTES: 1,
            losses.DISCONTINUOUS: 1,
            losses.TRIGGERS: 1,
        },
    )


@pytest.mark.parametrize("stated", ["New York", "New\u0085York".replace("\u0085", " ")])
@pytest.mark.parametrize("fragments", ["0 8", "0 3;4 8"])
def test_an_entity_over_a_line_break_is_one_span(tmp_path: Path, fragments: str, stated: str) -> None:
    pair(tmp_path, "New\nYork", f"T1\tPlace {fragments}\t{stated}\n")
    assert read(tmp_path) == ([Document("x", "New\nYork", entities=(Entity(0, 8, "Place"),))], {})


def test_fragments_with_a_blank_between_are_one_span_and_counted(tmp_path: Path) -> None:
    pair(tmp_path, "New York", "T1\tPlace 0 3;4 8\tNew York\n")
    assert read(tmp_path) == (
        [Document("x", "New York", entities=(Entity(0, 8, "Place"),))],
        {losses.JOINED_FRAGMENTS: 1},
    )


def test_offsets_count_every_character_of_the_file(tmp_path: Path) -> None:
    pair(tmp_path, "\ufeff😀\r\nAda", "T1\tPerson 4 7\tAda\r\nT2\tFace 1 2\t😀\r\n")
    [document], _ = read(tmp_path)
    assert (document.text, spans(document)) == ("\ufeff😀\r\nAda", [(1, 2, "Face"), (4, 7, "Person")])


def test_folders_in_folders_and_single_pairs(tmp_path: Path) -> None:
    pair(tmp_path, "Bob", "T1\tPerson 0 3\tBob\n", "b/y")
    pair(tmp_path, "Ada", "", "a.1")
    (tmp_path / "z.txt").write_text("not annotated")
    documents, counted = read(tmp_path)
    assert [(each.id, each.text) for each in documents] == [("a.1", "Ada"), ("b/y", "Bob")]
    assert counted == {losses.WITHOUT_ANNOTATION: 1}
    assert [each.id for each in data_formats.read_texts(tmp_path)] == ["a.1", "b/y", "z"]
    assert [each.id for each in data_formats.read(tmp_path / "b" / "y.ann")] == ["y"]
    assert [each.id for each in data_formats.read(tmp_path / "b" / "y.txt", "brat")] == ["y"]


def test_annotations_of_shared_tasks_are_read_together(tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text("IL-2 binds")
    (tmp_path / "x.a1").write_text("T1\tProtein 0 4\tIL-2\n")
    (tmp_path / "x.a2").write_text("T2\tBinding 5 10\tbinds\nE1\tBinding:T2 Theme:T1\n")
    [document], counted = read(tmp_path)
    assert (spans(document), counted) == ([(0, 4, "Protein")], {losses.EVENTS: 1, losses.TRIGGERS: 1})


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("T1\tPerson 0 2\tAda", "T1 at 0..2 says 'Ada', the text there is 'Ad'; expected the same. Offsets count "
         "characters of the .txt file, line ends included"),
        ("T1\tPerson 0 1;2 3\tA d", "T1 at 0..1;2..3 says 'A d', the text there is 'A a'; expected the same. Offsets "
         "count characters of the .txt file, line ends included"),
        ("T1\tPerson 1 9\tda", "the entity 1..9 is not in the text of 3 characters; expected 0 <= start < end <= 3"),
        ("T1 Person 0 3 Ada", f"'T1 Person 0 3 Ada' is no text-bound annotation; {EXPECTED}"),
        ("T1\tPerson 0\tAda", f"'T1\\tPerson 0\\tAda' is no text-bound annotation; {EXPECTED}"),
        ("Ada", f"'Ada' is no line of brat's standoff; {EXPECTED}"),
        ("T1\tX 0 1\tA\nT1\tX 0 1\tA", "the id 'T1' was used before; expected each id once"),
    ],
)  # fmt: skip
def test_faults_are_told_with_their_place(tmp_path: Path, line: str, told: str) -> None:
    pair(tmp_path, "Ada", f"{line}\n")
    with pytest.raises(FormatError) as caught:
        read(tmp_path)
    assert str(caught.value) == f"{tmp_path}/x.ann:{1 + line.count(chr(10))}: {told}"


def test_faults_of_files(tmp_path: Path) -> None:
    (tmp_path / "x.ann").write_text("")
    with pytest.raises(FormatError, match=r"x\.ann: no text for it; expected x\.txt beside it"):
        read(tmp_path)
    pair(tmp_path, "", "")
    (tmp_path / "x.txt").write_bytes(b"a\n\xff")
    with pytest.raises(FormatError, match=r"x\.txt:2: byte 0xff at offset 2 is not UTF-8"):
        read(tmp_path)


@pytest.mark.parametrize("seed", SEEDS)
def test_entities_come_back_but_for_line_breaks_at_their_edges(tmp_path: Path, seed: int) -> None:
    documents = random_documents(seed, types=TYPES)
    report = data_formats.write(documents, tmp_path / "out", "brat")
    copies, lost = read(tmp_path / "out")
    assert lost == {}
    cut = 0
    for document, copy in zip(documents, copies, strict=True):
        wanted = []
        for start, end, type_ in spans(document):
            edge = [place for place in range(start, end) if not BREAKS.match(document.text[place])]
            cut += not edge or (edge[0], edge[-1] + 1) != (start, end)
            wanted += [(edge[0], edge[-1] + 1, type_)] if edge else []
        assert (copy.id, copy.text, spans(copy)) == (document.id, document.text, sorted(wanted))
    assert report.losses[losses.EDGE_BREAKS] == cut


@pytest.mark.parametrize("seed", SEEDS)
def test_no_line_of_an_annotation_file_is_cut_by_other_line_ends(tmp_path: Path, seed: int) -> None:
    data_formats.write(random_documents(seed, types=TYPES), tmp_path / "out", "brat")
    for file in (tmp_path / "out").glob("*.ann"):
        assert all(line.startswith("T") for line in file.read_bytes().decode().splitlines())


def test_names_and_types_that_brat_cannot_hold_are_replaced_and_counted(tmp_path: Path) -> None:
    ids = ["a/b", "../up", "A/B", ".hidden", "n:1", "x.txt/y", "document-2"]
    documents = [Document(each, "Ada", entities=(Entity(0, 3, "given name"),)) for each in ids]
    documents.append(Document("last", "Ada", entities=(Entity(0, 3, "given_name"),)))
    report = data_formats.write(documents, tmp_path / "out", "brat")
    copies, _ = read(tmp_path / "out")
    assert sorted(each.id for each in copies) == [
        "a/b", "document-2", "document-3", "document-4", "document-5", "document-6",
        "document-7", "last",
    ]  # fmt: skip
    assert {entity.type for each in copies for entity in each.entities} == {"given_name", "given_name-2"}
    assert (report.losses[IDS], report.losses[losses.ODD_TYPES]) == (6, 8)
    assert (tmp_path / "out" / "annotation.conf").read_text().startswith("[entities]\ngiven_name\ngiven_name-2\n")


def test_a_folder_that_is_not_empty_stays_as_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "d.jsonl").write_text(json.dumps({"id": "a", "text": "Ada", "entities": []}))
    (tmp_path / "out").mkdir()
    command = [str(tmp_path / "d.jsonl"), str(tmp_path / "out"), "--to", "brat"]
    assert main(command) == 0
    assert main(command) == 2
    assert capsys.readouterr().err.splitlines()[-1] == (
        f"error: {tmp_path}/out: is a folder with files in it; this format has several files, so name a new or an "
        "empty folder"
    )
    assert sorted(each.name for each in tmp_path.iterdir()) == ["d.jsonl", "out"]


def test_what_was_written_before_an_error_is_kept_beside(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "d.jsonl").write_text('{"id": "a", "text": "Ada", "entities": []}\nnot JSON\n')
    assert main([str(tmp_path / "d.jsonl"), str(tmp_path / "out"), "--to", "brat"]) == 2
    assert capsys.readouterr().err.endswith(f"; what was written before that is in {tmp_path}/out.partial\n")
    assert (tmp_path / "out.partial" / "a.txt").read_text() == "Ada"
    assert not (tmp_path / "out").exists()
    (tmp_path / "d.jsonl").write_text("not JSON\n")
    assert main([str(tmp_path / "d.jsonl"), str(tmp_path / "other"), "--to", "brat"]) == 2
    assert sorted(each.name for each in tmp_path.iterdir()) == ["d.jsonl", "out.partial"]


def test_streams_hold_no_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pair(tmp_path, "Ada", "")
    assert main([str(tmp_path), "-", "--to", "brat"]) == 2
    assert main(["-", str(tmp_path / "a.jsonl"), "--from", "brat"]) == 2
    assert capsys.readouterr().err == (
        "error: '-' is no folder; this format has several files, so name a folder to write\n"
        "error: <stdin>: brat's standoff has several files; name a folder, or a .txt or .ann file\n"
    )


def test_a_folder_of_annotations_is_recognised(tmp_path: Path) -> None:
    assert opened(pair(tmp_path, "Ada", "")).format.name == "brat"
    assert opened(tmp_path / "x.ann").format.name == "brat"
