"""CascadeNER's GEIC JSON, where strings have to be given their places."""

import json
from pathlib import Path

import pytest

import data_formats
from cascade.document import Document, Entity
from cascade.errors import FormatError
from data_formats.geic import located
from data_formats.report import LANGUAGES, MOVED_ENTITIES, SCORES, TOKENS, UNLOCATED_ENTITIES

OTHER_JSON = (
    "expected a JSON object of sentences, or a list of documents or of strings. Name another format with --from: jsonl "
    "for documents, json-rows for other objects"
)


@pytest.mark.parametrize(
    ("strings", "text", "spans"),
    [
        ([], "", []),
        (["Rome"], "To Rome", [(3, 7)]),
        (["a", "a"], "a b a", [(0, 1), (4, 5)]),
        (["b", "a", "a"], "a b a", [(2, 3), (0, 1), (4, 5)]),
        (["New York University", "New York"], "New York University in New York", [(0, 19), (23, 31)]),
        (["New York", "New York University"], "New York University in New York", [(23, 31), (0, 19)]),
        (
            ["New York", "New York", "New York University"],
            "New York University in New York",
            [(0, 8), (23, 31), (0, 19)],
        ),
        (["New York University", "New York"], "New York University", [(0, 19), (0, 8)]),
        (["art"], "the party and the art", [(18, 21)]),
        (["art"], "the party", [(5, 8)]),
        (["中国"], "我爱中国。中国", [(2, 4)]),
        (["aa", "aa"], "aaaa", [(0, 2), (2, 4)]),
        (["aa", "aa", "aa"], "aaaa", [(0, 2), (1, 3), (2, 4)]),
        (["Rome", "Rome"], "Rome", [(0, 4), None]),
        (["Paris", ""], "Rome", [None, None]),
        (["दिल"], "दिल्ली का दिल", [(10, 13)]),
        (["Cafe"], "Cafe\u0301s, Cafe", [(8, 12)]),
        (["می"], "می\u200cخواهم می", [(9, 11)]),
        (["नई"], "नईदिल्ली नई", [(9, 11)]),
        (["ली"], "दिल्ली ली", [(7, 9)]),
        (["İzmir", "😀"], "i̇zmir İzmir 😀", [(7, 12), (13, 14)]),
    ],
)
def test_places_of_strings(strings: list[str], text: str, spans: list[tuple[int, int] | None]) -> None:
    assert located(strings, text) == spans


def read(folder: Path, text: str, report: data_formats.Report | None = None) -> list[Document]:
    path = folder / "d.json"
    path.write_text(text, encoding="utf-8")
    return list(data_formats.read(path, "geic", report=report))


def test_sentences_are_read_with_their_keys_as_ids(tmp_path: Path) -> None:
    text = (
        '{"sentence1": {"sentence": "Le Guin met David", "entity": ["David", "Le Guin"], "category": ["b", "a"]},\n'
        ' "sentence2": {"sentence": "", "entity": [], "category": []}}'
    )
    assert read(tmp_path, text) == [
        Document("sentence1", "Le Guin met David", entities=(Entity(0, 7, "a"), Entity(12, 17, "b"))),
        Document("sentence2", ""),
    ]


def test_strings_that_are_not_in_the_sentence_are_reported(tmp_path: Path) -> None:
    report = data_formats.Report()
    text = '{"s1": {"sentence": "Rome", "entity": ["Paris", "Rome"], "category": ["city", "city"]}}'
    assert read(tmp_path, text, report) == [Document("s1", "Rome", entities=(Entity(0, 4, "city"),))]
    assert report.losses == {UNLOCATED_ENTITIES: 1}
    assert report.lines() == [
        f"entities whose string is not in their sentence (or not that often): 1 (first: {tmp_path}/d.json:1: 's1': "
        "'Paris' (city))"
    ]


