"""Entities in columns, wherever they begin and end: tokens are cut there, and what is read again is what was
written.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

import data_formats
from cascade.commands import convert as convert_command
from cascade.document import Document, Entity
from cascade.errors import FormatError
from data_formats.report import BLANK_EDGES, CUT_TOKENS, ENTITY_SPACING, NESTED_ENTITIES, SPACING, UNALIGNED_ENTITIES

SPACED = [
    *(
        "New",
        "York",
        "İzmir",
        "iPhone15",
        "U.S.",
        "Hewlett-Packard",
        "naı\u0308ve",
        "e\u0301te\u0301",
        "ירושלים",
        "\u200eاعلن",
        "می\u200cروم",
    ),
    *("हिन्दी", "서울은", "😀", "👩\u200d👩\u200d👧", "#tag", "O", "B-LOC", "a\u00a0b", "(x),"),
]
UNSPACED = ["中国", "東京タワー", "ไทย", "。", "2026", "北京大学"]
TYPES = ["person", "literary award", "组织"]
FORMATS = ["conll", "indexed", "conllu"]
SEEDS = range(40)


def random_document(
    chance: random.Random, number: int, words: list[str], gap: Callable[[], str], *, tokens: bool
) -> Document:
    """Words, some of them repeated; entities that begin and end anywhere but in white space."""
    chosen = chance.choices(words, k=chance.randint(1, 8))
    chosen += chance.choices(chosen, k=chance.randint(0, 3))
    text, offsets = "", []
    for word in chosen:
        text += gap() if text else ""
        offsets.append((len(text), len(text) + len(word)))
        text += word
    entities = set()
    for _ in range(chance.randint(0, 5)):
        start = chance.randrange(len(text))
        end = chance.randint(start + 1, min(len(text), start + 12))
        if not text[start].isspace() and not text[end - 1].isspace():
            entities.add(Entity(start, end, chance.choice(TYPES)))
    return Document(f"d{number}", text, None, tuple(entities), tuple(offsets) if tokens else None)


def documents_of(seed: int, words: list[str], gaps: list[str], *, tokens: bool) -> list[Document]:
    chance = random.Random(seed)
    return [random_document(chance, number, words, lambda: chance.choice(gaps), tokens=tokens) for number in range(6)]


def longest(document: Document) -> tuple[Entity, ...]:
    """Entities that share no character, the longest first where they would: the slow, obvious way."""
    kept: list[Entity] = []
    for entity in sorted(document.entities, key=lambda entity: (entity.start - entity.end, entity.start, entity.type)):
        if all(entity.end <= other.start or other.end <= entity.start for other in kept):
            kept.append(entity)
    return tuple(sorted(kept))


def mentions(document: Document, entities: tuple[Entity, ...]) -> list[tuple[str, str]]:
    return [(document.text_of(entity), entity.type) for entity in entities]


def through(format_: str, documents: list[Document], path: Path) -> tuple[list[Document], dict[str, int]]:
    report = data_formats.write(documents, path, format_)
    return list(data_formats.read(path, format_, scheme="bio")), dict(report.losses)


@pytest.mark.parametrize("tokens", [True, False])
@pytest.mark.parametrize("seed", SEEDS)
def test_conllu_holds_texts_and_entities_as_they_are(tmp_path: Path, seed: int, *, tokens: bool) -> None:
    documents = documents_of(seed, SPACED + UNSPACED, [" ", " ", "", "  ", "\u3000"], tokens=tokens)
    copies, losses = through("conllu", documents, tmp_path / "d")
    assert [(copy.id, copy.text, copy.entities) for copy in copies] == [
        (each.id, each.text, longest(each)) for each in documents
    ]
    nested = sum(len(document.entities) - len(longest(document)) for document in documents)
    assert {kind: count for kind, count in losses.items() if kind != CUT_TOKENS} == (
        {NESTED_ENTITIES: nested} if nested else {}
    )


@pytest.mark.parametrize("format_", ["conll", "indexed"])
@pytest.mark.parametrize(
    ("words", "gaps"), [(SPACED, [" ", " ", "  ", "\u3000"]), (UNSPACED, ["", "", " "])], ids=["spaced", "unspaced"]
)
@pytest.mark.parametrize("seed", SEEDS)
def test_columns_hold_entities_as_they_are(
    tmp_path: Path, seed: int, words: list[str], gaps: list[str], format_: str
) -> None:
    documents = documents_of(seed, words, gaps, tokens=False)
    copies, losses = through(format_, documents, tmp_path / "d")
    assert [mentions(copy, copy.entities) for copy in copies] == [mentions(each, longest(each)) for each in documents]
    assert losses.get(SPACING, 0) == sum(copy.text != each.text for copy, each in zip(copies, documents, strict=True))
    assert ENTITY_SPACING not in losses


@pytest.mark.parametrize("format_", ["conll", "indexed"])
@pytest.mark.parametrize("tokens", [True, False])
@pytest.mark.parametrize("seed", SEEDS)
def test_what_columns_read_otherwise_is_counted(tmp_path: Path, seed: int, format_: str, *, tokens: bool) -> None:
    """Scripts with and without spaces in one file, and tokens of a source that are not joined as the file's are."""
    documents = documents_of(seed, SPACED + UNSPACED, [" ", "", "  "], tokens=tokens)
    copies, losses = through(format_, documents, tmp_path / "d")
    pairs = [
        (read, written)
        for copy, document in zip(copies, documents, strict=True)
        for read, written in zip(mentions(copy, copy.entities), mentions(document, longest(document)), strict=True)
    ]
    assert losses.get(ENTITY_SPACING, 0) == sum(read != written for read, written in pairs)
    assert [("".join(read.split()), kind) for (read, kind), _ in pairs] == [
        ("".join(text.split()), kind) for _, (text, kind) in pairs
    ]
    assert losses.get(SPACING, 0) == sum(copy.text != each.text for copy, each in zip(copies, documents, strict=True))


