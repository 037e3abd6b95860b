"""Pieces: where a text may be cut."""

import random

import pytest
from tiny_models import random_text

from cascade.text.pieces import Piece, covering, cut

# one row a case: the text, and its pieces without the white space before them
CUTS = [
    ("Ada met Bob", ["Ada", "met", "Bob"]),
    ("Müller's Café", ["Müller", "'", "s", "Café"]),
    ("cafe\u0301 noir", ["cafe\u0301", "noir"]),  # a combining accent stays with its letter
    ("\u0301x", ["\u0301x"]),  # a mark without a letter before it
    ("5.\u0301", ["5", ".", "\u0301"]),
    ("İstanbul ısı", ["İstanbul", "ısı"]),
    ("B2B 1833a", ["B", "2", "B", "1833", "a"]),
    ("3,14 €", ["3", ",", "14", "€"]),
    ("٣٤ Ⅷ ½", ["٣٤", "Ⅷ", "½"]),
    ("U.S.-based?!", ["U", ".", "S", ".", "-", "based", "?", "!"]),
    ("snake_case", ["snake", "_", "case"]),
    ("</b> [[ ##", ["<", "/", "b", ">", "[", "[", "#", "#"]),
    ("王小明在北京", ["王", "小", "明", "在", "北", "京"]),
    ("Sony株式会社", ["Sony", "株", "式", "会", "社"]),
    ("タワーは", ["タ", "ワ", "ー", "は"]),
    ("か\u3099く", ["か\u3099", "く"]),  # a voicing mark stays with its kana
    ("서울은", ["서", "울", "은"]),
    ("กรุงเทพ", ["ก", "รุ", "ง", "เ", "ท", "พ"]),
    ("سَافَرَ أحمد.", ["سَافَرَ", "أحمد", "."]),
    ("नरेंद्र मोदी", ["नरेंद्र", "मोदी"]),
    ("שלום־עולם", ["שלום", "־", "עולם"]),
    ("👩‍🚀!", ["👩", "\u200d", "🚀", "!"]),
    ("👍🏽", ["👍", "🏽"]),
    ("🇩🇪", ["🇩", "🇪"]),
    ("❤️", ["❤", "\ufe0f"]),
    ("a\u200bb", ["a", "\u200b", "b"]),  # no white space to Unicode
    ("a \t\n\n b", ["a", "b"]),
    ("\ufeffa", ["\ufeff", "a"]),
    ("a\u00a0b\u3000c", ["a", "b", "c"]),
    ("\n a ", ["a"]),
    ("", []),
    (" \n\t ", []),
]


@pytest.mark.parametrize(("text", "expected"), CUTS)
def test_texts_are_cut_into_pieces(text: str, expected: list[str]) -> None:
    assert [text[piece.start : piece.end] for piece in cut(text)] == expected


def test_offsets_count_the_white_space_before_a_piece() -> None:
    assert cut(" \na  bc. ") == [Piece(0, 2, 3), Piece(3, 5, 7), Piece(7, 7, 8)]


@pytest.mark.parametrize(
    "text", [text for text, _ in CUTS] + [random_text(random.Random(seed), 40) for seed in range(20)]
)
def test_pieces_and_white_space_cover_the_text(text: str) -> None:
    end = 0
    for piece in cut(text):
        assert piece.lead == end
        assert not text[piece.lead : piece.start].strip()
        assert text[piece.start : piece.end] == text[piece.start : piece.end].strip() != ""
        end = piece.end
    assert not text[end:].strip()


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (0, 3, (0, 0)),
        (0, 4, (0, 0)),
        (0, 7, (0, 1)),
        (4, 5, (1, 1)),
        (5, 6, (1, 1)),
        (2, 8, (0, 2)),
        (3, 4, None),
        (8, 9, None),
        (0, 9, (0, 2)),
    ],
)
def test_covering_names_the_pieces_that_overlap(start: int, end: int, expected: tuple[int, int] | None) -> None:
    assert covering(cut("Ada met. "), start, end) == expected
