"""Asking for persons, organizations and locations by other names: what is asked, what is scored, the table."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.type_names import NAMES, PLAIN, Row, head, line, main, renamed, row_of
from cascade import Cascade, Document, Entity
from cascade.text.type_spelling import spelled
from data_formats import write

DOCUMENTS = [
    Document(
        "1",
        "Ada met Siemens in 1833",
        "en",
        (Entity(0, 3, "person"), Entity(8, 15, "organization"), Entity(19, 23, "date")),
    ),
    Document("2", "Rome", "en", (Entity(0, 4, "location"),)),
]


class Found:
    """A cascade that finds the first word of each text, as the first type asked for."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def __call__(self, documents: list[Document], types: list[str]) -> list[Document]:
        assert not any(document.entities for document in documents)
        self.asked.append(types)
        return [each.with_entities([Entity(0, len(each.text.split()[0]), types[0])]) for each in documents]


def test_gold_entities_take_the_names_and_others_go() -> None:
    found = renamed(DOCUMENTS, ("PER", "ORG", "LOC"))
    assert [[(entity.start, entity.type) for entity in each.entities] for each in found] == [
        [(0, "PER"), (8, "ORG")],
        [(0, "LOC")],
    ]


def test_texts_are_read_with_the_names_and_scored_by_them() -> None:
    found: Any = Found()
    row = row_of(found, {"a/dev": DOCUMENTS, "b/dev": DOCUMENTS[1:]}, ("PER", "ORG", "LOC"))
    assert found.asked == [["PER", "ORG", "LOC"]] * 2
    assert row.f1 == {"a/dev": pytest.approx(2 / 5), "b/dev": 0}  # one right of two found and three in the texts
    assert row.mean == pytest.approx(1 / 5)


def test_a_line_says_how_far_from_the_plain_names() -> None:
    plain, other = (Row(PLAIN, {"uner_en-ewt/dev": f1, "b/dev": 0.5}) for f1 in (0.8, 0.75))
    assert head(list(plain.f1)) == f"{'names':<32}{'en-ewt':>10}{'b':>10}{'mean':>8}{'points':>8}"
    assert line("labels", other, plain) == f"{'labels':<32}{'75.0':>10}{'50.0':>10}{'62.5':>8}{'-2.5':>8}"


def test_each_set_of_names_is_another_one_with_three_different_names() -> None:
    assert len(set(NAMES.values())) == len(NAMES)
    assert all(len({spelled(name) for name in names}) == 3 for names in NAMES.values())
    assert next(iter(NAMES.values())) == PLAIN


def test_the_command_prints_and_writes_each_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write(DOCUMENTS, tmp_path / "dev.jsonl")
    monkeypatch.setattr(Cascade, "load", lambda *_, **__: Found())
    found = tmp_path / "found.json"
    assert main(["--data", str(tmp_path), "--corpora", "dev", "--json", str(found)]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1 + len(NAMES)
    rows = json.loads(found.read_text(encoding="utf-8"))
    assert [row["kind"] for row in rows] == list(NAMES)
    assert rows[1] == {"names": ["PER", "ORG", "LOC"], "kind": "labels", "f1": {"dev": pytest.approx(2 / 5)}}
