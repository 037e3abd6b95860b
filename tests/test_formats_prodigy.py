"""Prodigy's tasks: answers, spans and their tokens."""

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
from data_formats.report import TOKENS

ADA: dict[str, object] = {"text": "Ada met Bob", "spans": [{"start": 0, "end": 3, "label": "PER"}]}


def lines(*rows: dict[str, object]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def test_rejected_and_ignored_tasks_are_left_out_and_counted(tmp_path: Path) -> None:
    answers = ("accept", "reject", "ignore", "reject")
    documents, lost = read(tmp_path, lines(ADA, *({**ADA, "answer": answer} for answer in answers)))
    assert [(each.id, spans(each)) for each in documents] == [(f"line-{n}", [(0, 3, "PER")]) for n in (1, 2)]
    assert lost == {
        "documents with the answer 'reject' (left out)": 2,
        "documents with the answer 'ignore' (left out)": 1,
    }
    report = data_formats.Report()
    assert len(list(data_formats.read_texts(tmp_path / "file", report=report))) == 5


def test_tokens_scores_and_keys_of_the_task(tmp_path: Path) -> None:
    tokens = [{"text": word, "start": start, "end": start + 3, "id": number, "ws": True}
              for number, (word, start) in enumerate([("Ada", 0), ("met", 4), ("Bob", 8)])]  # fmt: skip
    span = {"start": 0, "end": 7, "label": "X", "token_start": 0, "token_end": 1, "score": 0.5, "text": "Ada met"}
    row = {"id": 3, "text": "Ada met Bob", "language": "de", "tokens": tokens, "spans": [span]}
    row |= {"_task_hash": 1, "_session_id": "a", "meta": {"source": "web"}, "relations": [{"head": 0, "child": 1}]}
    assert read(tmp_path, lines(row)) == (
        [Document("3", "Ada met Bob", "de", (Entity(0, 7, "X", 0.5),), ((0, 3), (4, 7), (8, 11)))],
        {"unknown key 'meta' of documents": 1, losses.RELATIONS: 1},
    )


def test_an_id_of_several_annotators_gets_a_number(tmp_path: Path) -> None:
    documents, lost = read(tmp_path, lines(*[{**ADA, "id": "a"}] * 3, {**ADA, "id": "a-2"}))
    assert [each.id for each in documents] == ["a", "a-2", "a-3", "a-2-2"]
    assert lost == {losses.REPEATED_IDS: 3}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"answer": "yes"}, "'answer' is 'yes'; expected 'accept', 'reject', 'ignore'"),
        (
            {"spans": [{"start": 0, "end": 3, "label": "PER", "text": "Bob"}]},
            "the entity at 0..3 says 'Bob', the text there is 'Ada'; expected the same",
        ),
        (
            {"spans": [{"start": 0, "end": 3, "label": "PER", "token_start": 0, "token_end": 1}]},
            "the span 0..3 has the tokens 0 to 1, which are 0..7; expected the same offsets (token_end is the last "
            "token's index)",
        ),
        (
            {"spans": [{"start": 0, "end": 3, "label": "PER", "token_start": 0, "token_end": 2}]},
            "the span 0..3 has the tokens 0 to 2, which are not among the 2 tokens; expected the same offsets "
            "(token_end is the last token's index)",
        ),
        ({"spans": [{"start": 0, "end": 3}]}, "a span has no 'label', only 'end', 'start'; expected 'start', 'end' and "
         "'label'"),
        ({"spans": [{"start": 9, "end": 12, "label": "X"}]},
         "the entity 9..12 is not in the text of 11 characters; expected 0 <= start < end <= 11"),
    ],
)  # fmt: skip
def test_faults_are_told_with_their_place(tmp_path: Path, change: dict[str, object], told: str) -> None:
    tokens = [{"text": "Ada", "start": 0, "end": 3}, {"text": "met", "start": 4, "end": 7}]
    with pytest.raises(FormatError) as caught:
        read(tmp_path, lines(ADA, {**ADA, "tokens": tokens, **change}))
    assert str(caught.value) == f"{tmp_path}/file:2: {told}"


@pytest.mark.parametrize("seed", SEEDS)
def test_documents_come_back_with_pieces_as_tokens(tmp_path: Path, seed: int) -> None:
    documents = random_documents(seed)
    copies, report = through(documents, tmp_path / "d", "prodigy")
    outside = 0
    for document, copy in zip(documents, copies, strict=True):
        pieces = tuple((piece.start, piece.end) for piece in cut(document.text))
        assert copy == Document(document.id, document.text, document.language, document.entities, pieces)
        starts, ends = {start for start, _ in pieces}, {end for _, end in pieces}
        outside += sum(each.start not in starts or each.end not in ends for each in document.entities)
    assert report.losses[losses.WITHOUT_INDICES] == outside


@pytest.mark.parametrize(
    "tokens",
    [
        [{"text": "[CLS]", "start": 0, "end": 0}, {"text": "Ada", "start": 0, "end": 3}],
        [{"text": "ada", "start": 0, "end": 3}],
        [{"start": 4, "end": 7}, {"start": 0, "end": 3}],
        [{"start": 0, "end": 99}],
    ],
)
def test_tokens_that_are_no_parts_of_the_text_are_counted(tmp_path: Path, tokens: list[dict[str, object]]) -> None:
    [document], lost = read(tmp_path, lines({**ADA, "tokens": tokens}))
    assert (spans(document), document.tokens, lost) == ([(0, 3, "PER")], None, {losses.ODD_TOKENS: 1})


def test_a_language_that_is_no_text_is_counted(tmp_path: Path) -> None:
    [document], lost = read(tmp_path, lines({**ADA, "language": 7}))
    assert (document.language, lost) == (None, {losses.ODD_LANGUAGES: 1})


def test_own_tokens_are_kept(tmp_path: Path) -> None:
    document = Document("a", "New York", None, (Entity(0, 8, "LOC"),), ((0, 8),))
    copies, report = through([document], tmp_path / "d", "prodigy")
    assert (copies, report.losses[TOKENS]) == ([document], 0)
    [span] = json.loads((tmp_path / "d").read_text())["spans"]
    assert span == {"start": 0, "end": 8, "label": "LOC", "token_start": 0, "token_end": 0}
