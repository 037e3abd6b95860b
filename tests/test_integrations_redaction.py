"""Redaction: what stands for entities, what is counted, and what is withheld."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from typing import Any

import pytest
from name_finder import FirstOnly, NameFinder

from cascade import Document, Taxonomy
from cascade.errors import RedactionError
from cascade.integrations import Redactor, redact, restore
from cascade.integrations.redaction.leftovers import is_named_in, leftovers
from cascade.integrations.redaction.operators import operators
from cascade.integrations.redaction.spans import Found, cuts_word, occurrences, one_layer

NAMES = {"Ada Lovelace": "person", "London": "location", "+44 20 7946 0991": "phone number"}
TEXT = "Ada Lovelace of London, +44 20 7946 0991."
KEY = b"0123456789abcdef"
WHOLE = "; expected whole words"
CROSSING = "0..12 (person) and 4..15 (work) overlap; expected spans apart or within each other"


def finder(names: Mapping[str, str] = NAMES, scores: Mapping[str, float] | None = None) -> Any:
    return NameFinder(names, scores)


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


@pytest.mark.parametrize("types", [{"person": {"boss": None}}, {"first-level": "person, place"}, [{"name": "boss"}]])
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


# repeats and leftovers


def test_further_occurrences_are_replaced_as_whole_words_and_counted() -> None:
    redactor = Redactor(FirstOnly({"Ada": "person"}))  # type: ignore[arg-type]
    result = redactor("Ada, Adam and Ada's cat met Ada.")
    assert result.document.text == "<PERSON>, Adam and <PERSON>'s cat met <PERSON>."
    assert (redactor.tally.replaced, redactor.tally.repeats) == ({"person": 1}, {"person": 2})


def test_further_occurrences_can_be_left() -> None:
    redactor = Redactor(FirstOnly({"Berta": "person"}), repeats=False)  # type: ignore[arg-type]
    assert redactor("Berta met Berta.").document.text == "<PERSON> met Berta."
    assert redactor.tally.leftovers == 1


def test_in_scripts_without_blanks_further_occurrences_are_found_inside_lines() -> None:
    redactor = Redactor(FirstOnly({"王小明": "person", "서울": "location"}))  # type: ignore[arg-type]
    assert redactor("王小明在北京,我是王小明。서울, 서울은").document.text == (
        "<PERSON>在北京,我是<PERSON>。<LOCATION>, <LOCATION>은"
    )


def test_what_is_left_in_longer_words_and_other_case_is_counted() -> None:
    redactor = Redactor(finder({"Merkel": "person"}))
    redactor("Merkel und MERKEL in Amerkelia.")
    assert redactor.tally.leftovers == 2


def test_leftovers_are_not_looked_for_in_replacements_and_not_of_short_texts() -> None:
    assert leftovers("<MERKEL> merkel Al", [(0, 8, "Merkel"), (16, 18, "Al")]) == [(9, 15)]
    assert leftovers("x al", [(0, 1, "Al")]) == []


def test_two_characters_are_left_over_in_scripts_without_blanks() -> None:
    assert leftovers("x住张伟", [(0, 1, "张伟")]) == [(2, 4)]
    assert leftovers("x张", [(0, 1, "张")]) == []


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
            "Lower the lowest score (min_score), or raise the end of doubt (unsure_from)",
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


# spans


def test_of_nested_spans_the_outer_one_stays_and_of_equal_ones_the_patterns() -> None:
    outer, inner = Found(0, 9, "a"), Found(2, 4, "b")
    model, pattern = Found(10, 14, "c", "model", 0.99), Found(10, 14, "d", "pattern")
    assert one_layer([inner, model, pattern, outer]) == ([outer, pattern], 2)


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("Anna", [1, 2, 3]),
        ("An na", [1, 4]),
        ("an-na", [1, 4]),
        ("北京", []),
        ("서울은", []),
        ("e\u0301x", [1, 2]),
        ("a1", [1]),
        ("रामा राम", [1, 2, 3, 6, 7]),
        ("குமாரி", [1, 2, 3, 4, 5]),
    ],
)
def test_words_are_cut_where_letters_and_digits_go_on(text: str, cut: list[int]) -> None:
    assert [place for place in range(len(text) + 1) if cuts_word(text, place)] == cut


def test_occurrences_are_whole_words_and_the_longest() -> None:
    text = "Ann, Anna and Ann Lee; Annex"
    assert [text[start:end] for start, end in occurrences(text, ["Ann", "Ann Lee"])] == ["Ann", "Ann Lee"]
    assert list(occurrences(text, [])) == []


@pytest.mark.parametrize(("text", "name"), [("रामायण राम", "राम"), ("குமாரி குமார", "குமார")])
def test_occurrences_do_not_end_before_a_vowel_sign(text: str, name: str) -> None:
    assert list(occurrences(text, [name])) == [(len(text) - len(name), len(text))]
