"""Random documents written and read again, in every format that can be read."""

import io
import random
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import data_formats
from cascade.document import Document, Entity
from data_formats.geic import located
from data_formats.identifiers import line_id
from data_formats.report import MOVED_ENTITIES, NESTED_ENTITIES, SPACING, UNALIGNED_ENTITIES
from data_formats.spacing import tokenised

WORDS = [
    *(
        "New",
        "York",
        "University",
        "Paris",
        "İzmir",
        "ışık",
        "Straße",
        "naı\u0308ve",
        "e\u0301te\u0301",
        "\u200eاعلن",
        "ירושלים",
        "हिन्दी",
        "می\u200cروم",
    ),
    *(
        "中国",
        "東京タワー",
        "ไทย",
        "서울은",
        "😀",
        "👩\u200d👩\u200d👧",
        "#",
        "##",
        "#tag",
        "O",
        "B-LOC",
        "-",
        "1",
        "\\t",
    ),
    *('"', "{", "U.S.", "a\u00a0b", "x\u2028y"),
]
TYPES = ["person", "literary award", "B-ORG", "组织"]
SEEDS = range(40)


def random_document(chance: random.Random, identifier: str, gap: Callable[[], str]) -> Document:
    """Words with repeats and gaps between; entities that nest, cross and repeat; some inside words."""
    words = [chance.choice(WORDS) for _ in range(chance.randint(1, 8))]
    words += chance.choices(words, k=chance.randint(0, 3))
    text, tokens = "", []
    for word in words:
        text += gap() if text else ""
        tokens.append((len(text), len(text) + len(word)))
        text += word
    entities = set()
    for _ in range(chance.randint(0, 4)):
        first = chance.randrange(len(tokens))
        last = min(len(tokens) - 1, first + chance.randint(0, 2))
        entities.add(Entity(tokens[first][0], tokens[last][1], chance.choice(TYPES), chance.choice([None, 0.25])))
        start = chance.randrange(len(text))
        entities.add(Entity(start, chance.randint(start + 1, len(text)), chance.choice(TYPES)))
    language = chance.choice([None, "de", "zh"])
    return Document(identifier, text, language, tuple(entities), chance.choice([None, tuple(tokens)]))


def documents_of(seed: int) -> list[Document]:
    chance = random.Random(seed)
    return [
        random_document(chance, f"d{number} é", lambda: chance.choice([" ", " ", "", "  ", "\t", "\u3000"]))
        for number in range(5)
    ]


def through(
    format_: str, documents: list[Document], path: Path, *, keep_tokens: bool = False, **options: Any
) -> tuple[list[Document], data_formats.Report]:
    report = data_formats.write(documents, path, format_, keep_tokens=keep_tokens)
    return list(data_formats.read(path, format_, **options)), report


