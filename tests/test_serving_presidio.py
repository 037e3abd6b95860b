"""`/analyze` and its companions: clients of Presidio get what they expect."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("fastapi", reason="the packages of the extra serve are not installed")
from served import FakeCascade, Served, served

from cascade.serving.presidio_shape import TYPE_NAMES


@pytest.fixture(scope="module")
def ner() -> FakeCascade:
    return FakeCascade()


@pytest.fixture(scope="module")
def server(ner: FakeCascade) -> Iterator[Served]:
    with served(ner) as running:
        yield running


def found(start: int, end: int, kind: str) -> dict[str, Any]:
    return {"analysis_explanation": None, "end": end, "entity_type": kind, "score": 0.75, "start": start}


def test_a_text_gives_a_list_and_types_come_back_as_they_were_named(server: Served, ner: FakeCascade) -> None:
    answer = server.post(
        "/analyze", {"text": "Ada met Bob", "language": "en", "entities": ["PHONE_NUMBER", "BANK_ACCOUNT"]}
    )
    assert (answer.status, answer.json) == (200, [found(0, 3, "PHONE_NUMBER"), found(8, 11, "BANK_ACCOUNT")])
    assert ner.asked[-1]["types"] == ["phone number", "bank account"]


@pytest.mark.parametrize("name", ["PERSON ", "PERSON_", "_PERSON", "FULL__NAME", "full name", "Zip_\tCode"])
def test_blanks_and_underscores_around_a_name_come_back_as_they_were(server: Served, name: str) -> None:
    answer = server.post("/analyze", {"text": "Ada", "language": "en", "entities": [name]})
    assert (answer.status, answer.json) == (200, [found(0, 3, name)])


def test_a_list_of_texts_gives_a_list_of_lists(server: Served) -> None:
    answer = server.post("/analyze", {"text": ["Ada", "nobody"], "language": "en", "entities": ["PERSON"]})
    assert answer.json == [[found(0, 3, "PERSON")], []]


def test_without_types_those_that_are_supported_are_looked_for(server: Served, ner: FakeCascade) -> None:
    server.post("/analyze", {"text": "Ada", "language": "en"})
    assert ner.asked[-1]["types"] == list(TYPE_NAMES.values())
    assert server.get("/supportedentities?language=en").json == list(TYPE_NAMES)
    assert server.get("/recognizers?language=en").json == ["CascadeRecognizer"]


def test_the_lowest_score_and_the_mark_of_the_request_are_heeded(server: Served, ner: FakeCascade) -> None:
    answer = server.post("/analyze", {"text": "Ada", "language": "en", "score_threshold": 0.5, "correlation_id": "a b"})
    assert (ner.asked[-1]["min_score"], answer.headers["x-correlation-id"]) == (0.5, "a b")
    answer = server.post("/analyze", {"text": "Ada", "language": "en", "correlation_id": "a\r\nSet-Cookie: b"})
    assert answer.status == 200
    assert "x-correlation-id" not in answer.headers


def test_the_decision_is_explained_where_it_is_asked_for(server: Served) -> None:
    [entity] = server.post(
        "/analyze", {"text": "Ada", "language": "en", "entities": ["PERSON"], "return_decision_process": True}
    ).json
    assert entity["analysis_explanation"] == {
        "original_score": 0.75,
        "pattern": None,
        "pattern_name": None,
        "recognizer": "CascadeRecognizer",
        "regex_flags": None,
        "score": 0.75,
        "score_context_improvement": 0,
        "supportive_context_word": "",
        "textual_explanation": "asked for as 'person'; next best: other 0.25; read by one/classifier, one/extractor",
        "validation_result": None,
    }


def test_texts_that_are_allowed_are_left_out(server: Served) -> None:
    asked = {"text": "Ada met Bob", "language": "en", "entities": ["PERSON"], "allow_list": ["Bob"]}
    assert server.post("/analyze", asked).json == [found(0, 3, "PERSON")]


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({}, "text: Field required"),
        ({"text": ["a", 5]}, "text[1]: Input should be a valid string; found 5"),
        ({"text": "a", "entities": []}, None),
        (
            {"text": "a", "language": "xx-wrong"},
            "language: language 'xx-wrong' is none that is known; expected a code such as de, pt-BR or gsw, or a name "
            "such as German",
        ),
        (
            {"text": "a", "ad_hoc_recognizers": [{"name": "zip"}]},
            "ad_hoc_recognizers: a recogniser of the request's own is not served here: types are found by a model; "
            "leave it out, and name the type among 'entities'",
        ),
        (
            {"text": "a", "allow_list": ["a"], "allow_list_match": "regex"},
            "allow_list_match: found 'regex'; expected 'exact'",
        ),
        (
            {"text": "a", "entities": ["PHONE_NUMBER", "phone number"]},
            "entities: the taxonomy names 'phone number' twice; expected each type once",
        ),
        (
            {"text": "a", "entities": ["PERSON", "PERSON_"]},
            "entities: the taxonomy names 'person' twice; expected each type once",
        ),
    ],
)
def test_a_wrong_request_has_an_error_as_presidio_has(server: Served, asked: Any, error: str | None) -> None:
    answer = server.post("/analyze", asked)
    if error is None:
        assert answer.status == 200
        return
    assert answer.status == 422
    assert answer.json["error"].startswith(error)


@pytest.mark.slow
def test_presidios_own_classes_make_the_request_and_read_the_answer(server: Served) -> None:
    presidio = pytest.importorskip("presidio_analyzer", reason="presidio-analyzer is not installed")
    asked = {"text": "Ada met Bob", "language": "en", "entities": ["PERSON"], "correlation_id": "1", "context": ["x"]}
    parsed = presidio.AnalyzerRequest(asked)
    sent = {name: value for name, value in vars(parsed).items() if name != "regex_flags"}
    answer = server.post("/analyze", sent)
    results = [presidio.RecognizerResult.from_json(each) for each in answer.json]
    assert results == [
        presidio.RecognizerResult("PERSON", 0, 3, 0.75),
        presidio.RecognizerResult("PERSON", 8, 11, 0.75),
    ]
    same = presidio.RecognizerResult("PERSON", 0, 3, 0.75).to_dict()
    assert answer.json[0].keys() == same.keys() - {"recognition_metadata"}  # which Presidio's server leaves out too
    explained = server.post("/analyze", {**sent, "return_decision_process": True}).json[0]["analysis_explanation"]
    assert explained.keys() == vars(presidio.AnalysisExplanation("x", 0.5)).keys()
    assert json.dumps(answer.json)
