"""Prepared training data: every sentence in one row, every asked-for span labelled, the same data for the same seed."""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from tiny_models import random_text

from cascade.document import Document, Entity
from cascade.errors import CascadeError
from cascade.model.base_model import BaseModel
from cascade.stages.decisions import flat, labels_of
from cascade.text.pieces import cut
from cascade.text.tokens import PieceTokens
from data_formats import read, write
from data_formats.json_lines import to_object
from train.corpora.loading import Corpus, load_corpora
from train.corpora.prompts import Prompt, sample_prompt
from train.prepare import (
    _within_share,
    arguments,
    classifier_row,
    corpus_rows,
    cut_through,
    dev_of,
    extractor_row,
    held_out,
    main,
    prepare,
    run,
    samples_of,
)
from train.rows.bundle import BUNDLE_TOKENS, ROW_LENGTHS, TrainingRow, from_json
from train.rows.parts import parts

TYPES = ["person", "bank", "river", "company"]  # each begins with a token of its own, `none of these` too
STAGES = ("extractor", "classifier")


def random_document(seed: int, words: int = 12) -> Document:
    """A text with flat entities of several types, some of one piece."""
    source, text = random.Random(seed), f"Ada {random_text(random.Random(seed), words)}"
    pieces = cut(text)
    spans = flat(
        (first, min(len(pieces) - 1, first + source.randint(0, 2)))
        for first in source.choices(range(len(pieces)), k=len(pieces) // 4)
    )
    entities = tuple(Entity(pieces[first].start, pieces[last].end, source.choice(TYPES)) for first, last in spans)
    return Document(str(seed), text, ("de", "en")[seed % 2], entities if seed % 4 else ())


def hostile_documents() -> list[Document]:
    """Texts longer than any row: a word, a sentence, one with more marks than text; and texts without pieces."""
    dense = " ".join("Ada" for _ in range(240))
    return [
        Document("word", "z" * 900, entities=(Entity(0, 900, "person"),)),
        Document("long", f"Ada {random_text(random.Random(1), 900)}", entities=(Entity(0, 3, "person"),)),
        Document("dense", dense, entities=tuple(Entity(4 * index, 4 * index + 3, "person") for index in range(240))),
        Document("empty", ""),
        Document("blank", " \n "),
    ]


def corpus_of(documents: list[Document]) -> Corpus:
    return Corpus("made", tuple(documents), ("protein", "enzyme"))


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


def test_crossing_spans_are_learned_in_several_passages(gemma: BaseModel) -> None:
    document = Document("1", "Ada Bob Eve", entities=(Entity(0, 7, "person"), Entity(4, 11, "river")))
    row = classifier_row(
        list(samples_of(document, gemma.tokens, size=256)),
        Prompt(("person", "river"), {name: name for name in ("person", "river")}),
        gemma.tokens,
    )
    assert max(row.segments) == 2
    assert len(row.answers) == 2


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
    assert cut_through([corpus], gemma.tokens) == [f"corpus {corpus.name!r}: {told}"]


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


def text_of(row: TrainingRow, segment: int, tokens: PieceTokens) -> tuple[int, ...]:
    """Ids of the text of a row's passage, without marks and branches."""
    return tuple(
        number
        for number, owner, branch in zip(row.ids, row.segments, row.branches, strict=True)
        if owner == segment and not branch and number not in tokens.marks
    )


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
    assert (
        Counter(text_of(row, segment, base.tokens) for row in rows for segment in range(1, max(row.segments) + 1))
        == expected
    )


@pytest.mark.parametrize("stage", STAGES)
def test_only_a_sample_longer_than_a_row_makes_a_longer_one(base: BaseModel, stage: str) -> None:
    documents = [random_document(number, words=5 + number % 60) for number in range(200)] + hostile_documents()
    for row in corpus_rows(corpus_of(documents), stage, base.tokens, random.Random(1)):
        assert len(row.ids) <= ROW_LENGTHS[-1] or max(row.segments) == 1
        assert row.answers
        assert all(row.segments[token] > 0 for token in row.read_tokens)
        assert all(
            0 <= answer < len(row.questions[question])
            for question, answer in zip(row.read_questions, row.answers, strict=True)
        )


def test_a_corpus_without_entities_is_refused(gemma: BaseModel) -> None:
    with pytest.raises(CascadeError) as error:
        corpus_rows(Corpus("bare", (Document("1", "Ada"),)), "extractor", gemma.tokens, random.Random(1))
    assert str(error.value) == "corpus 'bare': no document has an entity; expected typed entities to train on"


# the whole


@pytest.mark.parametrize("stage", STAGES)
def test_a_seed_prepares_the_same_data_and_every_epoch_anew(gemma: BaseModel, stage: str) -> None:
    draw = [corpus_of([random_document(number) for number in range(60)])]
    once, again, other = (prepare([draw, draw], stage, gemma.tokens, seed=seed) for seed in (1, 1, 2))
    assert once == again != other
    half = prepare([draw], stage, gemma.tokens, seed=1)
    assert once[: len(half)] == half != once[len(half) :]
    assert all(len({row.bucket for row in bundle}) == 1 for bundle in once)
    assert all(sum(row.bucket for row in bundle) <= BUNDLE_TOKENS or len(bundle) == 1 for bundle in once)


@pytest.mark.parametrize("stage", STAGES)
def test_what_is_there_for_replay_is_a_fixed_share_of_the_tokens(gemma: BaseModel, stage: str) -> None:
    """Of far more of it than that about the share, and the other rows are the same as ever."""
    own = corpus_of([random_document(number) for number in range(60)])
    much, little = (
        [replace(corpus_of([random_document(number) for number in range(100, 100 + count)]), replay=True)]
        for count in (200, 5)
    )
    rows, with_much, with_little = (
        [row for bundle in prepare([[own, *more]], stage, gemma.tokens, seed=1) for row in bundle]
        for more in ([], much, little)
    )
    own_tokens, tokens = (sum(len(row.ids) for row in each) for each in (rows, with_much))
    assert tokens - own_tokens == pytest.approx(0.3 * tokens, abs=max(len(row.ids) for row in with_much))
    assert all(row in with_much and row in with_little for row in rows)


@pytest.mark.parametrize(("count", "taken"), [(0, 0), (2, 2), (3, 3), (9, 3)])
def test_rows_for_replay_are_taken_until_they_reach_their_share(gemma: BaseModel, count: int, taken: int) -> None:
    (row,) = corpus_rows(corpus_of([random_document(1)]), "extractor", gemma.tokens, random.Random(1))
    rows = [row] * 7
    assert _within_share([row] * count, rows) == [row] * taken


def test_languages_and_texts_for_the_centroid_are_none_of_those_for_replay(gemma: BaseModel, tmp_path: Path) -> None:
    written(tmp_path, "own.jsonl", range(20))
    written(tmp_path, "other.jsonl", range(20, 40))
    entries = "{path: own.jsonl, dev: own.jsonl}, {path: other.jsonl, replay: true}"
    (tmp_path / "mixture.yaml").write_text(f"corpora: [{entries}]", encoding="utf-8")
    write(
        [replace(document, language="fi") for document in read(tmp_path / "other.jsonl")],
        str(tmp_path / "other.jsonl"),
        "jsonl",
    )
    command = [
        "--stage",
        "extractor",
        "--data",
        str(tmp_path / "mixture.yaml"),
        "--base",
        "tiny",
        "--out",
        str(tmp_path / "out"),
    ]
    task = run(arguments().parse_args(command), gemma.tokens)
    assert task["languages"] == ["de", "en"]  # those of the documents, but for replay
    assert [(corpus["name"], corpus.get("replay", False)) for corpus in task["data"]] == [
        ("own", False),
        ("other", True),
    ]
    texts = {json.loads(line) for line in (tmp_path / "out" / "texts.jsonl").read_text(encoding="utf-8").splitlines()}
    assert texts == {document.text for document in read(tmp_path / "own.jsonl")}


def test_dev_documents_go_with_all_types_of_their_corpus() -> None:
    with_entities, without = random_document(1), Document("x", "Ada", entities=())
    corpus = Corpus("made", (random_document(5),), dev=(with_entities, without))
    types = dev_of([corpus], "extractor")[0][1]
    assert set(types) == {
        entity.type for document in (random_document(5), with_entities) for entity in document.entities
    }
    assert [document for document, _ in dev_of([corpus], "extractor")] == [with_entities, without]
    assert [document for document, _ in dev_of([corpus], "classifier")] == [with_entities]


def written(folder: Path, name: str, numbers: range) -> Path:
    path = folder / name
    path.write_text(
        "".join(json.dumps(to_object(random_document(number)), ensure_ascii=False) + "\n" for number in numbers),
        encoding="utf-8",
    )
    return path


@pytest.mark.parametrize("stage", STAGES)
def test_the_command_writes_what_it_says(gemma: BaseModel, tmp_path: Path, stage: str) -> None:
    data, dev, out = (
        written(tmp_path, "train.jsonl", range(40)),
        written(tmp_path, "dev.jsonl", range(40, 48)),
        tmp_path / "out",
    )
    options = arguments().parse_args(
        ["--stage", stage, "--data", str(data), "--dev", str(dev), "--out", str(out), "--base", "tiny", "--seed", "3"]
    )
    task = run(options, gemma.tokens)
    assert json.loads((out / "task.json").read_text(encoding="utf-8")) == task
    lines = [json.loads(line) for line in (out / "train.jsonl").read_text(encoding="utf-8").splitlines()]
    made = [from_json(line["bundle"]) for line in lines]
    assert made == prepare([[Corpus("train", tuple(read(data)))]], stage, gemma.tokens, seed=3)
    assert all(line["messages"] == [{"role": "assistant", "content": "-"}] for line in lines)
    scored = [
        json.loads(json.loads(line)["document"])
        for line in (out / "dev.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    asked_for = {document.id: document for document in read(dev) if document.entities or stage == "extractor"}
    assert {item["document"]["id"]: item["document"] for item in scored} == {
        name: json.loads(json.dumps(to_object(document))) for name, document in asked_for.items()
    }
    assert len(scored) == len(asked_for)
    assert {item["stage"] for item in scored} == {stage}
    rows = [row for bundle in made for row in bundle]
    assert (task["base"], task["stage"], task["languages"], set(task["types"])) == (
        "tiny",
        stage,
        ["de", "en"],
        set(TYPES),
    )
    assert (task["bundles"], task["rows"], task["dev_documents"]) == (len(made), len(rows), len(scored))
    assert (task["tokens"], task["decisions"]) == (
        sum(len(row.ids) for row in rows),
        sum(len(row.answers) for row in rows),
    )


def test_so_many_dev_documents_are_drawn_as_asked_for(gemma: BaseModel, tmp_path: Path) -> None:
    data, dev = written(tmp_path, "train.jsonl", range(8)), written(tmp_path, "dev.jsonl", range(40, 60))
    command = [
        "--stage",
        "extractor",
        "--data",
        str(data),
        "--dev",
        str(dev),
        "--base",
        "tiny",
        "--dev-documents",
        "5",
        "--out",
    ]
    assert run(arguments().parse_args([*command, str(tmp_path / "a")]), gemma.tokens)["dev_documents"] == 5
    run(arguments().parse_args([*command, str(tmp_path / "b")]), gemma.tokens)
    assert (tmp_path / "a" / "dev.jsonl").read_text(encoding="utf-8") == (tmp_path / "b" / "dev.jsonl").read_text(
        encoding="utf-8"
    )


def test_without_dev_documents_a_fifth_is_held_out(gemma: BaseModel, tmp_path: Path) -> None:
    data = written(tmp_path, "train.jsonl", range(50))
    for name, seed in (("a", "1"), ("b", "2")):
        command = [
            "--stage",
            "extractor",
            "--data",
            str(data),
            "--base",
            "tiny",
            "--epochs",
            "2",
            "--seed",
            seed,
            "--out",
            str(tmp_path / name),
        ]
        task = run(arguments().parse_args(command), gemma.tokens)
        assert task["dev_documents"] == 10
        assert task["data"][0]["documents"] == 2 * 40
    scored = [
        json.loads(json.loads(line)["document"])["document"]["id"]
        for line in (tmp_path / "a" / "dev.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    assert (tmp_path / "a" / "dev.jsonl").read_text(encoding="utf-8") == (tmp_path / "b" / "dev.jsonl").read_text(
        encoding="utf-8"
    )
    (corpus,) = load_corpora(data, data_root=None, seed=1)
    kept = held_out(corpus, most=1000)
    assert {document.id for document in kept.dev} == set(scored)
    assert not {document.id for document in kept.documents} & set(scored)
    assert len(kept.documents) + len(kept.dev) == 50
    assert len(held_out(corpus, most=3).dev) == 3
    assert held_out(replace(corpus, documents=corpus.documents[:2]), most=9).dev == ()  # too few to share


def test_languages_that_share_adapters_are_all_named(gemma: BaseModel, tmp_path: Path) -> None:
    written(tmp_path, "train.jsonl", range(8))
    (tmp_path / "m.yaml").write_text(
        "corpora: [{path: train.jsonl, language: sr+hr}, {path: missing.jsonl, language: hr}]", encoding="utf-8"
    )
    command = [
        "--stage",
        "extractor",
        "--data",
        str(tmp_path / "m.yaml"),
        "--language",
        "sr+hr",
        "--base",
        "tiny",
        "--out",
        str(tmp_path / "out"),
    ]
    assert run(arguments().parse_args(command), gemma.tokens)["languages"] == ["hr", "sr"]


def test_an_error_of_the_command_is_one_line(
    tmp_path: Path, gemma_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mixture = tmp_path / "m.yaml"
    mixture.write_text("corpora: []\n", encoding="utf-8")
    assert (
        main(
            [
                "--stage",
                "extractor",
                "--data",
                str(mixture),
                "--out",
                str(tmp_path / "out"),
                "--base",
                str(gemma_folder),
            ]
        )
        == 2
    )
    assert (
        capsys.readouterr().err
        == f"error: {mixture}: found no list `corpora`; expected entries with `path` and `documents`, as in "
        "train/multilingual.yaml\n"
    )