def test_the_same_shape_is_written(tmp_path: Path) -> None:
    text = json.dumps(
        {
            "sentence1": {"sentence": "Zoë 😀 in Rome", "entity": ["Zoë", "Rome"], "category": ["person", "city"]},
            "sentence2": {"sentence": "none", "entity": [], "category": []},
        },
        ensure_ascii=False,
        indent=4,
    )
    data_formats.write(read(tmp_path, text), tmp_path / "copy.json")
    assert (tmp_path / "copy.json").read_text(encoding="utf-8") == text + "\n"


def test_no_documents_are_an_empty_object(tmp_path: Path) -> None:
    data_formats.write([], tmp_path / "d.json")
    assert (tmp_path / "d.json").read_text() == "{}\n"
    assert read(tmp_path, "{}\n") == []


def test_what_geic_cannot_carry_is_counted(tmp_path: Path) -> None:
    document = Document("d", "Rome or Rome", "en", (Entity(8, 12, "city", 0.5),), ((0, 4), (5, 7), (8, 12)))
    report = data_formats.write([document], tmp_path / "d.json")
    assert report.losses == {MOVED_ENTITIES: 1, LANGUAGES: 1, SCORES: 1, TOKENS: 1}
    assert report.first[MOVED_ENTITIES] == "d: 'Rome' at 8..12 (city)"


EMPTY = '{"sentence": "a", "entity": [], "category": []}'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", f": the text begins with '[]'; {OTHER_JSON}"),
        ("", f": the text begins with ''; {OTHER_JSON}"),
        ('{"s": 3}', ":1: 's' is 3; expected an object with 'sentence', 'entity' and 'category'"),
        ('{"s": {"sentence": 3}}', ":1: 's': 'sentence' is 3; expected a text"),
        ('{"s": {"sentence": "a", "entity": "a"}}', ":1: 's': 'entity' is 'a'; expected a list"),
        (
            '{"s": {"sentence": "a", "entity": [1], "category": ["x"]}}',
            ":1: 's': an item of 'entity' is 1; expected a text",
        ),
        (
            '{\n"s": {"sentence": "a", "entity": ["a"], "category": []}}',
            ":2: 's' has 1 in 'entity' and 0 in 'category'; expected a category for each entity",
        ),
        (
            '{"s": {"sentence": "a", "entity": ["a"], "category": [""]}}',
            ":1: 's': the category of 'a' is empty; expected a type name",
        ),
        (
            '{"s": EMPTY,\n"t": EMPTY,\n"s": EMPTY}'.replace("EMPTY", EMPTY),
            ":3: the document id 's' was used before, at {path}:1; expected each id once",
        ),
        ('{"s": {"sentence": "a", "entity": [], "category": []},\n}', ":2: not JSON: '}' where a key is due"),
        (
            '{"s": {"sentence": "a", "entity": [], "category": []}\n"t": {}}',
            ":1: not JSON: neither ',' nor '}' after 's', but '\"t\": {}}'",
        ),
        ('{"s" {}}', ":1: not JSON: no ':' after the key 's'"),
        ('{"s":\n{"sentence": }}', ":2: not JSON: Expecting value at column 14"),
        (
            '{"s": {"sentence": "a", "entity": [], "category": []}} x',
            ": after the JSON object comes 'x'; expected the end of the file",
        ),
        ('{"": {"sentence": "a"}}', ":1: '': the key is empty; expected one such as 'sentence1'"),
    ],
)
def test_ill_formed_files(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(FormatError) as caught:
        read(tmp_path, text)
    path = str(tmp_path / "d.json")
    assert str(caught.value) == path + message.replace("{path}", path)


def test_two_documents_of_one_id_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(FormatError) as caught:
        data_formats.write([Document("a", "x"), Document("a", "y")], tmp_path / "d.json")
    assert str(caught.value) == "document 2: the document id 'a' was used before, at document 1; expected each id once"
    assert [file.name for file in tmp_path.iterdir()] == ["d.json.partial"]
