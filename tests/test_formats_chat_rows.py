"""Chat rows for ms-swift, and plain text."""

import json
from pathlib import Path

import pytest

import data_formats
from cascade.document import Document, Entity
from data_formats.report import ALL_ENTITIES, AMBIGUOUS_MARKS, EMPTY_DOCUMENTS, IDS, LINE_BREAKS, NESTED_ENTITIES, TYPES


def rows_of(folder: Path, document: Document) -> tuple[list[object], dict[str, int]]:
    report = data_formats.write([document], folder / "rows.jsonl", "swift")
    return [json.loads(line) for line in (folder / "rows.jsonl").read_text(encoding="utf-8").splitlines()], dict(
        report.losses
    )


def test_the_assistant_repeats_the_text_with_marks(tmp_path: Path) -> None:
    rows, losses = rows_of(
        tmp_path, Document("d", "Zoë in Rome", entities=(Entity(0, 3, "person"), Entity(7, 11, "city")))
    )
    assert rows == [
        {
            "messages": [
                {"role": "system", "content": "You are a helpful assistant."},
                {"role": "user", "content": "Zoë in Rome"},
                {"role": "assistant", "content": "##Zoë## in ##Rome##"},
            ]
        }
    ]
    assert losses == {IDS: 1, TYPES: 2}


@pytest.mark.parametrize(
    ("text", "spans", "marked", "losses"),
    [
        ("none", [], "none", {IDS: 1}),
        ("ab", [(0, 1), (1, 2)], "##a####b##", {IDS: 1, TYPES: 2}),
        ("New York U", [(0, 8), (0, 10), (9, 10)], "##New York U##", {IDS: 1, TYPES: 1, NESTED_ENTITIES: 2}),
        ("a # b", [(0, 1)], "##a## # b", {IDS: 1, TYPES: 1}),
        ("a ## b", [(0, 1)], None, {AMBIGUOUS_MARKS: 1}),
        ("#Rome", [(1, 5)], None, {AMBIGUOUS_MARKS: 1}),
        ("C# x", [(0, 2)], None, {AMBIGUOUS_MARKS: 1}),
        ("C# x", [(0, 1)], None, {AMBIGUOUS_MARKS: 1}),
        ("#Rome", [(0, 5)], None, {AMBIGUOUS_MARKS: 1}),
    ],
)
def test_marks(
    tmp_path: Path, text: str, spans: list[tuple[int, int]], marked: str | None, losses: dict[str, int]
) -> None:
    rows, lost = rows_of(tmp_path, Document("d", text, entities=tuple(Entity(start, end, "x") for start, end in spans)))
    contents = [row["messages"][2]["content"] for row in rows if isinstance(row, dict)]
    assert (contents, lost) == ([] if marked is None else [marked], losses)


def test_plain_text_is_a_document_a_line(tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_bytes("\ufeffone\r\n\n  two\u2028 \n\u3000\nthree".encode())
    assert list(data_formats.read(tmp_path / "t.txt", language="en")) == [
        Document("line-1", "one", "en"),
        Document("line-3", "  two\u2028 ", "en"),
        Document("line-5", "three", "en"),
    ]


def test_plain_text_counts_what_it_leaves_out(tmp_path: Path) -> None:
    documents = [Document("line-1", "a\nb", entities=(Entity(0, 1, "x"),)), Document("e", " "), Document("f", "c")]
    report = data_formats.write(documents, tmp_path / "t.txt")
    assert (tmp_path / "t.txt").read_text() == "a b\nc\n"
    assert report.losses == {ALL_ENTITIES: 1, LINE_BREAKS: 1, EMPTY_DOCUMENTS: 1, IDS: 1}
