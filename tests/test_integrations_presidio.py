"""The recogniser for Presidio, with the real analyzer, without a model of a language, and the real anonymizer."""

from __future__ import annotations

from typing import Any

import pytest
from name_finder import OfAskedTypes

pytest.importorskip("presidio_analyzer")
pytest.importorskip("presidio_anonymizer")

from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
from presidio_analyzer.nlp_engine import NoOpNlpEngine
from presidio_anonymizer import AnonymizerEngine

from cascade import Taxonomy
from cascade.errors import TaxonomyError
from cascade.integrations.presidio_recognizer import NAMES, CascadeRecognizer

TEXT = "Ada of London"


def analyzer(*recognizers: CascadeRecognizer) -> AnalyzerEngine:
    languages = sorted({each.supported_language for each in recognizers})
    registry = RecognizerRegistry(recognizers=list(recognizers), supported_languages=languages)
    engine = NoOpNlpEngine([{"lang_code": each, "model_name": "none"} for each in languages])
    engine.load()
    return AnalyzerEngine(registry=registry, nlp_engine=engine, supported_languages=languages)


@pytest.fixture
def ner() -> Any:
    return OfAskedTypes({"Ada": "person", "London": "location"}, {"London": 0.5})


def test_an_analyzer_finds_entities_under_presidios_names(ner: Any) -> None:
    results = analyzer(CascadeRecognizer(ner)).analyze(TEXT, language="en")
    found = [
        (each.entity_type, each.start, each.end, each.score) for each in sorted(results, key=lambda each: each.start)
    ]
    assert found == [("PERSON", 0, 3, 0.9), ("LOCATION", 7, 13, 0.5)]
    assert ner.asked == (["person", "location", "organization"], {"language": "en"})


def test_only_the_entities_that_are_asked_for_are_read_for(ner: Any) -> None:
    recognizer = CascadeRecognizer(ner, {"PERSON": "person", "CITY": "location"})
    assert recognizer.supported_entities == ["PERSON", "CITY"]
    recognizer.analyze(TEXT, ["CITY", "IBAN_CODE"], None)
    assert ner.asked[0] == ["location"]
    read = len(ner.read)
    assert recognizer.analyze(TEXT, ["IBAN_CODE"], None) == []
    assert recognizer.analyze("", None, None) == []
    assert len(ner.read) == read


def test_each_language_has_a_recogniser(ner: Any) -> None:
    german = CascadeRecognizer(ner, language="de", min_score=0.6)
    assert [each.entity_type for each in german.analyze(TEXT, None, None)] == ["PERSON"]
    assert ner.asked[1] == {"language": "de", "min_score": 0.6}


def test_results_say_who_found_them_and_why(ner: Any) -> None:
    [person, _] = CascadeRecognizer(ner, name="ours").analyze(TEXT, None, None)
    assert person.recognition_metadata["recognizer_name"] == "ours"
    assert person.analysis_explanation.textual_explanation == "found as 'person'"


def test_the_anonymizer_takes_the_results(ner: Any) -> None:
    results: Any = analyzer(CascadeRecognizer(ner)).analyze(TEXT, language="en")
    assert AnonymizerEngine().anonymize(TEXT, results).text == "<PERSON> of <LOCATION>"


def test_tags_are_refused_before_a_text_is_read(ner: Any) -> None:
    with pytest.raises(TaxonomyError, match=r"^'B-gene' is a tag, .*; expected the types alone, 'gene,place'\. "):
        CascadeRecognizer(ner, {"GENE": "B-gene", "GENES": "I-gene", "CITY": "place"})


def test_two_names_may_mean_one_type_and_blanks_do_not_count(ner: Any) -> None:
    recognizer = CascadeRecognizer(ner, {"PERSON": "person", "PATIENT": " person", "CITY": "location"})
    found = [(each.entity_type, each.start) for each in recognizer.analyze(TEXT, None, None)]
    assert found == [("PERSON", 0), ("PATIENT", 0), ("CITY", 7)]
    assert ner.asked[0] == ["person", "location"]


def test_all_of_presidios_names_can_be_asked_for() -> None:
    assert Taxonomy.flat(list(NAMES.values())).depth == 1
