"""Demonstrations: what is retrieved for a text, how it is spelled, and that it is read in front of the text."""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from tiny_models import random_text, save_adapter

from cascade import Cascade, Document, Entity, EntityType, Taxonomy
from cascade.adapters.card import STAGES, AdapterShelf, read_adapter
from cascade.adapters.retrieval import Retriever
from cascade.commands.infer import main as infer
from cascade.demonstrations.examples import (
    DemonstrationError,
    Demonstrations,
    Examples,
    as_asked_for,
    demonstration_tokens,
)
from cascade.demonstrations.wrapper import DemonstratedCascade, with_demonstrations
from cascade.model.base_model import BaseModel
from cascade.stages.classifier import Classifier, query_passage
from cascade.stages.extractor import Extractor, extraction_passage
from cascade.stages.type_trie import build_trie
from cascade.text.encoded import encode
from cascade.text.pieces import cut
from train.corpora.loading import Corpus
from train.corpora.prompts import Prompt
from train.rows.bundle import TrainingRow
from train.rows.corpus_rows import corpus_rows
from train.rows.draws import training_bundles
from train.rows.samples import samples_of
from train.rows.stage_rows import classifier_row, extractor_row


def labelled(text: str, **types: str) -> Document:
    """A document in which each named string is an entity of its type."""
    entities = [Entity(text.index(string), text.index(string) + len(string), name) for string, name in types.items()]
    return Document(text, text, None, tuple(entities))


ADA = labelled("Ada Lovelace lived in London", Ada="person", London="place")
BOB = labelled("Bob met Ada in Rome", Bob="person", Ada="person", Rome="place")
CELL = labelled("The cell divides again", cell="biology")
LONG = labelled("London " * 50, London="city")
CHINESE = labelled("王小明住在北京", 王小明="person", 北京="place")
DOCUMENTS = [ADA, BOB, CELL, LONG, CHINESE, Document("unlabelled", "London calling")]


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


@pytest.fixture
def adapters(gemma: BaseModel, gemma_folder: Path, tmp_path: Path) -> Path:
    for stage in STAGES:
        adapter = read_adapter(
            save_adapter(gemma, gemma_folder, tmp_path / "pair" / stage, stage=stage, languages=["en"], seed=len(stage))
        )
        replace(adapter.card, demonstrations="both").write(adapter.folder)
    return tmp_path / "pair"


def test_a_cascade_shows_examples_for_the_texts_that_have_some(gemma: BaseModel, adapters: Path) -> None:
    texts = ["London again", "zzz yyy", "Bob met Ada in Rome"]
    plain = Cascade(gemma, AdapterShelf(adapters), alone=True, min_score=0.0)
    showing = with_demonstrations(plain, DOCUMENTS)
    changed = [
        left.entities != right.entities
        for left, right in zip(plain(texts, ["person", "place"]), showing(texts, ["person", "place"]), strict=True)
    ]
    assert changed[0] or changed[2]
    assert not changed[1]
    assert showing(texts, ["red", "river"]) == plain(texts, ["red", "river"])  # nothing shown is of these types


def test_on_the_way_down_a_taxonomy_examples_are_called_as_the_nodes_that_are_asked_for(
    gemma: BaseModel, adapters: Path
) -> None:
    tree = Taxonomy((EntityType("human", None, (EntityType("person"), EntityType("artist"))), EntityType("place")))
    asked: list[tuple[str, ...]] = []

    class Spy(DemonstratedCascade):
        def in_front(self, texts: Any, names: Mapping[str, str]) -> Any:
            asked.append(tuple(sorted(set(names.values()))))
            return super().in_front(texts, names)

    cascade = with_demonstrations(Cascade(gemma, AdapterShelf(adapters)), DOCUMENTS)
    cascade.__class__ = Spy
    cascade("Ada met the red cross in London and Köln, Bob", tree)
    cascade.demonstrations = cast(Demonstrations, SimpleNamespace(find=lambda text: Examples((ADA,))))
    human, person, place = (gemma.tokens.name(name) for name in ("human", "person", "place"))
    plain = [encode("Ada", gemma.tokens)]
    [top], [below] = (
        [text.before for text in cascade.in_front(plain, tree.names_below(above))] for above in ((), ("human",))
    )
    assert (has(top, human), has(top, person), has(top, place)) == (True, False, True)
    assert (has(below, human), has(below, person), has(below, place)) == (False, True, False)
    assert set(asked) == {("human", "place"), ("artist", "person")}  # once for both stages, and below


def has(ids: Sequence[int], part: Sequence[int]) -> bool:
    return any(tuple(ids[place : place + len(part)]) == tuple(part) for place in range(len(ids)))


def test_adapters_that_were_not_trained_with_examples_refuse_them(gemma: BaseModel, adapters: Path) -> None:
    adapter = read_adapter(adapters / "classifier")
    replace(adapter.card, demonstrations="none").write(adapter.folder)
    with pytest.raises(DemonstrationError) as error:
        with_demonstrations(Cascade(gemma, AdapterShelf(adapters)), DOCUMENTS)
    assert str(error.value) == (
        "demonstrations need adapters that were all trained with the same kind of them; these were with "
        "pair/classifier: none, pair/extractor: both"
    )


