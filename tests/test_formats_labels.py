"""Labels of tokens: which scheme they follow, and which spans they stand for."""

import random

import pytest

from cascade.errors import FormatError
from data_formats.columns.labels import SCHEMES, SchemeRule, Span, decoded, encoded

NEW_YORK = [Span(0, 2, "LOC"), Span(2, 3, "LOC"), Span(4, 5, "PER"), Span(5, 8, "ORG")]


def spans_of(labels: str, scheme: str, repair: str | None = None) -> list[Span]:
    return decoded(labels.split(), scheme, repair=repair, place=lambda position: f"f:{position + 1}")


def scheme_of(*sentences: str) -> str:
    rule = SchemeRule()
    for sentence in sentences:
        rule.add([label] for label in sentence.split())
    return rule.scheme("f")


@pytest.mark.parametrize(
    ("scheme", "labels"),
    [
        ("bio", "B-LOC I-LOC B-LOC O B-PER B-ORG I-ORG I-ORG"),
        ("iob1", "I-LOC I-LOC B-LOC O I-PER I-ORG I-ORG I-ORG"),
        ("bioes", "B-LOC E-LOC S-LOC O S-PER B-ORG I-ORG E-ORG"),
        ("bmes", "B-LOC E-LOC S-LOC O S-PER B-ORG M-ORG E-ORG"),
        ("bilou", "B-LOC L-LOC U-LOC O U-PER B-ORG I-ORG L-ORG"),
        ("bmeow", "B-LOC E-LOC W-LOC O W-PER B-ORG M-ORG E-ORG"),
    ],
)
def test_every_scheme_is_found_and_decoded(scheme: str, labels: str) -> None:
    assert scheme_of(labels) == scheme
    assert spans_of(labels, scheme) == NEW_YORK


@pytest.mark.parametrize(
    ("sentences", "scheme"),
    [
        (["O O"], "bio"),
        (["B-A I-A"], "bio"),
        (["I-A I-A", "O"], "iob1"),
        (["I-A B-A"], "iob1"),
        (["I-A O B-A"], "bio"),
        (["B-A", "I-A"], "bio"),
        (["B-A E-A", "O"], "bioes"),
        (["U-A"], "bilou"),
        (["junk O", "I-A"], "iob1"),
    ],
)
def test_scheme_is_found_from_all_labels(sentences: list[str], scheme: str) -> None:
    assert scheme_of(*sentences) == scheme


def test_letters_of_no_scheme() -> None:
    with pytest.raises(FormatError) as caught:
        scheme_of("B-A L-A", "M-A")
    assert str(caught.value) == (
        "f: the labels begin with B-, L-, M-, which is no known scheme; expected bio (B- I-), iob1 (B- I-), bioes (B- "
        "I- E- S-), "
        "bmes (B- M- E- S-), bilou (B- I- L- U-), bmeow (B- M- E- W-), io (I-)"
    )


@pytest.mark.parametrize(
    ("labels", "scheme", "message", "repaired"),
    [
        (
            "O I-ORG I-ORG",
            "bio",
            "f:2: label 'I-ORG' follows 'O'; an I- label needs B- or I- of the same type before it.",
            [Span(1, 3, "ORG")],
        ),
        (
            "I-ORG",
            "bio",
            "f:1: label 'I-ORG' begins a sentence; an I- label needs B- or I- of the same type before it.",
            [Span(0, 1, "ORG")],
        ),
        (
            "B-PER I-ORG",
            "bio",
            "f:2: label 'I-ORG' follows 'B-PER'; an I- label needs B- or I- of the same type before it.",
            [Span(0, 1, "PER"), Span(1, 2, "ORG")],
        ),
        (
            "O B-ORG",
            "iob1",
            "f:2: label 'B-ORG' follows 'O'; in IOB1 a B- label needs an entity of the same type right before it.",
            [Span(1, 2, "ORG")],
        ),
        (
            "O E-ORG O",
            "bioes",
            "f:2: label 'E-ORG' follows 'O'; an E- label needs B- or I- of the same type before it.",
            [Span(1, 2, "ORG")],
        ),
        (
            "B-ORG O",
            "bioes",
            "f:2: label 'O' follows 'B-ORG'; a B- or I- label needs I- or E- of the same type after it.",
            [Span(0, 1, "ORG")],
        ),
        (
            "B-ORG M-ORG",
            "bmes",
            "f:2: the sentence ends after 'M-ORG'; a B- or M- label needs M- or E- of the same type after it.",
            [Span(0, 2, "ORG")],
        ),
        (
            "B-ORG L-PER",
            "bilou",
            "f:2: label 'L-PER' follows 'B-ORG'; a B- or I- label needs I- or L- of the same type after it.",
            [Span(0, 1, "ORG"), Span(1, 2, "PER")],
        ),
    ],
)
def test_ill_formed_sequences_are_errors_unless_repaired(
    labels: str, scheme: str, message: str, repaired: list[Span]
) -> None:
    with pytest.raises(FormatError) as caught:
        spans_of(labels, scheme)
    assert (
        str(caught.value)
        == f"{message} Fix the file or read it with --repair begin, an option of evaluate.py and python -m "
        "data_formats."
    )
    assert spans_of(labels, scheme, "begin") == repaired


@pytest.mark.parametrize("label", ["PER", "E-PER", "B-", "o", "", "BI-PER"])
def test_labels_that_are_not_of_the_scheme(label: str) -> None:
    with pytest.raises(FormatError) as caught:
        decoded(["O", label], "bio", repair="begin", place=lambda position: f"f:{position + 1}")
    assert str(caught.value) == (
        f"f:2: label {label!r} is not of the scheme bio; expected O or B-, I- before a type. Fix the file, or "
        "say where its labels are with --label-column (none: nowhere), an option of evaluate.py and python -m "
        "data_formats."
    )


def test_types_may_hold_hyphens() -> None:
    assert spans_of("B-Population-Center I-Population-Center", "bio") == [Span(0, 2, "Population-Center")]


def test_random_spans_survive_their_labels() -> None:
    chance = random.Random(20261121)
    for _ in range(200):
        spans, position = [], 0
        while position < 12:
            end = min(12, position + chance.randint(1, 3))
            if chance.random() < 0.6:
                spans.append(Span(position, end, chance.choice(["A", "B-C"])))
            position = end
        labels = encoded(spans, 12)
        assert decoded(labels, "bio", repair=None, place=str) == spans
        assert decoded(labels, "bio", repair="begin", place=str) == spans


def test_repair_accepts_any_sequence_of_a_scheme_and_covers_each_labelled_token_once() -> None:
    chance = random.Random(20261122)
    for scheme, letters in SCHEMES.items():
        for _ in range(100):
            labels = [
                chance.choice(["O", *(f"{letter}-{type_}" for letter in letters for type_ in "XY")]) for _ in range(8)
            ]
            spans = decoded(labels, scheme, repair="begin", place=str)
            covered = [position for span in spans for position in range(span.start, span.end)]
            assert covered == [position for position, label in enumerate(labels) if label != "O"]
            assert all(
                labels[position].endswith(span.type) for span in spans for position in range(span.start, span.end)
            )
