"""Tokenised text made natural: blanks go, entities stay."""

from __future__ import annotations

import random

import pytest

from cascade.document import Document, Entity
from train.corpora.detokenise import detokenised

CASES = [
    ("Ada met Bob .", "Ada met Bob."),
    ("Well , he said : yes ; no ? !", "Well, he said: yes; no?!"),
    ("( twice ) [ a ] { b }", "(twice) [a] {b}"),
    ("Ada 's cat does n't like you 're or we 'll", "Ada's cat doesn't like you're or we'll"),
    ('He said " yes sir " and left', 'He said "yes sir" and left'),
    ("a ' b ' c", "a 'b' c"),
    ("$ 5 and 5 %", "$5 and 5%"),
    ("« Да » , сказал он .", "«Да», сказал он."),
    ("王 ， 李 。", "王， 李。"),  # only the blank before the sign is known to be wrong
    ("state - of - the - art", "state - of - the - art"),
    ("rock 'n roll", "rock 'n roll"),
    ('one " alone', 'one " alone'),
    ("natural text, as it is.", "natural text, as it is."),
    ("", ""),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_blanks_that_tokenisation_put_in_are_dropped(text: str, expected: str) -> None:
    assert detokenised(Document("1", text)).text == expected


def test_hyphens_are_joined_where_asked_for() -> None:
    document = Document("1", "state - of - the - art 1 - 2 - a")
    assert detokenised(document, join_hyphens=True).text == "state-of-the-art 1 - 2 - a"


def test_entities_move_with_their_characters() -> None:
    text = "The U.S. ( Navy 's ) ship , Ada ."
    entities = (Entity(4, 18, "organization"), Entity(11, 15, "unit"), Entity(28, 31, "ship"))
    result = detokenised(Document("1", text, "en", entities, tokens=((0, 3), (4, 8))))
    assert result.text == "The U.S. (Navy's) ship, Ada."
    assert [result.text_of(entity) for entity in result.entities] == ["U.S. (Navy's", "Navy", "Ada"]
    assert (result.id, result.language, result.tokens) == ("1", "en", None)


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("join_hyphens", [False, True])
def test_entities_spell_the_same_less_dropped_blanks(seed: int, join_hyphens: bool) -> None:
    source = random.Random(seed)
    words = [
        "Ada",
        "(",
        ")",
        ",",
        ".",
        "'s",
        "n't",
        '"',
        "'",
        "-",
        "$",
        "5",
        "%",
        "İst",
        "王",
        "«",
        "»",
        "e\u0301",
        "👩‍🚀",
        "नई",
    ]
    tokens = [source.choice(words) for _ in range(30)]
    text = " ".join(tokens)
    bounds = [
        (sum(len(word) + 1 for word in tokens[:index]), sum(len(word) + 1 for word in tokens[: index + 1]) - 1)
        for index in range(30)
    ]
    spans = [(first, min(29, first + source.randint(0, 4))) for first in source.choices(range(30), k=8)]
    document = Document(
        "1",
        text,
        entities=tuple(
            Entity(bounds[first][0], bounds[last][1], f"{number}") for number, (first, last) in enumerate(spans)
        ),
    )
    result = detokenised(document, join_hyphens=join_hyphens)
    assert result.text.replace(" ", "") == text.replace(" ", "")
    spelled = {entity.type: document.text_of(entity).replace(" ", "") for entity in document.entities}
    for entity in result.entities:
        assert result.text_of(entity).replace(" ", "") == spelled[entity.type]
        assert result.text_of(entity) == result.text_of(entity).strip()


def test_an_entity_of_dropped_blanks_alone_is_left_out() -> None:
    document = detokenised(Document("1", "a , b", None, (Entity(1, 2, "x"), Entity(4, 5, "y"))))
    assert [document.text_of(entity) for entity in document.entities] == ["b"]
