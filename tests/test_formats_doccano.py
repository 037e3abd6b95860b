"""Doccano's JSON lines, whose offsets count UTF-16 units unless the project says otherwise."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest
from tool_documents import SEEDS, random_documents, read, spans, through

from cascade.commands.convert import main
from cascade.errors import FormatError
from data_formats.annotation_tools import losses
from data_formats.annotation_tools.offset_units import places
from data_formats.annotation_tools.utf16 import Utf16Text

FIREMAN = "👨🏻\u200d🚒 puts out fires"


def row(**keys: object) -> str:
    return json.dumps({"text": FIREMAN, **keys}) + "\n"


@pytest.mark.parametrize(
    ("offsets", "label"), [("utf-16", [17, 22]), ("code-points", [14, 19]), ("graphemes", [11, 16])]
)
def test_the_unit_of_offsets_can_be_named(tmp_path: Path, offsets: str, label: list[int]) -> None:
    [document], lost = read(tmp_path, row(label=[[*label, "FIRE"]]), offsets=offsets)
    assert (spans(document), document.text[14:19], lost) == ([(14, 19, "FIRE")], "fires", {})


def test_units_that_the_file_does_not_tell_are_counted_where_they_matter(tmp_path: Path) -> None:
    early = json.dumps({"text": "Ada 😀", "label": [[0, 3, "PER"]]}) + "\n"
    documents, lost = read(tmp_path, row(label=[[17, 22, "FIRE"]]) + early)
    assert [spans(each) for each in documents] == [[(14, 19, "FIRE")], [(0, 3, "PER")]]
    assert lost == {losses.UTF_16_ASSUMED: 1}


def test_both_shapes_are_read(tmp_path: Path) -> None:
    entities = [{"id": 7, "label": "A", "start_offset": 0, "end_offset": 3}]
    relations = [{"id": 1, "from_id": 7, "to_id": 7, "type": "self"}]
    rows = [
        {"id": 12, "text": "Ada", "label": [[0, 3, "A"]], "Comments": ["sure"]},
        {"id": "b", "text": "Ada", "entities": entities, "relations": relations, "Comments": [], "source": "web"},
    ]
    for told, wanted in (([rows[0]], "12"), ([rows[1]], "b")):
        [document], _ = read(tmp_path, "".join(json.dumps(each) + "\n" for each in told))
        assert (document.id, spans(document)) == (wanted, [(0, 3, "A")])
    _, lost = read(tmp_path, "".join(json.dumps(each) + "\n" for each in rows))
    assert lost == {losses.NOTES: 1, losses.RELATIONS: 1, "unknown key 'source' of documents": 1}


@pytest.mark.parametrize(
    ("text", "clusters"),
    [
        ("हिन्दी", ["हि", "न्", "दी"]),
        ("❤️\u200d🔥", ["❤️\u200d", "🔥"]),
        ("👩\u200d👩\u200d👧", ["👩\u200d👩\u200d👧"]),
        ("👍🏽🇩🇪🇫🇷", ["👍🏽", "🇩🇪", "🇫🇷"]),
        ("a\r\ne\u0301", ["a", "\r\n", "e\u0301"]),
        ("한각ไทยำ", ["한", "각", "ไ", "ท", "ยำ"]),
        ("\u0600a\u200d♀", ["\u0600a\u200d♀"]),
        ("", []),
    ],
)
def test_clusters_are_those_of_the_page_and_not_those_of_later_rules(text: str, clusters: list[str]) -> None:
    edges = places(text, "graphemes")
    assert [text[start:end] for start, end in pairwise(edges)] == clusters


@pytest.mark.parametrize(
    ("label", "told"),
    [
        ([17, 99, "X"], "the offset 99 in the unit utf-16 is not within 0..22. The text has characters beyond U+FFFF: "
         "if the file counts them in other units, read it with --offsets code-points of python -m data_formats"),
        ([1, 4, "X"], "the offset 1 in the unit utf-16 cuts a character in two. The text has characters beyond U+FFFF: "
         "if the file counts them in other units, read it with --offsets code-points of python -m data_formats"),
        ([4, 2, "X"], "the entity 2..1 is not in the text of 19 characters; expected 0 <= start < end <= 19. The text "
         "has characters beyond U+FFFF: if the file counts them in other units, read it with --offsets code-points of "
         "python -m data_formats"),
        ([0, 2], "[0, 2] is not an entity; expected [start, end, type] or an object with 'start_offset', 'end_offset' "
         "and 'label'"),
        (["0", 2, "X"], "a start is '0'; expected an integer"),
    ],
)  # fmt: skip
def test_faults_are_told_with_their_place(tmp_path: Path, label: list[object], told: str) -> None:
    with pytest.raises(FormatError) as caught:
        read(tmp_path, row(label=[[0, 2, "X"]]) + row(label=[label]), "doccano")
    assert str(caught.value) == f"{tmp_path}/file:2: {told}"


def test_gold_without_labels_is_no_gold(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"file:1: the object has no 'label', only 'text'; expected an object with"):
        read(tmp_path, row(), "doccano")


def test_labels_beside_the_entities_are_counted(tmp_path: Path) -> None:
    entity = {"label": "A", "start_offset": 0, "end_offset": 3}
    [document], lost = read(tmp_path, json.dumps({"text": "Ada", "entities": [entity], "label": "news"}))
    assert (spans(document), lost) == ([(0, 3, "A")], {"unknown key 'label' of documents": 1})


@pytest.mark.parametrize("seed", SEEDS)
def test_documents_come_back(tmp_path: Path, seed: int) -> None:
    documents = random_documents(seed)
    copies, _ = through(documents, tmp_path / "d", "doccano")
    assert [(each.id, each.text, each.language, sorted(spans(each))) for each in copies] == [
        (each.id, each.text, each.language, sorted(spans(each))) for each in documents
    ]


@pytest.mark.parametrize("seed", SEEDS)
def test_written_offsets_are_those_of_utf_16(tmp_path: Path, seed: int) -> None:
    documents = random_documents(seed)
    through(documents, tmp_path / "d", "doccano")
    for document, line in zip(documents, (tmp_path / "d").read_bytes().split(b"\n"), strict=False):
        units = document.text.encode("utf-16-le")
        for start, end, _ in json.loads(line)["label"]:
            assert units[2 * start : 2 * end].decode("utf-16-le") in [
                document.text_of(each) for each in document.entities
            ]


@pytest.mark.parametrize("seed", SEEDS)
def test_places_and_offsets_are_inverse(seed: int) -> None:
    for document in random_documents(seed):
        offsets, there = Utf16Text(document.text), places(document.text, "utf-16")
        assert [there[offsets.units(place)] for place in range(len(document.text) + 1)] == list(
            range(len(document.text) + 1)
        )


def test_options_of_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "d.jsonl").write_text(json.dumps({"data": FIREMAN, "label": [[14, 19, "FIRE"]]}))
    command = [str(tmp_path / "d.jsonl"), str(tmp_path / "o.jsonl"), "--from", "doccano"]
    assert main([*command, "--text-key", "data", "--offsets", "code-points"]) == 0
    assert json.loads((tmp_path / "o.jsonl").read_text())["entities"][0]["text"] == "fires"
    assert main([*command[:2], "--from", "jsonl", "--offsets", "utf-16"]) == 2
    assert capsys.readouterr().err.splitlines()[-1] == (
        "error: the format jsonl has no option 'offsets' for reading; its options: entities"
    )
