"""Further occurrences of what was replaced, what is left of it, and spans."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from name_finder import FirstOnly, NameFinder
from redacted_texts import finder

from cascade import Document
from cascade.integrations import Redactor
from cascade.integrations.redaction.leftovers import leftovers
from cascade.integrations.redaction.spans import Found, cuts_word, occurrences, one_layer

# repeats and leftovers


def test_further_occurrences_are_replaced_as_whole_words_and_counted() -> None:
    redactor = Redactor(FirstOnly({"Ada": "person"}))  # type: ignore[arg-type]
    result = redactor("Ada, Adam and Ada's cat met Ada.")
    assert result.document.text == "<PERSON>, Adam and <PERSON>'s cat met <PERSON>."
    assert (redactor.tally.replaced, redactor.tally.repeats) == ({"person": 1}, {"person": 2})


def test_neighbours_that_only_a_blank_parts_are_replaced_each_by_itself() -> None:
    redactor = Redactor(finder({"Ada Quill": "person", "Bo Reed": "person"}))
    assert redactor("Guests: Ada Quill Bo Reed").document.text == "Guests: <PERSON> <PERSON>"
    assert redactor.tally.replaced == {"person": 2}


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


@pytest.mark.parametrize(
    ("name", "left"), [("Παπαδόπουλος", "ΠΑΠΑΔΌΠΟΥΛΟΣ"), ("Groß", "GROSS"), ("Fran\u00e7ois", "Franc\u0327ois")]
)
def test_other_case_and_other_code_points_of_a_name_are_left_over(name: str, left: str) -> None:
    text = f"<PERSON>, {left}."
    assert leftovers(text, [(0, 8, name)]) == [(10, 10 + len(left))]


def test_a_whole_name_is_replaced_where_a_part_of_it_was_found() -> None:
    class Partly(NameFinder):
        """Finds the whole name first, and a part of it the second time."""

        def _found(self, given: Any, number: int, options: Mapping[str, Any]) -> Document:
            document = super()._found(given, number, options)
            whole, *others = document.entities
            return document.with_entities([whole, *(replace(each, start=each.start + 4) for each in others)])

    ner: Any = Partly({"Ann Lee": "person"})
    redactor = Redactor(ner)
    assert (
        redactor(Document("1", "Ann Lee came. Then Ann Lee left.")).document.text
        == "<PERSON> came. Then <PERSON> left."
    )
    assert redactor.tally.repeats == {"person": 1}


def test_leftovers_are_not_looked_for_in_replacements_and_not_of_short_texts() -> None:
    assert leftovers("<MERKEL> merkel Al", [(0, 8, "Merkel"), (16, 18, "Al")]) == [(9, 15)]
    assert leftovers("x al", [(0, 1, "Al")]) == []


def test_two_characters_are_left_over_in_scripts_without_blanks() -> None:
    assert leftovers("x住张伟", [(0, 1, "张伟")]) == [(2, 4)]
    assert leftovers("x张", [(0, 1, "张")]) == []


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
    text = "Max Bau met Max. Max Bauer left."  # the longer one would cut a word
    assert [(start, text[start:end]) for start, end in occurrences(text, ["Max Bau", "Max"])] == [
        (0, "Max Bau"),
        (12, "Max"),
        (17, "Max"),
    ]


@pytest.mark.parametrize(("text", "name"), [("रामायण राम", "राम"), ("குமாரி குமார", "குமார")])
def test_occurrences_do_not_end_before_a_vowel_sign(text: str, name: str) -> None:
    assert list(occurrences(text, [name])) == [(len(text) - len(name), len(text))]


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("\u110b\u1175\u11b7", [1, 2]),  # a syllable of Hangul in three parts
        ("\U0001f44d\U0001f3fd", [1]),  # a thumb and its skin
        ("\U0001f1e9\U0001f1ea\U0001f1eb\U0001f1f7", [1, 3]),  # two flags
    ],
)
def test_characters_of_several_code_points_are_not_cut(text: str, cut: list[int]) -> None:
    assert [place for place in range(len(text)) if cuts_word(text, place)] == cut
