"""Neighbouring sentences read together: entities stay exact on the way there and back, nothing is lost, no group is too
long.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import pytest
from tiny_models import random_text

from cascade.document import Document, Entity
from cascade.errors import CascadeError
from cascade.pipeline.paragraphs import apart, check_paragraphs, in_paragraphs, joined


def test_sentences_are_joined_with_their_entities() -> None:
    first = Document("1", "Ada left.", "en", (Entity(0, 3, "person"),), ((0, 3), (4, 8), (8, 9)))
    second = Document("2", "Bob saw Rome", "en", (Entity(0, 3, "person"), Entity(8, 12, "location")))
    third = Document("3", "Ende", "de")
    whole = joined([first, second, third])
    assert whole == Document(
        "1",
        "Ada left. Bob saw Rome\nEnde",
        "en",
        (Entity(0, 3, "person"), Entity(10, 13, "person"), Entity(18, 22, "location")),
    )
    assert [whole.text[entity.start : entity.end] for entity in whole.entities] == ["Ada", "Bob", "Rome"]


def test_chinese_sentences_are_joined_without_a_blank() -> None:
    assert joined([Document("1", "他来了。", "zh"), Document("2", "她走了。", "zh")]).text == "他来了。她走了。"


def test_one_sentence_stays_as_it_is() -> None:
    document = Document("1", "Ada came.", "en", (Entity(0, 3, "person"),))
    assert joined([document]) is document
    assert apart(document, [replace(document, entities=())]) == [document]


@pytest.mark.parametrize("seed", range(20))
def test_what_was_joined_comes_apart_as_it_was(seed: int) -> None:
    source = random.Random(seed)
    texts = [random_text(source, source.randint(0, 12)) for _ in range(source.randint(1, 9))]
    sentences = [
        Document(str(number), text, "en", entities_in(text, source), ((0, len(text)),) if text else ())
        for number, text in enumerate(texts)
    ]
    paragraph = joined(sentences)
    assert len(paragraph.entities) == sum(len(sentence.entities) for sentence in sentences)
    assert sorted(map(paragraph.text_of, paragraph.entities)) == sorted(
        sentence.text_of(entity) for sentence in sentences for entity in sentence.entities
    )
    assert apart(paragraph, [replace(sentence, entities=()) for sentence in sentences]) == sentences


def entities_in(text: str, source: random.Random) -> tuple[Entity, ...]:
    places = sorted(source.sample(range(len(text) + 1), min(4, len(text) + 1)))
    return tuple(Entity(start, end, "thing", 0.5) for start, end in pairwise(places))


def test_an_entity_across_sentences_is_one_of_each() -> None:
    sentences = [Document("1", "Ada of"), Document("2", "Rome"), Document("3", "came.")]
    found = apart(
        Document(
            "1",
            "Ada of\nRome\ncame.",
            None,
            (Entity(0, 9, "person", 0.5), Entity(7, 11, "location", 0.25)),
            adapters=("a", "b"),
        ),
        sentences,
    )
    assert [document.entities for document in found] == [
        (Entity(0, 6, "person", 0.5),),
        (Entity(0, 2, "person", 0.5), Entity(0, 4, "location", 0.25)),
        (),
    ]
    assert [(document.id, document.text, document.adapters) for document in found] == [
        (each.id, each.text, ("a", "b")) for each in sentences
    ]


def test_parts_of_an_entity_across_sentences_have_no_blanks_at_their_ends() -> None:
    sentences = [Document("1", "Ada "), Document("2", " \n"), Document("3", " Bob")]
    whole = joined(sentences)
    found = apart(whole.with_entities([Entity(0, len(whole.text), "person", 0.5)]), sentences)
    assert [document.entities for document in found] == [
        (Entity(0, 3, "person", 0.5),),
        (),
        (Entity(1, 4, "person", 0.5),),
    ]


def test_neighbours_that_name_one_language_by_other_codes_and_those_that_name_none_are_put_together() -> None:
    documents = [
        Document(str(number), "x", language)
        for number, language in enumerate(["de", "deu", "de-AT", "", None, "und", "en", "eng"])
    ]
    groups = [[document.language for document in group] for group in in_paragraphs(documents, is_short)]
    assert groups == [["de", "deu", "de-AT"], ["", None, "und"], ["en", "eng"]]


def test_groups_are_of_one_language_as_long_as_fits_and_in_order() -> None:
    source = random.Random(1)
    documents = [
        Document(str(number), "x" * source.choice((0, 1, 40, 200, 600)), ("de", "en", None)[number // 40 % 3])
        for number in range(400)
    ]
    groups = list(in_paragraphs(documents, is_short))
    assert [document for group in groups for document in group] == documents
    assert all(len({document.language for document in group}) == 1 for group in groups)
    assert all(is_short(joined(group).text) for group in groups if len(group) > 1)
    for group, following in pairwise(groups):  # as full as they may be
        assert following[0].language != group[0].language or not is_short(joined([*group, following[0]]).text)


def is_short(text: str) -> bool:
    return len(text) <= 450


def test_groups_are_made_one_document_ahead() -> None:
    taken: list[int] = []

    def source() -> Iterator[Document]:
        for number in range(10):
            taken.append(number)
            yield Document(str(number), "x" * 200)

    assert len(next(in_paragraphs(source(), is_short))) == 2
    assert taken == [0, 1, 2]


def test_what_cannot_be_done_with_paragraphs_is_refused() -> None:
    check_paragraphs(alone=False, demonstrations=False)
    for given, message in (
        (
            {"alone": True, "demonstrations": False},
            "exact results, of each text by itself, and paragraphs, of neighbours together, are both asked for",
        ),
        (
            {"alone": False, "demonstrations": True},
            "demonstrations, which are retrieved for each text, and paragraphs of several texts are both asked for",
        ),
    ):
        with pytest.raises(CascadeError) as error:
            check_paragraphs(**given)
        assert str(error.value) == f"{message}; expected one of them"
