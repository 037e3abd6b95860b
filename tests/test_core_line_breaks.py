"""What line breaks are: of a wrapped paragraph, of a heading or an item, or in doubt."""

from __future__ import annotations

import random
import textwrap

import pytest

from cascade.text.line_breaks import LineBreak, line_breaks

PARAGRAPH = (
    "Last year the mayor of New York City and the governor met a delegation of the European Union in the old hall, "
    "where they spoke about the price of bread, the state of the roads between Albany and Buffalo, and the many "
    "bridges that nobody had painted since the end of the war."
)
GERMAN = (
    "Im vergangenen Jahr besuchte die Ministerpräsidentin von Mecklenburg-Vorpommern die Werften in Rostock und "
    "Wismar, um mit den Arbeitern über die Zukunft der Schifffahrt auf der Ostsee zu reden, während in Schwerin der "
    "Landtag über den Haushalt und die neuen Schulen am Ufer beriet."
)
ARABIC = (
    "زار رئيس الوزراء مدينة الإسكندرية يوم الأحد الماضي والتقى وفدا من الاتحاد الأوروبي في مبنى البلدية القديم "
    "حيث تحدثوا عن سعر الخبز وحالة الطرق بين القاهرة وأسوان"
)
CHINESE = (
    "去年纽约市市长与州长在旧市政厅会见了欧洲联盟代表团他们谈到面包的价格"
    "奥尔巴尼和布法罗之间的道路状况以及战争结束以来没有人粉刷过的许多桥梁"
)


def kinds(text: str) -> list[str]:
    return [kind.name for _, kind in sorted(line_breaks(text).items())]


def cut_at(text: str, characters: int) -> str:
    return "\n".join(text[first : first + characters] for first in range(0, len(text), characters))


@pytest.mark.parametrize("columns", [30, 40, 60, 80])
@pytest.mark.parametrize("paragraph", [PARAGRAPH, GERMAN, ARABIC])
def test_line_breaks_of_a_wrapped_paragraph_stand_for_blanks(paragraph: str, columns: int) -> None:
    text = textwrap.fill(paragraph, columns, break_on_hyphens=False)
    assert set(kinds(text)) == {"BLANK"}
    assert sorted(line_breaks(text)) == [place + 1 for place, character in enumerate(text) if character == "\n"]


@pytest.mark.parametrize("indent", ["", "    ", "\t"])
@pytest.mark.parametrize("line_break", ["\n", "\r\n", " \n", "\r", "\u2028"])
def test_it_makes_no_difference_how_a_line_break_is_written(line_break: str, indent: str) -> None:
    lines = textwrap.wrap(PARAGRAPH, 50)
    text = indent + (line_break + indent).join(lines) + line_break
    assert kinds(text) == ["BLANK"] * (len(lines) - 1)
    assert [text[first:].split()[0] for first in sorted(line_breaks(text))] == [line.split()[0] for line in lines[1:]]


@pytest.mark.parametrize("characters", [12, 20, 30])
def test_a_line_break_within_words_of_a_script_without_spaces_stands_for_nothing(characters: int) -> None:
    assert set(kinds(cut_at(CHINESE, characters))) == {"NOTHING"}


def test_numbers_and_foreign_words_are_cut_too_where_all_lines_have_one_width() -> None:
    text = cut_at("苹果公司于2008年在Cupertino发布了新产品" * 6, 17)
    assert "2\n00" in text.replace("20\n0", "2\n00")
    assert set(kinds(text)) == {"NOTHING"}


def test_lines_broken_at_the_first_blank_behind_the_width_are_wrapped_too() -> None:
    lines, line = [], ""
    for word in PARAGRAPH.split():
        line = f"{line} {word}".strip()
        if len(line) >= 40:
            lines.append(line)
            line = ""
    assert set(kinds("\n".join([*lines, line]))) == {"BLANK"}


def test_a_long_address_does_not_make_the_other_lines_short() -> None:
    lines = textwrap.wrap(PARAGRAPH, 40)
    text = "\n".join([*lines[:3], "https://example.org/" + "a" * 200, *lines[3:]])
    assert "END" not in kinds(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("one line", []),
        ("\n \n", []),
        ("\none line\n", []),
        ("one\n\ntwo", ["END"]),
        ("one\n \t\ntwo\r\n\r\nthree", ["END", "END"]),
        ("one\u2029two\fthree", ["END", "END"]),
        ("in New\nYork", ["UNSURE"]),
        ("Berlin\nParis\nRome", ["UNSURE", "UNSURE"]),
        (f"The weather\n{PARAGRAPH}", ["END"]),  # a heading
        (f"the weather in\n{PARAGRAPH.lower()}", ["UNSURE"]),  # reads on
        (f"Ada Lovelace,\n{PARAGRAPH}", ["UNSURE"]),
        ("We went to:\n- Berlin\n- Paris", ["END", "END"]),
        ("1. Berlin\n2. Paris\n3) Rome\n(4) Bonn\na) Köln", ["END"] * 4),
        ("• Berlin\n• Paris", ["END"]),
        (ARABIC + "\n" + ARABIC[:9], ["UNSURE"]),  # of two lines the first is the longer one by chance
    ],
)
def test_line_breaks_by_hand(text: str, expected: list[str]) -> None:
    assert kinds(text) == expected


@pytest.mark.parametrize("number", ["am\n3. Oktober", "siehe Nr.\n6) oben", "Berlin\n- Potsdam", "J.\nR. R. Tolkien"])
def test_what_looks_like_an_item_within_a_full_line_is_none(number: str) -> None:
    first, second = number.split("\n")
    lines = textwrap.wrap(GERMAN, 40)
    before = "und so weiter bis zum Ende der Geschichte"[: 39 - len(first)] + " " + first
    assert "END" not in kinds("\n".join([*lines, before, f"{second} {lines[0]}"[:40], *lines[1:]]))


def test_every_line_that_begins_with_a_capital_stands_for_itself() -> None:
    lines = [
        f"{name} met the {what} of the town in the old hall"
        for name in ("Ada", "Bob", "Eve", "Max")
        for what in ("mayor", "priest", "queen")
    ]
    assert kinds("\n".join(lines)) == ["END"] * 11


@pytest.mark.parametrize(
    "names",
    [
        "Ada|Bank of England|Rome|Royal Society of London|Bob|York",
        "서울|한국은행 본점 별관|부산|서울대학교 병원 별관|대구|광주",
    ],
)
def test_lines_that_mostly_had_room_for_more_stand_for_themselves(names: str) -> None:
    assert kinds(names.replace("|", "\n")) == ["END"] * 5


def test_names_below_each_other_are_not_joined() -> None:
    source = random.Random(1)
    names = [
        "University of Applied Sciences Berlin",
        "Royal Society of London",
        "Bank of England",
        "European Central Bank in Frankfurt",
    ]
    assert not {"BLANK", "NOTHING"} & set(kinds("\n".join(source.choices(names, k=40))))


def test_very_many_blanks_or_lines_take_no_time() -> None:
    assert len(line_breaks("a\n" * 20_000)) == 19_999
    assert line_breaks("a" + " " * 200_000 + "b\nc") == {200_003: LineBreak.UNSURE}
