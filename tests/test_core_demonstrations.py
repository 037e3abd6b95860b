"""Demonstrations: what is retrieved for a text, how it is spelled, and that it is read in front of the text."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from tiny_models import random_text, save_adapter

from cascade import Cascade, Document, Entity
from cascade.adapter import STAGES, AdapterShelf, read_adapter
from cascade.base_model import BaseModel
from cascade.classifier import Classifier, classification_passage
from cascade.demonstrations import DemonstrationError, Demonstrations, Found, demonstration_tokens, with_names
from cascade.extractor import Extractor, extraction_passage
from cascade.pieces import cut
from cascade.type_trie import build_trie
from train.bundle import TrainingRow
from train.corpora import Corpus
from train.prepare import corpus_rows, prepare, samples_of


def labelled(text: str, **types: str) -> Document:
    """A document in which each named string is an entity of its type."""
    entities = [Entity(text.index(string), text.index(string) + len(string), name) for string, name in types.items()]
    return Document(text, text, None, tuple(entities))


ADA = labelled("Ada Lovelace lived in London", Ada="person", London="place")
BOB = labelled("Bob met Ada in Rome", Bob="person", Ada="person", Rome="place")
CELL = labelled("The cell divides", cell="biology")
LONG = labelled("London " * 50, London="city")
CHINESE = labelled("王小明住在北京", 王小明="person", 北京="place")
DOCUMENTS = [ADA, BOB, CELL, LONG, CHINESE, Document("unlabelled", "London calling")]


def test_the_most_similar_short_sentence_is_found() -> None:
    index = Demonstrations(DOCUMENTS, "sentence")
    assert index.find("She lived in London").sentence == ADA
    assert index.find("the CELL").sentence == CELL
    assert index.find("我住在北京").sentence == CHINESE
    assert index.find("nothing alike") == index.find("") == Found()


@pytest.mark.parametrize("document", [ADA, BOB, CELL, CHINESE])
def test_a_text_is_never_its_own_example(document: Document) -> None:
    for kind in ("sentence", "entity", "both"):
        found = Demonstrations(DOCUMENTS, kind).find(document.text.upper())
        assert found.sentence is None or found.sentence != document
        alone = {(document.text_of(entity), entity.type) for entity in document.entities} - {
            (other.text_of(entity), entity.type) for other in DOCUMENTS if other != document for entity in other.entities
        }
        assert not set(found.mentions) & alone


def test_mentions_are_those_whose_words_occur() -> None:
    index = Demonstrations(DOCUMENTS, "entity")
    assert index.find("Is Ada in Rome?").mentions == (("Ada", "person"), ("Rome", "place"))
    assert set(index.find("London").mentions) == {("London", "place"), ("London", "city")}
    assert index.find("London").sentence is None
    assert Demonstrations(DOCUMENTS, "both").find("Ada lived").mentions == (("Ada", "person"),)
    many = [labelled(f"{name} x y z", **{name: "person"}) for name in ("Ann", "Ben", "Cid", "Dan", "Eve")]
    assert len(Demonstrations(many, "entity").find("Ann Ben Cid Dan Eve").mentions) == 3


def test_types_are_called_as_in_the_prompt_and_others_left_out() -> None:
    found = Found(ADA, (("Rome", "place"), ("cell", "biology")))
    named = with_names(found, {"place": "LOC"})
    assert named.sentence is not None
    assert [(entity.type, named.sentence.text_of(entity)) for entity in named.sentence.entities] == [("LOC", "London")]
    assert named.mentions == (("Rome", "LOC"),)
    assert with_names(found, {"nation": "nation"}) == Found()


def test_what_is_shown_is_spelled_as_documented(base: BaseModel) -> None:
    tokens = base.tokens
    strings = [" Example:", "Ada", " (", " person", ")", " Lovelace", " lived", " in", " London", " |", " Known:", " Rome", ",", " place"]
    example, ada, opened, person, closed, lovelace, lived, inside, london, end, known, rome, comma, place = tokens.ids(strings)
    mark, close = (tokens.marks.open,), (tokens.marks.close,)
    expected = [example, mark, ada, close, opened, person, closed, lovelace, lived, inside, london, end, known, rome, opened, place, closed, comma, end]
    found = Found(labelled("Ada Lovelace lived in London", Ada="person"), (("Rome", "place"),))
    assert demonstration_tokens(found, tokens) == tuple(token for part in expected for token in part)
    assert demonstration_tokens(Found(), tokens) == ()


def test_of_overlapping_entities_the_longest_is_marked(gemma: BaseModel) -> None:
    document = Document("a", "Ada Lovelace lived", None, (Entity(0, 3, "person"), Entity(0, 12, "person"), Entity(4, 12, "place")))
    ids = demonstration_tokens(Found(document), gemma.tokens)
    assert ids.count(gemma.tokens.marks.open) == ids.count(gemma.tokens.marks.close) == 1


def test_answers_are_read_in_the_text_behind_what_is_shown(base: BaseModel) -> None:
    tokens, text = base.tokens, "Ada met Bob in London"
    pieces = tokens.pieces(text, cut(text))
    shown = demonstration_tokens(Found(BOB), tokens)
    passage, plain = extraction_passage(pieces, before=shown), extraction_passage(pieces)
    assert passage.ids == (*shown, *plain.ids)
    assert [passage.ids[read.token] for read in passage.reads] == [plain.ids[read.token] for read in plain.reads] == [piece[-1] for piece in pieces]
    assert passage == replace(extraction_passage([shown, *pieces]), reads=passage.reads)
    trie = build_trie(["place name", "place in London", "person"], tokens)
    marked, read_of = classification_passage(pieces, [(0, 0), (2, 3)], trie, tokens.marks, before=shown)
    without, read_of_plain = classification_passage(pieces, [(0, 0), (2, 3)], trie, tokens.marks)
    assert read_of == read_of_plain
    assert marked.ids == (*shown, *without.ids)
    assert [read.token - len(shown) for read in marked.reads] == [read.token for read in without.reads]
    assert [position - len(shown) for position in marked.positions[len(shown) :]] == list(without.positions)
    assert marked.branches[len(shown) :] == without.branches


def test_each_text_is_read_behind_its_own_examples(base: BaseModel) -> None:
    texts = ["Ada met Bob in London", "the cell", "王小明 in Rome again"]
    before = [demonstration_tokens(found, base.tokens) for found in (Found(BOB), Found(), Found(None, (("Rome", "place"),)))]
    reader = base.reader()
    extractor, classifier = Extractor(reader, base.tokens, 2048), Classifier(reader, base.tokens, 2048)
    spans = [[(piece.start, piece.end) for piece in cut(text)[:2]] for text in texts]
    types = ["person", "place"]
    together, judged = extractor.decisions(texts, types, before=before), classifier(texts, spans, types, before=before)
    plain = extractor.decisions(texts, types)
    for index, text in enumerate(texts):
        [(_, alone)] = extractor.decisions([text], types, before=[before[index]])
        assert together[index][1] == pytest.approx(alone, abs=2e-4)
        [answers] = classifier([text], [spans[index]], types, before=[before[index]])
        for left, right in zip(judged[index], answers, strict=True):
            assert left == pytest.approx(right, abs=2e-4)
        assert (abs(together[index][1] - plain[index][1]).max() > 1e-2) == bool(before[index])


@pytest.fixture
def adapters(gemma: BaseModel, gemma_folder: Path, tmp_path: Path) -> Path:
    for stage in STAGES:
        adapter = read_adapter(save_adapter(gemma, gemma_folder, tmp_path / "pair" / stage, stage=stage, languages=["en"], seed=len(stage)))
        replace(adapter.card, demonstrations="both").write(adapter.folder)
    return tmp_path / "pair"


def test_a_cascade_shows_examples_for_the_texts_that_have_some(gemma: BaseModel, adapters: Path) -> None:
    texts = ["London again", "zzz yyy", "Bob met Ada in Rome"]
    plain = Cascade(gemma, AdapterShelf(adapters), alone=True)(texts, ["person", "place"])
    shown = Cascade(gemma, AdapterShelf(adapters), alone=True, demonstrations=DOCUMENTS)(texts, ["person", "place"])
    changed = [left.entities != right.entities for left, right in zip(plain, shown, strict=True)]
    assert changed[0] or changed[2]
    assert not changed[1]
    other = Cascade(gemma, AdapterShelf(adapters), alone=True, demonstrations=DOCUMENTS)(texts, ["red", "river"])  # nothing shown is of these types
    assert other == Cascade(gemma, AdapterShelf(adapters), alone=True)(texts, ["red", "river"])


def test_adapters_that_were_not_trained_with_examples_refuse_them(gemma: BaseModel, adapters: Path) -> None:
    adapter = read_adapter(adapters / "classifier")
    replace(adapter.card, demonstrations="none").write(adapter.folder)
    with pytest.raises(DemonstrationError) as error:
        Cascade(gemma, AdapterShelf(adapters), demonstrations=DOCUMENTS)
    assert str(error.value) == (
        "demonstrations need adapters that were all trained with the same kind of them; these were with pair/classifier: none, pair/extractor: both"
    )


@pytest.mark.parametrize("documents", [[], [Document("a", "Ada")]])
def test_documents_without_entities_are_refused(documents: Sequence[Document]) -> None:
    with pytest.raises(DemonstrationError, match="has entities; expected labelled ones"):
        Demonstrations(documents, "both")
    with pytest.raises(DemonstrationError, match="demonstrations of kind 'none'; expected one of sentence, entity, both"):
        Demonstrations(DOCUMENTS, "none")


# training


def corpus() -> Corpus:
    documents = []
    for seed in range(40):
        text = random_text(random.Random(seed), 12)
        piece = random.Random(seed).choice(cut(text))
        documents.append(Document(f"{seed}", text, "en", (Entity(piece.start, piece.end, ("person", "place")[seed % 2]),)))
    return Corpus("made", tuple(documents))


@pytest.mark.parametrize("stage", STAGES)
def test_half_of_the_training_texts_stand_behind_examples(gemma: BaseModel, stage: str) -> None:
    tokens, made = gemma.tokens, corpus()
    plain, shown = (prepare([[made]], stage, tokens, seed=1, demonstrations=kind) for kind in ("none", "both"))
    assert prepare([[made]], stage, tokens, seed=1) == plain
    example = tokens.ids([" Example:"])[0]

    def count(bundles: list[list[TrainingRow]]) -> int:
        rows = [row.ids for bundle in bundles for row in bundle]
        return sum(tuple(ids[place : place + len(example)]) == example for ids in rows for place in range(len(ids)))

    assert count(plain) == 0
    assert 8 <= count(shown) <= 30
    answers = [sorted(answer for bundle in bundles for row in bundle for answer in row.answers) for bundles in (plain, shown)]
    assert len(answers[0]) == pytest.approx(len(answers[1]), rel=0.3)  # prompts differ, texts do not


def test_the_entities_of_examples_are_called_as_the_rows_prompt_calls_them(gemma: BaseModel) -> None:
    rows = corpus_rows(corpus(), "extractor", gemma.tokens, random.Random(3), demonstrations="entity")
    known, ends = gemma.tokens.ids([" Known:"])[0], gemma.tokens.ids([" |"])[0]
    for row in rows:
        prefix = [token for token, segment in zip(row.ids, row.segments, strict=True) if segment == 0]
        names = [name for name in ("person", "place", "human", "people", "individual") if gemma.tokens.name(name)[0] in prefix]
        for place, token in enumerate(row.ids):
            if (token,) == known:
                stop = row.ids.index(ends[0], place)
                assert any(gemma.tokens.name(name)[0] in row.ids[place:stop] for name in names) or len(names) < 2


def test_samples_keep_what_was_found_for_their_document(gemma: BaseModel) -> None:
    sample = next(samples_of(ADA, gemma.tokens, size=256))
    assert sample.found == Found()
