"""Samples and rows: every sentence stands in one row, every asked-for span is labelled."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

import pytest
from labelled_documents import STAGES, TYPES, corpus_of, hostile_documents, random_document

from cascade.document import Document, Entity
from cascade.errors import CascadeError
from cascade.model.base_model import BaseModel
from cascade.stages.decisions import labels_of
from cascade.text.pieces import cut
from train.corpora.loading import Corpus
from train.corpora.prompts import SHARES, Prompt, sample_prompt
from train.rows.bundle import ROW_LENGTHS, TrainingRow
from train.rows.corpus_rows import corpus_rows
from train.rows.parts import parts
from train.rows.samples import oversized_entities, samples_of
from train.rows.stage_rows import classifier_row, extractor_row

# labels


@pytest.mark.parametrize("seed", range(20))
def test_the_extractor_learns_the_spans_that_the_prompt_asks_for_and_no_other(base: BaseModel, seed: int) -> None:
    documents = [random_document(4 * seed + 1), random_document(4 * seed + 2)]
    prompt = sample_prompt(TYPES, TYPES, ["protein"], random.Random(seed), any_type=True)
    row = extractor_row(
        [sample for document in documents for sample in samples_of(document, base.tokens, size=256)],
        prompt,
        base.tokens,
    )
    expected = []
    for document in documents:
        pieces = cut(document.text)
        starts, ends = [piece.start for piece in pieces], [piece.end for piece in pieces]
        wanted = [
            (starts.index(entity.start), ends.index(entity.end))
            for entity in document.entities
            if entity.type in prompt.names
        ]
        expected += labels_of(wanted, len(pieces))
    assert row.answers == expected
    assert row.questions == [list(base.tokens.labels)]
    assert tuple(row.ids[: row.segments.index(1)]) == base.tokens.prefix(prompt.types)


def test_of_nested_spans_the_outermost_asked_for_is_labelled(gemma: BaseModel) -> None:
    document = Document("1", "Bank of Köln", entities=(Entity(0, 12, "company"), Entity(8, 12, "river")))
    samples = list(samples_of(document, gemma.tokens, size=256))
    both, inner, neither = (
        extractor_row(samples, Prompt(("river",), {name: name for name in names}), gemma.tokens)
        for names in (["company", "river"], ["river"], [])
    )
    assert both.answers == [1, 2, 3]
    assert inner.answers == [0, 0, 4]
    assert neither.answers == [0, 0, 0]


@pytest.mark.parametrize("seed", range(20))
def test_the_classifier_learns_each_span_and_what_is_not_asked_for_as_none_of_these(base: BaseModel, seed: int) -> None:
    document = random_document(4 * seed + 1)
    prompt = sample_prompt(TYPES, TYPES, [], random.Random(seed), any_type=False)
    row = classifier_row(list(samples_of(document, base.tokens, size=256)), prompt, base.tokens)
    entities = sorted(document.entities)
    assert row.ids.count(base.tokens.marks.close) == len(entities)
    answered: dict[int, list[int]] = {
        token: [] for token, number in enumerate(row.ids) if number == base.tokens.marks.close
    }
    closes = sorted(answered)
    begun = -1
    for token, question, answer in zip(row.read_tokens, row.read_questions, row.answers, strict=True):
        begun = token if token in answered else begun  # reads after a close mark's are those on its branch
        answered[begun].append(row.questions[question][answer])
    for close, entity in zip(closes, entities, strict=True):
        name = base.tokens.name(prompt.names.get(entity.type, "none of these"))
        assert answered[close][0] == name[0]
        assert set(answered[close]) <= {*name, base.tokens.end_id}


def test_crossing_spans_are_learned_together(gemma: BaseModel) -> None:
    document = Document("1", "Ada Bob Eve", entities=(Entity(0, 7, "person"), Entity(4, 11, "river")))
    row = classifier_row(
        list(samples_of(document, gemma.tokens, size=256)),
        Prompt(("person", "river"), {name: name for name in ("person", "river")}),
        gemma.tokens,
    )
    assert max(row.segments) == 1
    assert max(row.queries) == len(row.answers) == 2


def test_the_classifier_is_never_asked_for_any_type(gemma: BaseModel) -> None:
    with pytest.raises(ValueError, match=r"^the classifier's prompt names its types$"):
        classifier_row([], Prompt(None, {}), gemma.tokens)


# windows


def test_samples_part_a_long_text_and_keep_the_spans_that_they_hold_whole(gemma: BaseModel) -> None:
    document = Document(
        "1", "Ada met Bob in Köln", entities=(Entity(0, 3, "person"), Entity(8, 19, "river"), Entity(15, 19, "bank"))
    )
    encoded = gemma.tokens.pieces(document.text, cut(document.text))
    size = sum(map(len, encoded[:3]))
    samples = list(samples_of(document, gemma.tokens, size=size))
    assert [piece for sample in samples for piece in sample.pieces] == encoded
    assert samples[0].spans == ((0, 0, "person"),)
    kept = [name for sample in samples for *_, name in sample.spans]
    assert "river" not in kept  # crosses from one window into the next
    assert sum(sample.length for sample in samples) == sum(map(len, encoded))


def test_long_texts_are_parted_between_sentences_and_no_entity_is_cut(gemma: BaseModel) -> None:
    river = "River Loire, which goes on and on, "
    text = f"Ada slept. Bob met Eve there. {river * 3}and Ada slept."
    entities = (Entity(0, 3, "person"), Entity(19, 22, "person"), Entity(30, 30 + len(river) - 2, "river"))
    document = Document("1", text, entities=entities)
    pieces = cut(text)
    encoded = gemma.tokens.pieces(text, pieces)
    samples = list(
        samples_of(
            document,
            gemma.tokens,
            size=sum(len(ids) for ids, piece in zip(encoded, pieces, strict=True) if piece.end < 45),
        )
    )
    assert samples[0].pieces == tuple(ids for ids, piece in zip(encoded, pieces, strict=True) if piece.end < 30)
    assert [name for sample in samples for *_, name in sample.spans] == ["person", "person", "river"]
    assert [piece for sample in samples for piece in sample.pieces] == gemma.tokens.pieces(text, pieces)


def test_entities_longer_than_a_part_are_counted(gemma: BaseModel) -> None:
    text = "Ada " + "la " * 400
    corpus = corpus_of(
        [
            Document("short", "Ada", entities=(Entity(0, 3, "person"),)),
            Document("long", text, entities=(Entity(4, len(text) - 1, "song"),)),
        ]
    )
    told = "entities that no part of 256 tokens holds whole, learnt as none: 1, the first in document 'long'"
    assert oversized_entities([corpus], gemma.tokens) == [f"corpus {corpus.name!r}: {told}"]


@pytest.mark.parametrize("seed", range(200))
def test_parts_are_whole_and_fit(seed: int) -> None:
    source = random.Random(seed)
    counts = [source.randint(1, 4) for _ in range(source.randint(0, 60))]
    starts = sorted({0, *(source.randrange(len(counts)) for _ in range(len(counts) // 8))}) if counts else []
    spans = [
        (first, min(len(counts) - 1, first + source.randint(0, 5)))
        for first in range(len(counts))
        if source.random() < 0.1
    ]
    size = source.randint(3, 40)
    held = [(first, last) for first, last in spans if sum(counts[first : last + 1]) <= size]
    found = list(parts(counts, starts, spans, size=size))
    assert [piece for first, last in found for piece in range(first, last)] == list(range(len(counts)))
    for first, last in found:
        assert last == first + 1 or sum(counts[first:last]) <= size
        free = [
            end
            for end in range(first + 1, len(counts))
            if sum(counts[first:end]) <= size and not any(a < end <= b for a, b in held)
        ]
        if last < len(counts) and free:
            between_sentences = [end for end in free if end in starts]
            assert last == (between_sentences or free)[-1]


def test_an_entity_is_not_cut_for_the_sake_of_a_longer_one_that_no_part_holds() -> None:
    assert list(parts([1] * 20, [0], [(0, 19), (9, 11)], size=10)) == [(0, 9), (9, 19), (19, 20)]


# rows


def text_of(row: TrainingRow, segment: int) -> tuple[int, ...]:
    """Ids of the text of a row's passage, or of the text that its queries are on."""
    ids, segments = (row.ids, row.segments) if row.text is None else (row.text.ids, row.text.segments)
    return tuple(number for number, owner in zip(ids, segments, strict=True) if owner == segment)


