"""GLiNER's training data: tokens without white space, and spans whose last token is included."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tool_documents import SEEDS, random_documents, read, spans, through

import data_formats
from cascade.document import Document, Entity
from cascade.errors import FormatError
from cascade.text.pieces import cut
from data_formats.annotation_tools import losses
from data_formats.report import EMPTY_DOCUMENTS, EMPTY_TOKENS, IDS, UNALIGNED_ENTITIES

ADA = {"tokenized_text": ["Ada", "met", "Bob", "."], "ner": [[0, 0, "person"], [0, 2, "meeting"]]}
SPANS = [(0, 3, "person"), (0, 11, "meeting")]


@pytest.mark.parametrize(
    ("content", "ids"),
    [
        (json.dumps([ADA, ADA]), ["item-1", "item-2"]),
        (json.dumps([ADA, ADA], indent=2), ["item-1", "item-2"]),
        (json.dumps(ADA) + "\n" + json.dumps(ADA) + "\n", ["line-1", "line-2"]),
        (json.dumps(ADA, indent=1) + "\n" + json.dumps(ADA, indent=1), ["item-1", "item-2"]),
    ],
)
def test_lists_and_lines_are_read(tmp_path: Path, content: str, ids: list[str]) -> None:
    documents, lost = read(tmp_path, content)
    assert [(each.id, each.text, sorted(spans(each))) for each in documents] == [
        (each, "Ada met Bob .", sorted(SPANS)) for each in ids
    ]
    assert (documents[0].tokens, lost) == (((0, 3), (4, 7), (8, 11), (12, 13)), {})


def test_types_to_ask_for_and_relations_are_counted(tmp_path: Path) -> None:
    row = {**ADA, "ner_labels": ["person", "city"], "ner_negatives": ["city"], "relations": [[0, 1, "met"]]}
    assert read(tmp_path, json.dumps([row]))[1] == {
        "names of types to ask for": 2,
        "names of types that are not in a text": 1,
        losses.RELATIONS: 1,
    }


def test_empty_tokens_are_left_out_and_counted(tmp_path: Path) -> None:
    [document], lost = read(tmp_path, json.dumps([{"tokenized_text": ["Ada", "", "Bob"], "ner": [[2, 2, "X"]]}]))
    assert (document.text, spans(document), document.tokens) == ("Ada  Bob", [(5, 8, "X")], ((0, 3), (5, 8)))
    assert lost == {EMPTY_TOKENS: 1}


@pytest.mark.parametrize(
    ("ner", "told"),
    [
        (
            [[0, 4, "X"]],
            "the entity [0, 4, 'X'] is not within the 4 tokens; expected 0 <= first <= last, both included",
        ),
        (
            [[2, 1, "X"]],
            "the entity [2, 1, 'X'] is not within the 4 tokens; expected 0 <= first <= last, both included",
        ),
        ([[0, "X"]], "[0, 'X'] is not an entity; expected [first token, last token, type]"),
        ([[0, 1.5, "X"]], "a token's index is 1.5; expected an integer"),
        ([[0, 1, " "]], "entity type ' ' at 0..7 is empty; expected a type name"),
    ],
)
def test_faults_are_told_with_their_place(tmp_path: Path, ner: list[object], told: str) -> None:
    with pytest.raises(FormatError) as caught:
        read(tmp_path, "[\n" + json.dumps(ADA) + ",\n" + json.dumps({**ADA, "ner": ner}) + "\n]")
    assert str(caught.value) == f"{tmp_path}/file:3: item 2: {told}"


@pytest.mark.parametrize("seed", SEEDS)
def test_entities_of_whole_pieces_come_back(tmp_path: Path, seed: int) -> None:
    documents = random_documents(seed)
    copies, report = through(documents, tmp_path / "d", "gliner")
    full = [each for each in documents if cut(each.text)]
    outside = 0
    for document, copy in zip(full, copies, strict=True):
        pieces = cut(document.text)
        first = {piece.start: number for number, piece in enumerate(pieces)}
        last = {piece.end: number for number, piece in enumerate(pieces)}
        tokens = copy.tokens or ()
        assert copy.text == " ".join(document.text[piece.start : piece.end] for piece in pieces)
        kept = [each for each in document.entities if each.start in first and each.end in last]
        outside += len(document.entities) - len(kept)
        wanted = [(tokens[first[each.start]][0], tokens[last[each.end]][1], each.type) for each in kept]
        assert sorted(spans(copy)) == sorted(wanted)
    assert report.losses[UNALIGNED_ENTITIES] == outside
    assert report.losses[EMPTY_DOCUMENTS] == len(documents) - len(full)
    assert report.losses[losses.TOKEN_SPACING] == sum(
        copy.text != document.text for document, copy in zip(full, copies, strict=True)
    )


def test_what_was_read_is_written_as_it_was(tmp_path: Path) -> None:
    row = {"tokenized_text": ["U.S.", "e-mail"], "ner": [[0, 0, "LOC"]]}
    data_formats.write(read(tmp_path, json.dumps([row]))[0], tmp_path / "out", "gliner")
    assert json.loads((tmp_path / "out").read_text()) == [row]


def test_a_list_without_documents_is_a_list(tmp_path: Path) -> None:
    assert through([], tmp_path / "d", "gliner")[0] == []
    report = data_formats.write([Document("a", "Ada", entities=(Entity(0, 3, "X"),))], tmp_path / "d", "gliner")
    assert (json.loads((tmp_path / "d").read_text()), report.losses[IDS]) == (
        [{"tokenized_text": ["Ada"], "ner": [[0, 0, "X"]]}],
        1,
    )


def test_gliner_makes_training_examples_of_what_is_written(tmp_path: Path) -> None:
    spans_of = pytest.importorskip(
        "gliner.data_processing.utils", reason="compares with GLiNER's own reading of its training data"
    )
    data_formats.write(random_documents(3), tmp_path / "d", "gliner")
    for row in json.loads((tmp_path / "d").read_text()):
        count = len(row["tokenized_text"])
        known = set(map(tuple, spans_of.prepare_span_idx(count, count).tolist()))
        assert {(first, last) for first, last, _ in row["ner"]} <= known