@pytest.mark.parametrize(
    ("text", "tokens", "spans", "written"),
    [
        ("서울은 크다", None, [(0, 2)], ["서울 B-X", "은 O", "크다 O"]),
        ("서울은 크다", [(0, 3), (4, 6)], [(0, 2)], ["서울 B-X", "은 O", "크다 O"]),
        ("an iPhone15", [(0, 2), (3, 11)], [(3, 9)], ["an O", "iPhone B-X", "15 O"]),
        ("an iPhone15", [(0, 2), (3, 11)], [(3, 9), (9, 11)], ["an O", "iPhone B-X", "15 B-X"]),
        ("pre-U.S. law", [(0, 8), (9, 12)], [(4, 8)], ["pre- O", "U.S. B-X", "law O"]),
        ("In U.S. law.", None, [(3, 7)], ["In O", "U.S. B-X", "law O", ". O"]),  # U, ., S, . would be read as U . S .
        ("New  York", None, [(0, 9)], ["New  York B-X"]),
        ("New York", None, [(0, 8)], ["New B-X", "York I-X"]),
        ("New York", [(0, 8)], [(0, 3), (4, 8)], ["New B-X", "York B-X"]),  # nor is the blank between a token
        ("去北京了", None, [(1, 3)], ["去 O", "北 B-X", "京 I-X", "了 O"]),
        (
            "去 New York 的北京",
            None,
            [(2, 10)],
            ["去 O", "New York B-X", "的 O", "北 O", "京 O"],
        ),  # joined by nothing: NewYork
        ("e\u0301a", [(0, 3)], [(0, 2)], ["e\u0301 B-X", "a O"]),
        ("ab cd", [(0, 2)], [(3, 5)], ["ab O", "cd B-X"]),  # the source has no token there
    ],
)
def test_tokens_are_cut_where_entities_begin_and_end(
    tmp_path: Path, text: str, tokens: list[tuple[int, int]] | None, spans: list[tuple[int, int]], written: list[str]
) -> None:
    entities = tuple(Entity(start, end, "X") for start, end in spans)
    document = Document("line-1", text, None, entities, None if tokens is None else tuple(tokens))
    data_formats.write([document], tmp_path / "d.conll")
    lines = (tmp_path / "d.conll").read_text(encoding="utf-8").splitlines()
    assert lines == [
        *(
            " ".join(line.rsplit(" ", 1)).replace(" B-X", "\tB-X").replace(" I-X", "\tI-X").replace(" O", "\tO")
            for line in written
        ),
        "",
    ]


def test_cut_tokens_are_counted(tmp_path: Path) -> None:
    document = Document("line-1", "서울은 크다", None, (Entity(0, 2, "X"),), ((0, 3), (4, 6)))
    report = data_formats.write([document], tmp_path / "d.conll")
    assert (dict(report.losses), report.first) == (
        {CUT_TOKENS: 1, SPACING: 1},
        {CUT_TOKENS: "line-1: '서울은'", SPACING: "line-1"},
    )


def test_tokens_that_fit_are_left_as_they_are(tmp_path: Path) -> None:
    document = Document("line-1", "U.S. law", None, (Entity(0, 4, "X"),), ((0, 4), (5, 8)))
    assert through("conll", [document], tmp_path / "d") == ([document], {})


def test_entities_that_begin_or_end_in_white_space_are_counted(tmp_path: Path) -> None:
    document = Document("line-1", "a b c", None, (Entity(1, 3, "X"), Entity(2, 4, "X"), Entity(1, 2, "X")))
    assert through("conllu", [document], tmp_path / "d")[1] == {BLANK_EDGES: 3}


@pytest.mark.parametrize("format_", FORMATS)
def test_tokens_can_be_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str], format_: str) -> None:
    document = Document("line-1", "an iPhone15", None, (Entity(0, 2, "Y"), Entity(3, 9, "X")), ((0, 2), (3, 11)))
    data_formats.write([document], tmp_path / "in.jsonl")
    assert (
        convert_command.main([str(tmp_path / "in.jsonl"), str(tmp_path / "out"), "--to", format_, "--keep-tokens"]) == 0
    )
    [copy] = data_formats.read(tmp_path / "out", format_)
    assert (copy.tokens, copy.entities) == (document.tokens, (Entity(0, 2, "Y"),))
    assert capsys.readouterr().err == (
        f"wrote 1 documents with 1 entities\n"
        f"not carried, or changed: {UNALIGNED_ENTITIES}: 1 (first: line-1: 'iPhone' at 3..9 (X))\n"
    )


def test_only_columns_have_tokens_to_keep(tmp_path: Path) -> None:
    with pytest.raises(FormatError) as error:
        data_formats.write([], tmp_path / "out.jsonl", keep_tokens=True)
    assert str(error.value) == f"--keep-tokens: for files of columns, and {tmp_path}/out.jsonl is jsonl; leave it out"
