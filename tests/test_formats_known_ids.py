"""Ids that were seen are known again, however many they are, without memory for each."""

from __future__ import annotations

import random
import tracemalloc

import pytest

from cascade.errors import FormatError
from data_formats import identifiers
from data_formats.identifiers import KnownIds, SeenIds


@pytest.mark.parametrize("in_memory", [1, 3, 7, 1000])
def test_ids_are_known_as_a_dict_knows_them(in_memory: int) -> None:
    source, known = random.Random(in_memory), KnownIds(in_memory)
    expected: dict[str, str] = {}
    for number in range(300):
        identifier = source.choice(("d", "é", "\ud800", "")) + str(source.randrange(100))
        assert known.noted(identifier) == expected.get(identifier)
        assert known.add(identifier, str(number)) == expected.get(identifier)
        expected.setdefault(identifier, str(number))
    assert {identifier: known.noted(identifier) for identifier in expected} == expected


def test_a_repeated_id_is_told_with_its_first_place_after_it_left_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(KnownIds.__init__, "__defaults__", (2,))
    seen = SeenIds()
    for number in range(5):
        seen.add(f"d{number}", f"a.jsonl:{number + 1}")
    with pytest.raises(FormatError) as error:
        seen.add("d1", "a.jsonl:9")
    assert str(error.value) == ("a.jsonl:9: the document id 'd1' was used before, at a.jsonl:2; expected each id once")


def test_memory_does_not_grow_with_ids_beyond_those_that_are_held() -> None:
    def grown(in_memory: int) -> int:
        known = KnownIds(in_memory)
        for number in range(2000):
            known.add(f"first {number}", "here")
        tracemalloc.start()
        for number in range(20_000):
            known.add(f"document {number}", "here")
        size, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return size

    assert grown(1000) < 500_000 < 2_000_000 < grown(100_000)
    assert identifiers.IN_MEMORY == 20_000
