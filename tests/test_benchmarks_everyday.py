"""Everyday texts: that their annotations are sound and many enough, and how what was found in them is scored."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from tiny_models import save_adapter

from benchmarks.everyday.__main__ import found_in, main, other_names, tables
from benchmarks.everyday.scoring import GROUPS, NAMES, OTHERS, STRUCTURED, TITLE_TO_ADDRESS, group_of, result
from benchmarks.everyday.texts import FOLDER, LANGUAGES, Text, read_texts
from cascade import Document, Entity
from cascade.errors import CascadeError, DocumentError
from cascade.model.base_model import BaseModel
from cascade.scoring.report import Counts
from data_formats import read

COUNTS = {"en": 80, "de": 40, "fr": 35, "es": 35, "zh": 30}
TYPES = set(
    "person, university, company, medication, disease, law, phone number, email, IBAN, date of birth, dosage, price, "
    "job title, money, percentage, quantity, address, skill, symptom, court, brand, location, organization, product, "
    "event, credit card number, URL, IP address, user name, password, licence plate, postcode, order number, "
    "invoice number, time, age, date, measurement, tax number, identity number, file name, version number, "
    "programming language, film, book, sports team, airline, hotel, restaurant, animal, food".split(", ")
)
MAY_NEST = {("address", "postcode"), ("product", "brand"), ("quantity", "food")}  # outer and inner type

TEXTS = [
    Text(
        Document("1", "Ada, 020 7946 0011", "en", (Entity(0, 3, "person"), Entity(5, 18, "phone number"))),
        ("person", "phone number"),
        "mail",
    ),
    Text(Document("2", "gate B42, row 17", "en"), ("phone number", "price"), "chat"),
    Text(Document("3", "Rom ist still", "de", (Entity(0, 3, "location"),)), ("location", "film"), "chat"),
    Text(Document("4", "Alles ruhig", "de"), ("film", "skill"), "chat"),
]
FOUND = {
    "1": TEXTS[0].gold.with_entities([Entity(0, 3, "person", 0.9), Entity(9, 18, "phone number", 0.8)]),
    "2": TEXTS[1].gold.with_entities([Entity(5, 8, "price", 0.6)]),
    "3": TEXTS[2].gold.with_entities([Entity(0, 3, "location", 0.7)]),
    "4": TEXTS[3].gold,
}


@pytest.fixture(scope="module")
def texts() -> list[Text]:
    return read_texts()


def golds(texts: list[Text]) -> Counter[str]:
    return Counter(entity.type for text in texts for entity in text.gold.entities)


def test_each_language_has_the_promised_number_of_texts(texts: list[Text]) -> None:
    assert Counter(text.gold.language for text in texts) == COUNTS
    for language, count in COUNTS.items():
        ids = [text.gold.id for text in read_texts([language])]
        assert ids == [f"everyday-{language}-{number:03d}" for number in range(1, count + 1)]


def test_the_files_can_be_read_as_documents() -> None:
    for language in LANGUAGES:
        documents = list(read(FOLDER / f"{language}.jsonl"))
        assert documents == [text.gold for text in read_texts([language])]


def test_no_text_occurs_twice_and_all_are_short(texts: list[Text]) -> None:
    assert len({text.gold.text for text in texts}) == len(texts)
    words = [len(text.gold.text.split()) for text in texts if text.gold.language != "zh"]
    characters = [len(text.gold.text) for text in texts if text.gold.language == "zh"]
    assert min(words) >= 5
    assert max(words) <= 80
    assert min(characters) >= 10
    assert max(characters) <= 180


def test_each_text_asks_for_a_few_known_types(texts: list[Text]) -> None:
    assert {name for text in texts for name in text.types} == TYPES
    assert [text.gold.id for text in texts if not 2 <= len(text.types) <= 10] == []
    assert [text.gold.id for text in texts if len(set(text.types)) < len(text.types)] == []


def test_spans_are_written_in_order_and_have_no_blanks_around_them() -> None:
    for language in LANGUAGES:
        for line in (FOLDER / f"{language}.jsonl").read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            assert set(row) == {"id", "language", "text", "types", "entities", "form"}
            spans = [(entity["start"], entity["end"]) for entity in row["entities"]]
            assert spans == sorted(spans)
            marked = [row["text"][start:end] for start, end in spans]
            assert marked == [value.strip() for value in marked]
            assert all(marked)


def test_spans_overlap_only_as_the_guideline_says(texts: list[Text]) -> None:
    overlaps = [
        (outer, inner)
        for text in texts
        for outer in text.gold.entities
        for inner in text.gold.entities
        if outer is not inner
        and outer.start <= inner.start < outer.end
        and inner.end - inner.start <= outer.end - outer.start
    ]
    assert overlaps
    for outer, inner in overlaps:
        assert (outer.type, inner.type) in MAY_NEST
        assert inner.end <= outer.end


def test_repeated_values_are_marked_everywhere(texts: list[Text]) -> None:
    unmarked = []
    for text in texts:
        marked = {place for each in text.gold.entities for place in range(each.start, each.end)}
        for value in {each.text for each in text.gold.entities if each.text is not None and len(each.text) > 3}:
            first = text.gold.text.find(value)
            while first >= 0:
                unmarked += [(text.gold.id, value)] * (first not in marked)
                first = text.gold.text.find(value, first + 1)
    assert unmarked == []


def test_every_type_is_in_one_group_and_has_as_many_entities_as_promised(texts: list[Text]) -> None:
    grouped = [name for types in GROUPS.values() for name in types]
    assert len(grouped) == len(set(grouped))
    assert set(grouped) < TYPES
    counts = golds(texts)
    assert set(counts) == TYPES
    promised = [name for group in (STRUCTURED, TITLE_TO_ADDRESS) for name in GROUPS[group]]
    assert {name: counts[name] for name in promised if counts[name] < 30} == {}
    assert counts["person"] >= 60
    assert counts["location"] >= 60
    assert counts["organization"] + counts["company"] >= 60
    assert min(counts.values()) >= 6


def test_many_texts_hold_nothing_of_what_they_ask_for(texts: list[Text]) -> None:
    assert sum(not text.gold.entities for text in texts) >= 40
    for language in LANGUAGES:
        assert any(not text.gold.entities for text in texts if text.gold.language == language)
    absent = Counter(
        name for text in texts for name in set(text.types) - {entity.type for entity in text.gold.entities}
    )
    assert sum(absent.values()) > 500


def test_a_text_with_entities_that_it_does_not_ask_for_is_refused() -> None:
    with pytest.raises(DocumentError) as raised:
        Text(Document("1", "Ada", "en", (Entity(0, 3, "person"),)), ("film", "book"), "chat")
    assert str(raised.value) == (
        "document '1': entities of person; expected only types that the text asks for: film, book"
    )


def test_the_scores_are_those_computed_by_hand() -> None:
    measured = result(TEXTS, FOUND, seed=1, resamples=50)
    assert measured.total.counts == Counts(tp=2, fp=2, fn=1)
    assert [(row.name, row.texts, row.counts) for row in measured.types] == [
        ("location", 1, Counts(tp=1)),
        ("person", 1, Counts(tp=1)),
        ("phone number", 2, Counts(fp=1, fn=1)),
        ("film", 2, Counts()),
        ("price", 1, Counts(fp=1)),
        ("skill", 1, Counts()),
    ]
    assert [(row.name, row.texts, row.counts) for row in measured.groups] == [
        (STRUCTURED, 2, Counts(fp=2, fn=1)),
        (TITLE_TO_ADDRESS, 1, Counts()),
        (NAMES, 2, Counts(tp=2)),
        (OTHERS, 2, Counts()),
    ]
    assert [(row.name, row.texts, row.counts) for row in measured.languages] == [
        ("en", 2, Counts(tp=1, fp=2, fn=1)),
        ("de", 2, Counts(tp=1)),
    ]
    assert [(row.name, row.texts, row.counts) for row in measured.forms] == [
        ("chat", 3, Counts(tp=1, fp=1)),
        ("mail", 1, Counts(tp=1, fp=1, fn=1)),
    ]
    assert (measured.empty, measured.wrong) == (2, 1)
    assert measured.macro_f1 == pytest.approx(2 / 3)
    interval = measured.total.interval
    assert interval is not None
    assert 0 <= interval.low <= measured.total.counts.f1 <= interval.high <= 1


def test_the_tables_show_the_scores_in_percent() -> None:
    lines = tables(result(TEXTS, FOUND, seed=1, resamples=0)).splitlines()
    assert lines[0].split() == ["type", "texts", "gold", "precision", "recall", "F1", "95", "%", "interval"]
    assert lines[1].split() == ["location", "*", "1", "1", "100.0", "100.0", "100.0"]
    assert lines[3].split() == ["phone", "number", "*", "2", "1", "0.0", "0.0", "0.0"]
    assert [line.split() for line in lines if line.startswith("mail")] == [["mail", "1", "2", "50.0", "50.0", "50.0"]]
    assert [line.split() for line in lines if line.startswith("all")] == [["all", "4", "3", "50.0", "66.7", "57.1"]]
    assert lines[-3:] == [
        "mean F1 over types: 66.7",
        "* fewer than 30 gold entities",
        "texts without anything that they ask for: 2; something was found in 1 of them (50.0 %)",
    ]


def test_a_type_with_enough_entities_is_not_marked() -> None:
    many = Document("1", "Ada " * 30, "en", tuple(Entity(4 * place, 4 * place + 3, "person") for place in range(30)))
    shown = tables(result([Text(many, ("person", "film"), "list")], {"1": many}, seed=1, resamples=0))
    assert [line.split()[:2] for line in shown.splitlines()[1:3]] == [["person", "1"], ["film", "*"]]


def test_texts_are_read_with_their_own_types_and_without_their_entities() -> None:
    asked: list[tuple[list[str], list[str]]] = []

    def read_all(documents: list[Document], types: list[str]) -> list[Document]:
        assert not any(document.entities for document in documents)
        asked.append(([document.id for document in documents], types))
        return [document.with_entities([Entity(0, 3, types[0])]) for document in documents]

    cascade: Any = read_all
    again = Text(Document("5", "Still", "de"), TEXTS[0].types, "chat")
    found = found_in(cascade, [*TEXTS, again])
    assert asked == [
        (["1", "5"], ["person", "phone number"]),
        (["2"], ["phone number", "price"]),
        (["3"], ["location", "film"]),
        (["4"], ["film", "skill"]),
    ]
    assert {name: document.entities[0].type for name, document in found.items()} == {
        "1": "person",
        "2": "phone number",
        "3": "location",
        "4": "film",
        "5": "person",
    }


def test_types_are_asked_for_by_other_names_and_found_under_their_own() -> None:
    asked: list[list[str]] = []

    def read_all(documents: list[Document], types: list[str]) -> list[Document]:
        asked.append(types)
        return [document.with_entities([Entity(0, 3, type_) for type_ in types]) for document in documents]

    cascade: Any = read_all
    called = other_names("person=people,film=movie", TEXTS)
    found = found_in(cascade, [TEXTS[0], TEXTS[2]], called)
    assert asked == [["people", "phone number"], ["location", "movie"]]
    assert [[entity.type for entity in found[name].entities] for name in ("1", "3")] == [
        ["person", "phone number"],
        ["film", "location"],
    ]


@pytest.mark.parametrize(
    ("called", "said"),
    [
        ("song=tune", "--called song=tune: expected TYPE=NAME, with a type that the texts ask for"),
        ("person", "--called person=: expected TYPE=NAME"),
        ("person=phone number", "texts ask for 'phone number' too; expected a name of its own"),
    ],
)
def test_other_names_that_cannot_be_asked_for_are_refused(called: str, said: str) -> None:
    with pytest.raises(CascadeError, match=said):
        other_names(called, TEXTS)


def test_groups_hold_what_they_name() -> None:
    assert [group_of(name) for name in ("dosage", "brand", "company", "hotel")] == [
        STRUCTURED,
        TITLE_TO_ADDRESS,
        NAMES,
        OTHERS,
    ]


def test_an_unknown_language_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--languages", "en,xx"]) == 2
    assert capsys.readouterr().err == "error: --languages: xx; expected some of en, de, fr, es, zh\n"


def test_the_command_writes_its_figures(
    gemma: BaseModel, gemma_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for stage in ("extractor", "classifier"):
        folder = tmp_path / "adapters" / "tiny" / stage
        save_adapter(gemma, gemma_folder, folder, stage=stage, languages=["zh"], seed=len(stage))
    places = ["--base", str(gemma_folder), "--adapters", str(tmp_path / "adapters"), "--pair", "tiny"]
    assert main([*places, "--languages", "zh", "--precision", "fp32", "--json", str(tmp_path / "out.json")]) == 0
    assert "texts without anything that they ask for: 7;" in capsys.readouterr().out
    written = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert set(written) == {"total", "macro_f1", "types", "groups", "languages", "forms", "nothing_to_find"}
    assert written["total"]["texts"] == written["languages"]["zh"]["texts"] == COUNTS["zh"]