def test_only_the_adapters_that_may_be_chosen_count(gemma: BaseModel, gemma_folder: Path, adapters: Path) -> None:
    for stage in STAGES:
        save_adapter(
            gemma, gemma_folder, adapters.parent / "plain" / stage, stage=stage, languages=["de", "fr"], seed=1
        )
    shelf = AdapterShelf(adapters.parent)
    with pytest.raises(DemonstrationError):
        with_demonstrations(Cascade(gemma, Retriever(shelf)), DOCUMENTS)
    showing = with_demonstrations(Cascade(gemma, Retriever(shelf, by_hand="pair")), DOCUMENTS)
    assert showing.demonstrations.find("Ada").mentions == (("Ada", "person"),)


def test_the_command_shows_examples_and_says_what_it_could_not_read(
    gemma_folder: Path, adapters: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "in.txt").write_text("London again\n", encoding="utf-8")
    labelled_sentence = {"sentence": "Ada met Bob", "entity": ["Ada", "Zoe"], "category": ["person", "person"]}
    (tmp_path / "shown.json").write_text(json.dumps({"0": labelled_sentence}), encoding="utf-8")
    common = [
        str(tmp_path / "in.txt"),
        "--base",
        str(gemma_folder),
        "--adapters",
        str(adapters),
        "--precision",
        "fp32",
        "--demonstrations",
    ]
    assert infer([*common, str(tmp_path / "shown.json")]) == 0
    assert "note: reading demonstrations: entities whose string is not in their sentence" in capsys.readouterr().err
    assert infer([*common, str(tmp_path / "in.txt")]) == 2
    assert (
        capsys.readouterr()
        .err.strip()
        .endswith("no document to take demonstrations from has entities; expected labelled ones")
    )


@pytest.mark.parametrize("documents", [[], [Document("a", "Ada")]])
def test_documents_without_entities_are_refused(documents: Sequence[Document]) -> None:
    with pytest.raises(DemonstrationError, match="has entities; expected labelled ones"):
        Demonstrations(documents, "both")
    with pytest.raises(
        DemonstrationError, match="demonstrations of kind 'none'; expected one of sentence, entity, both"
    ):
        Demonstrations(DOCUMENTS, "none")


# training


def corpus() -> Corpus:
    documents = []
    for seed in range(40):
        text = random_text(random.Random(seed), 12)
        piece = random.Random(seed).choice(cut(text))
        documents.append(
            Document(f"{seed}", text, "en", (Entity(piece.start, piece.end, ("person", "place")[seed % 2]),))
        )
    return Corpus("made", tuple(documents))


@pytest.mark.parametrize("stage", STAGES)
def test_half_of_the_training_texts_stand_behind_examples(gemma: BaseModel, stage: str) -> None:
    tokens, made = gemma.tokens, corpus()
    plain, shown = (training_bundles([[made]], stage, tokens, seed=1, demonstrations=kind) for kind in ("none", "both"))
    assert training_bundles([[made]], stage, tokens, seed=1) == plain
    example = tokens.ids([" Example"])[0]

    def count(bundles: list[list[TrainingRow]]) -> int:
        rows = [row.ids if row.text is None else row.text.ids for bundle in bundles for row in bundle]
        return sum(tuple(ids[place : place + len(example)]) == example for ids in rows for place in range(len(ids)))

    assert count(plain) == 0
    assert 8 <= count(shown) <= 30
    answers = [
        sorted(answer for bundle in bundles for row in bundle for answer in row.answers) for bundles in (plain, shown)
    ]
    assert len(answers[0]) == pytest.approx(len(answers[1]), rel=0.3)  # prompts differ, texts do not


@pytest.mark.parametrize("stage", STAGES)
def test_the_entities_of_examples_are_called_as_the_rows_prompt_calls_them(gemma: BaseModel, stage: str) -> None:
    make = extractor_row if stage == "extractor" else classifier_row
    sample = replace(
        next(samples_of(BOB, gemma.tokens, size=256)), examples=Examples((ADA,), (("Rome", "place"), ("Ada", "person")))
    )
    row = make([sample], Prompt(("human",), {"person": "human"}), gemma.tokens)
    shown = demonstration_tokens(as_asked_for(sample.examples, {"person": "human"}), gemma.tokens)
    ids, segments = (row.ids, row.segments) if row.text is None else (row.text.ids, row.text.segments)
    own = [token for token, segment in zip(ids, segments, strict=True) if segment == 1]
    assert tuple(own[: len(shown)]) == shown
    assert has(shown, gemma.tokens.name("human"))
    assert not has(shown, gemma.tokens.name("place"))


def test_all_windows_of_a_document_stand_behind_the_same_examples(
    gemma: BaseModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("train.rows.corpus_rows.WITH_DEMONSTRATIONS", 1.0)
    long = Document("long", "Ada met Bob . " * 150, "en", (Entity(0, 3, "person"),))
    other = labelled("Bob saw Ada , too", Bob="person", Ada="person")
    rows = corpus_rows(
        Corpus("made", (long, other)), "extractor", gemma.tokens, random.Random(3), demonstrations="entity"
    )
    known = gemma.tokens.ids([" Known"])[0]
    behind = sum(has(row.ids, known) for row in rows)
    assert behind >= 2
    assert behind >= sum(len(row.ids) > 100 for row in rows)
