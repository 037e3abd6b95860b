"""Carriers of synthetic documents: what one word means is marked as one type wherever it stands."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

pytest.importorskip("faker", reason="the synthetic documents need the extra `synthetic`")

from synthetic_languages import BEFORE_DAYS, EXPIRY

from train.synthetic.draw import Draw, Sources
from train.synthetic.forms import single
from train.synthetic.language import language, language_codes
from train.synthetic.rendering import Value, template_slots
from train.synthetic.slots import filled, type_of


def draw_in(code: str, seed: int) -> Draw:
    return Draw(Sources(random.Random(seed)), language(code), language(code).locales[0])


def of_expiry() -> Iterator[tuple[str, str]]:
    """Language and sentence, of all sentences that say up to when something is valid."""
    for code in language_codes():
        for template in language(code).templates:
            if re.search(EXPIRY[code], template, re.IGNORECASE):
                yield code, template


def test_what_is_valid_until_a_date_has_an_expiry_date() -> None:
    assert set(EXPIRY) == set(language_codes())
    assert [(code, each) for code, each in of_expiry() if "{date}" in each] == []
    slots = {(code, slot) for code, each in of_expiry() for slot in template_slots(each)}
    assert slots >= {(code, f"{form} expiry date") for code in language_codes() for form in ("full", "card")}


def test_sentences_with_expiry_dates_say_so() -> None:
    known = set(of_expiry())
    wrong = [
        (code, template)
        for code in language_codes()
        for template in language(code).templates
        if "expiry date" in map(type_of, template_slots(template)) and (code, template) not in known
    ]
    assert wrong == []


@pytest.mark.parametrize("code", EXPIRY)
def test_labels_of_expiry_are_of_no_other_type(code: str) -> None:
    named = {
        (name, label)
        for name, labels in language(code).labels.items()
        for label in labels
        if re.search(EXPIRY[code], label, re.IGNORECASE)
    }
    assert {name for name, _ in named} == {"expiry date"}
    assert {label for _, label in named} == set(language(code).labels["expiry date"])


@pytest.mark.parametrize(
    ("code", "word", "type_name"),
    [
        ("es", "referencia", "reference number"),
        ("ja", "期限", "expiry date"),
        ("zh", "(?<!银行)账号", "user name"),
    ],
)
def test_a_word_names_one_type_in_sentences_and_labels(code: str, word: str, type_name: str) -> None:
    known = language(code)
    labelled = {name for name, all_ in known.labels.items() for each in all_ if re.fullmatch(word, each, re.IGNORECASE)}
    carried = re.findall(rf"{word}[は是]? ?\{{([^{{}}]+)\}}", "\n".join(known.templates), re.IGNORECASE)
    assert labelled | set(map(type_of, carried)) == {type_name}


@pytest.mark.parametrize("code", BEFORE_DAYS)
def test_a_relative_date_is_marked_without_preposition_and_article(code: str) -> None:
    drawn = {filled("relative date", draw_in(code, seed)) for seed in range(300)}
    assert len(drawn) == len(language(code).words["relative dates"]) >= 8
    days = []
    for value in drawn:
        ((start, end, type_name),) = value.spans
        assert type_name == "date"
        assert end == len(value.text)
        assert value.text[:start].strip() in ("", *BEFORE_DAYS[code].split())
        days.append(value.text[start:end])
    apart = code not in ("ja", "zh")
    firsts = {day.split()[0] if apart else day[0] for day in days}
    assert firsts & set(BEFORE_DAYS[code].split()) == set()


def test_a_sentence_begins_with_a_capital_also_before_what_is_marked() -> None:
    english = language("en")
    sentences = {topic: ["{relative date} I am off."] for topic in english.sentences}
    friday = replace(english, sentences=sentences, words={**english.words, "relative dates": ["on {Friday}"]})
    drawn = {single(Draw(Sources(random.Random(seed)), friday, "en_US")).text.rstrip(".") for seed in range(60)}
    assert drawn == {"On Friday I am off", "on Friday I am off"}
    assert filled("relative date", Draw(Sources(random.Random(1)), friday, "en_US")) == Value(
        "on Friday", ((3, 9, "date"),)
    )
