"""Where sentences begin, and the windows that follow from it."""

from __future__ import annotations

import pytest

from cascade.pieces import cut
from cascade.sentences import sentence_starts
from cascade.windows import WHOLE_TOKENS, sentence_windows


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ada met Bob.", ["Ada met Bob."]),
        ("Ada met Clara. He left.", ["Ada met Clara.", "He left."]),
        ("Who? Me! Yes… No", ["Who?", "Me!", "Yes…", "No"]),
        ('He said "no." Then he left.', ['He said "no."', "Then he left."]),
        ("Dr. Smith and Mr. Jones of the U.S. Senate met.", ["Dr. Smith and Mr. Jones of the U.S. Senate met."]),
        ("It cost 3.5 million. e.g. this", ["It cost 3.5 million. e.g. this"]),
        ("Title\nThe text", ["Title", "The text"]),
        ("他走了。她来了！好", ["他走了。", "她来了！", "好"]),
        ("他说：「走。」她来了。", ["他说：「走。」", "她来了。"]),
        ("그는 서울에 갔다. 그녀는 집에 있다. 끝.", ["그는 서울에 갔다.", "그녀는 집에 있다.", "끝."]),
        ("यह एक है। वह दो है।", ["यह एक है।", "वह दो है।"]),
        ("Er kam am 3. Mai. Dann ging er.", ["Er kam am 3. Mai. Dann ging er."]),  # after a short word a full stop is in doubt
    ],
)
def test_sentences_begin_after_their_ends_but_not_after_abbreviations(text: str, expected: list[str]) -> None:
    pieces = cut(text)
    starts = sentence_starts(text, pieces)
    ends = [*starts[1:], len(pieces)]
    assert [text[pieces[start].start : pieces[end - 1].end] for start, end in zip(starts, ends, strict=True)] == expected


def test_a_short_text_is_one_window_and_a_long_one_a_window_a_sentence() -> None:
    text = "Anna met Clara. " * 20
    pieces = cut(text)
    assert len(sentence_windows(text, pieces, [1] * len(pieces))) == 1
    many = sentence_windows(text, pieces, [WHOLE_TOKENS // 40] * len(pieces))
    assert [(window.first, window.last, window.keep_first, window.keep_last) for window in many] == [(i, i + 4, i, i + 4) for i in range(0, 80, 4)]


def test_no_pieces_have_no_windows() -> None:
    assert sentence_windows(" ", [], []) == []
