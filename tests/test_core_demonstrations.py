"""Demonstrations: what is retrieved for a text, how it is spelled, and that it is read in front of the text."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace

import pytest
from labelled_examples import ADA, BOB, CELL, CHINESE, DOCUMENTS, labelled

from cascade import Document, Entity
from cascade.demonstrations.examples import (
    DemonstrationError,
    Demonstrations,
    Examples,
    as_asked_for,
    demonstration_tokens,
)
from cascade.model.base_model import BaseModel
from cascade.stages.classifier import Classifier, query_passage
from cascade.stages.extractor import Extractor, extraction_passage
from cascade.stages.type_trie import build_trie
from cascade.text.encoded import encode
from cascade.text.pieces import cut


def test_the_package_that_finds_demonstrations_is_named_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "bm25s", None)
    with pytest.raises(DemonstrationError) as error:
        Demonstrations([ADA], "sentence")
    assert str(error.value) == (
        "demonstrations are found by the package 'bm25s', which is not installed. Run: pip install bm25s"
    )


def test_the_most_similar_short_sentences_are_found() -> None:
    index = Demonstrations(DOCUMENTS, "sentence")
    assert index.find("She lived in London").sentences == (ADA, BOB)  # "in" is all that the second shares
    assert index.find("the CELL").sentences == (CELL,)
    assert index.find("我住在北京").sentences == (CHINESE,)
    assert index.find("nothing alike.") == index.find("") == index.find(" . ") == Examples()


@pytest.mark.parametrize("text", ["{}", "{} Then she left.", "Once, {}", "Once: {}!"])
@pytest.mark.parametrize("document", [ADA, BOB, CELL, CHINESE])
def test_a_text_is_never_shown_what_is_labelled_in_itself(document: Document, text: str) -> None:
    here = text.format(document.text)
    for kind in ("sentence", "entity", "both"):
        found = Demonstrations(DOCUMENTS, kind).find(here)
        assert document not in found.sentences
        elsewhere = {
            (other.text_of(entity), entity.type)
            for other in DOCUMENTS
            if other != document
            for entity in other.entities
        }
        assert set(found.mentions) <= elsewhere
    assert (
        document in Demonstrations(DOCUMENTS, "sentence").find(f"{document.text[:-2]} otherwise").sentences
    )  # control


def test_a_passage_of_a_sentence_is_not_shown_the_sentence() -> None:
    assert Demonstrations([ADA, BOB], "sentence").find("Lovelace lived in London").sentences == (BOB,)
    assert Demonstrations([ADA, BOB], "sentence").find("Lovelace in London").sentences == (ADA, BOB)  # no passage
    assert ADA in Demonstrations([ADA, BOB], "sentence").find("London").sentences  # a word may stand anywhere


def test_mentions_are_those_that_stand_in_the_text_word_for_word() -> None:
    bank = labelled("The Bank of England said . so", **{"Bank of England": "organization", "England": "place"})
    index = Demonstrations([*DOCUMENTS, bank], "entity")
    assert index.find("Is Ada in Rome?").mentions == (("Ada", "person"), ("Rome", "place"))
    assert index.find("London").mentions == (("London", "place"), ("London", "city"))
    assert index.find("a pot of tea .").mentions == ()
    assert index.find("the Bank of  England , London").mentions[:2] == (
        ("Bank of England", "organization"),
        ("England", "place"),
    )  # the longest first
    assert index.find("bank of england, ADA").mentions == ()  # a name in other case may be another word
    assert index.find("London").sentences == ()
    assert Demonstrations(DOCUMENTS, "both").find("Ada lived").mentions == (("Ada", "person"),)


def test_mentions_of_many_words_are_not_shown() -> None:
    long = " ".join(f"w{number}" for number in range(11))
    assert Demonstrations([labelled(f"{long} x", **{long: "person"})], "entity").find(f"{long} y").mentions == ()


def test_types_are_called_as_in_the_prompt_and_others_left_out() -> None:
    examples = Examples((CELL, ADA, BOB), (("Rome", "place"), ("cell", "biology"), ("Rome", "city")))
    asked = as_asked_for(examples, {"place": "LOC", "city": "LOC"})
    [shown] = asked.sentences  # the first with a type that is asked for
    assert [(entity.type, shown.text_of(entity)) for entity in shown.entities] == [("LOC", "London")]
    assert asked.mentions == (("Rome", "LOC"),)
    assert as_asked_for(examples, {"nation": "nation"}) == Examples()


def test_mentions_of_other_types_do_not_crowd_out_those_asked_for() -> None:
    people = [labelled(f"{name} x y z", **{name: "person"}) for name in ("Ann", "Ben", "Cid", "Dan")]
    found = Demonstrations([*people, BOB], "entity").find("Ann Ben Cid Dan saw Rome")
    assert as_asked_for(found, {"place": "place"}).mentions == (("Rome", "place"),)
    assert len(as_asked_for(found, {"place": "place", "person": "person"}).mentions) == 3


def test_what_is_shown_is_spelled_as_documented(base: BaseModel) -> None:
    tokens = base.tokens
    strings = [
        " Example",
        ":",
        "Ada",
        " (",
        " person",
        ")",
        " Lovelace",
        " lived",
        " in",
        " London",
        " |",
        " Known",
        " Rome",
        ",",
        " place",
    ]
    example, colon, ada, opened, person, closed, lovelace, lived, inside, london, end, known, rome, comma, place = (
        tokens.ids(strings)
    )
    mark, close = (tokens.marks.open,), (tokens.marks.close,)
    sentence = [example, colon, mark, ada, close, opened, person, closed, lovelace, lived, inside, london, end]
    expected = [*sentence, known, colon, rome, opened, place, closed, comma, end]
    shown = Examples((labelled("Ada Lovelace lived in London", Ada="person"),), (("Rome", "place"),))
    assert demonstration_tokens(shown, tokens) == tuple(token for part in expected for token in part)
    assert demonstration_tokens(Examples(), tokens) == ()


@pytest.mark.parametrize("string", ["<b>x</b>", "[[x]]", "a <b> b", "<|endoftext|>", "<bos>", "O'Neill", "A.C. Milan"])
def test_mentions_are_spelled_as_texts_are(base: BaseModel, string: str) -> None:
    ids = demonstration_tokens(Examples((), ((string, "person"),)), base.tokens)
    as_text = [token for piece in base.tokens.pieces(f" {string}", cut(f" {string}")) for token in piece]
    places = [place for place in range(len(ids)) if list(ids[place : place + len(as_text)]) == as_text]
    assert len(places) == 1
    assert not {*base.tokens.marks, base.tokens.end_id} & set(ids)


def test_of_overlapping_entities_the_longest_is_marked(gemma: BaseModel) -> None:
    document = Document(
        "a", "Ada Lovelace lived", None, (Entity(0, 3, "person"), Entity(0, 12, "person"), Entity(4, 12, "place"))
    )
    ids = demonstration_tokens(Examples((document,)), gemma.tokens)
    assert ids.count(gemma.tokens.marks.open) == ids.count(gemma.tokens.marks.close) == 1


def test_answers_are_read_in_the_text_behind_what_is_shown(base: BaseModel) -> None:
    tokens, text = base.tokens, "Ada met Bob in London"
    pieces = tokens.pieces(text, cut(text))
    shown = demonstration_tokens(Examples((BOB,)), tokens)
    passage, plain = extraction_passage(pieces, before=shown), extraction_passage(pieces)
    assert passage.ids == (*shown, *plain.ids)
    assert (
        [passage.ids[read.token] for read in passage.reads]
        == [plain.ids[read.token] for read in plain.reads]
        == [piece[-1] for piece in pieces]
    )
    assert passage == replace(extraction_passage([shown, *pieces]), reads=passage.reads)
    trie = build_trie(["place name", "place in London", "person"], tokens)
    asked, read_of = query_passage(pieces, [(0, 0), (2, 3)], trie, tokens.marks, before=len(shown))
    without, read_of_plain = query_passage(pieces, [(0, 0), (2, 3)], trie, tokens.marks)
    assert read_of == read_of_plain
    assert [position - len(shown) for position in asked.positions] == list(without.positions)
    assert replace(asked, positions=without.positions) == without


def test_each_text_is_read_behind_its_own_examples(base: BaseModel) -> None:
    texts = ["Ada met Bob in London", "the cell", "王小明 in Rome again"]
    before = [
        demonstration_tokens(each, base.tokens)
        for each in (Examples((BOB,)), Examples(), Examples((), (("Rome", "place"),)))
    ]
    reader = base.reader()
    extractor, classifier = Extractor(reader, base.tokens, 2048), Classifier(reader, base.tokens, 2048)
    spans = [[(piece.start, piece.end) for piece in cut(text)[:2]] for text in texts]
    types = ["person", "place"]
    shown = [encode(text, base.tokens, before=ids) for text, ids in zip(texts, before, strict=True)]
    together, judged = extractor.decisions(shown, types), classifier(extractor.read(shown, types), spans, types)
    plain = extractor.decisions(texts, types)
    for index in range(len(texts)):
        [[(_, alone)]] = extractor.decisions([shown[index]], types)
        [(_, own)], [(_, without)] = together[index], plain[index]
        assert own == pytest.approx(alone, abs=2e-4)
        [answers] = classifier(extractor.read([shown[index]], types), [spans[index]], types)
        for left, right in zip(judged[index], answers, strict=True):
            assert left == pytest.approx(right, abs=2e-4)
        assert (abs(own - without).max() > 1e-2) == bool(before[index])


@pytest.mark.parametrize("documents", [[], [Document("a", "Ada")]])
def test_documents_without_entities_are_refused(documents: Sequence[Document]) -> None:
    with pytest.raises(DemonstrationError, match="has entities; expected labelled ones"):
        Demonstrations(documents, "both")
    with pytest.raises(
        DemonstrationError, match="demonstrations of kind 'none'; expected one of sentence, entity, both"
    ):
        Demonstrations(DOCUMENTS, "none")
