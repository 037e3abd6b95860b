"""Label Studio's tasks: annotations, predictions, regions and JSON-MIN."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tool_documents import SEEDS, random_documents, read, spans, through

import data_formats
from cascade.commands.convert import main
from cascade.document import Document, Entity
from cascade.errors import FormatError
from data_formats.annotation_tools import losses

CONFIGURATION = """
<View>
  <Labels name="label" toName="text"><Label value="person"/><Label value="组织"/></Labels>
  <Text name="text" value="$text"/>
</View>
"""


def region(start: int, end: int, *labels: str, **keys: object) -> dict[str, object]:
    value = {"start": start, "end": end, "labels": list(labels)}
    return {"id": f"{start}-{end}", "from_name": "label", "to_name": "text", "type": "labels", "value": value, **keys}


def task(*annotations: dict[str, object], text: str = "Ada met Bob", **keys: object) -> dict[str, object]:
    return {"id": 7, "annotations": list(annotations), "data": {"text": text}, **keys}


def annotation(*result: dict[str, object], **keys: object) -> dict[str, object]:
    return {"completed_by": 1, "was_cancelled": False, "ground_truth": False, "result": list(result), **keys}


def test_each_label_of_a_region_is_an_entity_and_other_results_are_counted(tmp_path: Path) -> None:
    results: list[dict[str, object]] = [
        region(0, 3, "PER", "AUTHOR"),
        region(0, 11, "EVENT", from_name="events", meta={"text": ["sure"]}, score=0.5),
        region(4, 7),
        {"id": "0-3", "from_name": "sex", "to_name": "text", "type": "choices", "value": {"choices": ["f"]}},
        {"from_id": "0-3", "to_id": "0-11", "type": "relation", "direction": "right"},
    ]
    documents, lost = read(tmp_path, json.dumps([task(annotation(*results), file_upload="x")]))
    wanted = (Entity(0, 3, "AUTHOR"), Entity(0, 3, "PER"), Entity(0, 11, "EVENT", 0.5))
    assert documents == [Document("7", "Ada met Bob", entities=wanted)]
    assert lost == {
        losses.NOTES: 1,
        losses.UNLABELLED: 1,
        "results of the kind 'choices'": 1,
        losses.RELATIONS: 1,
    }


@pytest.mark.parametrize(
    ("keys", "wanted", "lost"),
    [
        ({}, "first", {"annotations of a text beside the one that was read": 1}),
        ({"ground_truth": True}, "second", {"annotations of a text beside the one that was read": 1}),
        ({"was_cancelled": True}, "first", {"annotations that were cancelled (skipped in Label Studio)": 1}),
    ],
)
def test_one_annotation_of_several_is_read(
    tmp_path: Path, keys: dict[str, object], wanted: str, lost: dict[str, int]
) -> None:
    row = task(annotation(region(0, 3, "first")), annotation(region(0, 3, "second"), **keys))
    [document], counted = read(tmp_path, json.dumps([row]))
    assert (spans(document), counted) == ([(0, 3, wanted)], lost)


def test_tasks_without_annotations_are_left_out_and_predictions_are_no_annotations(tmp_path: Path) -> None:
    predicted = {"model_version": "m", "result": [region(0, 3, "PER", score=0.5)]}
    tasks = [
        task(id=1, predictions=[predicted]),
        task(annotation(region(0, 3, "X"), was_cancelled=True), id=2),
        task(annotation(), id=3, predictions=[predicted]),
    ]
    documents, lost = read(tmp_path, json.dumps(tasks))
    assert documents == [Document("3", "Ada met Bob")]
    assert lost == {
        losses.WITHOUT_ANNOTATION: 2,
        "predictions beside the annotation or prediction that was read": 2,
        "annotations that were cancelled (skipped in Label Studio)": 1,
    }
    assert [each.id for each in data_formats.read_texts(tmp_path / "file")] == ["1", "2", "3"]


def test_tasks_without_the_key_of_annotations_are_read_with_their_first_prediction(tmp_path: Path) -> None:
    predictions = [{"result": [region(0, 3, kind, score=0.5)]} for kind in ("PER", "X")]
    documents, lost = read(tmp_path, json.dumps([{"data": {"text": "Ada"}, "predictions": predictions}]))
    assert documents == [Document("item-1", "Ada", entities=(Entity(0, 3, "PER", 0.5),))]
    assert lost == {"predictions beside the annotation or prediction that was read": 1}


@pytest.mark.parametrize(("stated", "counted"), [("A\\nB", 0), ("A\nB", 0), ("A B", 1), ("AB", 1)])
def test_line_breaks_are_stated_as_a_backslash_and_an_n(tmp_path: Path, stated: str, counted: int) -> None:
    row = region(2, 5, "X")
    row["value"] = {"start": 2, "end": 5, "text": stated, "labels": ["X"]}
    [document], lost = read(tmp_path, json.dumps([task(annotation(row), text="😀 A\nB")]))
    assert (document.text_of(document.entities[0]), sum(lost.values())) == ("A\nB", counted)


def test_both_characters_of_a_line_end_count_and_are_stated(tmp_path: Path) -> None:
    row = region(0, 4, "X")
    row["value"] = {"start": 0, "end": 4, "text": "A\\n\\nB", "labels": ["X"]}
    [document], lost = read(tmp_path, json.dumps([task(annotation(row), text="A\r\nB")]))
    assert (spans(document), lost) == ([(0, 4, "X")], {})


def test_a_stated_text_that_is_elsewhere_is_an_error(tmp_path: Path) -> None:
    row = region(3, 6, "X")
    row["value"] = {"start": 3, "end": 6, "text": "Ada", "labels": ["X"]}
    content = json.dumps([task(annotation(row), text="😀 Ada met")])
    with pytest.raises(FormatError) as caught:
        read(tmp_path, content)
    assert str(caught.value) == (
        f"{tmp_path}/file:1: item 1: the entity at 3..6 says 'Ada', the text there is 'da '; expected the same. The "
        "text has characters beyond U+FFFF: if the file counts them in other units, read it with --offsets utf-16 of "
        "python -m data_formats"
    )
    [document], _ = read(tmp_path, content, offsets="utf-16")
    assert spans(document) == [(2, 5, "X")]


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ({"start": 0, "end": 99, "labels": ["X"]}, "a region's 'end' 99 is not in the text of 11 characters; "
         "expected 0 to 11"),
        ({"start": 2, "end": 1, "labels": ["X"]}, "the entity 2..1 is not in the text of 11 characters; "
         "expected 0 <= start < end <= 11"),
        ({"start": "/p[1]", "end": 1, "labels": ["X"]}, "a region's 'start' is '/p[1]'; expected an integer"),
        ({"end": 1, "labels": ["X"]}, "a region has no 'start', only 'end', 'labels' (it looks like doccano by "
         "'labels'); expected 'start', 'end' and 'labels'"),
    ],
)  # fmt: skip
def test_faults_are_told_with_their_place(tmp_path: Path, value: dict[str, object], told: str) -> None:
    with pytest.raises(FormatError) as caught:
        read(tmp_path, json.dumps(task(annotation({**region(0, 1, "X"), "value": value}))))
    assert str(caught.value) == f"{tmp_path}/file:1: {told}"


@pytest.mark.parametrize("data", [{"tweet": "Ada"}, {"text": "Ada", "url": "u"}, {"body": "Ada", "likes": 3}])
def test_the_text_is_the_only_one_or_has_the_key_text(tmp_path: Path, data: dict[str, object]) -> None:
    [document], lost = read(tmp_path, json.dumps([{**task(annotation()), "data": data}]))
    assert (document.text, sum(lost.values())) == ("Ada", len(data) - 1)


def test_the_key_of_the_text_can_be_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    row = {**task(annotation(region(0, 3, "PER"))), "data": {"title": "Ada", "body": "Bob"}}
    (tmp_path / "d.json").write_text(json.dumps([row]))
    command = [str(tmp_path / "d.json"), str(tmp_path / "o.jsonl")]
    assert main(command) == 2
    assert capsys.readouterr().err == (
        f"error: {tmp_path}/d.json:1: item 1: the text is not found: of the task's data, 'title', 'body' could be it; "
        "name its key with --text-key of python -m data_formats\n"
    )
    assert main([*command, "--text-key", "body"]) == 0
    assert json.loads((tmp_path / "o.jsonl").read_text())["entities"][0]["text"] == "Bob"


def test_rows_of_json_min(tmp_path: Path) -> None:
    spans_of_row = [{"start": 0, "end": 3, "text": "Ada", "labels": ["PER", "X"]}]
    about = {"annotator": 1, "annotation_id": 2, "created_at": "2026", "updated_at": "2026", "lead_time": 3.5}
    rows: list[dict[str, object]] = [
        {"text": "Ada met Bob", "id": 1, "label": spans_of_row, **about},
        {"text": "Ada met Bob", "id": 1, "label": [], **about},
        {"text": "Ada met Bob", "id": 2, "sentiment": "good", **about},
        {"text": "Ada", "id": 3, "first": spans_of_row, "second": [{"start": 1, "end": 2, "labels": ["Y"]}], **about},
    ]
    documents, lost = read(tmp_path, json.dumps(rows))
    assert [(each.id, spans(each)) for each in documents] == [
        ("1", [(0, 3, "PER"), (0, 3, "X")]),
        ("2", []),
        ("3", [(0, 3, "PER"), (0, 3, "X"), (1, 2, "Y")]),
    ]
    assert lost == {
        "annotations of a text beside the one that was read": 1,
        "unknown key 'sentiment' of tasks": 1,
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_documents_come_back(tmp_path: Path, seed: int) -> None:
    documents = random_documents(seed)
    assert through(documents, tmp_path / "d", "label-studio") == (
        documents,
        data_formats.Report(len(documents), sum(len(each.entities) for each in documents)),
    )


def test_predictions_have_scores_and_a_version(tmp_path: Path) -> None:
    entities = (Entity(0, 3, "person", 0.5), Entity(8, 11, "person", 1.0))
    document = Document("a", "Ada met Bob", "en", entities, adapters=("x", "y"))
    data_formats.write([document], tmp_path / "d", "label-studio")
    [row] = json.loads((tmp_path / "d").read_text())
    [prediction] = row["predictions"]
    assert row["data"] == {"text": "Ada met Bob", "document_id": "a", "language": "en"}
    assert (prediction["score"], prediction["model_version"]) == (0.75, "x, y")
    assert prediction["result"][0] == {
        "id": "entity-1",
        "from_name": "label",
        "to_name": "text",
        "type": "labels",
        "value": {"start": 0, "end": 3, "text": "Ada", "labels": ["person"]},
        "score": 0.5,
    }


def test_label_studio_accepts_the_predictions(tmp_path: Path) -> None:
    interface = pytest.importorskip(
        "label_studio_sdk.label_interface", reason="checks tasks with Label Studio's own library"
    )
    config = interface.LabelInterface(CONFIGURATION)
    data_formats.write(random_documents(5, types=["person", "组织"]), tmp_path / "d", "label-studio")
    tasks = json.loads((tmp_path / "d").read_text())
    # its check of whole tasks calls the one of predictions without them (version 2.1)
    assert [config.validate_task({"data": each["data"]}) for each in tasks] == [True] * len(tasks)
    assert [config.validate_prediction(each["predictions"][0]) for each in tasks] == [True] * len(tasks)
    wrong = {"model_version": "m", "result": [region(0, 1, "person", from_name="other")]}
    assert not config.validate_prediction(wrong)  # a control that the configuration does not have


def test_what_label_studio_flattens_is_read(tmp_path: Path) -> None:
    converter = pytest.importorskip(
        "label_studio_sdk.converter", reason="compares with JSON-MIN by Label Studio's own converter"
    )
    rows = [task(annotation(region(0, 3, "person"), region(2, 6, "组织"))), task(annotation(), id=8)]
    (tmp_path / "tasks.json").write_text(json.dumps(rows))
    made = converter.Converter(CONFIGURATION, str(tmp_path), download_resources=False)
    made.convert(str(tmp_path / "tasks.json"), str(tmp_path / "out"), "JSON_MIN", is_dir=False)
    [flat] = (tmp_path / "out").iterdir()
    assert list(data_formats.read(flat)) == list(data_formats.read(tmp_path / "tasks.json"))
