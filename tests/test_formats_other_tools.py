"""JSON of tools whose files are not read: the error names the tool, and what to export instead."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import data_formats
from cascade.errors import FormatError
from data_formats.other_tools import other_tool

SPAN = {"start": 0, "end": 3, "label": "X"}


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ({"%TYPES": {}, "%FEATURE_STRUCTURES": []}, "INCEpTION's CAS JSON by '%FEATURE_STRUCTURES', '%TYPES'"),
        ({"rasa_nlu_data": {"common_examples": []}}, "Rasa's training data by 'rasa_nlu_data'"),
        ({"examples": [], "relations": []}, "LightTag by 'examples', 'relations'"),
        (
            {"projectFileVersion": "1", "assets": {}},
            "Azure's custom entity recognition by 'assets', 'projectFileVersion'",
        ),
        ({"annotatable": {}, "anncomplete": True, "entities": []}, "tagtog by 'anncomplete', 'annotatable'"),
        ({"textSegmentAnnotations": [], "textContent": "x"}, "Vertex AI by 'textContent', 'textSegmentAnnotations'"),
        ({"annotations": [], "text_snippet": {}}, "AutoML Natural Language by 'annotations', 'text_snippet'"),
        ({"source": "x", "n-metadata": {}}, "SageMaker Ground Truth by '-metadata', 'source'"),
        ({"source_text": "x", "privacy_mask": []}, "a data set of ai4privacy by 'privacy_mask'"),
        ([{"documentName": "x", "document": "x", "tokens": []}], "UBIAI by 'documentName', 'tokens'"),
        ([{"content": "x", "jsonResponse": {}}], "Kili by 'jsonResponse'"),
        ({"data_row": {"row_data": "x"}, "projects": {}}, "Labelbox by 'data_row', 'projects'"),
        ({"features": [], "rows": []}, "the viewer of Hugging Face's data sets by 'features', 'rows'"),
        ([{"document_id": "1", "passages": [{"offsets": [[0, 1]]}], "entities": []}], "BigBio by"),
        ([{"sentence": "Ada", "entities": [{"name": "Ada", "pos": [0, 3], "type": "X"}]}], "InstructUIE by 'pos'"),
        ([{"start": 0, "end": 3, "word": "Ada", "score": 0.5}], "the output of a pipeline of transformers by"),
    ],
)
def test_other_tools_are_named(tmp_path: Path, value: Any, told: str) -> None:
    (tmp_path / "a.json").write_text(json.dumps(value))
    with pytest.raises(FormatError) as caught:
        list(data_formats.read(tmp_path / "a.json"))
    assert str(caught.value).startswith(f"{tmp_path}/a.json: it looks like {told}")
    assert ", which is not read; " in str(caught.value)


@pytest.mark.parametrize("key", ["documents", "data"])
def test_documents_under_one_key_are_told(tmp_path: Path, key: str) -> None:
    (tmp_path / "a.json").write_text(json.dumps({key: [{"text": "x", "entities": []}]}))
    with pytest.raises(FormatError) as caught:
        list(data_formats.read(tmp_path / "a.json"))
    assert str(caught.value) == (
        f"{tmp_path}/a.json: all of it stands under {key!r}; write the list there to a file of its own"
    )


def test_a_sentence_called_data_is_one_of_geic(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"data": {"sentence": "x", "entity": [], "category": []}}')
    assert [each.id for each in data_formats.read(tmp_path / "a.json")] == ["data"]


def test_json_lines_name_the_tool_as_well(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"source": "x", "n-metadata": {}}\n')
    with pytest.raises(
        FormatError, match="it looks like SageMaker Ground Truth by '-metadata', 'source', which is not"
    ):
        list(data_formats.read(tmp_path / "a.jsonl"))


@pytest.mark.parametrize(
    ("row", "hint"),
    [
        ({"annotations": [SPAN]}, "'annotations' may be meant for it"),
        ({"labels": [SPAN]}, "'labels' may be meant for it"),
        ({"ner": [SPAN]}, "'ner' may be meant for it"),
        (
            {"annotations": [{"label": 1, "start_offset": 0, "end_offset": 3}]},
            "it looks like an older export of doccano (export JSONL with text labels) by 'annotations'",
        ),
    ],
)
def test_spans_under_another_key_are_known(tmp_path: Path, row: dict[str, Any], hint: str) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps({"text": "Ada", **row}))
    with pytest.raises(FormatError) as caught:
        list(data_formats.read(tmp_path / "a.jsonl"))
    assert f"'text' ({hint}); expected" in str(caught.value)


def test_a_list_of_objects_says_what_it_looks_like(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('[{"sentences": [["x"]], "ner": [[]]}]')
    with pytest.raises(FormatError) as caught:
        list(data_formats.read(tmp_path / "a.json"))
    assert "begins with '[{\"sentenc' (it looks like DyGIE or SciERC by 'ner', 'sentences'); expected" in str(
        caught.value
    )


def test_our_own_keys_are_no_other_tool() -> None:
    assert other_tool(("id", "text", "entities", "tokens", "fields")) is None
    assert other_tool(("sentence", "entity", "category")) is None
