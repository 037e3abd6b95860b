"""Synthetic documents kept apart from texts that they will be measured with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cascade import Document, Entity
from train.synthetic.apart import Apart
from train.synthetic.rendering import Value

TEXT = "On Monday Grace will bring two boxes of Amoxicillin to the ward, 10 % off"
APART = Apart([Document("1", TEXT, "en", (Entity(40, 51, "medication"), Entity(65, 69, "percentage")))])


@pytest.mark.parametrize(
    ("value", "shares"),
    [
        (Value("take AMOXICILLIN now", ((5, 16, "medication"),)), True),
        (Value("take amoxicillin now", ()), False),  # it is no value of this document
        (Value("10 % of it", ((0, 4, "percentage"),)), False),  # a value that any text may have
        (Value("she said: on monday grace will bring TWO boxes of bread", ()), True),
        (Value("on monday grace will bring three boxes of bread", ()), False),
    ],
)
def test_values_and_words_in_a_row_are_shared(value: Value, shares: bool) -> None:
    assert APART.shares(value) == shares


@pytest.mark.parametrize(
    "value",
    ["石磊", "上海", "心悸", "とら", "김밥", "118元", "3岁", "€418.00", "¥265", "5 mg", "18 h", "6 a.m.", "v1.2",
     "8.3.1", "44120", "1021 AB", "C++", "Go", "Li", "AB+", "13 h 20", "twenty percent", "百分之五", "12:40:33"],
)  # fmt: skip
def test_a_value_that_tells_something_is_compared(value: str) -> None:
    apart = Apart([Document("1", f"{value} here", None, (Entity(0, len(value), "x"),))])
    assert apart.shares(Value(f"and {value.upper()}", ((4, 4 + len(value), "y"),)))


@pytest.mark.parametrize(
    "value",
    ["7", "10", "2031", "3.4", "1.200", "99,5", "10 %", "10%", "10\N{NO-BREAK SPACE}%", "61.8%", "8,9 %", "%20",
     "11:40", "9:05", "11：40", "A", "A+", "红", "٢٠٣١", "١٠٪"],
)  # fmt: skip
def test_a_value_that_tells_nothing_is_not_compared(value: str) -> None:
    apart = Apart([Document("1", f"{value} here", None, (Entity(0, len(value), "x"),))])
    assert not apart.shares(Value(f"and {value}", ((4, 4 + len(value), "y"),)))


def test_characters_of_chinese_count_as_words() -> None:
    apart = Apart([Document("1", "请把两箱阿莫西林送到病房", "zh")])
    assert apart.shares(Value("今天请把两箱阿莫西林", ()))
    assert not apart.shares(Value("把两箱阿莫西送", ()))


def test_documents_in_chinese_are_left_to_draw_apart_from_the_everyday_texts() -> None:
    pytest.importorskip("faker", reason="the synthetic documents need the extra `synthetic`")
    from train.synthetic.apart import apart_from
    from train.synthetic.documents import documents

    everyday = Path(__file__).parents[1] / "benchmarks" / "everyday" / "zh.jsonl"
    rows = list(documents(400, 1, ["zh"], apart=apart_from([everyday])))
    texts = [row["text"][each["start"] : each["end"]] for row in rows for each in row["entities"]]
    assert {"南京", "苏州"} <= set(texts)
    assert not {"上海", "杭州", "心悸"} & set(texts)


def test_the_command_keeps_documents_apart(tmp_path: Path) -> None:
    pytest.importorskip("faker", reason="the synthetic documents need the extra `synthetic`")
    from train.synthetic.__main__ import main
    from train.synthetic.apart import apart_from

    once, again = tmp_path / "once.jsonl", tmp_path / "again.jsonl"
    options = ["--documents", "60", "--seed", "3", "--languages", "en"]
    assert main(["--out", str(once), *options]) == 0
    assert main(["--out", str(again), *options, "--apart-from", str(once)]) == 0
    apart = apart_from([once])
    for line in again.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        spans = tuple((entity["start"], entity["end"], entity["type"]) for entity in row["entities"])
        assert not apart.shares(Value(row["text"], spans))