@pytest.mark.slow
@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("seed", range(3))
def test_every_sample_is_in_exactly_one_row(base: BaseModel, stage: str, seed: int) -> None:
    documents = [
        random_document(100 * seed + number, words=5 + number % 60) for number in range(300)
    ] + hostile_documents()
    samples = [
        sample for document in documents for sample in samples_of(document, base.tokens, size=ROW_LENGTHS[-1] // 2)
    ]
    expected = Counter(
        tuple(token for piece in sample.pieces for token in piece)
        for sample in samples
        if sample.spans or stage == "extractor"
    )
    rows = corpus_rows(corpus_of(documents), stage, base.tokens, random.Random(seed))
    assert Counter(text_of(row, segment) for row in rows for segment in range(1, max(row.segments) + 1)) == expected


@pytest.mark.slow
@pytest.mark.parametrize("stage", STAGES)
def test_only_a_sample_longer_than_a_row_makes_a_longer_one(base: BaseModel, stage: str) -> None:
    documents = [random_document(number, words=5 + number % 60) for number in range(200)] + hostile_documents()
    for row in corpus_rows(corpus_of(documents), stage, base.tokens, random.Random(1)):
        assert row.size <= ROW_LENGTHS[-1] or max(row.segments) == 1
        assert row.answers
        assert all(row.segments[token] > 0 for token in row.read_tokens)
        assert all(
            0 <= answer < len(row.questions[question])
            for question, answer in zip(row.read_questions, row.answers, strict=True)
        )


@pytest.mark.parametrize("stage", STAGES)
def test_with_prompts_of_their_own_documents_do_not_share_a_row(gemma: BaseModel, stage: str) -> None:
    texts = [
        Document(str(number), f"The saw {number}", "en", (Entity(4, 7, f"tool {number}"),)) for number in range(40)
    ]
    corpus = Corpus("tools", tuple(texts), own_prompts=True, shares=replace(SHARES, any_type=0.0, renamed=0.0))
    rows = corpus_rows(corpus, stage, gemma.tokens, random.Random(1))
    assert [max(row.segments) for row in rows] == [1] * len(texts)
    shared = corpus_rows(replace(corpus, own_prompts=False), stage, gemma.tokens, random.Random(1))
    assert len(shared) < len(rows)


def test_types_that_a_document_says_it_has_none_of_are_asked_for(gemma: BaseModel) -> None:
    shares = replace(SHARES, any_type=0.0, renamed=0.0, absent=(0,), thinned=0.0, long=0.0)
    text = Document("1", "The saw", "en", (Entity(4, 7, "tool"),))
    told = replace(text, fields={"absent": ["machine"]})
    sizes = []
    for document, own in ((text, True), (told, True), (told, False)):
        corpus = Corpus("tools", (document,), own_prompts=own, shares=shares)
        [row] = corpus_rows(corpus, "classifier", gemma.tokens, random.Random(1))
        sizes.append(sum(len(question) - 1 for question in row.questions))  # branches to so many types but one
    assert sizes[1] == sizes[0] + 1 == sizes[2] + 1, "only where each document has a prompt of its own"


@pytest.mark.parametrize("absent", ["machine", [""], [3], ["machine", "tool"]])
def test_absent_types_of_another_form_are_refused(gemma: BaseModel, absent: object) -> None:
    document = Document("1", "The saw", "en", (Entity(4, 7, "tool"),), fields={"absent": absent})
    with pytest.raises(CascadeError, match="corpus 'tools': document '1': .* expected"):
        corpus_rows(Corpus("tools", (document,), own_prompts=True), "extractor", gemma.tokens, random.Random(1))


def test_a_corpus_without_entities_is_refused(gemma: BaseModel) -> None:
    with pytest.raises(CascadeError) as error:
        corpus_rows(Corpus("bare", (Document("1", "Ada"),)), "extractor", gemma.tokens, random.Random(1))
    assert str(error.value) == "corpus 'bare': no document has an entity; expected typed entities to train on"
