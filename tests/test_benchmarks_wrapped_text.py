"""Documents of joined sentences and their wrapping: the text, where the gold goes, the table."""

from __future__ import annotations

import json
import random
import textwrap
from pathlib import Path

import pytest
from tiny_models import random_text, save_adapter

from benchmarks.wrapped_text import long_documents, main, total, wrapped
from cascade import Document, Entity
from cascade.model.base_model import BaseModel
from cascade.scoring.report import Counts
from data_formats import write


def test_neighbours_are_joined_until_they_are_long_enough_and_their_gold_moves_along() -> None:
    sentences = [
        Document("1", "Ada left.", "en", (Entity(0, 3, "person"),)),
        Document("2", "Rome\nburns.", "en", (Entity(0, 4, "place"),)),
        Document("3", "Bob came to London.", "en", (Entity(12, 18, "place"),)),
        Document("4", "What is left over", "en"),
    ]
    first, second = long_documents(sentences, len, at_least=19)
    assert (first.text, first.entities) == ("Ada left. Rome burns.", (Entity(0, 3, "person"), Entity(10, 14, "place")))
    assert (second.text, second.entities) == ("Bob came to London.", (Entity(12, 18, "place"),))


def test_sentences_of_a_script_without_spaces_are_joined_without_one() -> None:
    [document] = long_documents([Document("1", "他来了。", "zh"), Document("2", "她走了。", "zh")], len, at_least=8)
    assert document.text == "他来了。她走了。"


@pytest.mark.parametrize("columns", [5, 20, 40])
@pytest.mark.parametrize("seed", range(5))
def test_lines_are_as_long_as_there_is_room(seed: int, columns: int) -> None:
    text = " ".join(random_text(random.Random(seed), 60).split())
    expected = textwrap.fill(text, columns, break_long_words=False, break_on_hyphens=False)
    assert wrapped(Document("1", text, "en"), columns).text == expected


def test_a_line_break_in_place_of_a_blank_moves_no_entity() -> None:
    document = Document("1", "Ada lives in New York City.", "en", (Entity(13, 26, "place"),))
    found = wrapped(document, 17)
    assert (found.text, found.entities) == ("Ada lives in New\nYork City.", document.entities)


def test_a_line_break_within_a_word_moves_what_comes_after_it() -> None:
    entities = (Entity(0, 2, "person"), Entity(2, 4, "person"), Entity(3, 6, "place"), Entity(6, 7, "place"))
    found = wrapped(Document("1", "甲乙丙丁戊己庚", "zh", entities), 2)
    assert found.text == "甲乙\n丙丁\n戊己\n庚"
    assert [found.text_of(entity) for entity in found.entities] == ["甲乙", "丙丁", "丁\n戊己", "庚"]


def test_a_total_adds_counts() -> None:
    rows = [
        {"unwrapped": Counts(1, 2, 3), "40": Counts(4, 5, 6)},
        {"unwrapped": Counts(1, 1, 1), "40": Counts(0, 0, 1)},
    ]
    assert total(rows) == {"unwrapped": Counts(2, 3, 4), "40": Counts(4, 5, 7)}


def test_the_command_reads_documents_wrapped_and_not(
    gemma: BaseModel, gemma_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for stage in ("extractor", "classifier"):
        save_adapter(gemma, gemma_folder, tmp_path / "pair" / stage, stage=stage, languages=["en"], seed=len(stage))
    sentences = [Document(str(number), "Ada met Bob in London", "en", (Entity(0, 3, "person"),)) for number in range(6)]
    (tmp_path / "data").mkdir()
    write(sentences, str(tmp_path / "data" / "dev.jsonl"), "jsonl")
    options = ["--base", str(gemma_folder), "--adapters", str(tmp_path / "pair"), "--precision", "fp32"]
    corpora = ["--data-root", str(tmp_path), "--corpora", "data", "--tokens", "30", "--columns", "20"]
    assert main([*corpora, *options, "--json", str(tmp_path / "figures.json")]) == 0
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert list(figures) == ["data", "total"]
    assert list(figures["data"]) == ["documents", "unwrapped", "20"]
    assert figures["data"] == figures["total"]
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["corpus", "data", "total"]
