"""Our JSON lines: tolerant where that is harmless, exact where it is not."""

from pathlib import Path

import pytest

import data_formats
from cascade.document import Document, Entity
from cascade.errors import FormatError

EXPECTED = "expected a list of objects with 'start', 'end' and 'type', [] for a document without entities"


def documents_of(folder: Path, content: str | bytes) -> list[Document]:
    path = folder / "d.jsonl"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return list(data_formats.read(path, "jsonl"))


def test_every_field_is_read(tmp_path: Path) -> None:
    line = (
        '{"id": "a", "text": "Zürich ist", "language": "de", "tokens": [[0, 6], [7, 10]],'
        ' "entities": [{"start": 0, "end": 6, "text": "Zürich", "type": "city", "score": 0.5}]}'
    )
    assert documents_of(tmp_path, line) == [
        Document("a", "Zürich ist", "de", (Entity(0, 6, "city", 0.5),), ((0, 6), (7, 10)))
    ]


def test_every_field_is_written(tmp_path: Path) -> None:
    path = tmp_path / "d.jsonl"
    data_formats.write([Document("a", "Zürich", "de", (Entity(0, 6, "city"),), ((0, 6),)), Document("b", "")], path)
    assert path.read_text(encoding="utf-8") == (
        '{"id": "a", "text": "Zürich", "language": "de", "entities": [{"start": 0, "end": 6, "text": "Zürich", '
        '"type": "city", "score": null}],'
        ' "tokens": [[0, 6]]}\n'
        '{"id": "b", "text": "", "language": null, "entities": []}\n'
    )


@pytest.mark.parametrize(
    ("line", "document"),
    [
        ('{"text": "a", "entities": []}', Document("line-1", "a")),
        ('\n\n{"text": "a", "entities": []}', Document("line-3", "a")),
        ('{"id": 7, "text": "a", "lang": "en", "spacing": "natural", "entities": []}', Document("7", "a", "en")),
        ('{"id": "x", "text": "a", "language": null, "lang": "de", "entities": []}', Document("x", "a", "de")),
        ('{"id": "x", "text": "a", "language": "und", "lang": "de", "entities": []}', Document("x", "a", "de")),
        ('{"id": "x", "text": "a", "language": "en", "lang": "de", "entities": []}', Document("x", "a", "en")),
        ('{"id": "x", "text": "a", "language": "und", "lang": null, "entities": []}', Document("x", "a", "und")),
        ('\ufeff{"id": "x", "text": "a", "entities": []}\r\n', Document("x", "a")),
        ('{"id": "x", "text": "a\u2028b\u0085c", "entities": []}', Document("x", "a\u2028b\u0085c")),
        ('{"id": "x", "text": "e\u0301 \u00e9", "entities": []}', Document("x", "e\u0301 \u00e9")),
        (
            '{"id": "x", "text": "\\ud83d\\ude00", "entities": [{"start": 0, "end": 1, "type": "emoji"}]}',
            Document("x", "😀", None, (Entity(0, 1, "emoji"),)),
        ),
    ],
)
def test_harmless_differences(tmp_path: Path, line: str, document: Document) -> None:
    assert documents_of(tmp_path, line) == [document]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("d.jsonl", '["a \\"b\\"", "", "c"]'),
        ("d.jsonl", '"a \\"b\\""\n""\n\n"c"\n'),
        ("d.json", '[\n  "a \\"b\\"",\n  "",\n  "c"\n]\n'),
        ("d", '["a \\"b\\"", "",\n"c"]'),
    ],
)
def test_strings_are_texts(tmp_path: Path, name: str, content: str) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    assert [document.text for document in data_formats.read_texts(path)] == ['a "b"', "", "c"]


