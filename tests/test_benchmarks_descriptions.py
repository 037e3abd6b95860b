"""Benchmarks of types with descriptions: names alone beside described names, and a thousand types at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks import descriptions, many_described_types
from benchmarks.descriptions import DESCRIPTIONS, described, ends_of, measured, read_both_ways, read_descriptions
from benchmarks.many_described_types import KNOWN, asked, others
from benchmarks.unseen_types import HELD_OUT
from cascade import CascadeError, Document, Entity, EntityType, Taxonomy
from cascade.pipeline.counts import Counts
from cascade.text.type_spelling import spelled

TEXT = "Ada met Bob in London"
GOLD = (Entity(0, 3, "person"), Entity(8, 11, "person"), Entity(15, 21, "place"))
WHAT = {"person": "a human being", "place": "a spot on a map"}


class ReadsDescriptions:
    """Finds the first person; with descriptions the place too. `able`: whether its adapters were trained with some."""

    adapters = ("many/extractor", "many/classifier")

    def __init__(self, *, able: bool = True) -> None:
        self.able = able
        self.asked: list[Taxonomy] = []
        self.counts = Counts()

    def __call__(
        self, documents: list[Document], types: Taxonomy, *, counts: Counts | None = None
    ) -> list[Document] | Document:
        self.asked.append(types)
        if not self.able and counts is not None:
            counts.undescribed += len(documents)
        found = [Entity(0, 3, "person", 0.9)]
        if types.is_described:
            found.append(Entity(15, 21, "place", 0.8))
        if isinstance(documents, Document):
            return documents.with_entities(found)
        assert not any(document.entities for document in documents)
        return [document.with_entities(found) for document in documents]


def test_each_type_of_the_held_out_corpora_is_described_in_a_line() -> None:
    known = read_descriptions(DESCRIPTIONS)
    assert sorted(known) == sorted(HELD_OUT)
    for of_corpus in known.values():
        assert all(text and text == " ".join(text.split()) and "|" not in text for text in of_corpus.values())
        assert len({spelled(name) for name in of_corpus}) == len(of_corpus) == len(set(of_corpus.values()))


def test_a_line_that_describes_no_type_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("news\tperson\ta human being\nnews\tplace\n", encoding="utf-8")
    with pytest.raises(CascadeError) as error:
        read_descriptions(file)
    assert str(error.value) == (f"{file}:2: is 'news\\tplace'; expected corpus, type and description with tabs between")


def test_a_corpus_is_read_by_names_and_by_descriptions() -> None:
    ner: Any = ReadsDescriptions()
    row = measured(ner, [Document(str(number), TEXT, "en", GOLD) for number in range(30)], WHAT)
    assert [[(root.name, root.description) for root in types.roots] for types in ner.asked] == [
        [("person", None), ("place", None)],
        [("person", "a human being"), ("place", "a spot on a map")],
    ]
    assert (row["documents"], row["types"], row["gold"]) == (30, 2, 90)
    assert (row["names"]["precision"], row["names"]["recall"]) == (1.0, pytest.approx(1 / 3))
    assert (row["described"]["precision"], row["described"]["recall"]) == (1.0, pytest.approx(2 / 3))
    assert row["by_type"] == {
        "person": {"gold": 60, "names": pytest.approx(2 / 3), "described": pytest.approx(2 / 3)},
        "place": {"gold": 30, "names": 0.0, "described": 1.0},
    }
    assert ends_of({"news": row}, 1) == ["+100.0  news: place", "  +0.0  news: person"]


def test_adapters_that_read_no_descriptions_are_refused() -> None:
    ner: Any = ReadsDescriptions(able=False)
    with pytest.raises(CascadeError) as error:
        read_both_ways(ner, [Document("1", TEXT, "en", GOLD)], described(["person"], WHAT))
    assert str(error.value) == (
        "many/extractor, many/classifier: were trained without descriptions and read none; expected --adapters that "
        "were trained on some (`described` under a mixture's prompts)"
    )


def test_a_type_without_a_description_is_refused() -> None:
    with pytest.raises(CascadeError) as error:
        described(["person", "river"], WHAT)
    assert str(error.value) == "no description is known of river; expected one in --descriptions"


def corpus(folder: Path) -> Path:
    (folder / "harvey").mkdir()
    entities = (Entity(0, 3, "area"), Entity(15, 21, "river"))
    rows = [Document(str(number), TEXT, "en", entities).to_dict() for number in range(3)]
    (folder / "harvey" / "dev.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return folder


def test_both_commands_print_a_table_and_write_figures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ner = ReadsDescriptions()
    monkeypatch.setattr(descriptions, "asked_cascade", lambda options: ner)
    out, data = tmp_path / "out.json", corpus(tmp_path)
    assert descriptions.main(["--data", str(data), "--corpora", "harvey", "--json", str(out)]) == 0
    assert "mean F1: 0.0 by names, 0.0 described (+0.0)" in capsys.readouterr().out  # persons are none of these types
    assert json.loads(out.read_text(encoding="utf-8"))["corpora"]["harvey"]["gold"] == 6
    assert descriptions.main(["--data", str(data), "--corpora", "news"]) == 2
    assert "describes no types of news; expected them there" in capsys.readouterr().err


def test_others_are_described_differ_to_the_model_and_share_no_word_with_the_corpus_types() -> None:
    own = described(["home address", "person"], {"home address": "where one lives", "person": "a human being"})
    found = asked(own, 1000, 1)
    assert len(found.roots) == 1000
    assert found.roots[:2] == own.roots
    assert len({spelled(root.name).casefold() for root in found.roots}) == 1000
    assert all(root.description for root in found.roots)
    known = [root for root in found.roots[2:] if root.name in KNOWN]
    assert len(known) > 100
    assert not any({"address", "person"} & set(root.name.casefold().split()) for root in known)
    assert asked(own, 1000, 1) == found != asked(own, 1000, 2)
    assert asked(own, 1, 1) == own
    with pytest.raises(CascadeError) as error:
        asked(own, 5000, 1)
    most = 2 + len(others(["home address", "person"], 1))
    assert str(error.value) == f"5,000 types are to be asked for; expected at most {most:,} with these of the corpus"


class CountsTokens:
    """A base model whose prompt has three tokens a type."""

    class tokens:
        @staticmethod
        def prefix(names: list[str]) -> list[int]:
            return [0] * 3 * len(names)


def test_a_row_of_many_types_has_speed_memory_and_the_scores_of_the_corpus_types() -> None:
    ner: Any = ReadsDescriptions()
    ner.base = CountsTokens()
    types = Taxonomy((*described(["person", "place"], WHAT).roots, EntityType("toy", "a thing to play with")))
    row = many_described_types.measured(ner, [Document(str(number), TEXT, "en", GOLD) for number in range(4)], types)
    assert (row["types"], row["prompt_tokens"], row["documents"], row["gold"]) == (3, 9, 4, 12)
    assert (row["precision"], row["recall"], row["described"]) == (1.0, pytest.approx(2 / 3), True)
    assert row["peak_mb"] > 10
    assert many_described_types.line(row).split()[:2] == ["3", "9"]


def test_many_types_are_also_asked_for_by_names_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ner: Any = ReadsDescriptions()
    ner.base, ner.fresh = CountsTokens(), lambda: ner
    monkeypatch.setattr(many_described_types, "asked_cascade", lambda options: ner)
    out = tmp_path / "out.json"
    command = ["--data", str(corpus(tmp_path)), "--corpus", "harvey", "--numbers", "5", "--json", str(out)]
    for further, described_too in ([], True), (["--names-alone"], False):
        assert many_described_types.main([*command, *further]) == 0
        rows = json.loads(out.read_text(encoding="utf-8"))["rows"]
        assert [(row["types"], row["described"]) for row in rows] == [(2, described_too), (5, described_too)]
    assert "trained without descriptions" not in capsys.readouterr().out
