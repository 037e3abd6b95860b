"""Rows to train the published systems on: both stages of CascadeNER and the formats of LLMs4NER."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from documents import blocks
from project_tree import ROOT

from cascade import Document, Entity
from cascade.errors import TaxonomyError
from cascade.published.losses import UNKNOWN_TYPE, Losses
from cascade.taxonomy.parsing import parse_taxonomy
from cascade.taxonomy.tree import type_name
from train.published_rows import balanced, classifier_rows, extractor_rows, main, one_stage_rows

DOCUMENT = Document("1", "Ada saw New York.", None, (Entity(0, 3, "author"), Entity(8, 16, "city"), Entity(8, 11, "x")))


def contents(rows: list[Any]) -> list[list[str]]:
    return [[message["content"] for message in row["messages"]] for row in rows]


def test_the_extractor_marks_the_longest_entities_of_a_bare_sentence() -> None:
    losses = Losses()
    rows = list(extractor_rows([DOCUMENT, Document("2", "a ## b")], losses))
    assert contents(rows) == [
        ["You are a helpful assistant.", "Ada saw New York.", "##Ada## saw ##New York##."],
    ]
    assert losses.counts == {
        "entities lie in or across a longer one": 1,
        "answers can be read in more than one way, as their text holds marks": 1,
    }


def test_a_sentence_whose_marks_could_be_read_in_two_ways_is_counted() -> None:
    losses = Losses()
    hashtag = Document("1", "#Obama spoke", None, (Entity(0, 6, "person"),))
    assert list(extractor_rows([hashtag], losses)) == []
    assert losses.counts == {"answers can be read in more than one way, as their text holds marks": 1}


def test_the_classifier_is_asked_level_by_level() -> None:
    losses = Losses()
    taxonomy = parse_taxonomy({"Person": {"Author": None, "Actor": None}, "City": None})
    rows = contents(list(classifier_rows([DOCUMENT], taxonomy, losses)))
    sentence = 'in the sentence: "Ada saw New York." belong to which entity in the'
    assert [row[1:] for row in rows] == [
        [f"The ##Ada## {sentence} first list: person, city?", "person"],
        [f"The ##Ada## {sentence} second list: author, actor?", "author"],
        [f"The ##New York## {sentence} first list: person, city?", "city"],
    ]
    assert losses.counts == {"entities got a type that was not asked for": 1}


def test_one_stage_answers_hold_the_types_asked_for() -> None:
    losses = Losses()
    [row] = one_stage_rows([DOCUMENT], parse_taxonomy(["City", "Author"]), "xml", losses, nested=True)
    assert [message["role"] for message in row["messages"]] == ["system", "user", "assistant"]
    assert row["messages"][2]["content"] == "<Author>Ada</Author> saw <City>New York</City>."
    assert losses.counts == {"entities got a type that was not asked for": 1}


@pytest.mark.parametrize("page", ["published-protocol.md", "reproduce.md"])
def test_pages_ask_for_types_in_the_order_in_which_they_train(page: str) -> None:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    shell = "".join(block.text for block in blocks(text) if block.language == "bash").replace("\\\n", " ")
    trained, asked = set(), set()
    for line in shell.splitlines():
        types = re.search(r"--types (\S+)|(\$TYPES)", line)
        order = types[1] or types[2] if types else None
        if "train.published_rows" in line:
            trained.add(order)
        elif re.search(r"--(classifier|model) (published|runs)/", line):
            asked.add(order)
        elif "--classifier tests/data/published" in line:
            assert order == "location,organization,person"  # without --types, rows have them by the alphabet
    assert trained == asked
    assert len(trained - {None}) == 1


def test_balanced_rows_have_each_answer_equally_often() -> None:
    rows = [{"messages": [{"content": answer}]} for answer in "aaaaaabbbcc"]
    for most, each in ((100, 2), (3, 1), (6, 2)):
        drawn = balanced(rows, most, random.Random(1))
        assert Counter(row["messages"][-1]["content"] for row in drawn) == dict.fromkeys("abc", each)
    assert balanced(rows, 6, random.Random(1)) == balanced(rows, 6, random.Random(1))
    assert [balanced(rows, 6, random.Random(seed))[0] is rows[0] for seed in range(9)] != [True] * 9


def test_the_command_writes_rows_from_geic_and_tells_losses(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, out = tmp_path / "a.json", tmp_path / "rows.jsonl"
    sentence = {"sentence": "Ada saw Rome.", "entity": ["Ada", "Rome", "Oslo"], "category": ["person", "city", "city"]}
    data.write_text(json.dumps({"sentence1": sentence}))
    assert main([str(data), "--answers", "bracketed", "-o", str(out)]) == 0
    [row] = map(json.loads, out.read_text().splitlines())
    assert row["messages"][-1]["content"] == "[Ada | person] saw [Rome | city]."
    told = capsys.readouterr().err
    assert told.startswith(f"{out}: 1 rows\nnote: entities whose string is not")
    assert "Oslo" in told


def test_balance_without_repeating_answers_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = str(tmp_path / "rows.jsonl")
    assert main(["a.json", "--answers", "xml", "--balanced", "9", "-o", out]) == 2
    assert capsys.readouterr().err == ("error: --balanced is for --answers types, whose answers repeat; leave it out\n")


def test_types_that_differ_in_case_alone_lead_down_their_own_ways() -> None:
    taxonomy = parse_taxonomy({"A": {"Other": None, "x": None}, "B": {"other": None, "y": None}})
    for name, way in (("Other", ["a", "other"]), ("other", ["b", "other"])):
        losses = Losses()
        rows = contents(list(classifier_rows([Document("1", "Ada", None, (Entity(0, 3, name),))], taxonomy, losses)))
        assert [row[-1] for row in rows] == way
        assert not losses.counts
    losses = Losses()
    assert list(classifier_rows([Document("1", "Ada", None, (Entity(0, 3, "OTHER"),))], taxonomy, losses)) == []
    assert losses.counts == {UNKNOWN_TYPE: 1}  # it could be either


def test_marks_stand_around_the_types_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, out = tmp_path / "a.jsonl", tmp_path / "rows.jsonl"
    data.write_text(
        json.dumps(Document("1", "Ada in Rome", None, (Entity(0, 3, "Artist"), Entity(7, 11, "City"))).to_dict())
    )
    assert main([str(data), "--answers", "marked", "--types", "artist", "-o", str(out)]) == 0
    assert json.loads(out.read_text())["messages"][-1]["content"] == "##Ada## in Rome"
    assert "1 entities got a type that was not asked for" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["marked", "--nested"], "--nested is for answers that hold entities and types, not for marked; leave it out"),
        (["types", "--balanced", "1"], "--balanced 1: there are 2 answers; expected a row of each or more"),
    ],
)
def test_options_that_cannot_be_met_are_refused(
    options: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "a.jsonl"
    data.write_text(
        json.dumps(Document("1", "Ada in Rome", None, (Entity(0, 3, "Artist"), Entity(7, 11, "City"))).to_dict())
    )
    assert main([str(data), "-o", str(tmp_path / "rows.jsonl"), "--answers", *options]) == 2
    assert capsys.readouterr().err == f"error: {message}\n"


def written(file: Path, *types: str) -> Path:
    """A file of a document for each type, which are called 1, 2 and so on."""
    documents = [Document(f"{n}", "Ada", None, (Entity(0, 3, name),)) for n, name in enumerate(types, start=1)]
    file.write_text("".join(json.dumps(document.to_dict()) + "\n" for document in documents))
    return file


@pytest.mark.parametrize("lost", ["a.jsonl", "types.json", "link.jsonl"])
def test_no_file_that_is_read_is_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str], lost: str) -> None:
    data, types = written(tmp_path / "a.jsonl", "person"), tmp_path / "types.json"
    types.write_text('["person"]')
    (tmp_path / "link.jsonl").symlink_to(data)
    before = (tmp_path / lost).read_text()
    out = str(tmp_path / lost)
    assert main([str(data), "--answers", "types", "--taxonomy", str(types), "-o", out]) == 2
    told = f"error: {out}: the output is an input, which would be lost; name another file\n"
    assert capsys.readouterr().err == told
    assert (tmp_path / lost).read_text() == before


def test_a_folder_that_is_missing_is_told_before_the_work(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "no" / "rows.jsonl"
    assert main(["no-data.jsonl", "--answers", "types", "-o", str(out)]) == 2
    assert capsys.readouterr().err == (
        f"error: {out}: cannot be written: No such file or directory; make its folder first\n"
    )


def test_types_in_other_letters_are_told_with_their_documents(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, out = written(tmp_path / "a.jsonl", "per", "PER"), tmp_path / "rows.jsonl"
    command = [str(data), "--answers", "types", "-o", str(out)]
    assert main(command) == 2
    assert capsys.readouterr().err == (
        f"error: {data}: document '1': the type 'per' is 'PER' of document '2' in other letters; expected one spelling "
        "of each type. Rename it in the data, or name the types to ask for with --types\n"
    )
    assert main([*command, "--types", "PER"]) == 0
    assert [json.loads(line)["messages"][-1]["content"] for line in out.read_text().splitlines()] == ["per", "per"]


def test_a_type_that_cannot_be_asked_for_is_told_with_its_document(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = written(tmp_path / "a.jsonl", "person", "x, y")
    with pytest.raises(TaxonomyError) as refused:
        type_name("x, y")
    assert main([str(data), "--answers", "xml", "-o", str(tmp_path / "rows.jsonl")]) == 2
    assert capsys.readouterr().err == (
        f"error: {data}: document '2': {refused.value}. Rename it in the data, or name the types to ask for with "
        "--types\n"
    )
