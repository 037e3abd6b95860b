"""The soak: what counts as lost, as wrong and as growing."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.process_memory import megabytes, private_mb, resident_mb
from benchmarks.soak import _differing, _grown, _rows, flatness
from cascade import CascadeError


def written(folder: Path, rows: Iterator[dict[str, str]]) -> Path:
    file = folder / "found.jsonl"
    file.write_text("".join(json.dumps({**row, "entities": []}) + "\n" for row in rows), encoding="utf-8")
    return file


def test_texts_come_round_with_ids_of_their_own() -> None:
    assert [(row["id"], row["text"]) for row in _rows(["a", "b"], 3)] == [("0", "a"), ("1", "b"), ("2", "a")]


def test_every_document_once_and_in_order_is_right(tmp_path: Path) -> None:
    assert _differing(_rows(["a", "b"], 5), written(tmp_path, _rows(["a", "b"], 5))) == []


@pytest.mark.parametrize(
    ("order", "fault"),
    [
        ([0, 1, 2], "the output has another number of documents"),
        ([0, 1, 2, 3, 4, 4], "the output has another number of documents"),
        ([0, 2, 1, 3, 4], "document 1 came out as 2, or with another text"),
        ([0, 1, 1, 2, 3], "document 2 came out as 1, or with another text"),
    ],
)
def test_what_is_lost_doubled_or_moved_is_told(tmp_path: Path, order: list[int], fault: str) -> None:
    rows = list(_rows(["a", "b"], 5))
    assert _differing(iter(rows), written(tmp_path, (rows[place] for place in order))) == [fault]


def test_another_text_is_told(tmp_path: Path) -> None:
    assert _differing(_rows(["a"], 1), written(tmp_path, _rows(["b"], 1))) != []


def test_memory_is_flat_after_the_first_tenth() -> None:
    flat = [float(each) for each in (*range(100, 200, 10), *[300] * 90)]
    assert flatness(flat)["growth"] == 1.0
    assert _grown(flat) == []
    grown = [*flat[:90], *[310.0] * 10]
    assert flatness(grown)["growth"] == pytest.approx(310 / 300, abs=1e-4)
    assert _grown(grown) == ["memory grew to 1.033 of what it was"]
    assert flatness([1.0, 2.0])["growth"] is None


def test_memory_is_that_of_the_process(tmp_path: Path) -> None:
    status = tmp_path / "status"
    status.write_text("Name:\tx\nVmRSS:\t  2500 kB\nRssAnon:\t 500 kB\n", encoding="ascii")
    assert megabytes(status, ("VmRSS", "RssAnon")) == 3.0
    assert megabytes(status, ("VmHWM",)) is None
    assert megabytes(tmp_path / "none", ("VmRSS",)) is None
    if Path("/proc/self/status").is_file():
        assert 1 < (private_mb(os.getpid()) or 0) <= resident_mb(os.getpid())
    with pytest.raises(CascadeError, match="does not tell its memory"):
        resident_mb(2**30)
