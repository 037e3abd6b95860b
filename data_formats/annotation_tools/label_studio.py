"""Label Studio's JSON: tasks with annotations or predictions, and its flat export JSON-MIN."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import TextIO

from cascade.document import Document, Entity
from cascade.errors import FormatError
from data_formats.annotation_tools.json_fields import document_of, id_of, language_of, list_of, object_of
from data_formats.annotation_tools.label_studio_regions import Regions
from data_formats.annotation_tools.losses import WITHOUT_ANNOTATION
from data_formats.identifiers import SeenIds, with_unique_ids
from data_formats.json_records import Record, records
from data_formats.json_values import shown, text_of
from data_formats.object_keys import UnknownKeys
from data_formats.read_options import ReadOptions
from data_formats.report import Report
from data_formats.text_files import Source

_EXPECTED = "a task with 'data' and 'annotations' or 'predictions', or a row of the export JSON-MIN"
_OWN_ID = "document_id"  # the key of a task's data under which we write a document's id: Label Studio gives its own
_OURS = (_OWN_ID, "language")
_DONE = ("annotations", "completions")  # the second until version 1.0
_OTHER_ANNOTATORS = "annotations of a text beside the one that was read"
_SKIPPED = "annotations that were cancelled (skipped in Label Studio)"
_OTHER_PREDICTIONS = "predictions beside the annotation or prediction that was read"
_ABOUT_THE_TASK = frozenset(
    "id inner_id project created_at updated_at updated_by file_upload meta drafts total_annotations total_predictions "
    "cancelled_annotations comment_count unresolved_comment_count comment_authors last_comment_updated_at is_labeled "
    "overlap predictions annotations completions data allow_skip unique_id".split()
)
_ABOUT_A_ROW = frozenset("id annotator annotation_id created_at updated_at lead_time".split())
_MODEL = "cascade-ner"


def read_label_studio(source: Source, report: Report, options: ReadOptions) -> Iterator[Document]:
    """Documents of an export (a list of tasks, or one a line), of tasks with predictions, or of JSON-MIN.

    Of a task's annotations that were not cancelled the one marked as ground truth is read, or else the first; the
    others are counted. A task that has no key of annotations is read with its first prediction; one whose annotations
    are empty or cancelled is left out and counted. The text is the value of `ReadOptions.text_key` in the task's
    data; without the option, that of the only key with a text, or of "text". Regions: `Regions`.
    """
    seen, unknown = SeenIds(), UnknownKeys(report)
    rows = dict[str, str]()
    for record in records(source):
        row = object_of(record.value, record.where, _EXPECTED)
        if isinstance(row.get("data"), dict):
            document = _of_task(row, record, report, options, unknown)
        else:
            document = _of_row(row, record, report, options, unknown, rows)
        if document is not None:
            seen.add(document.id, record.where)
            yield document


def _of_task(
    row: dict[str, object], record: Record, report: Report, options: ReadOptions, unknown: UnknownKeys
) -> Document | None:
    where = record.where
    data = object_of(row["data"], where, "the task's data")
    key = _text_key(data, options, where, passed_over=_OURS)
    text = text_of(data[key], repr(key), where)
    identifier = id_of(data.get(_OWN_ID, row.get("id")), record)
    unknown.add(data, {key, *_OURS}, where, of="the tasks' data")
    unknown.add(row, _ABOUT_THE_TASK, where, of="tasks")
    entities: tuple[Entity, ...] = ()
    if options.entities:
        chosen = _chosen(row, report, where)
        if chosen is None:
            report.lose(WITHOUT_ANNOTATION, where)
            return None
        regions = Regions(text, report, where, options.offsets)
        entities = tuple(regions.entities(list_of(chosen.get("result"), "'result'", where)))
    return document_of(identifier, text, entities, where, language=language_of(data, report, where))


def _chosen(row: Mapping[str, object], report: Report, where: str) -> dict[str, object] | None:
    """The annotation or prediction that is read; None if there is none."""
    done = next((key for key in _DONE if key in row), None)
    annotations = [
        object_of(each, where, "an annotation") for each in (list_of(row[done], repr(done), where) if done else [])
    ]
    predictions = [each for each in list_of(row.get("predictions"), "'predictions'", where) if isinstance(each, dict)]
    finished = [each for each in annotations if not (each.get("was_cancelled") or each.get("skipped"))]
    report.lose(_SKIPPED, where, len(annotations) - len(finished))
    if done is None:
        report.lose(_OTHER_PREDICTIONS, where, max(0, len(predictions) - 1))
        return predictions[0] if predictions else None
    report.lose(_OTHER_PREDICTIONS, where, len(predictions))
    report.lose(_OTHER_ANNOTATORS, where, max(0, len(finished) - 1))
    return next((each for each in finished if each.get("ground_truth")), finished[0] if finished else None)


def _of_row(
    row: dict[str, object],
    record: Record,
    report: Report,
    options: ReadOptions,
    unknown: UnknownKeys,
    rows: dict[str, str],
) -> Document | None:
    """The document of a row of JSON-MIN, which has the task's data and its labels under one level of keys."""
    where = record.where
    controls = [key for key, value in row.items() if _is_regions(value)]
    if not controls and not _ABOUT_A_ROW & row.keys():
        raise FormatError(f"{where}: {shown(row)} is not a task; expected {_EXPECTED}")
    key = _text_key(row, options, where, passed_over=(*_ABOUT_A_ROW, *_OURS))
    text = text_of(row[key], repr(key), where)
    identifier = id_of(row.get(_OWN_ID, row.get("id")), record)
    if identifier in rows:
        report.lose(_OTHER_ANNOTATORS, where)
        return None
    rows[identifier] = where
    regions = Regions(text, report, where, options.offsets)
    spans = [span for control in controls for span in list_of(row[control], repr(control), where)]
    entities = tuple(regions.of_values(spans)) if options.entities else ()
    unknown.add(row, {key, *controls, *_ABOUT_A_ROW, *_OURS}, where, of="tasks")
    return document_of(identifier, text, entities, where, language=language_of(row, report, where))


