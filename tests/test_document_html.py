"""Documents as HTML: the text and the offsets stay what they are, and nothing in them is run."""

from __future__ import annotations

import re

import pytest
from shown_documents import HOSTILE, Page, random_document

import cascade
from cascade import Document, Entity, View
from cascade.document.palette import HUES, LINES, Look, Palette
from cascade.errors import DocumentError

ADA = Document(
    "1",
    "Ada Lovelace met Bob",
    "en",
    (Entity(0, 12, "person", 0.987, (("person", 0.987), ("place", 0.01))), Entity(0, 3, "name")),
    adapters=("de/extractor", "multilingual/classifier"),
)


def shown(document: Document) -> Page:
    return Page(document._repr_html_())


@pytest.mark.parametrize("seed", range(200))
def test_the_text_of_the_page_is_the_text_and_its_marks_have_the_offsets(seed: int) -> None:
    document = random_document(seed)
    page = shown(document)
    [text] = page.texts
    assert text.text == document.text
    assert sum("more" not in mark.classes for mark in text.marks) == len(document.entities)
    whole = [mark for mark in text.marks if not {"more", "cut"} & set(mark.classes)]
    assert {(mark.start, mark.end, mark.attributes["data-type"]) for mark in whole} <= {
        (entity.start, entity.end, entity.type) for entity in document.entities
    }
    covered = [
        sorted(m.attributes["data-type"] or "" for m in text.marks if m.start <= at < m.end)
        for at in range(len(text.text))
    ]
    assert covered == [
        sorted(entity.type for entity in document.entities if entity.start <= at < entity.end)
        for at in range(len(document.text))
    ]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_string_of_a_document_becomes_markup(hostile: str) -> None:
    document = Document(
        hostile, hostile, hostile, (Entity(0, 9, hostile, 0.5, ((hostile, 0.5),)),), adapters=(hostile,)
    )
    tags = shown(document).tags
    assert tags == {"div": 1, "style": 1, "article": 1, "header": 1, "b": 1, "span": 3, "p": 1, "mark": 1}


def test_a_mark_tells_that_an_entity_is_unsure() -> None:
    sure, unsure = (
        shown(Document("1", "Ada Bob", "en", (Entity(0, 3, "a", 0.9), Entity(4, 7, "a", 0.2, unsure=True))))
        .texts[0]
        .marks
    )
    assert ["unsure" in mark.classes for mark in (sure, unsure)] == [False, True]
    assert unsure.attributes["aria-description"] == "a, score 0.20; characters 4 to 7; unsure"
    assert sure.attributes["aria-description"] == "a, score 0.90; characters 0 to 3"


def test_a_mark_tells_type_score_place_and_the_next_best_types() -> None:
    person, name = shown(ADA).texts[0].marks
    assert person.attributes["aria-description"] == ("person, score 0.99; characters 0 to 12; next best: place 0.01")
    assert name.attributes["aria-description"] == "name; characters 0 to 3"
    assert (person.attributes["tabindex"], person.attributes["data-score"]) == ("0", "0.987")
    assert "data-score" not in name.attributes


def test_language_and_adapters_are_told_where_they_are_known() -> None:
    assert "<span>en</span><span>de/extractor</span><span>multilingual/classifier</span></header>" in ADA._repr_html_()
    assert "</b></header>" in Document("1", "x")._repr_html_()


def test_a_text_finds_its_direction_and_names_its_language() -> None:
    assert shown(Document("1", "שלום", "he")).texts[0].attributes == {"class": "text", "dir": "auto", "lang": "he"}
    assert shown(Document("1", "x")).texts[0].attributes == {"class": "text", "dir": "auto"}


def test_nul_and_carriage_returns_survive_the_parser() -> None:
    assert "a\u2400b&#13;c" in Document("1", "a\0b\rc")._repr_html_()


def test_a_view_shows_the_first_documents_and_says_that_there_are_more() -> None:
    view = View((Document(str(n), f"text {n}") for n in range(10)), limit=3)
    assert [text.text for text in Page(view._repr_html_()).texts] == ["text 0", "text 1", "text 2"]
    assert "… and more documents; these are the first 3 (limit)" in view._repr_html_()
    assert "more documents" not in View([ADA])._repr_html_()
    assert View([])._repr_html_().endswith("</style></div>")


def test_a_view_holds_no_script() -> None:
    assert "<script" not in View([ADA])._repr_html_()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("Ada", "'Ada' is to be shown; expected a list of documents"),
        (["Ada"], "'Ada' is to be shown; expected documents, as calls of a Cascade return them"),
    ],
)
def test_what_is_no_document_is_refused(given: list[Document], message: str) -> None:
    with pytest.raises(DocumentError, match=f"^{re.escape(message)}$"):
        View(given)


def test_a_type_has_one_look_and_eight_types_have_eight_hues() -> None:
    palette = Palette()
    looks = [palette.look(f"type {n}") for n in range(32)]
    assert len(set(looks)) == 32
    assert {look.hue for look in looks[:8]} == set(range(8))
    assert {look.line for look in looks[:8]} == {0}
    assert palette.look("type 5") == looks[5]
    assert palette.look("one more").line == 0


def test_usual_types_keep_their_colours_whatever_comes_first() -> None:
    names = ["person", "organization", "location"]
    forward, backward = Palette(), Palette()
    assert {name: forward.look(name) for name in names} == {name: backward.look(name) for name in reversed(names)}
    assert len({forward.look(name) for name in names}) == 3
    assert Palette().look("person") == Look(forward.look("person").hue, 0)


def luminance(colour: str) -> float:
    """The relative luminance of WCAG 2.2."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("hue", HUES)
def test_text_and_labels_can_be_read_on_every_hue(hue: tuple[str, str, str, str, int]) -> None:
    ground, ink, dark_ground, dark_ink, _ = hue
    pairs = [(ground, ink), (ground, "#1b1b1f"), (dark_ground, dark_ink), (dark_ground, "#e8e8ea")]
    assert [pair for pair in pairs if contrast(*pair) < 4.5] == []


def test_the_colours_of_the_text_are_those_of_the_style() -> None:
    style = ADA._repr_html_()
    assert "--t:#1b1b1f" in style
    assert "--t:#e8e8ea" in style
    assert all(f"--l:{line}" in style for line in LINES)


def test_the_view_is_a_public_name() -> None:
    assert cascade.View is View
