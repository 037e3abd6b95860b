"""Where sentences begin, and the windows that follow from it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from cascade.text import sentences as module
from cascade.text.pieces import cut
from cascade.text.sentences import sentence_starts
from cascade.text.windows import WHOLE_TOKENS, sentence_windows


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ada met Bob.", ["Ada met Bob."]),
        ("Ada met Clara. He left.", ["Ada met Clara.", "He left."]),
        ("Who knows? Not me! Oh yes… No", ["Who knows?", "Not me!", "Oh yes…", "No"]),
        ('He said "no." Then he left.', ['He said "no."', "Then he left."]),
        ("Dr. Smith and Mr. Jones of the U.S. Senate met.", ["Dr. Smith and Mr. Jones of the U.S. Senate met."]),
        ("It cost 3.5 million. e.g. this", ["It cost 3.5 million. e.g. this"]),
        ("Title\n\nThe text", ["Title", "The text"]),
        (
            "Ada lives in New\nYork State.\nBob left.",
            ["Ada lives in New\nYork State.", "Bob left."],
        ),  # in doubt a line goes on
        ("She met Dr.\nSmith of No.\n5.", ["She met Dr.\nSmith of No.\n5."]),
        ("Cities:\n1. Berlin\n2. Paris", ["Cities:", "1. Berlin", "2. Paris"]),
        ("Cities are\n- Berlin\n- Paris", ["Cities are", "- Berlin", "- Paris"]),
        ("1. Berlin", ["1. Berlin"]),
        (
            "Yahoo! Inc and Yum! Brands met Panic! At The Disco.",
            ["Yahoo! Inc and Yum! Brands met Panic! At The Disco."],
        ),
        ("Gov. Xu and Prof. Young talked. They left.", ["Gov. Xu and Prof. Young talked.", "They left."]),
        ("J. R. R. Tolkien and George W. Bush", ["J. R. R. Tolkien and George W. Bush"]),
        ("See No. 5 and p. 12. The rest is on pp. 3", ["See No. 5 and p. 12. The rest is on pp. 3"]),
        ("u ul. Ilica, dr. Ivić, gen. Mladić", ["u ul. Ilica, dr. Ivić, gen. Mladić"]),
        ("“Go home!” Ada said. She left.", ["“Go home!” Ada said.", "She left."]),
        ("»Geh.« Dann kam Ada zurück. „Gut.“ Er ging.", ["»Geh.«", "Dann kam Ada zurück.", "„Gut.“", "Er ging."]),
        (
            "He left. “Then he came.” (She stayed.) They ate",
            ["He left.", "“Then he came.”", "(She stayed.)", "They ate"],
        ),
        ("Er ging . “ Sie blieb da . “", ["Er ging . “", "Sie blieb da . “"]),
        ("他走了。“她来了。”好", ["他走了。", "“她来了。”", "好"]),
        ("We met Dr. Young, who is young. We left.", ["We met Dr. Young, who is young.", "We left."]),
        (
            "Who met Bob? Who saw that we went to Rome. We ask as we can.",
            ["Who met Bob?", "Who saw that we went to Rome.", "We ask as we can."],
        ),
        ("They met. He left. Now they know what he is.", ["They met.", "He left.", "Now they know what he is."]),
        ('He left . " Then he came . " She', ['He left . "', 'Then he came . "', "She"]),
        ("It works (see above). We use it", ["It works (see above).", "We use it"]),
        ("He asked “why?” “because” was said", ["He asked “why?” “because” was said"]),
        ("So it was... The end... and so on", ["So it was...", "The end... and so on"]),
        ("Poke in the Eye ... With a Sharp Stick", ["Poke in the Eye ... With a Sharp Stick"]),
        ("So what?! They won!!! We lost", ["So what?!", "They won!!!", "We lost"]),
        (
            "See http://a.example/?q=A.B and 3.5 and www.a.example. now",
            ["See http://a.example/?q=A.B and 3.5 and www.a.example. now"],
        ),
        ("¿Dónde está? ¡Aquí estoy! Vale", ["¿Dónde está?", "¡Aquí estoy!", "Vale"]),
        ("كيف حالك؟ أنا بخير. شكرا", ["كيف حالك؟", "أنا بخير.", "شكرا"]),
        ("डॉ. राम और एस. जयशंकर आए। वह गया।", ["डॉ. राम और एस. जयशंकर आए।", "वह गया।"]),
        ("「走れ！」と言った。彼は走った。", ["「走れ！」と言った。", "彼は走った。"]),
        ("他说：“走。”\n她来了。", ["他说：“走。”", "她来了。"]),
        ("他走了。她来了！好", ["他走了。", "她来了！", "好"]),
        ("他说：「走。」她来了。", ["他说：「走。」", "她来了。"]),
        ("그는 서울에 갔다. 그녀는 집에 있다. 끝.", ["그는 서울에 갔다.", "그녀는 집에 있다.", "끝."]),
        ("यह एक है। वह दो है।", ["यह एक है।", "वह दो है।"]),
        (
            "Er kam am 3. Mai. Dann ging er.",
            ["Er kam am 3. Mai. Dann ging er."],
        ),  # after a short word a full stop is in doubt
    ],
)
def test_sentences_begin_after_their_ends_but_not_after_abbreviations(text: str, expected: list[str]) -> None:
    pieces = cut(text)
    starts = sentence_starts(text, pieces)
    ends = [*starts[1:], len(pieces)]
    assert [
        text[pieces[start].start : pieces[end - 1].end] for start, end in zip(starts, ends, strict=True)
    ] == expected


def test_a_short_text_is_one_window_and_a_long_one_a_window_a_sentence() -> None:
    text = "Anna met Clara. " * 20
    pieces = cut(text)
    assert len(sentence_windows(text, pieces, [1] * len(pieces))) == 1
    many = sentence_windows(text, pieces, [WHOLE_TOKENS // 40] * len(pieces))
    assert [(window.first, window.last, window.keep_first, window.keep_last) for window in many] == [
        (i, i + 4, i, i + 4) for i in range(0, 80, 4)
    ]


def wrapped(text: str, columns: int) -> str:
    return textwrap.fill(text, columns, break_on_hyphens=False)


@pytest.mark.parametrize("columns", [30, 40, 60, 80])
def test_a_wrapped_paragraph_has_the_sentences_that_it_has_in_one_line(columns: int) -> None:
    text = (
        "Last year the mayor of New York City met Prof. Young and Gov. Xu at Yahoo! Inc in No. 5 of the street. "
        "They talked about St. Louis. " * 3
    )
    pieces, lines = cut(text), wrapped(text, columns)
    assert lines.count("\n") >= len(text) // columns - 1
    assert sentence_starts(lines, cut(lines)) == sentence_starts(text, pieces)
    assert len(sentence_starts(text, pieces)) == 6


def test_a_long_text_without_a_sure_end_is_read_in_windows() -> None:
    text = wrapped("Ada met Bob and then " * 200, 50)
    pieces = cut(text)
    windows = sentence_windows(text, pieces, [1] * len(pieces))
    assert [(window.first, window.last) for window in windows] == [
        (0, 256),
        (192, 448),
        (384, 640),
        (576, 832),
        (768, 1000),
    ]


def test_no_pieces_have_no_windows() -> None:
    assert sentence_windows(" ", [], []) == []


@pytest.mark.parametrize("run", ['""\t', ' ")', "'」\t", '"”\n', "(“ "])
def test_runs_of_marks_take_time_that_grows_with_their_length(run: str) -> None:
    """Each piece of a run is looked at a few times, however long the run is."""
    looked: list[int] = []
    for times in (200, 400):
        text = "Ada left." + run * times + "Bob came."
        with counted_looks() as count:
            assert sentence_starts(text, cut(text))[0] == 0
        looked.append(count[0])
    assert looked[1] < 2.5 * looked[0]


@contextmanager
def counted_looks() -> Iterator[list[int]]:
    """How often a piece was asked whether it closes or opens."""
    count = [0]
    closes, opener = module._closes, module._OPENER

    def counting(*asked: Any) -> bool:
        count[0] += 1
        return bool(closes(*asked))

    class Counting:
        def match(self, character: str) -> Any:
            count[0] += 1
            return opener.match(character)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(module, "_closes", counting)
        patched.setattr(module, "_OPENER", Counting())
        yield count
