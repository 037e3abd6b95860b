"""What `benchmarks.determinism` counts as a difference between two readings."""

from __future__ import annotations

from benchmarks.determinism import Difference, difference
from cascade import Document, Entity


def test_entities_that_come_or_go_are_counted_and_scores_of_the_others_compared() -> None:
    text = "Ada met Bob in Rome"
    before = [
        Document("a", text, None, (Entity(0, 3, "person", 0.9), Entity(8, 11, "person", 0.5))),
        Document("b", text, None, (Entity(15, 19, "location", 0.7),)),
    ]
    after = [
        Document("b", text, None, (Entity(15, 19, "location", 0.705),)),
        Document("a", text, None, (Entity(0, 3, "person", 0.65), Entity(8, 11, "organization", 0.5))),
    ]
    assert difference(before, after) == Difference(entities=3, came=1, went=1, largest=0.25, notable=1)
    assert difference(before, before) == Difference(3, 0, 0, 0.0, 0)