@pytest.mark.parametrize("seed", SEEDS)
def test_json_lines_hold_everything(tmp_path: Path, seed: int) -> None:
    documents = documents_of(seed)
    assert through("jsonl", documents, tmp_path / "d") == (
        documents,
        data_formats.Report(5, sum(len(document.entities) for document in documents)),
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_geic_holds_all_but_the_entities_that_it_counts(tmp_path: Path, seed: int) -> None:
    documents = documents_of(seed)
    copies, report = through("geic", documents, tmp_path / "d")
    moved = 0
    for document, copy in zip(documents, copies, strict=True):
        assert (copy.id, copy.text) == (document.id, document.text)
        spans = located([document.text_of(entity) for entity in document.entities], document.text)
        kept = [
            (entity.span, entity.type)
            for entity, span in zip(document.entities, spans, strict=True)
            if span == entity.span
        ]
        moved += len(document.entities) - len(kept)
        assert set(kept) <= {(entity.span, entity.type) for entity in copy.entities}
        assert all(
            copy.text_of(entity) in {document.text_of(gold) for gold in document.entities} for entity in copy.entities
        )
    assert report.losses[MOVED_ENTITIES] == moved


def flat(document: Document) -> Document:
    """What one layer of columns holds of a document: the slow, obvious way."""
    tokens = tokenised(document.text) if document.tokens is None else document.tokens
    kept: list[Entity] = []

    def order(entity: Entity) -> tuple[Any, ...]:
        score = 1.0 if entity.score is None else entity.score
        return entity.unsure, entity.start - entity.end, entity.start, -score, entity.type

    for entity in sorted(document.entities, key=order):
        aligned = entity.start in [start for start, _ in tokens] and entity.end in [end for _, end in tokens]
        if aligned and all(entity.end <= other.start or other.end <= entity.start for other in kept):
            kept.append(Entity(entity.start, entity.end, entity.type))
    return Document(document.id, document.text, None, tuple(kept), tokens)


@pytest.mark.parametrize("seed", SEEDS)
def test_conllu_with_tokens_as_they_are_holds_one_layer_of_entities_at_their_boundaries(
    tmp_path: Path, seed: int
) -> None:
    documents = [
        Document(d.id, d.text.replace("\t", " "), d.language, d.entities, d.tokens) for d in documents_of(seed)
    ]
    copies, report = through("conllu", documents, tmp_path / "d", scheme="bio", keep_tokens=True)
    assert copies == [flat(document) for document in documents]
    lost = sum(len(document.entities) - len(copy.entities) for document, copy in zip(documents, copies, strict=True))
    assert report.losses[NESTED_ENTITIES] + report.losses[UNALIGNED_ENTITIES] == lost


@pytest.mark.parametrize("format_", ["conll", "indexed"])
@pytest.mark.parametrize("seed", SEEDS)
def test_columns_hold_what_conllu_does_where_one_space_is_between_tokens(
    tmp_path: Path, seed: int, format_: str
) -> None:
    chance = random.Random(seed)
    documents, line = [], 1
    for _ in range(5):
        spaced = random_document(chance, line_id(line), lambda: " ")
        offsets = [(m, m + len(word)) for m, word in _split(spaced.text)]
        documents.append(Document(spaced.id, spaced.text, None, spaced.entities, tuple(offsets)))
        line += len(offsets) + 1
    copies, report = through(format_, documents, tmp_path / "d", scheme="bio", join="space", keep_tokens=True)
    assert copies == [flat(document) for document in documents]
    joined_by_rule = data_formats.read(tmp_path / "d", format_, scheme="bio")
    assert report.losses[SPACING] == sum(
        copy.text != document.text for copy, document in zip(joined_by_rule, documents, strict=True)
    )


def _split(text: str) -> list[tuple[int, str]]:
    position, words = 0, []
    for word in text.split(" "):
        words.append((position, word))
        position += len(word) + 1
    return words


@pytest.mark.parametrize("seed", SEEDS)
def test_columns_written_again_are_the_same_bytes(tmp_path: Path, seed: int) -> None:
    data_formats.write(documents_of(seed), tmp_path / "once", "conll")
    data_formats.write(data_formats.read(tmp_path / "once", "conll", scheme="bio"), tmp_path / "twice", "conll")
    assert (tmp_path / "twice").read_bytes() == (tmp_path / "once").read_bytes()


@pytest.mark.parametrize("seed", SEEDS)
def test_plain_text_holds_texts(tmp_path: Path, seed: int) -> None:
    documents = documents_of(seed)
    copies, _ = through("text", documents, tmp_path / "d")
    assert [copy.text for copy in copies] == [document.text.replace("\t", " ") for document in documents]


@pytest.mark.parametrize("format_", ["jsonl", "geic", "conllu", "conll", "indexed", "text"])
def test_a_pipe_reads_like_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, format_: str) -> None:
    data_formats.write(documents_of(0), tmp_path / "d", format_)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO((tmp_path / "d").read_bytes())))
    assert list(data_formats.read("-", format_)) == list(data_formats.read(tmp_path / "d", format_))
