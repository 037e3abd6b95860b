"""The five answer formats of single-stage systems and the marked sentence: written, read, and what is lost."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from itertools import combinations_with_replacement, product

import pytest
from random_documents import random_documents

from cascade.published.answer_formats import FORMATS, answer_format, read_answer, write_answer
from cascade.published.errors import PublishedError
from cascade.published.inline import BRACKETED, XML, readings
from cascade.published.losses import AMBIGUOUS, LEFTMOST, Losses
from cascade.published.marked_sentence import marked, read_marks
from cascade.published.spans import Span, longest

TEXT = "Expression of c-fos and c-jun in PHA activated PHA cells."
SPANS = [(14, 19, "DNA"), (24, 29, "DNA"), (33, 36, "protein"), (33, 56, "cell line")]
ANSWERS = {
    "bracketed": "Expression of [c-fos | DNA] and [c-jun | DNA] in [[PHA | protein] activated PHA cells | cell line].",
    "xml": "Expression of <DNA>c-fos</DNA> and <DNA>c-jun</DNA> in "
    "<cell line><protein>PHA</protein> activated PHA cells</cell line>.",
    "json": '{"DNA": ["c-fos", "c-jun"], "cell line": ["PHA activated PHA cells"], "protein": ["PHA"], "RNA": []}',
    "occurrence-index": '[{"text": "c-fos", "label": "DNA", "occurrence_index": 1}, '
    '{"text": "c-jun", "label": "DNA", "occurrence_index": 1}, '
    '{"text": "PHA", "label": "protein", "occurrence_index": 1}, '
    '{"text": "PHA activated PHA cells", "label": "cell line", "occurrence_index": 1}]',
    "offset-json": '[{"text": "c-fos", "label": "DNA", "start": 14, "end": 19}, '
    '{"text": "c-jun", "label": "DNA", "start": 24, "end": 29}, '
    '{"text": "PHA", "label": "protein", "start": 33, "end": 36}, '
    '{"text": "PHA activated PHA cells", "label": "cell line", "start": 33, "end": 56}]',
}
TYPES = ["DNA", "cell line", "protein", "RNA"]
TEXT_CHANGED = "answers changed the text"


def read(form: str, answer: str, text: str, types: Sequence[str] = TYPES) -> tuple[list[Span], dict[str, int]]:
    losses = Losses()
    found = read_answer(answer_format(form), answer, text, types, losses, nested=True)
    return found, dict(losses.counts)


@pytest.mark.parametrize("form", ANSWERS)
def test_an_answer_is_written_as_its_authors_write_it(form: str) -> None:
    losses = Losses()
    assert write_answer(answer_format(form), TEXT, SPANS, TYPES, losses, nested=True) == ANSWERS[form]
    assert not losses.counts


@pytest.mark.parametrize("form", ANSWERS)
def test_an_answer_leads_to_offsets(form: str) -> None:
    found, losses = read(form, ANSWERS[form], TEXT)
    assert found == SPANS
    assert set(losses) <= {"entities occur more often than they are told; the leftmost places were taken"}


@pytest.mark.parametrize("form", ANSWERS)
def test_flat_answers_hold_the_longest_of_nested_entities(form: str) -> None:
    losses = Losses()
    flat = write_answer(answer_format(form), TEXT, SPANS, TYPES, losses, nested=False)
    assert losses.counts == {"entities lie in or across a longer one": 1}
    found = read_answer(answer_format(form), flat, TEXT, TYPES, Losses(), nested=True)
    assert found == [SPANS[0], SPANS[1], SPANS[3]]
    losses = Losses()
    assert read_answer(answer_format(form), ANSWERS[form], TEXT, TYPES, losses, nested=False) == found
    assert losses.counts["entities lie in or across a longer one"] == 1


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("seed", range(40))
def test_what_is_written_is_read_back_or_counted(form: str, seed: int) -> None:
    for document in random_documents(seed):
        spans = sorted({(entity.start, entity.end, entity.type) for entity in document.entities})
        types = sorted({name for _, _, name in spans})
        losses = Losses()
        answer = write_answer(answer_format(form), document.text, spans, types, losses, nested=True)
        found, _ = read(form, answer, document.text, types)
        assert len(set(spans) - set(found)) == sum(losses.counts.values())
        if form in ("occurrence-index", "offset-json"):
            assert found == spans
        elif form != "json":
            assert set(found) <= set(spans)


@pytest.mark.parametrize(
    ("answer", "text", "expected"),
    [
        ("a \\[1\\] [b\\|c | DNA]", "a [1] b|c", [(6, 9, "DNA")]),  # by the rule of backslashes
        ("a [1] [b | DNA]", "a [1] b", [(6, 7, "DNA")]),  # as LLMs4NER's files are: no rule, but one reading
        ("a [1 | DNA] [b | DNA]", "a [1 | DNA] b", [(12, 13, "DNA")]),
        ("a [[b | DNA]", "a [b", []),  # which of them is the mark?
        ("[Foo | DNA]", " Foo ", [(1, 4, "DNA")]),  # blanks around the text may be missing
        (" [Foo | DNA]", " Foo ", [(1, 4, "DNA")]),
        ("[Foo | DNA] ", " Foo ", [(1, 4, "DNA")]),
        ("\\\\[x | DNA]", "\\x", [(1, 2, "DNA")]),
    ],
)
def test_marks_within_the_text(answer: str, text: str, expected: list[Span]) -> None:
    found, losses = read("bracketed", answer, text)
    assert found == expected
    ambiguous = "answers can be read in more than one way, as their text holds marks"
    assert losses == ({} if expected else {ambiguous: 1})


def test_tags_within_the_text() -> None:
    assert read("xml", "if a <b then <DNA>c<d</DNA>", "if a <b then c<d") == ([(13, 16, "DNA")], {})
    assert read("xml", "<b>x</b> <DNA>y</DNA>", "<b>x</b> y") == ([(9, 10, "DNA")], {})
    assert read("xml", "<DNA>y</dna>", "y") == ([(0, 1, "DNA")], {})  # in whatever letters


@pytest.mark.parametrize("form", FORMATS)
def test_a_type_may_begin_with_a_slash(form: str) -> None:
    types, losses = ["person", "/person", "//", "a/b"], Losses()
    spans = [(0, 3, "/person"), (4, 7, "person"), (8, 10, "//"), (8, 11, "a/b")]
    answer = write_answer(answer_format(form), "Ada saw Rome.", spans, types, losses, nested=True)
    assert read(form, answer, "Ada saw Rome.", types) == (spans, {})
    assert not losses.counts


def test_a_slash_is_escaped_at_the_beginning_of_a_tag_alone() -> None:
    types = ["/person", "a/b"]
    answer = write_answer(XML, "a/b <c", [(0, 3, "/person"), (4, 6, "a/b")], types, Losses(), nested=True)
    assert answer == "<\\/person>a/b</\\/person> <a/b>\\<c</a/b>"
    assert read("xml", "<b>x</b> <\\/person>y</\\/person>", "<b>x</b> y", types) == ([(9, 10, "/person")], {})


@pytest.mark.parametrize(
    ("answer", "text", "expected"),
    [
        ('{"A": ["us", "us"], "B": ["us"]}', "thus us", [(2, 4, "A"), (5, 7, "A"), (5, 7, "B")]),
        ('{"A": ["us"]}', "thus us", [(5, 7, "A")]),  # one that cuts no word comes first
        ('{"A": ["राम"]}', "रामायण में राम", [(11, 14, "A")]),  # a vowel sign belongs to its word
        ('{"A": ["北京"]}', "我爱北京,北京", [(2, 4, "A")]),  # no words to cut: the leftmost
    ],
)
def test_the_kth_time_a_string_is_told_is_its_kth_occurrence(answer: str, text: str, expected: list[Span]) -> None:
    found, losses = read("json", answer, text, ["A", "B"])
    assert sorted(found) == expected
    assert set(losses) <= {LEFTMOST}


def test_a_search_that_would_take_too_long_finds_no_single_reading() -> None:
    text, answer = "[" * 14 + "x", "[" * 28 + "x" + " | DNA]" * 13  # of 40 million ways none leads to the end
    assert readings(answer, text, lambda place: BRACKETED.marks(answer, place, ["DNA"])) == [(), ()]


@pytest.mark.parametrize(
    ("form", "answer", "reason"),
    [
        ("bracketed", "a [b c", "marks have no partner"),
        ("bracketed", "a b | DNA] c", "marks have no partner"),
        ("bracketed", "a [ | DNA]b c", "entities are empty"),
        ("bracketed", "a [b | city] c", "entities got a type that was not asked for"),
        ("xml", "a <DNA>b c", "marks have no partner"),
        ("xml", "a <city>b</city> c", "entities got a type that was not asked for"),
        ("json", '{"DNA": ["x"]}', "entities are not found in the text"),
        ("json", '{"DNA": ["b", "b"]}', "entities were told more often than they occur"),
        ("json", '{"DNA": "b"}', "items of answers are no entities of the form asked for"),
        ("json", '{"DNA": ["b"]', "answers are no JSON of the form asked for"),
        ("json", "[" * 100_000, "answers are no JSON of the form asked for"),
        ("occurrence-index", "{}", "answers are no JSON of the form asked for"),
        (
            "occurrence-index",
            '[{"text": "b", "label": "DNA", "occurrence_index": 2}]',
            "entities name an occurrence that the text does not have",
        ),
        (
            "occurrence-index",
            '[{"text": "b", "label": "DNA", "occurrence_index": 0}]',
            "entities name an occurrence that the text does not have",
        ),
        (
            "occurrence-index",
            '[{"text": "x", "label": "DNA", "occurrence_index": 1}]',
            "entities are not found in the text",
        ),
        (
            "occurrence-index",
            '[{"text": "b", "label": "DNA", "occurrence_index": true}]',
            "items of answers are no entities of the form asked for",
        ),
        (
            "offset-json",
            '[{"text": "b", "label": "DNA", "start": 0, "end": 1}]',
            "entities have offsets at which the text is another one",
        ),
        (
            "offset-json",
            f'[{{"text": "b", "label": "DNA", "start": {"9" * 5000}, "end": 1}}]',
            "entities have offsets at which the text is another one",
        ),
        ("offset-json", '[{"text": "b", "label": "DNA"}]', "items of answers are no entities of the form asked for"),
    ],
)
def test_a_loss_is_counted_by_its_reason(form: str, answer: str, reason: str) -> None:
    found, losses = read(form, answer, "a b c")
    assert [span for span in found if span[2] != "DNA" or reason.startswith("items")] == []
    assert {name: times for name, times in losses.items() if name != TEXT_CHANGED} == {reason: 1}


def test_types_are_those_asked_for_in_whatever_case() -> None:
    assert read("bracketed", "a [b | dna] c", "a b c") == ([(2, 3, "DNA")], {})


def test_a_key_that_comes_twice_loses_nothing() -> None:
    assert read("json", '{"DNA": ["a"], "DNA": ["b"]}', "a b")[0] == [(0, 1, "DNA"), (2, 3, "DNA")]


def test_grouped_strings_stand_for_occurrences_from_left_to_right() -> None:
    leftmost = {"entities occur more often than they are told; the leftmost places were taken": 1}
    assert read("json", '{"DNA": ["us"]}', "thus us us") == ([(5, 7, "DNA")], leftmost)  # not within thus
    assert read("json", '{"DNA": ["us", "us", "us"]}', "thus us us")[1] == {}
    assert read("json", '{"DNA": ["b"], "RNA": ["b"]}', "a b b")[0] == [(2, 3, "DNA"), (4, 5, "RNA")]
    assert read("json", '{"DNA": ["b"], "RNA": ["b"]}', "a b")[0] == [(2, 3, "DNA"), (2, 3, "RNA")]


def test_a_changed_text_keeps_what_has_a_certain_place() -> None:
    text = "Ada met Bob in Paris, and Bob left Paris."
    answer = "[Ada | DNA] met [Bob | DNA] at [Paris | DNA], and Bob left [[Pa | RNA]ris | DNA]."
    found, losses = read("bracketed", answer, text)
    assert found == [(0, 3, "DNA"), (8, 11, "DNA"), (15, 20, "DNA"), (35, 37, "RNA"), (35, 40, "DNA")]
    assert losses == {TEXT_CHANGED: 1}


def test_an_unknown_format_is_refused() -> None:
    expected = "bracketed, xml, json, occurrence-index, offset-json"
    with pytest.raises(PublishedError, match=f"^the answer format 'yaml' is unknown; expected one of {expected}$"):
        answer_format("yaml")


def test_a_sentence_is_marked_and_read_back() -> None:
    text = "Ada met Bob."
    assert marked(text, [(0, 3), (8, 11)]) == "##Ada## met ##Bob##."
    assert read_marks("##Ada## met ##Bob##.", text, Losses()) == [(0, 3, ""), (8, 11, "")]
    assert marked("a# b", [(0, 2)]) is None
    assert marked("#Obama spoke", [(0, 6)]) is None  # Obama or #Obama
    assert marked("C# spoke", [(0, 1)]) is None  # C or C#
    assert marked("a Bob ", [(1, 6)]) == "a## Bob ##"


def test_no_marks_are_written_that_do_not_lead_back() -> None:
    written: Counter[bool] = Counter()
    for text in map("".join, product("#a ", repeat=5)):
        for a, b, c, d in combinations_with_replacement(range(6), 4):
            spans = [(start, end) for start, end in ((a, b), (c, d)) if text[start:end].strip()]
            answer, losses = marked(text, spans), Losses()
            if answer is not None:
                found = read_marks(answer, text, losses)
                assert [text[start:end] for start, end, _ in found] == [text[start:end].strip() for start, end in spans]
                assert all(span[0] <= start < span[1] for span, (start, *_) in zip(spans, found, strict=True))
                assert not losses.counts
            assert answer is not None or "#" in text
            written[answer is not None] += 1
    assert min(written.values()) > 100


@pytest.mark.parametrize(
    ("answer", "text", "expected", "reasons"),
    [
        ("see ##1 ##Bob## now", "see ##1 Bob now", [(8, 11, "")], {}),  # the text holds a mark: one reading
        ("##Bob## ran off", "Bob ran", [(0, 3, "")], {TEXT_CHANGED: 1}),
        ("##Bob## ran ##of", "Bob ran off", [(0, 3, "")], {TEXT_CHANGED: 1, "marks have no partner": 1}),
        ("x ##Bob##", "Bob, Bob", [(5, 8, "")], {TEXT_CHANGED: 1}),  # the end is the same
        ("x ##Bob## y", "Bob, Bob", [], {TEXT_CHANGED: 1, "entities could stand at several places": 1}),
        ("x ##Eve## y", "Bob, Bob", [], {TEXT_CHANGED: 1, "entities are not found in the text": 1}),
        ("x ##Bob## ##Ada## y", "Ada Bob", [], {TEXT_CHANGED: 1, "entities could stand at several places": 2}),
        ("near## Bob##", "near Bob", [(5, 8, "")], {}),  # no entity begins or ends with a blank
        ("##Bob ##ran## ##off", "Bob ran off", [(0, 3, "")], {"entities are empty": 1}),
        ("##C### is good", "C# is good", [], {AMBIGUOUS: 1}),  # C or C#
        ("I love ###Foo## today", "I love #Foo today", [], {AMBIGUOUS: 1}),  # Foo or #Foo
        ("I like # and ##Foo##", "I like # and Foo", [(13, 16, "")], {}),
    ],
)
def test_marked_sentences_that_changed(answer: str, text: str, expected: list[Span], reasons: dict[str, int]) -> None:
    losses = Losses()
    assert read_marks(answer, text, losses) == expected
    assert losses.counts == reasons


def test_extractions_are_united_with_the_longest_first() -> None:
    spans = [(0, 3, ""), (0, 8, ""), (6, 12, ""), (10, 12, ""), (13, 15, ""), (13, 15, "")]
    assert longest(spans) == ([(0, 8, ""), (10, 12, ""), (13, 15, "")], [(6, 12, ""), (0, 3, "")])


def test_no_order_of_spans_changes_their_union() -> None:
    source = random.Random(1)
    spans = [(start, start + source.randint(1, 9), "") for start in source.choices(range(40), k=20)]
    assert all(longest(source.sample(spans, len(spans)))[0] == longest(spans)[0] for _ in range(20))
