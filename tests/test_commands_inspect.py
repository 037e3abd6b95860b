"""`cascade-ner inspect` shows a text with scores, doubts, language and adapters; and `infer` writes any format."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from cascade.commands import infer as infer_command
from cascade.commands import inspect_text
from cascade.commands.console import main
from cascade.document import Document, Entity
from cascade.pipeline.counts import Counts

FOUND = (
    Entity(0, 3, "person", 0.9, (("person", 0.9), ("place", 0.06))),
    Entity(12, 17, "place", 0.2, (("place", 0.2), ("person", 0.15)), unsure=True),
)


class FixedCascade:
    """Stands in for the cascade: finds the same in every text."""

    def __init__(self) -> None:
        self.asked: dict[str, Any] = {}
        self.counts, self.min_score = Counts(), 0.3
        self.retriever = SimpleNamespace(identify=lambda text: {"en": 0.9, "de": 0.099, "fr": 0.001})

    def load(self, *_: object, **__: object) -> FixedCascade:
        return self

    def __call__(self, document: Document, types: object, **asked: Any) -> Document:
        self.asked = asked
        return document.with_entities(FOUND, ("en/extractor", "en/classifier"))

    def stream(self, documents: Iterable[Document], types: object, **asked: Any) -> Iterator[Document]:
        return (self(document, types, **asked) for document in documents)


@pytest.fixture
def cascade(monkeypatch: pytest.MonkeyPatch) -> FixedCascade:
    fixed, module = FixedCascade(), ModuleType("cascade.pipeline.facade")
    module.__dict__["Cascade"] = fixed
    monkeypatch.setitem(sys.modules, "cascade.pipeline.facade", module)
    monkeypatch.setattr(infer_command, "self_check", lambda *_, **__: None)
    monkeypatch.setattr(inspect_text, "named_retriever", lambda *_: None)
    monkeypatch.setenv("NO_COLOR", "1")
    return fixed


def test_a_text_is_shown_with_scores_doubts_language_and_adapters(
    cascade: FixedCascade, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["inspect", "Ada lived in Paris."]) == 0
    assert capsys.readouterr().out == (
        "[Ada | person 0.90] lived in[ Pari | place 0.20 ?]s.\n"
        "\n"
        "entity  type    score   next best types\n"
        "Ada     person  0.90    place 0.06\n"
        " Pari   place   0.20 ?  person 0.15\n"
        "\n"
        "language  found from the text: en 0.90, de 0.10\n"
        "read by   en/extractor, en/classifier\n"
    )
    assert cascade.asked == {"language": None, "top_k": 3, "unsure_from": 0.1}


def test_a_text_is_told_as_json(cascade: FixedCascade, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", "Ada lived in Paris.", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [entity["text"] for entity in found["entities"]] == ["Ada", " Pari"]
    assert found["languages"] == {"en": 0.9, "de": 0.099}


@pytest.mark.parametrize(
    ("options", "name", "begins"),
    [
        ([], "out.conll", "Ada\tB-person\n"),
        (["--to", "conll"], "out.txt", "Ada\tB-person\n"),
        (["--to", "doccano"], "out", '{"id"'),
        ([], "out.jsonl", '{"id": "line-1", "text": "Ada lived in Paris."'),
    ],
)
def test_results_are_written_in_any_format(
    tmp_path: Path, cascade: FixedCascade, options: list[str], name: str, begins: str
) -> None:
    (tmp_path / "in.txt").write_text("Ada lived in Paris.\n")
    assert main(["infer", str(tmp_path / "in.txt"), "-o", str(tmp_path / name), *options]) == 0
    assert (tmp_path / name).read_text(encoding="utf-8").startswith(begins)


def test_what_a_format_cannot_hold_is_told_unless_quiet_is_asked_for(
    tmp_path: Path, cascade: FixedCascade, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "in.txt").write_text("Ada lived in Paris.\n")
    given = ["infer", str(tmp_path / "in.txt"), "-o", str(tmp_path / "out.conll")]
    assert main(given) == 0
    assert "note: writing: scores of entities: 2 (first: line-1)\n" in capsys.readouterr().err
    assert main([*given, "--quiet"]) == 0
    assert capsys.readouterr().err == ""


def test_nothing_is_loaded_for_input_without_a_document(
    tmp_path: Path, cascade: FixedCascade, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cascade, "load", lambda *_, **__: pytest.fail("was loaded"))
    (tmp_path / "in.txt").write_text("\n\n")
    assert main(["infer", str(tmp_path / "in.txt"), "-o", str(tmp_path / "out.jsonl")]) == 0
    assert (tmp_path / "out.jsonl").read_text() == ""
    assert capsys.readouterr().err == f"warning: {tmp_path}/in.txt: no document to read; the output has none\n"