def _is_regions(value: object) -> bool:
    """Whether a value of JSON-MIN is the regions of a control of labels."""
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(each, dict) and "start" in each and "end" in each for each in value)
    )


def _text_key(data: Mapping[str, object], options: ReadOptions, where: str, *, passed_over: Iterable[str]) -> str:
    """The key of a task's data that holds the text."""
    texts = [key for key, value in data.items() if isinstance(value, str) and key not in passed_over]
    wanted = options.text_key or ("text" if "text" in texts else None)
    if wanted is None and len(texts) == 1:
        return texts[0]
    if wanted is not None and wanted in data:
        return wanted
    found = ", ".join(map(repr, texts)) or "nothing"
    raise FormatError(
        f"{where}: the text is not found: of the task's data, {found} could be it; name its key with --text-key of "
        "python -m data_formats"
    )


def write_label_studio(documents: Iterable[Document], stream: TextIO, report: Report) -> None:
    """Writes a list of tasks with one prediction each, as Label Studio imports them, a task a line.

    The labelling configuration needs a control of labels named "label" for a text named "text". The prediction's score
    is the mean of its entities' scores. The id and the language are keys of the task's data.
    """
    number = 0
    stream.write("[")
    try:
        for number, document in enumerate(with_unique_ids(documents), start=1):
            report.lose_annotations(document, language=False, scores=False)
            row = json.dumps(_task(document), ensure_ascii=False)
            stream.write(f"{',' if number > 1 else ''}\n{row}")
            report.wrote(len(document.entities))
    finally:
        stream.write("\n]\n")  # so that an unfinished file is valid JSON too


def _task(document: Document) -> dict[str, object]:
    data = {"text": document.text, _OWN_ID: document.id}
    if document.language is not None:
        data["language"] = document.language
    prediction: dict[str, object] = {
        "model_version": ", ".join(document.adapters) or _MODEL,
        "result": [_region(number, entity) for number, entity in enumerate(document.entities, start=1)],
    }
    scores = [entity.score for entity in document.entities if entity.score is not None]
    if scores:
        prediction["score"] = sum(scores) / len(scores)
    return {"data": data, "predictions": [prediction]}


def _region(number: int, entity: Entity) -> dict[str, object]:
    value = {"start": entity.start, "end": entity.end, "text": entity.text, "labels": [entity.type]}
    region: dict[str, object] = {"id": f"entity-{number}", "from_name": "label", "to_name": "text", "type": "labels"}
    region["value"] = value
    if entity.score is not None:
        region["score"] = entity.score
    return region
