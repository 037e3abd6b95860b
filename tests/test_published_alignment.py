"""Places of strings in a text, beside the slow obvious way: all ways to place them are listed."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

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


def slow_shifts(plain: str, span: tuple[int, int, str], text: str) -> tuple[set[int], set[int]]:
    """How far a span moves if one stretch of the text was replaced, and if the answer is a piece of the text."""
    start, end, _ = span
    replaced: set[int] = set()
    for ahead in range(min(len(plain), len(text)) + 1):
        for behind in range(min(len(plain), len(text)) - ahead + 1):
            if plain[:ahead] + plain[len(plain) - behind :] == text[:ahead] + text[len(text) - behind :]:
                replaced |= {0} if end <= ahead else set()
                replaced |= {len(text) - len(plain)} if start >= len(plain) - behind else set()
    pieces = {place for place in range(len(text)) if text[place : place + len(plain)] == plain}
    return replaced, pieces


def changed(source: random.Random) -> tuple[str, str]:
    """A text, and the same with a stretch that is left out, told again or replaced."""
    text = "".join(source.choices("ab ", k=source.randint(2, 10)))
    start, end = sorted(source.choices(range(len(text) + 1), k=2))
    return text, text[:start] + source.choice(["", text[start:end] * 2, "a", "xy"]) + text[end:]


def test_a_place_that_another_view_of_the_change_gives_to_the_entity_too_is_not_certain() -> None:
    seen: Counter[str] = Counter()
    for seed in range(3000):
        source = random.Random(seed)
        text, plain = changed(source)
        start = source.randrange(max(1, len(plain)))
        span = (start, min(len(plain), start + source.randint(1, 3)), "a")
        replaced, pieces = slow_shifts(plain, span, text)
        if plain == text or span[0] == span[1] or not replaced:
            continue
        losses = Losses()
        found = aligned(plain, [span], text, losses)
        if len(replaced | pieces) > 1:
            assert (found, losses.counts) == ([], {SEVERAL_PLACES: 1}), (text, plain, span)
            seen["several views"] += 1
            continue
        [shift] = replaced
        if len(plain) <= len(text):
            assert found, (text, plain, span)
        assert found in ([], [(span[0] + shift, span[1] + shift, "a")]), (text, plain, span)
        seen["placed" if found else "told again"] += 1
    assert min(seen[name] for name in ("several views", "placed", "told again")) > 10


def test_entities_of_a_changed_text_lie_apart_on_their_own_strings() -> None:
    for seed in range(3000):
        source = random.Random(seed)
        text, plain = changed(source)
        cuts = sorted(source.sample(range(len(plain) + 1), k=min(6, len(plain) + 1)))
        spans = [(start, end, str(start)) for start, end in zip(cuts[::2], cuts[1::2], strict=False)]
        losses = Losses()
        found = aligned(plain, spans, text, losses)
        assert len(found) + losses.counts.total() == len(spans)
        assert all(one[1] <= other[0] for one, other in pairwise(found))
        strings = {type_: plain[start:end] for start, end, type_ in spans}
        assert all(text[start:end] == strings[type_] for start, end, type_ in found)


@pytest.mark.parametrize(
    ("text", "plain", "span"),
    [
        ("Rome Rome is nice", "Rome is nice", (0, 4)),  # either Rome may be left out
        ("Rome and Rome", "Rome and Rome and Rome", (9, 13)),  # the first or the second, told again
        ("Ada saw Ada.", "Ada", (0, 3)),
        ("Ada saw Ada. Bob ran.", "Ada.", (0, 3)),
    ],
)
def test_an_entity_that_fits_two_places_of_a_changed_text_is_lost(text: str, plain: str, span: tuple[int, int]) -> None:
    losses = Losses()
    assert aligned(plain, [(*span, "a")], text, losses) == []
    assert losses.counts == {SEVERAL_PLACES: 1}


def test_an_entity_across_what_two_views_share_has_one_place() -> None:
    losses = Losses()
    assert aligned("Rome is nice", [(0, 7, "a")], "Rome Rome is nice", losses) == [(5, 12, "a")]
    assert not losses.counts


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
