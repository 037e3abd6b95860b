"""Answers that copy their text by the tokens that the text usually has."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from tiny_models import random_text

from cascade.published.answer_formats import write_answer
from cascade.published.copying import Copying, CopyingRows
from cascade.published.generator import ChatModel, load
from cascade.published.inline import BRACKETED, XML, InlineFormat
from cascade.published.losses import Losses
from cascade.published.spans import Span
from cascade.published.usual_tokens import UsualTokens
from cascade.text.pieces import cut

TYPES = ["person", "place name"]
TEXTS = [
    "Defenders - Paulinho Santos ( Porto ) , Helder Cristovao ( Deportivo Coruna , Spain )",
    "KwaZulu-Natal province 's south coast",
    "  王小明 在 北京 [x] <y> a|b",
    "Ünïcödé études 👩\u200d👩 1996-08-22\n\nvon Köln",
]


@pytest.fixture(scope="module", params=["gemma_folder", "qwen_folder"])
def chat_model(request: pytest.FixtureRequest) -> ChatModel:
    """Each tiny model in turn, whose tokenizers are those of the real ones in small."""
    return load(request.getfixturevalue(request.param))


class Words:
    """A vocabulary of a few words beside the bytes."""

    def __init__(self, words: Sequence[bytes]) -> None:
        spelled = [bytes([byte]) for byte in range(256)] + list(words)
        self.of_token = dict(enumerate(spelled))

    def begins(self, prefix: bytes) -> tuple[bool, int | None]:
        exact = [token for token, spelled in self.of_token.items() if spelled == prefix]
        return any(spelled.startswith(prefix) for spelled in self.of_token.values()), exact[0] if exact else None

    def greedy(self, text: str) -> list[int]:
        rest, found = text.encode(), []
        while rest:
            token = max(
                (t for t, s in self.of_token.items() if rest.startswith(s)), key=lambda t: len(self.of_token[t])
            )
            found.append(token)
            rest = rest[len(self.of_token[token]) :]
        return found


def test_a_word_is_not_left_by_a_token_that_it_does_not_have() -> None:
    words: Any = Words([b"De", b"Depo", b"port", b"ivo", b" Cor", b" ["])

    def usual(text: str) -> list[int]:
        return [256] if text.startswith("De") else words.greedy(text)

    copying = Copying(BRACKETED, "Deportivo Cor", TYPES, words, depth=1)
    kept = {words.of_token[token] for token in UsualTokens(copying, usual).among(copying.allowed())}
    assert {words.of_token[token] for token in copying.allowed()} == {b"D", b"De", b"Depo", b"["}
    assert kept == {b"De", b"["}


def test_a_token_may_end_where_a_mark_may_have_to_stand() -> None:
    words: Any = Words([b"(Ada)", b"(A", b"Ada", b"Ada)"])
    copying = Copying(XML, "(Ada)", TYPES, words, depth=1)
    kept = {words.of_token[token] for token in UsualTokens(copying, words.greedy).among(copying.allowed())}
    assert kept == {b"(Ada)", b"(", b"<"}


def marked(form: InlineFormat, text: str, source: random.Random) -> str:
    """The text with marks around some stretches of pieces."""
    pieces, spans = cut(text), list[Span]()
    place = 0
    while place < len(pieces):
        last = min(place + source.randrange(3), len(pieces) - 1)
        if source.random() < 0.4:
            spans.append((pieces[place].start, pieces[last].end, source.choice(TYPES)))
        place = last + 1
    return write_answer(form, text, spans, TYPES, Losses(), nested=False)


@pytest.mark.parametrize("form", [BRACKETED, XML], ids=lambda form: form.name)
def test_what_a_model_is_trained_on_is_allowed(chat_model: ChatModel, form: InlineFormat) -> None:
    source = random.Random(form.name)
    drawn = (re.sub(r"<\w+>", "x", random_text(source, words=6)) for _ in range(10))  # without special tokens' names
    for text in [*TEXTS, *(unicodedata.normalize("NFC", text) for text in drawn)]:
        tokens = chat_model.encode(marked(form, text, source))
        copying = Copying(form, text, TYPES, chat_model.token_bytes, depth=1)
        rows = CopyingRows([copying], chat_model.ends, [UsualTokens(copying, chat_model.encode).among])
        for place, token in enumerate([*tokens, chat_model.ends[0]]):
            assert token in rows(0, tokens[:place]), (text, chat_model.tokenizer.decode(tokens[: place + 1]))


def steps(model: ChatModel, form: InlineFormat, text: str, source: random.Random) -> Iterator[tuple[str, int, bool]]:
    """Of a random answer's steps outside marks: the text left, a token that copies it alone, whether it is kept."""
    copying = Copying(form, text, TYPES, model.token_bytes, depth=1)
    usual, of_token = UsualTokens(copying, model.encode), model.token_bytes.of_token
    while allowed := copying.allowed():
        kept, place = usual.among(allowed), copying.place()
        left = "" if place is None else "".join(form.escaped(character) for character in text[place:])
        for token in allowed if place is not None else ():
            if left.encode().startswith(of_token[token]):
                yield left, token, token in kept
        copying.take(source.choice(kept))


@pytest.mark.parametrize(
    "text", [*TEXTS, "東京ーぴっ 서울에서 ไทยแลนด์ လူ ລາວ ខ្មែរ हिन्दी עברית العَرَبِيَّة", "а1б2 ½² ௧௨ a_b"]
)
def test_words_have_no_edges_inside_pieces(text: str) -> None:
    tokens: Any = Words([])
    inside = UsualTokens(Copying(XML, text, TYPES, tokens, depth=1), tokens.greedy).inside
    assert inside == {place for piece in cut(text) for place in range(piece.start + 1, piece.end)}


@pytest.mark.parametrize("form", [BRACKETED, XML], ids=lambda form: form.name)
def test_other_tokens_end_at_edges_of_pieces(chat_model: ChatModel, form: InlineFormat) -> None:
    source, judged = random.Random(form.name), {True: 0, False: 0}
    for text in (re.sub(r"[][<>|]", "", text) for text in TEXTS):  # without what is escaped
        edges = set(range(len(text) + 1)) - {
            place for piece in cut(text) for place in range(piece.start + 1, piece.end)
        }
        for left, token, kept in steps(chat_model, form, text, source):
            end = len(text.encode()) - len(left.encode()) + len(chat_model.token_bytes.of_token[token])
            at_edge = end in {len(text[:edge].encode()) for edge in edges}
            assert kept == (at_edge or token == chat_model.encode(left[:100])[0])
            judged[kept] += 1
    assert min(judged.values()) > 20


def test_a_tokenizer_that_puts_a_blank_first_leaves_all_tokens(gemma_folder: Path) -> None:
    model = load(gemma_folder)
    copying = Copying(XML, "Deportivo", TYPES, model.token_bytes, depth=1)
    assert UsualTokens(copying, lambda text: model.encode(" " + text)).among(copying.allowed()) == copying.allowed()
