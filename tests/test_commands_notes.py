"""Notes at the end of `infer`."""

from __future__ import annotations

import pytest

from cascade.commands.notes import notes
from cascade.pipeline.counts import Counts


@pytest.mark.parametrize(("described", "told"), [(0, False), (99, False), (100, True), (1290, True)])
def test_many_descriptions_read_at_once_are_told(described: int, told: bool) -> None:
    expected = (
        f"note: descriptions of {described:,} types were read at once; among so many they lower accuracy and take time "
        "and memory: leave them out, or put the types into a taxonomy of levels"
    )
    assert list(notes({}, Counts(described=described), 0.3)) == ([expected] if told else [])


def test_the_most_descriptions_of_all_calls_count_once() -> None:
    counts = Counts(described=120)
    counts.add(Counts(described=300))
    counts.add(Counts(described=2))
    assert counts.copy().described == 300
    assert len(list(notes({}, counts, 0.3))) == 1
