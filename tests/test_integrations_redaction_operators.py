"""What stands for entities: operators, pseudonyms, and what is wrong with them."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from redacted_texts import KEY, NAMES, TEXT, finder

from cascade import Document, Taxonomy
from cascade.errors import RedactionError, TaxonomyError
from cascade.integrations import Redactor, redact, restore
from cascade.integrations.redaction.operators import operators, tag


@pytest.mark.parametrize(
    ("operator", "expected"),
    [
        ("replace", "<PERSON> of <LOCATION>, <PHONE_NUMBER>."),
        ("replace=[{type}]", "[person] of [location], [phone number]."),
        ("mask", "*** ******** of ******, *** ** **** ****."),
        ("mask=#", "### ######## of ######, ### ## #### ####."),
        ("number", "Person 1 of Location 1, Phone number 1."),
        ({"person": "number", "location": "mask"}, "Person 1 of ******, <PHONE_NUMBER>."),
        ({"*": "mask", "person": "replace"}, "<PERSON> of ******, *** ** **** ****."),
        # HMAC-SHA256 of "type NUL text" by openssl dgst -mac, the first 16 digits
        ({"*": "replace", "person": "hash"}, "PERSON_1602670b267a1722 of <LOCATION>, <PHONE_NUMBER>."),
    ],
)
def test_an_operator_says_what_stands_for_entities(operator: Any, expected: str) -> None:
    assert redact(TEXT, finder(), list(NAMES.values()), operator=operator, key=KEY) == expected


def test_types_of_operators_are_the_same_in_any_case() -> None:
    assert redact(TEXT, finder(), ["person"], operator={"Person": "mask"}) == (
        "*** ******** of <LOCATION>, <PHONE_NUMBER>."
    )
    with pytest.raises(RedactionError) as error:
        operators({"Person": "mask", "person": "number"})
    assert str(error.value) == ("the type 'person' has two operators, under names that differ in case; expected one")


@pytest.mark.parametrize(
    "types", [["person", "place"], {"person": "people", "place": None}, Taxonomy.flat(["person", "place"])]
)
def test_an_operator_of_a_type_that_is_not_looked_for_is_refused(types: Any) -> None:
    with pytest.raises(RedactionError) as error:
        Redactor(finder(), types, operator={"persons": "mask"})
    assert str(error.value) == (
        "operator 'mask' of the type 'persons', which is not looked for; expected one of person, place"
    )


@pytest.mark.parametrize(
    ("types", "expected"),
    [
        ({"person": {"boss": None}}, "person, boss"),
        ({"person": ["boss", "writer"]}, "person, boss, writer"),
        ({"first-level": "person, place"}, "person, place"),
        ([{"name": "boss", "description": "who leads"}], "boss"),
        ({"a": {"x": None}, "b": {"x": None}}, "a, a > x, b, b > x"),
    ],
)
def test_an_operator_of_a_type_that_is_not_in_a_taxonomy_is_refused(types: Any, expected: str) -> None:
    with pytest.raises(RedactionError) as error:
        Redactor(finder(), types, operator={"bosses": "mask"})
    assert str(error.value) == (
        f"operator 'mask' of the type 'bosses', which is not looked for; expected one of {expected}"
    )


def test_types_that_are_none_are_refused_before_anything_is_read() -> None:
    with pytest.raises(TaxonomyError) as error:
        Redactor(finder(), "person,place")
    assert str(error.value) == (
        "types are given as one string 'person,place'; expected a list of names such as ['person', 'place']"
    )


@pytest.mark.parametrize("types", [{"person": {"boss": None}}, {"first-level": "person, boss"}, [{"name": "boss"}]])
def test_an_operator_of_a_nested_type_is_taken(types: Any) -> None:
    assert redact(TEXT, finder({"Ada": "boss"}), types, operator={"boss": "number"}) == (
        "Boss 1 Lovelace of London, +44 20 7946 0991."
    )


def test_an_unknown_locale_is_refused_where_names_are_invented() -> None:
    pytest.importorskip("faker")
    operators("number", locale="xx_YY")
    with pytest.raises(RedactionError) as error:
        operators({"person": "pseudonym"}, locale="xx_YY")
    assert str(error.value) == "locale 'xx_YY' of pseudonyms; expected one that Faker knows, such as de_DE"


def test_entities_of_the_result_are_the_replacements() -> None:
    result = Redactor(finder())(Document("a", TEXT, "en"))
    assert [(entity.text, entity.type, entity.score) for entity in result.document.entities] == [
        ("<PERSON>", "person", 0.9),
        ("<LOCATION>", "location", 0.9),
        ("<PHONE_NUMBER>", "phone number", 0.9),
    ]
    assert (result.document.id, result.document.language) == ("a", "en")


def test_what_was_replaced_can_be_put_back() -> None:
    for operator in ("replace", "mask", "number"):
        result = Redactor(finder(), operator=operator)(TEXT)
        assert result.document.text != TEXT
        assert restore(result.document.text, result.replaced) == TEXT


def test_a_mapping_of_another_text_is_not_put_back() -> None:
    with pytest.raises(RedactionError) as error:
        restore("short", [(0, 8, "Ada")])
    assert str(error.value) == (
        "a replacement at 0..8 does not fit the text of 5 characters 'short'; expected the text that was written with "
        "the mapping"
    )


# pseudonyms


def test_numbers_stay_the_same_within_a_job_whatever_the_case() -> None:
    redactor = Redactor(finder({"Ada": "person", "ADA": "person", "Bob": "person"}), operator="number")
    results = redactor.stream(["Ada met Bob.", "Bob met ADA."])
    assert [each.document.text for each in results] == ["Person 1 met Person 2.", "Person 2 met Person 1."]


def test_invented_names_stay_the_same_and_differ_from_each_other() -> None:
    pytest.importorskip("faker")
    names = {f"N{number:03}x": "person" for number in range(200)}
    redactor = Redactor(finder(names), operator="pseudonym", seed=3)
    texts = [" ".join(names), " ".join(names)]
    first, second = [each.replaced for each in redactor.stream(texts)]
    assert first == second
    made = Redactor(finder(names), operator="pseudonym", seed=3)(texts[0])
    invented = {made.document.text[start:end] for start, end, _ in made.replaced}
    assert len(invented) == 200
    assert made.replaced == first


def test_without_faker_pseudonyms_are_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "faker", None)
    assert redact("Ada Lovelace slept.", finder(), operator="pseudonym") == "Person 1 slept."


def test_a_pseudonym_that_stands_in_the_text_already_is_passed_over() -> None:
    assert redact("Ada Lovelace met Person 1.", finder(), operator="number") == "Person 2 met Person 1."


def test_a_text_that_holds_the_pseudonym_of_another_one_is_withheld() -> None:
    redactor = Redactor(finder(), operator="number")
    redactor("Ada Lovelace slept.")
    with pytest.raises(RedactionError) as error:
        redactor(Document("b", "Ada Lovelace met Person 1."))
    assert str(error.value) == (
        "document 'b' is withheld: the pseudonym of an entity (person) stands in the text itself, so that they could "
        "not be told apart"
    )


# what is wrong with operators


@pytest.mark.parametrize(
    ("operator", "key", "message"),
    [
        (
            "delete",
            None,
            "operator 'delete'; expected one of replace, mask, hash, number, pseudonym, or one with an argument such "
            "as replace=[{type}] or mask=#",
        ),
        (
            "hash=5",
            None,
            "operator 'hash=5'; expected one of replace, mask, hash, number, pseudonym, or one with an argument such "
            "as replace=[{type}] or mask=#",
        ),
        ("replace=X", None, "operator replace='X'; expected {type} or {TYPE} in it, such as [{type}]"),
        ("mask=**", None, "operator mask='**'; expected one character, such as mask=#"),
        (
            "hash",
            None,
            "the operator hash needs a key: without one, whoever guesses a name could check the guess. Give one of 16 "
            "or more random bytes",
        ),
        ("hash", b"short", "the key of the operator hash has 5 bytes; expected 16 or more"),
    ],
)
def test_an_operator_that_cannot_work_is_refused(operator: str, key: bytes | None, message: str) -> None:
    with pytest.raises(RedactionError) as error:
        operators(operator, key=key)
    assert str(error.value) == message


def test_hashes_differ_by_key_type_and_text() -> None:
    def of(text: str, type: str, key: bytes) -> str:
        return operators("hash", key=key)(type)(text, type, text).partition("_")[2]

    hashes = {of(*each) for each in [("a", "x", KEY), ("b", "x", KEY), ("a", "y", KEY), ("a", "x", KEY[::-1])]}
    assert len(hashes) == 4
    assert of("a", "x", KEY) in hashes


def test_tags_keep_the_marks_of_letters() -> None:
    assert tag("व्यक्ति") == "व्यक्ति"
    assert tag("pe\u0301rsonne morale") == "PÉRSONNE_MORALE"
    assert tag("कला") != tag("कल")
