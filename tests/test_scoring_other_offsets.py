"""Offsets that count otherwise than ours are told by how many would be right, in files whose entities state no text."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from cascade.commands import evaluate
from cascade.document import Document, Entity
from cascade.scoring.other_offsets import other_offsets

TEXT = "Ada 🙂 Lovelace visited Köln 🙂. Grace Hopper stayed in New York."
NAMES = ["Ada", "Lovelace", "Köln", "Grace Hopper", "New York"]
SPANS = [(TEXT.index(name), TEXT.index(name) + len(name)) for name in NAMES]


def document(spans: list[tuple[int, int]]) -> Document:
    return Document("a", TEXT, None, tuple(Entity(start, end, "name") for start, end in spans))


def told(change: Callable[[int, int], tuple[int, int]]) -> str | None:
    changed = [change(start, end) for start, end in SPANS]
    changed = [(start, end) for start, end in changed if 0 <= start < end <= len(TEXT)]
    return other_offsets([(document(SPANS), document(changed))])


def in_bytes(place: int) -> int:
    return len(TEXT[:place].encode())


def in_utf16(place: int) -> int:
    return len(TEXT[:place].encode("utf-16-le")) // 2


def words(start: int, end: int) -> tuple[int, int]:
    return len(TEXT[:start].split()), len(TEXT[:end].split())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda start, end: (start, end - 1), "ends that include the last character: read so, 5 of 5 would be"),
        (lambda start, end: (start, end + 1), "ends that are one too far: read so, 5 of 5 would be"),
        (lambda start, end: (start + 1, end + 1), "offsets that count from 1: read so, 5 of 5 would be"),
        (lambda start, end: (start + 1, end), "offsets that count from 1 and include the last character: read so, 5"),
        (lambda start, end: (start - 1, end - 1), "offsets that are one too small: read so, 4 of 4 would be"),
        (lambda start, end: (in_bytes(start), in_bytes(end)), "offsets in bytes of UTF-8: read so, 4 of 4 would be"),
        (lambda start, end: (in_utf16(start), in_utf16(end)), "offsets in units of UTF-16: read so, 4 of 4 would be"),
        (words, "indices of words: read so, "),
        (lambda start, end: (start, end), None),
        (lambda start, end: (start + 3, end + 3), None),
    ],
)
def test_what_offsets_seem_to_be(change: Callable[[int, int], tuple[int, int]], message: str | None) -> None:
    found = told(change)
    assert found is None if message is None else found is not None and found.startswith(message)


def test_a_few_that_would_be_right_are_chance() -> None:
    spans = [(start, start + 1) for start in range(0, 40, 2)]
    off = [(start, end - 1) for start, end in SPANS[3:]]
    assert other_offsets([(document([*spans, *SPANS[3:]]), document([*spans, *off]))]) is None
    assert other_offsets([(document(SPANS), None), (document(SPANS), document([]))]) is None


def test_the_command_warns(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    row = {"id": "a", "text": "Ada slept in New York"}
    for name, spans in {
        "gold": [[0, 3, "name"], [13, 21, "name"]],
        "found": [[0, 2, "name"], [13, 20, "name"]],
    }.items():
        (tmp_path / f"{name}.jsonl").write_text(json.dumps({**row, "label": spans}))
    asked = [str(tmp_path / "gold.jsonl"), str(tmp_path / "found.jsonl"), "--resamples", "0"]
    assert evaluate.main(asked) == 0
    warned = capsys.readouterr().err
    assert "found.jsonl: offsets seem to be ends that include the last character: read so, 2 of 2 would be" in warned
    assert evaluate.main([*asked, "--quiet"]) == 0
    assert capsys.readouterr().err == ""
