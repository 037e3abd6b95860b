"""What is done with texts: pieces, tokens, sentences, windows, languages, patterns, and the answers of other models."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from cascade.errors import CascadeError
from cascade.languages.identification import LanguageIdentifier, language_code, named_language
from cascade.text.encoded import encode
from cascade.text.line_breaks import line_breaks
from cascade.text.pieces import cut
from cascade.text.sentences import sentence_starts
from cascade.text.type_spelling import spelled
from cascade.text.windows import WINDOW_TOKENS
from fuzz.surface import Surface, check_error, promise

SEEDS = (
    "Ada Lovelace met Charles Babbage in London. He built engines.\n\nDr. J. Smith (b. 1950) wrote: “Hello!”",
    "東京で会った。ไทย ภาษา 한국어 в Москве. मुंबई में‌\u200d है।",
    "- one\n- two\n3) three\r\nThis is a line that was wrapped at some width\nand goes on here without an end\n",
    "a@b.org, http://x.org/y(z). DE89 3704 0044 0532 0130 00; 4111 1111 1111 1111; +49 30 123456; 10.0.0.1 ::1",
    "<start_of_turn>user\n##Ada## <entity>x</entity> [Ada | person] B-PER | Types: person |",
    "👩\u200d👩\u200d👧 e\u0301\u0301\u0301 \ufeff\u202eabc\u200f\x00\x1c\x85\u2028x" + "y" * 120 + "7" * 120,
)
WORDS = [
    word.encode()
    for word in (
        "Ada",
        "Dr.",
        "e.g.",
        ". ",
        "! ",
        "? ",
        "。",
        "…",
        "\n\n",
        "\n- ",
        "\r\n",
        '"',
        "»",
        "(",
        ")",
        "’s",
        "1.",
        "A.",
        "İ",
        "ſ",
        "<bos>",
        "<eos>",
        "<pad>",
        "<unused1>",
        "<start_of_turn>",
        "<|im_start|>",
        "\u0e33",
        "한",
        "ー",
        "\u1100",
        "٣",
        "@",
        "://",
        "www.",
        "[",
        "]",
        "{",
        "}",
        '{"person": ["Ada"]}',
        "<person>",
        "</person>",
        '[{"text": "Ada", "type": "x", "start": 0}]',
    )
]


def text_surfaces() -> list[Surface]:
    """A surface for each part of the way from a text to what a model reads, and back from a model's answer."""
    checks: tuple[tuple[str, Callable[[bytes], bool]], ...] = (
        ("pieces", pieces),
        ("encoder", encoder),
        ("line-breaks", wrapped),
        ("languages", languages),
        ("type-names", type_names),
        ("patterns", patterns),
        ("answers", answers),
    )
    return [Surface(name, check, _seeds, WORDS) for name, check in checks]


def _seeds() -> Sequence[bytes]:
    return [bytes([way]) + seed.encode() for seed in SEEDS for way in (0, 1, 2)]


def text_of(data: bytes) -> str:
    """A text of any characters; what is not UTF-8 becomes U+FFFD."""
    return data[1:].decode("utf-8", "replace")


def pieces(data: bytes) -> bool:
    """Pieces cover the text, and sentences begin at pieces."""
    text = text_of(data)
    found, end = cut(text), 0
    for piece in found:
        promise(piece.lead == end <= piece.start < piece.end, "pieces leave a gap")
        promise(not text[piece.lead : piece.start].strip(), "something visible is in no piece")
        promise(piece.end - piece.start <= 201, "a piece without an end")
        end = piece.end
    promise(not text[end:].strip(), "something visible is behind the last piece")
    starts = sentence_starts(text, found)
    promise(starts == sorted(set(starts)), "sentences out of order")
    promise(not starts or (starts[0] == 0 and starts[-1] < len(found)), "sentences that are not there")
    return True


@cache
def _tokens() -> Any:
    from cascade.model.tokenizer import load_tokens

    return load_tokens(None)


def encoder(data: bytes) -> bool:
    """Each piece has tokens, none of them a mark, and is kept from exactly one window; no window is too long."""
    text, tokens = text_of(data), _tokens()
    encoded = encode(text, tokens)
    promise(len(encoded.ids) == len(encoded.pieces), "pieces without tokens")
    forbidden = {tokens.marks.open, tokens.marks.close, tokens.end_id, tokens.bos_id, tokens.pad_id}
    promise(not any(token in forbidden for ids in encoded.ids for token in ids), "a text spells a mark of ours")
    kept = [place for window in encoded.windows for place in range(window.keep_first, window.keep_last)]
    promise(kept == list(range(len(encoded.pieces))), "pieces are kept twice or not at all")
    for window in encoded.windows:
        promise(window.first <= window.keep_first and window.keep_last <= window.last, "kept and not read")
        size = sum(map(len, encoded.ids[window.first : window.last]))
        promise(size <= WINDOW_TOKENS or window.last - window.first == 1, "a window that is too long")
    return True


def wrapped(data: bytes) -> bool:
    """Line breaks stand before visible characters."""
    text = text_of(data)
    for place in line_breaks(text):
        promise(0 < place < len(text) and not text[place].isspace(), "a line that begins nowhere")
    return True


@cache
def _identifier() -> LanguageIdentifier:
    return LanguageIdentifier()


def languages(data: bytes) -> bool:
    """A text's languages sum to one; a tag names a language, or is refused."""
    text = text_of(data)
    if data[:1] < b"\x55":
        likely = _identifier()(text[:200])
        promise(not likely or abs(sum(likely.values()) - 1) < 1e-3, "probabilities that do not sum to one")
        return True
    language_code(text[:40])
    try:
        named = named_language(text[:40])
    except CascadeError as error:
        check_error(error)
        return False
    promise(named is None or bool(named), "an empty language")
    return True


def type_names(data: bytes) -> bool:
    """A name is spelled in one line, or refused."""
    from cascade.taxonomy.parsing import parse_types

    text = text_of(data)
    try:
        taxonomy = parse_types(text)
    except CascadeError as error:
        check_error(error)
        return False
    for label in taxonomy.labels().values():
        written = spelled(label)
        promise("\n" not in written and "|" not in written and bool(written.strip()), f"spelled as {written!r}")
    return True


@cache
def _patterns() -> Any:
    from cascade.integrations.redaction.patterns import Patterns

    return Patterns(region="DE")


def patterns(data: bytes) -> bool:
    """What patterns find lies in the text, in order, and none within another; they may cross."""
    text = text_of(data)
    start, end = -1, 0
    for found in _patterns()(text):
        promise(0 <= found.start < found.end <= len(text), "a pattern outside of the text")
        promise(start < found.start and end < found.end, "a pattern within another")
        start, end = found.start, found.end
    return True


def answers(data: bytes) -> bool:
    """Whatever a model answers, what is read of it has offsets in the text and the types that were asked for."""
    from cascade.published.answer_formats import FORMATS, read_answer
    from cascade.published.losses import Losses

    text, _, answer = text_of(data).partition("\n")
    types, way = ["person", "place", "x y"], data[0] if data else 0
    form = [*FORMATS.values()][way % len(FORMATS)]
    for answered in (answer, text, answer + text):
        for start, end, type_ in read_answer(form, answered, text, types, Losses(), nested=bool(way & 64)):
            promise(0 <= start < end <= len(text) and type_ in types, f"{start}..{end} {type_!r} of {len(text)}")
    return True