def test_a_quoted_line_of_plain_text_is_no_list(tmp_path: Path) -> None:
    path = tmp_path / "d.txt"
    path.write_text('["So it is," he said.\n', encoding="utf-8")
    assert [document.text for document in data_formats.read_texts(path)] == ['["So it is," he said.']


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "not JSON: Expecting property name enclosed in double quotes at column 2"),
        ('{"text": "a", "entities": []} {}', "after the JSON value comes '{}'; expected the end of the line"),
        (
            '{"text": "a", "text": "b"}',
            "JSON that cannot be used: an object has the key 'text' twice; expected each key once",
        ),
        ('["a"]', "item 1: 'a' is not an object; expected one with 'text' and 'entities'"),
        ("[1]", "item 1: 1 is not an object; expected one with 'text' and 'entities'"),
        ('{"id": "a"}', "the object has no 'text', only 'id'; expected 'text' and 'entities'"),
        ('{"text": 3}', "'text' is 3; expected a text"),
        ('{"text": "a", "id": true}', "'id' is True; expected a text or a whole number"),
        (
            '{"text": "\\ud83d"}',
            "'text' '\\ud83d' holds a lone surrogate, which is not valid Unicode; repair the source's encoding",
        ),
        (
            '{"text": "a", "id": "\\ud83d"}',
            "'id' '\\ud83d' holds a lone surrogate, which is not valid Unicode; repair the source's encoding",
        ),
        ('{"text": "a", "entities": null}', f"'entities' is None; {EXPECTED}"),
        ('{"text": "a", "entities": {}}', f"'entities' is {{}}; {EXPECTED}"),
        (
            '{"text": "a", "entities": [{"start": 0}]}',
            "an entity has no 'end', only 'start'; expected 'start', 'end' and 'type'",
        ),
        (
            '{"text": "Rome", "entities": [{"start": 0, "end": 3, "type": "x", "text": "Rome"}]}',
            "the entity at 0..3 says 'Rome', the text there is 'Rom'; expected the same (the end seems to be included; "
            "ours is not)",
        ),
        (
            '{"text": "a", "entities": [{"start": 0, "end": 2, "type": "x"}]}',
            "document 'line-1': entity 0..2 (x) ends after the text's 1 characters",
        ),
        (
            '{"text": "a", "entities": [{"start": 0, "end": 1, "type": "x", "score": "high"}]}',
            "the score 'high' is no number; expected one in 0..1 or null",
        ),
        (
            '{"text": "a", "entities": [{"start": "0", "end": 1, "type": "x"}]}',
            "entity start '0' is not an integer; expected a character offset",
        ),
        ('{"text": "a", "entities": [], "tokens": [[0]]}', "[0] is not a token; expected [start, end]"),
    ],
)
def test_ill_formed_lines(tmp_path: Path, line: str, message: str) -> None:
    with pytest.raises(FormatError) as caught:
        documents_of(tmp_path, line)
    assert str(caught.value) == f"{tmp_path}/d.jsonl:1: {message}"


def test_an_id_that_comes_twice(tmp_path: Path) -> None:
    with pytest.raises(FormatError) as caught:
        documents_of(tmp_path, "".join(f'{{"id": "{name}", "text": "x", "entities": []}}\n' for name in "aba"))
    assert (
        str(caught.value)
        == f"{tmp_path}/d.jsonl:3: the document id 'a' was used before, at {tmp_path}/d.jsonl:1; expected each id once"
    )


def test_hostile_nesting_is_a_format_error(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="d.jsonl:1: JSON that cannot be used: maximum recursion depth exceeded"):
        documents_of(tmp_path, "[" * 100_000)


def test_hostile_numbers_are_a_format_error(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="d.jsonl:1: JSON that cannot be used: Exceeds the limit"):
        documents_of(tmp_path, '{"text": "a", "n": ' + "9" * 10_000 + "}")


def test_bytes_that_are_not_utf_8(tmp_path: Path) -> None:
    with pytest.raises(FormatError) as caught:
        documents_of(tmp_path, b'{"text": "a", "entities": []}\n{"text": "\xe9"}\n')
    assert str(caught.value) == (
        f"{tmp_path}/d.jsonl:2: byte 0xe9 at offset 40 is not UTF-8; the text may be in an older encoding. Save the "
        "file as UTF-8"
    )


def test_documents_before_a_fault_are_still_read(tmp_path: Path) -> None:
    path = tmp_path / "d.jsonl"
    path.write_text('{"text": "a", "entities": []}\n{"text": "b", "entities": []}\n{')
    documents = data_formats.read(path)
    assert [next(documents).text, next(documents).text] == ["a", "b"]
