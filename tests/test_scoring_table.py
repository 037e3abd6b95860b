"""The table that people see."""

from __future__ import annotations

from cascade.document import Document, Entity
from cascade.scoring.scores import score
from cascade.scoring.table import score_table

GOLD = [
    Document("a", "Ada in 東京", "ja", (Entity(0, 3, "人"), Entity(7, 9, "place"))),
    Document("b", "Ada in London", None, (Entity(0, 3, "人"),)),
]
PREDICTED = [Document("a", "Ada in 東京", "ja", (Entity(0, 3, "人"), Entity(7, 9, "two\nlines")))]


TABLE = r"""
documents: 2 gold, 1 predicted, 1 missing (all their entities count as missed)

                  precision  recall    F1               gold  predicted
entities               50.0    33.3  40.0 [0.0, 50.0]      3          2
spans                 100.0    66.7  80.0 [0.0, 100.0]     3          2
macro over types                     33.3

language          precision  recall    F1               gold  predicted
ja                     50.0    50.0  50.0 [50.0, 50.0]     2          2
unknown                 0.0     0.0   0.0 [0.0, 0.0]       1          0

type              precision  recall    F1               gold  predicted
人                    100.0    50.0  66.7                  2          1
place                   0.0     0.0   0.0                  1          0
'two\nlines'            0.0     0.0   0.0                  0          1

type accuracy on the gold spans that were found: 50.0
[low, high]: 95% bootstrap interval over documents, 200 resamples, seed 0
""".strip()


def test_the_table_is_aligned_and_in_percent() -> None:
    report = score(GOLD, PREDICTED, resamples=200)
    assert score_table(report) == TABLE


def test_without_resamples_no_interval_is_shown() -> None:
    assert "[" not in score_table(score(GOLD, PREDICTED, resamples=0))


def test_a_report_without_documents_has_a_table() -> None:
    assert score_table(score([], [])).splitlines()[0] == "documents: 0 gold, 0 predicted"
