"""Integrations with what is no text, pickled, and in two processes; those of columns and spaCy are tested with them."""

from __future__ import annotations

import math
import multiprocessing
import pickle
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import pytest
from name_finder import NameFinder, OfAskedTypes
from redacted_texts import KEY, NAMES, TEXT, finder

from cascade.errors import CascadeError, RedactionError
from cascade.integrations import Redactor
from cascade.integrations.gliner_calls import GLiNERCalls

PLACES = {"Ada": "person", "London": "location"}


class Checked(NameFinder):
    """Refuses what is no text, as a cascade does."""

    def _found(self, given: Any, number: int, options: Any) -> Any:
        from cascade.pipeline.given_documents import as_document

        return super()._found(as_document(given, number, None), number, options)


def redacted(redactor: Redactor, text: str) -> str:
    return redactor(text).document.text


@pytest.mark.parametrize("value", [None, math.nan])
def test_a_redactor_and_gliners_calls_refuse_what_is_no_text(value: Any) -> None:
    finds: Any = Checked(PLACES)
    with pytest.raises(CascadeError, match="expected"):
        Redactor(finds)(value)
    with pytest.raises(CascadeError, match="expected one text"):
        GLiNERCalls(finds).predict_entities(value, ["person"])


@pytest.mark.parametrize("operator", ["replace", "mask=#", {"*": "hash", "location": "mask"}])
def test_a_pickled_redactor_gives_the_same_and_counts_for_itself(operator: Any) -> None:
    redactor = Redactor(finder(), list(NAMES.values()), operator=operator, key=KEY)
    expected = redacted(redactor, TEXT)
    again = pickle.loads(pickle.dumps(redactor))
    assert again.tally.documents == 0
    assert redacted(again, TEXT) == expected
    assert (redactor.tally.documents, again.tally.documents) == (1, 1)


@pytest.mark.parametrize("operator", ["number", {"person": "pseudonym", "location": "replace"}])
def test_a_redactor_that_gives_names_within_a_job_is_not_handed_to_another_process(operator: Any) -> None:
    name = operator if isinstance(operator, str) else operator["person"]
    with pytest.raises(RedactionError) as error:
        pickle.dumps(Redactor(finder(), list(NAMES.values()), operator=operator))
    assert str(error.value) == (
        f"the operator {name} gives names within one job, and a redactor with it cannot be handed to another process; "
        "expected replace, mask or hash there"
    )


def test_two_processes_redact_alike() -> None:
    redactor = Redactor(finder(), list(NAMES.values()), operator="hash", key=KEY)
    expected = [redacted(redactor, text) for text in (TEXT, "London")]
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        assert list(pool.map(redacted, [redactor] * 2, (TEXT, "London"))) == expected


def test_a_pickled_recogniser_of_presidio_finds_the_same() -> None:
    pytest.importorskip("presidio_analyzer")
    from cascade.integrations.presidio_recognizer import CascadeRecognizer

    finds: Any = OfAskedTypes(PLACES)
    recognizer = CascadeRecognizer(finds, {"CITY": "location"}, language="de")
    again = pickle.loads(pickle.dumps(recognizer))
    for one in (recognizer, again):
        assert [(each.entity_type, each.start, each.end) for each in one.analyze("Ada in London", None)] == [
            ("CITY", 7, 13)
        ]
        assert one.analyze("", None) == []
    assert (again.supported_language, again.id == recognizer.id) == ("de", True)


def test_gliners_calls_are_pickled() -> None:
    finds: Any = NameFinder({"Ada": "person"})
    again = pickle.loads(pickle.dumps(GLiNERCalls(finds)))
    assert [each["text"] for each in again.predict_entities("Ada in London", ["person"])] == ["Ada"]


def test_a_component_of_haystack_is_pickled() -> None:
    pytest.importorskip("haystack")
    from cascade.integrations.haystack_component import CascadeEntityExtractor

    again = pickle.loads(pickle.dumps(CascadeEntityExtractor(["person"], {"device": "cpu"})))
    assert (again.types, again.load) == (["person"], {"device": "cpu"})
