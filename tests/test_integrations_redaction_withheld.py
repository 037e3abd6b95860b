"""Documents that cannot be redacted exactly: why they are withheld, by the first reading and by a second one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest
from name_finder import NameFinder
from redacted_texts import NAMES, TEXT, finder

from cascade import Document, Entity
from cascade.errors import RedactionError
from cascade.integrations import Redactor, redact
from cascade.integrations.redaction.leftovers import is_named_in

WHOLE = "; expected whole words"
CROSSING = "0..12 (person) and 4..15 (work) overlap; expected spans apart or within each other"


# what is withheld


@pytest.mark.parametrize(
    ("names", "scores", "text", "why"),
    [
        ({"Ada Lovelace": "person", "Lovelace of": "work"}, {}, "Ada Lovelace of X", CROSSING),
        ({"Love": "work"}, {}, "Ada Lovelace", "4..8 (work) begins or ends inside a word, at character 8" + WHOLE),
        ({"lace": "work"}, {}, "Ada Lovelace", "8..12 (work) begins or ends inside a word, at character 8" + WHOLE),
        ({"Jose": "person"}, {}, "Jose\u0301", "0..4 (person) begins or ends inside a word, at character 4" + WHOLE),
        ({"👩": "person"}, {}, "👩\u200d🚀", "0..1 (person) begins or ends inside a word, at character 1" + WHOLE),
        (
            {"Ada": "person"},
            {"Ada": 0.25},
            "Ada slept",
            "0..3 (person) has a score of 0.25, which is neither high enough to be replaced nor low enough to be left. "
            "Lower the lowest score (--min-score, min_score), or raise the end of doubt (--unsure-from, unsure_from)",
        ),
    ],
)  # fmt: skip
def test_a_document_that_cannot_be_redacted_exactly_is_withheld(
    names: dict[str, str], scores: dict[str, float], text: str, why: str
) -> None:
    redactor = Redactor(finder(names, scores))
    with pytest.raises(RedactionError) as error:
        redactor(Document("a", text))
    assert str(error.value) == f"document 'a' is withheld: {why}"
    told: list[str] = []
    results = list(
        redactor.stream([Document("a", text), Document("b", "x")], withheld=lambda _, why: told.append(str(why)))
    )
    assert [each.document.id for each in results] == ["b"]
    assert told == [f"document 'a' is withheld: {why}"]
    assert redactor.tally.to_dict()["withheld"] == [{"id": "a", "why": f"document 'a' is withheld: {why}"}]


@pytest.mark.parametrize(("unsure_from", "min_score"), [(0.5, 0.3), (0.3, 0.3), (0.4, 0.1)])
def test_doubt_that_would_withhold_nothing_is_refused(unsure_from: float, min_score: float) -> None:
    message = (
        f"from a score of {unsure_from:g} on are to be withheld, .* as those from {min_score:g} on are; expected less"
    )
    with pytest.raises(RedactionError, match=message):
        Redactor(finder({}, {}), unsure_from=unsure_from, min_score=min_score)


@pytest.mark.parametrize(("unsure_from", "min_score"), [(None, 0.3), (1, 0.3), (1.0, 1.0), (0.2, 0.1), (0.8, 0.9)])
def test_doubt_below_the_lowest_score_or_none_is_taken(unsure_from: float | None, min_score: float) -> None:
    Redactor(finder({}, {}), unsure_from=unsure_from, min_score=min_score)


@pytest.mark.parametrize("patterns", ["all", ["email"], True])
def test_patterns_of_another_kind_are_refused_at_once(patterns: Any) -> None:
    with pytest.raises(RedactionError, match="expected a value of the class Patterns of cascade.integrations, such as"):
        Redactor(finder({}, {}), patterns=patterns)


def test_an_entity_below_all_doubt_is_left() -> None:
    assert redact("Ada slept", finder({"Ada": "person"}, {"Ada": 0.15})) == "Ada slept"


def test_an_id_that_holds_a_replaced_text_withholds_its_document() -> None:
    with pytest.raises(RedactionError) as error:
        Redactor(finder())(Document("ada_lovelace-2.txt", TEXT))
    assert str(error.value) == (
        "document number 1 is withheld: its id holds a text that is replaced; expected an id without it, "
        "such as a number"
    )


@pytest.mark.parametrize(
    ("name", "original", "named"),
    [
        ("张伟.txt", "张伟", True),
        ("张三.txt", "张", False),
        ("사건-김철수씨.txt", "김철수", True),
        ("merkel.txt", "Angela Merkel", True),
        ("brief_MERKEL2.txt", "Angela Merkel", True),
        ("merkelstrasse.txt", "Angela Merkel", False),
        ("ada.txt", "Ada", True),
        ("mu\u0308ller-1.txt", "M\u00fcller", True),
        ("राम.txt", "राम", True),
        ("line-2", "Li", False),
        ("line-2", "Credit Line", False),
        ("credit-line-2", "Credit Union", True),
    ],
)
def test_an_id_is_named_after_a_text_or_a_word_of_it(name: str, original: str, named: bool) -> None:
    assert is_named_in(name, original) is named


def test_an_id_of_two_characters_withholds_its_document() -> None:
    with pytest.raises(RedactionError):
        Redactor(finder({"张伟": "person"}), ["person"])(Document("张伟.txt", "张伟住在北京。"))


def test_messages_hold_nothing_of_the_text() -> None:
    with pytest.raises(RedactionError) as error:
        Redactor(finder({"Zaphod": "person"}, {"Zaphod": 0.25}))("Zaphod slept")
    assert not re.search("zaphod|slept", str(error.value), re.IGNORECASE)


def test_an_id_that_holds_a_name_is_neither_in_messages_nor_in_the_report() -> None:
    redactor = Redactor(finder(NAMES, {"London": 0.25}))
    told: list[str] = []
    given = [Document("a", "x"), Document("Ada Lovelace.txt", "Ada Lovelace"), Document("london.txt", "In London")]
    assert len(list(redactor.stream(given, withheld=lambda _, why: told.append(str(why))))) == 1
    assert told[0] == (
        "document number 2 is withheld: its id holds a text that is replaced; expected an id without it, such as a "
        "number"
    )
    assert told[1].startswith("document number 3 is withheld: 3..9 (location) has a score of 0.25, ")
    assert redactor.tally.to_dict()["withheld"] == [
        {"id": "number 2", "why": told[0]},
        {"id": "number 3", "why": told[1]},
    ]


def test_documents_are_numbered_through_all_batches() -> None:
    redactor = Redactor(finder())
    given = [*(Document(f"line-{place}", "x") for place in range(70)), Document("lovelace", "Ada Lovelace")]
    list(redactor.stream(given, withheld=lambda *_: None))
    assert [called for called, _ in redactor.tally.withheld] == ["number 71"]


def test_other_columns_are_left_out_and_counted_unless_they_are_asked_for() -> None:
    row = Document("a", "Ada Lovelace", fields={"author": "Ada Lovelace", "year": 1843})
    redactor = Redactor(finder())
    assert redactor(row).document.fields is None
    assert redactor.tally.fields == 2
    assert Redactor(finder(), keep_fields=True)(row).document.fields == {"author": "Ada Lovelace", "year": 1843}


# the second reading


def test_a_second_reading_withholds_what_the_first_one_left() -> None:
    class Forgetful(NameFinder):
        """Finds the place only in texts without the person."""

        def _found(self, given: Any, number: int, options: Mapping[str, Any]) -> Document:
            found = super()._found(given, number, options)
            left = [each for each in found.entities if "Ada" not in found.text or each.type == "person"]
            return found.with_entities(left)

    ner: Any = Forgetful({"Ada": "person", "London": "location"})
    assert Redactor(ner)(Document("a", "Ada of London")).document.text == "<PERSON> of London"
    with pytest.raises(RedactionError) as error:
        Redactor(ner, check=True)(Document("a", "Ada of London"))
    assert str(error.value) == "document 'a' is withheld: a second reading finds 12..18 (location) in the result"
    with pytest.raises(RedactionError) as error:
        Redactor(ner, check=True)(Document("london", "Ada of London"))
    assert str(error.value) == "document number 1 is withheld: a second reading finds 12..18 (location) in the result"


def test_a_second_reading_withholds_what_is_left_in_another_case() -> None:
    redactor = Redactor(finder({"London": "location"}), check=True)
    assert redactor("in London").document.text == "in <LOCATION>"
    with pytest.raises(RedactionError) as error:
        redactor(Document("b", "London, LONDON"))
    assert str(error.value) == "document 'b' is withheld: a replaced text is left at 12..18 of the result"


def test_replacements_that_are_found_again_are_no_leftovers() -> None:
    ner = finder({"Ada Lovelace": "person", "Person 1": "person"})
    assert redact("Ada Lovelace slept", ner, operator="number", check=True) == "Person 1 slept"


def test_what_goes_on_beside_a_replacement_is_new() -> None:
    class Later(NameFinder):
        """Finds the whole of the name only in the result."""

        def _found(self, given: Any, number: int, options: Mapping[str, Any]) -> Document:
            place = given.text.find("Ann <PERSON>")
            return (
                super()._found(given, number, options)
                if place < 0
                else given.with_entities([Entity(place, 12, "person")])
            )

    ner: Any = Later({"Lee": "person"})
    with pytest.raises(RedactionError, match="a second reading finds 0..12"):
        Redactor(ner, check=True)(Document("a", "Ann Lee left"))
