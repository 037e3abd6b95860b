"""Places of strings in a text, beside the slow obvious way: all ways to place them are listed."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

import pytest

from cascade.published.alignment import aligned, occurrences, places
from cascade.published.losses import NOT_FOUND, OUT_OF_ORDER, SEVERAL_PLACES, Losses


def ways(strings: Sequence[str], text: str, begin: int = 0) -> Iterator[tuple[int | None, ...]]:
    """All ways to place some of the strings in order without overlap; None for one that is left out."""
    if not strings:
        yield ()
        return
    for rest in ways(strings[1:], text, begin):
        yield (None, *rest)
    for start in occurrences(strings[0], text):
        if start >= begin:
            for rest in ways(strings[1:], text, start + len(strings[0])):
                yield (start, *rest)


def slow_places(strings: Sequence[str], text: str) -> list[int | str]:
    found = list(ways(strings, text))
    most = max(sum(place is not None for place in way) for way in found)
    best = [way for way in found if sum(place is not None for place in way) == most]
    result: list[int | str] = []
    for index, string in enumerate(strings):
        possible = {way[index] for way in best}
        [only] = possible if len(possible) == 1 else [None]
        if string not in text:
            result.append(NOT_FOUND)
        elif possible == {None}:
            result.append(OUT_OF_ORDER)
        else:
            result.append(SEVERAL_PLACES if only is None else only)
    return result


@pytest.mark.parametrize("seed", range(300))
def test_places_are_those_on_which_all_best_ways_agree(seed: int) -> None:
    source = random.Random(seed)
    text = "".join(source.choices("abc ", k=source.randint(0, 12)))
    strings = ["".join(source.choices("abc", k=source.randint(1, 3))) for _ in range(source.randint(0, 5))]
    assert places(strings, text) == slow_places(strings, text)


def test_the_random_cases_hold_all_outcomes() -> None:
    seen: set[str] = set()
    for seed in range(300):
        source = random.Random(seed)
        text = "".join(source.choices("abc ", k=source.randint(0, 12)))
        strings = ["".join(source.choices("abc", k=source.randint(1, 3))) for _ in range(source.randint(0, 5))]
        seen |= {place if isinstance(place, str) else "placed" for place in places(strings, text)}
    assert seen == {NOT_FOUND, OUT_OF_ORDER, SEVERAL_PLACES, "placed"}


def test_what_stands_before_and_behind_the_changes_keeps_its_place() -> None:
    text, plain = "Bob saw Bob and Bob.", "Bob met Bob and Bob."
    spans = [(0, 3, "a"), (8, 11, "b"), (16, 19, "c")]
    losses = Losses()
    assert aligned(plain, spans, text, losses) == spans
    assert not losses.counts


def test_inner_entities_move_with_outer_ones() -> None:
    losses = Losses()
    found = aligned("x New York University y", [(2, 21, "a"), (2, 10, "b")], "--New York University--", losses)
    assert found == [(2, 10, "b"), (2, 21, "a")]


def test_inner_entities_are_lost_with_outer_ones() -> None:
    losses = Losses()
    assert aligned("x New York y", [(2, 10, "a"), (2, 5, "b")], "--Old York--", losses) == []
    assert losses.counts == {NOT_FOUND: 2}


def test_inner_entities_before_and_behind_all_changes_stay() -> None:
    spans = [(0, 18, "org"), (0, 8, "city"), (9, 18, "kind")]
    losses = Losses()
    assert aligned("New York Universty y", spans, "New York University y", losses) == [(0, 8, "city")]
    assert losses.counts == {NOT_FOUND: 2}
    losses = Losses()
    spans = [(2, 22, "org"), (2, 12, "kind"), (16, 22, "city")]
    assert aligned("a Universtiy of London", spans, "a University of London", losses) == [(16, 22, "city")]
    assert losses.counts == {NOT_FOUND: 2}
