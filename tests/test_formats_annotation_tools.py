"""The formats of annotation tools together: recognition, conversion, texts alone, examples made by hand."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path

import pytest
from tool_documents import random_documents

import data_formats
from cascade.commands import evaluate as evaluate_command
from cascade.commands.convert import main
from cascade.document import Document, Entity
from cascade.errors import FormatError
from data_formats.registry import opened

EXAMPLES = Path(__file__).parent / "data" / "annotation_tools"
TOOLS = ("brat", "doccano", "label-studio", "prodigy", "gliner", "pubtator")
LABELLED = [Document("a", "Ada met Bob", None, (Entity(0, 3, "person"), Entity(8, 11, "person")))]


@pytest.mark.parametrize("format_", TOOLS)
def test_what_was_written_is_recognised(tmp_path: Path, format_: str) -> None:
    data_formats.write(LABELLED, tmp_path / "out", format_)
    assert opened(tmp_path / "out").format.name == format_
    [document] = data_formats.read(tmp_path / "out")
    assert [(entity.start, entity.end) for entity in document.entities] == [(0, 3), (8, 11)]


@pytest.mark.parametrize(
    ("first", "format_"),
    [
        ({"text": "Ada", "label": []}, "jsonl"),
        ({"text": "Ada", "spans": []}, "jsonl"),
        ({"text": "Ada", "entities": []}, "jsonl"),
        ({"text": "Ada", "label": [[0, 3, "X"]]}, "doccano"),
        ({"id": 1, "text": "Ada", "labels": [[0, 3, "X"]]}, "doccano"),
        ({"text": "Ada", "entities": [{"label": "X", "start_offset": 0, "end_offset": 3}], "relations": []}, "doccano"),
        ({"text": "Ada", "spans": [{"start": 0, "end": 3, "label": "X"}]}, "prodigy"),
        ({"text": "Ada", "_input_hash": 1, "answer": "ignore"}, "prodigy"),
        ({"text": "Ada", "tokens": [{"text": "Ada", "start": 0, "end": 3, "id": 0}], "spans": []}, "prodigy"),
        ({"text": "Ada", "spans": {"sc": [{"start": 0, "end": 3, "label": "X"}]}}, "jsonl"),
        ({"text": "Ada", "ents": [], "spans": [{"start": 0, "end": 3, "label": "X"}]}, "spacy-json"),
        ({"text": "Ada", "ents": [], "tokens": [{"id": 0, "start": 0, "end": 3}]}, "spacy-json"),
        ({"tokenized_text": ["Ada"], "ner": []}, "gliner"),
        ({"data": {"text": "Ada"}, "predictions": [{"result": []}]}, "label-studio"),
        ({"id": 1, "annotations": [{"result": []}], "data": {"text": "Ada"}}, "label-studio"),
        ({"text": "Ada", "id": 1, "label": [{"start": 0, "end": 3, "labels": ["X"]}]}, "label-studio"),
        ({"text": "Ada", "id": 1, "annotator": 1, "annotation_id": 1}, "label-studio"),
    ],
)
@pytest.mark.parametrize("indent", [None, 2])
def test_keys_and_values_tell_the_format(
    tmp_path: Path, first: dict[str, object], format_: str, indent: int | None
) -> None:
    content = json.dumps(first, indent=indent) + "\n"
    if format_ == "jsonl" and indent and "entities" not in first:
        return  # an object over several lines with a text alone could be anything
    for name, whole in {"d.jsonl": content, "d": f"[{content}]", "d.json": f"[\n{content}]"}.items():
        if format_ == "jsonl" and "entities" not in first and name != "d.jsonl":
            continue
        (tmp_path / name).write_text(whole)
        assert opened(tmp_path / name).format.name == format_


def test_the_first_object_tells_the_format(tmp_path: Path) -> None:
    (tmp_path / "d.jsonl").write_text('{"text": "Ada", "entities": []}\n{"text": "Ada", "label": [[0, 3, "X"]]}\n')
    assert opened(tmp_path / "d.jsonl").format.name == "jsonl"


@pytest.mark.parametrize("format_", TOOLS)
def test_long_texts_are_recognised(tmp_path: Path, format_: str) -> None:
    document = Document("a", "Ada \\ 😀\n" * 5_000, None, (Entity(0, 3, "person"),))
    data_formats.write([document], tmp_path / "out", format_)
    assert opened(tmp_path / "out").format.name == format_


def test_one_line_of_many_tasks_is_recognised_by_its_beginning(tmp_path: Path) -> None:
    rows = [{"id": number, "annotations": [{"result": []}], "data": {"text": "Ada"}} for number in range(5_000)]
    (tmp_path / "d.json").write_text(json.dumps(rows))
    assert opened(tmp_path / "d.json").format.name == "label-studio"


@pytest.mark.parametrize("format_", TOOLS)
def test_texts_alone_are_read_whatever_the_annotation_is(tmp_path: Path, format_: str) -> None:
    documents = [each for each in random_documents(2, gaps=[" "]) if each.text]
    data_formats.write(documents, tmp_path / "out", format_)
    texts = list(data_formats.read_texts(tmp_path / "out"))
    assert len(texts) == len(documents)
    assert all(not each.entities for each in texts)


@pytest.mark.parametrize("source", TOOLS)
@pytest.mark.parametrize("target", TOOLS)
def test_every_format_becomes_every_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], source: str, target: str
) -> None:
    data_formats.write(LABELLED, tmp_path / "a", source)
    assert main([str(tmp_path / "a"), str(tmp_path / "b"), "--to", target]) == 0
    assert capsys.readouterr().err.startswith("wrote 1 documents with 2 entities\n")
    assert main([str(tmp_path / "b"), str(tmp_path / "c.jsonl")]) == 0
    [row] = map(json.loads, (tmp_path / "c.jsonl").read_text().splitlines())
    assert [(each["text"], each["type"]) for each in row["entities"]] == [("Ada", "person"), ("Bob", "person")]


@pytest.mark.parametrize("format_", ["brat", "doccano", "label-studio", "prodigy", "pubtator"])
def test_gold_of_a_tool_is_scored_against(tmp_path: Path, capsys: pytest.CaptureFixture[str], format_: str) -> None:
    data_formats.write(LABELLED, tmp_path / "gold", format_)
    found = LABELLED[0].with_entities(LABELLED[0].entities[:1])
    data_formats.write([found], tmp_path / "found.jsonl")
    files = [str(tmp_path / "gold"), str(tmp_path / "found.jsonl")]
    assert evaluate_command.main([*files, "--json", str(tmp_path / "report.json"), "--resamples", "0"]) == 0
    assert re.search(r"entities +100\.0 +50\.0 +66\.7 +2 +1\n", capsys.readouterr().out)
    assert json.loads((tmp_path / "report.json").read_text())["not_read"] == {"gold": {}, "predicted": {}}


@pytest.mark.parametrize(
    ("name", "format_"),
    [
        ("brat", "brat"),
        ("doccano.jsonl", "doccano"),
        ("label_studio.json", "label-studio"),
        ("label_studio_min.json", "label-studio"),
        ("prodigy.jsonl", "prodigy"),
        ("gliner.json", "gliner"),
        ("abstracts.pubtator", "pubtator"),
    ],
)
def test_examples_made_by_hand(name: str, format_: str) -> None:
    assert opened(EXAMPLES / name).format.name == format_
    report = data_formats.Report()
    [first, *_] = data_formats.read(EXAMPLES / name, report=report)
    assert {(first.text_of(each), each.type) for each in first.entities} >= {
        ("Marie Curie", "person"),
        ("Paris", "city"),
    }
    assert report.losses


def test_a_folder_without_annotations_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Ada")
    with pytest.raises(FormatError) as caught:
        opened(tmp_path)
    assert str(caught.value) == (
        f"{tmp_path}: cannot be read: Is a directory; expected a file, or - for standard input"
    )


def damaged(value: object, chance: random.Random) -> object:
    """A JSON value with parts replaced or left out."""
    if chance.random() < 0.05:
        return chance.choice([None, 3, -1, "x", [], {}, 1.5, True, [1], {"a": 1}])
    if isinstance(value, dict):
        return {key: damaged(each, chance) for key, each in value.items() if chance.random() > 0.03}
    return [damaged(each, chance) for each in value] if isinstance(value, list) else value


@pytest.mark.parametrize("name", ["doccano.jsonl", "label_studio.json", "label_studio_min.json", "gliner.json"])
def test_damaged_files_are_read_or_refused_with_their_place(tmp_path: Path, name: str) -> None:
    rows = [json.loads((EXAMPLES / name).read_text(encoding="utf-8"))]
    file, messages = tmp_path / name, list[str]()
    format_ = opened(EXAMPLES / name).format.name
    for seed in range(200):
        chance = random.Random(seed)
        file.write_text("\n".join(json.dumps(damaged(row, chance)) for row in rows), encoding="utf-8")
        try:
            list(data_formats.read(file, format_))
        except FormatError as error:
            messages.append(str(error))
    assert 0 < len(messages) < 200
    assert [each for each in messages if not each.startswith(f"{file}:1")] == []
