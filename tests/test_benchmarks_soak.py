"""The soak: what counts as lost, as wrong and as growing."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.process_memory import megabytes, private_mb, resident_mb
from benchmarks.soak import _differing, _grown, _rows, calls, flatness, main
from cascade import CascadeError, Document


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
        ([0, 1, 2, 3], "the output has another number of documents"),
        ([], "the output has another number of documents"),
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


class Echo:
    """A cascade that finds nothing; one answer is wrong if that is asked for."""

    def __init__(self, wrong_at: int | None = None) -> None:
        self.calls, self._wrong_at = 0, wrong_at

    def __call__(self, documents: list[Document], types: list[str]) -> list[Document]:
        self.calls += 1
        if self.calls - 1 == self._wrong_at:
            return [replace(documents[0], text="other"), *documents[1:]]
        return documents


@pytest.mark.skipif(not Path("/proc/self/status").is_file(), reason="memory is told on Linux")
@pytest.mark.parametrize(("wrong_at", "faulty"), [(None, False), (5, True)])
def test_another_answer_than_alone_ends_the_calls(wrong_at: int | None, faulty: bool) -> None:
    figures = calls([f"text {each}" for each in range(30)], Echo(wrong_at), 0.02, 3, 1)  # type: ignore[arg-type]
    faults = [fault for fault in figures["faults"] if "another answer than alone" in fault]
    assert bool(faults) == faulty
    assert figures["documents"] > 0


@pytest.mark.parametrize("given", [[], ["--job", "0"], ["--minutes", "-1"], ["--minutes", "1", "--threads", "0"]])
def test_a_soak_without_work_is_refused(given: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with suppress(SystemExit):
        assert main(["--texts", "none.jsonl", *given]) == 2
    assert "expected" in capsys.readouterr().err


def test_memory_is_flat_after_the_first_tenth() -> None:
    flat = [float(each) for each in (*range(100, 200, 10), *[300] * 90)]
    assert flatness(flat)["growth"] == 1.0
    assert _grown(flat) == []
    grown = [*flat[:90], *[310.0] * 10]
    assert flatness(grown)["growth"] == pytest.approx(310 / 300, abs=1e-4)
    assert _grown(grown) == ["memory grew to 1.033 of what it was"]
    late = [*[100.0] * 10, *[500.0] * 9]
    assert flatness(late)["growth"] == 5.0
    assert _grown([1.0, 2.0]) == ["too short to tell whether memory grows"]


def test_memory_is_that_of_the_process(tmp_path: Path) -> None:
    status = tmp_path / "status"
    status.write_text("Name:\tü\nVmRSS:\t  2500 kB\nRssAnon:\t 500 kB\n", encoding="utf-8")
    assert megabytes(status, ("VmRSS", "RssAnon")) == 3.0
    assert megabytes(status, ("VmHWM",)) is None
    assert megabytes(tmp_path / "none", ("VmRSS",)) is None
    if Path("/proc/self/status").is_file():
        assert 1 < (private_mb(os.getpid()) or 0) <= resident_mb(os.getpid())
    with pytest.raises(CascadeError, match="does not tell its memory"):
        resident_mb(2**30)
