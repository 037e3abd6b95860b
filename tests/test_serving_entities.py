"""`POST /v1/entities`: what comes of requests that are right, and of those that are wrong."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("fastapi", reason="the packages of the extra serve are not installed")
from served import FakeCascade, Served, served

from cascade.serving.entities_examples import REQUESTS
from cascade.serving.limits import Limits

JSON_REMEDY = "expected a JSON object, with the header Content-Type: application/json"
ADAPTERS = ["one/classifier", "one/extractor"]


@pytest.fixture(scope="module")
def ner() -> FakeCascade:
    return FakeCascade()


@pytest.fixture(scope="module")
def server(ner: FakeCascade) -> Iterator[Served]:
    with served(ner, limits=Limits(queue=8, characters=1000, wait_s=0)) as running:
        yield running


def entity(start: int, end: int, text: str, kind: str, **more: Any) -> dict[str, Any]:
    return {"start": start, "end": end, "text": text, "type": kind, "score": 0.75, **more}


def test_one_text_gives_one_document(server: Served) -> None:
    answer = server.entities(text="Ada met Bob.")
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    found = [entity(0, 3, "Ada", "person"), entity(8, 11, "Bob", "organization")]
    assert answer.json == {"documents": [{"id": "1", "language": None, "entities": found, "adapters": ADAPTERS}]}


def test_texts_come_back_in_order_with_their_ids(server: Served) -> None:
    answer = server.entities(texts=["Ada", {"id": "b", "text": "Bob"}, {"text": ""}])
    assert [(each["id"], len(each["entities"])) for each in answer.json["documents"]] == [("1", 1), ("b", 1), ("3", 0)]


def test_no_texts_give_no_documents(server: Served) -> None:
    assert server.entities(texts=[]).json == {"documents": []}


@pytest.mark.parametrize(
    "types",
    [
        ["city", "town"],
        [{"name": "city", "description": "large"}, "town"],
        {"city": ["old", "new"], "town": None},
        {"first-level": "city, town", "second-level": {"city": "old, new"}},
    ],
)
def test_types_are_names_objects_or_a_taxonomy(server: Served, types: Any) -> None:
    [document] = server.entities(text="Rome and Oslo", types=types).json["documents"]
    assert [each["type"] for each in document["entities"]] == ["city", "town"]


def test_a_text_has_types_scores_and_a_language_of_its_own(server: Served, ner: FakeCascade) -> None:
    ner.asked.clear()
    own = {"text": "Oslo", "types": ["town"], "min_score": 0.5, "language": "en"}
    first, second = server.entities(
        texts=["Rome", own], types=["city"], min_score={"city": 0.25, "*": 1}, language="de"
    ).json["documents"]
    assert (first["language"], first["entities"]) == ("de", [entity(0, 4, "Rome", "city")])
    assert (second["language"], second["entities"]) == ("en", [entity(0, 4, "Oslo", "town")])
    asked = [(each["types"], each["min_score"]) for each in ner.asked if each.get("min_score") is not None]
    assert asked[-2:] == [(["city"], {"city": 0.25, "*": 1.0}), (["town"], 0.5)]


@pytest.mark.parametrize(("unit", "start", "end"), [("code-points", 2, 5), ("utf-16", 3, 6)])
def test_offsets_count_characters_or_utf_16_units(server: Served, unit: str, start: int, end: int) -> None:
    [document] = server.entities(text="😀 Ada", offsets=unit).json["documents"]
    assert document["entities"] == [entity(start, end, "Ada", "person")]


def test_the_language_is_the_one_named_or_the_one_found(server: Served) -> None:
    found, named = server.entities(texts=["für Ada", {"text": "für Ada", "language": "en"}]).json["documents"]
    assert (found["language"], named["language"]) == ("de", "en")


def test_a_language_that_no_adapter_was_trained_on_is_told_of(server: Served) -> None:
    [document] = server.entities(text="Ada", language="fr").json["documents"]
    assert document["notes"] == ["the adapters were not trained on the language 'fr'"]


@pytest.mark.parametrize("language", ["German", "Deutsch", "DE", "deu", "de-CH"])
def test_a_trained_language_may_be_named_in_any_way(server: Served, language: str) -> None:
    [document] = server.entities(text="Ada", language=language).json["documents"]
    assert (document["language"], "notes" in document) == (language, False)


def test_alternatives_and_the_text_come_where_they_are_asked_for(server: Served) -> None:
    [document] = server.entities(text="Ada", alternatives=2, with_text=True).json["documents"]
    others = [{"type": "person", "score": 0.75}, {"type": "other", "score": 0.25}]
    assert (document["text"], document["entities"][0]["alternatives"]) == ("Ada", others)


def test_ids_may_be_whole_numbers_as_in_rows_of_files(server: Served) -> None:
    answer = server.entities(texts=[{"id": 7, "text": "Ada"}, "Bob"])
    assert [each["id"] for each in answer.json["documents"]] == ["7", "2"]
    assert server.entities(texts=[{"id": True, "text": "Ada"}]).status == 422


def test_further_options_reach_the_call(server: Served, ner: FakeCascade) -> None:
    ner.asked.clear()
    assert server.entities(text="Ada", multi_label=True, depth=2).status == 200
    assert server.entities(text="Ada", verify_below=0.5, unsure_from=0.1).status == 200
    first, second = ner.asked
    assert (first["multi_label"], first["depth"], first["verify_below"]) == (True, 2, None)
    assert (second["multi_label"], second["depth"], second["verify_below"]) == (False, 1, 0.5)


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({}, "body: expected either 'text' or 'texts'"),
        ({"text": "a", "texts": []}, "body: expected either 'text' or 'texts'"),
        ({"text": 5}, "text: Input should be a valid string; found 5"),
        ({"texts": "a"}, "texts: Input should be a valid list; found 'a'"),
        ({"texts": ["a", 5]}, "texts[1]: found 5; expected a text, or an object with 'text'"),
        ({"texts": ["a", {"id": "b"}]}, "texts[1].text: Field required"),
        (
            {"texts": [{"text": "a", "min_score": 2}]},
            "texts[0].min_score: Input should be less than or equal to 1; found 2",
        ),
        ({"text": "a", "min_score": {"b c": "x"}}, "min_score['b c']: Input should be a valid number; found 'x'"),
        ({"text": "a", "typos": 1}, "typos: Extra inputs are not permitted; found 1"),
        ({"text": "a", "alternatives": 101}, "alternatives: Input should be less than or equal to 100; found 101"),
        (
            {"texts": ["a"], "language": "Germn"},
            "language: language 'Germn' is none that is known; expected a code such as de, pt-BR or gsw, or a name "
            "such as German. The nearest is German (de)",
        ),
        (
            {"texts": [{"text": "a", "id": "b"}, {"text": "c", "id": "b"}]},
            "body: the id 'b' is given twice; expected each once, as the answer repeats it",
        ),
        ({"text": "a", "depth": 0}, "depth: Input should be greater than or equal to 1; found 0"),
        ({"text": "a", "depth": 3}, "depth: the server's adapters do not find 3 layers of entities; expected fewer"),
        (
            {"text": "a", "multi_label": True, "verify_below": 0.5},
            "body: expected 'multi_label' or 'verify_below', as 'multi_label' asks for each type alone",
        ),
        ({"text": "a", "offsets": "bytes"}, "offsets: Input should be 'code-points' or 'utf-16'; found 'bytes'"),
        (
            {"text": "a", "types": "person"},
            "types: found 'person'; expected a list of names, a list of objects, or an object of nested names",
        ),
        ({"text": "a", "types": ["b", "b"]}, "types: the taxonomy names 'b' twice; expected each type once"),
        (
            {"texts": ["a", {"text": "a", "types": [{"name": "b", "children": 5}]}]},
            "texts[1].types: the children of 'b' is 5; expected a list of names, a list of objects with 'name', "
            "'description' and 'children', nested objects and lists of names, an object of descriptions by name, or "
            "levels ('first-level', 'second-level', ...)",
        ),
        (
            {"texts": [{"text": "a", "language": "Germn"}]},
            "texts[0].language: language 'Germn' is none that is known; expected a code such as de, pt-BR or gsw, or a "
            "name such as German. The nearest is German (de)",
        ),
        (
            {"text": "\ud800"},
            "text: document '1': text has a lone surrogate '\\ud800' at 0, which is not valid Unicode; repair the "
            "source's encoding",
        ),
    ],
)
def test_a_wrong_request_is_told_where_it_is_wrong(server: Served, asked: Any, error: str) -> None:
    answer = server.post("/v1/entities", asked)
    assert (answer.status, answer.json["error"]) == (422, error)
    place = error.partition(": ")[0]
    assert answer.json["place"] == place
    assert answer.json["problems"][0] == {"place": place, "message": error.removeprefix(f"{place}: ")}


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b'{"text": "a",\n  b}', "body, line 2, column 3: not JSON: Expecting property name enclosed in double quotes"),
        (b"", "body: Field required"),
        (b"[1]", "body: found [1]"),
        (b'{"text": "\xff"}', "body: cannot be decoded as JSON in UTF-8"),
        (b"[" * 100_000, "body: cannot be decoded as JSON in UTF-8"),
    ],
)
def test_what_is_no_json_object_is_told_where_it_ends(body: bytes, error: str) -> None:
    with served(FakeCascade()) as server:
        answer = server.post("/v1/entities", body)
    assert answer.status == 422
    assert answer.json["error"] == (error if error.endswith("required") else f"{error}; {JSON_REMEDY}")


def test_a_body_of_another_kind_is_refused_so_that_pages_elsewhere_cannot_send_it(server: Served) -> None:
    answer = server.ask("POST", "/v1/entities", b'{"text": "a"}', {"Content-Type": "text/plain"})
    assert (answer.status, answer.json["place"]) == (422, "body")


def test_several_problems_are_told_at_once(server: Served) -> None:
    answer = server.entities(texts=[5, {"text": 5}], min_score=2)
    assert [each["place"] for each in answer.json["problems"]] == ["texts[0]", "texts[1].text", "min_score"]


def test_more_characters_or_texts_than_a_request_may_have_are_413(server: Served) -> None:
    answer = server.entities(texts=["a" * 500, "b" * 501])
    assert (answer.status, answer.json["error"]) == (
        413,
        "the texts have 1,001 characters; expected at most 1,000, so cut them between sentences and send several "
        "requests",
    )
    answer = server.entities(texts=["a"] * 9)
    assert (answer.status, answer.json["error"]) == (
        413,
        "the request has 9 texts; expected at most 8, so send several",
    )
    assert server.entities(texts=["a" * 500, "b" * 500]).status == 200


@pytest.mark.parametrize("name", REQUESTS)
def test_the_examples_of_the_description_are_served(server: Served, name: str) -> None:
    assert server.post("/v1/entities", REQUESTS[name]["value"]).status == 200


def test_the_description_tells_of_every_path_with_words(server: Served) -> None:
    description = server.get("/openapi.json").json
    assert set(description["paths"]) == {
        "/v1/entities", "/analyze", "/supportedentities", "/recognizers", "/v1/adapters", "/health", "/health/ready",
        "/health/live", "/metrics",
    }  # fmt: skip
    assert [
        path for path, each in description["paths"].items() for one in each.values() if " " not in one["summary"]
    ] == []
    fields = description["components"]["schemas"]["EntitiesIn"]["properties"]
    assert [name for name, each in fields.items() if not each.get("description")] == []
    assert {"type": "string"} in fields["texts"]["anyOf"][0]["items"]["anyOf"]


def test_what_the_server_reads_with_is_told(server: Served) -> None:
    told = server.get("/v1/adapters").json
    assert told.pop("version")
    assert told == {
        "adapters": ADAPTERS,
        "languages": ["de", "en"],
        "trained_types": ["person"],
        "max_characters": 1000,
        "max_texts": 8,
    }


def test_texts_without_an_id_are_numbered_around_those_that_have_one(server: Served) -> None:
    answer = server.entities(texts=["x", "b", {"text": "c", "id": "2"}, {"text": "d", "id": "5"}, "e"])
    assert [document["id"] for document in answer.json["documents"]] == ["1", "6", "2", "5", "7"]
