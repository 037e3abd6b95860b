"""The share of texts whose entities change with the order of types."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks import type_order
from benchmarks.type_order import line, main, measured, orders
from cascade import Document, Entity

DOCUMENTS = [Document(str(number), f"Ada {number}", "en", (Entity(0, 3, "person"),)) for number in range(4)]


class ReadsByOrder:
    """Finds a person in every text; in the second text of the first type asked for; in the third by its place."""

    def __call__(self, documents: list[Document], types: list[str]) -> list[Document]:
        found = [Entity(0, 3, "person", 0.9)] * len(documents)
        found[1] = Entity(0, 3, types[0], 0.9)
        found[2] = Entity(0, 3, "person", 0.5 + 0.1 * types.index("person"))
        return [document.with_entities([entity]) for document, entity in zip(documents, found, strict=True)]


def test_orders_begin_with_the_alphabetical_one_and_are_the_same_in_every_run() -> None:
    made = orders(["b", "c", "a"], 5, 1)
    assert made[0] == ["a", "b", "c"]
    assert [sorted(each) for each in made] == [["a", "b", "c"]] * 5
    assert made == orders(["b", "c", "a"], 5, 1)
    assert len(set(map(tuple, made))) > 1


def test_texts_with_other_entities_and_other_scores_are_counted() -> None:
    ner: Any = ReadsByOrder()
    row = measured(ner, DOCUMENTS, [["person", "place"], ["place", "person"]])
    assert row == {
        "texts": 4,
        "types": 2,
        "orders": 2,
        "entities": 4,
        "texts_with_other_entities": 1,
        "texts_with_other_scores": 2,
    }
    assert line("a/dev", row).split() == ["a/dev", "4", "2", "4", "25.0", "50.0"]
    assert measured(ner, DOCUMENTS, [["person", "place"]] * 2)["texts_with_other_scores"] == 0


def test_the_command_writes_figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type_order, "asked_cascade", lambda options: ReadsByOrder())
    (tmp_path / "news").mkdir()
    file = tmp_path / "news" / "dev.jsonl"
    file.write_text("".join(json.dumps(each.to_dict()) + "\n" for each in DOCUMENTS), encoding="utf-8")
    assert main(["--data", str(file), "--orders", "3", "--json", str(tmp_path / "out.json")]) == 0
    written = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert (written["news/dev"]["orders"], written["news/dev"]["texts"]) == (3, 4)
