"""Pages in a real browser: they load without errors, run nothing of the texts, and their controls do what they say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from shown_documents import HOSTILE, random_document
from test_scoring_mistakes import random_sides

import data_formats
from cascade.document import Document, Entity
from cascade.scoring.report_page import report_html
from cascade.scoring.scores import score

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Opened = Callable[[Path], Any]


@pytest.fixture
def opened(browser: Any) -> Iterator[Opened]:
    """Opens a file; at the end, the browser must have reported no error, no warning and no request."""
    told: list[str] = []
    page = browser.new_page(viewport={"width": 1000, "height": 800})
    page.on("pageerror", lambda error: told.append(str(error)))
    page.on("console", lambda message: told.append(message.text))
    page.on("request", lambda request: None if request.url.startswith("file:") else told.append(request.url))

    def open_file(file: Path) -> Any:
        page.goto(file.as_uri())
        return page

    yield open_file
    page.close()
    assert told == []


def written(folder: Path, documents: list[Document]) -> Path:
    data_formats.write(documents, folder / "page.html")
    return folder / "page.html"


def many(count: int) -> list[Document]:
    """Documents of which every third has a person, with a score that grows, and every other a place without one."""
    return [
        Document(
            f"d{n}",
            f"Ada sah Rom {n}",
            "de",
            (
                *([Entity(0, 3, "person", n / count)] if n % 3 == 0 else []),
                *([Entity(8, 11, "place")] if n % 2 == 0 else []),
            ),
        )
        for n in range(count)
    ]


def set_lowest(page: Any, value: str) -> None:
    page.locator("#lowest").evaluate("(slider, value) => { slider.value = value }", value)
    page.locator("#lowest").dispatch_event("input")
    page.wait_for_timeout(200)


def ids(page: Any) -> list[str]:
    found: list[str] = page.locator("article b span").all_inner_texts()
    return found


def legend(page: Any) -> list[str]:
    found: list[str] = page.locator("#legend button").evaluate_all(
        "buttons => buttons.map(each => `${each.children[0].textContent} ${each.children[1].textContent}`)"
    )
    return found


def test_texts_are_what_they_were_and_run_nothing(tmp_path: Path, opened: Opened) -> None:
    documents = [random_document(seed) for seed in range(40)]
    documents += [Document(text, text, None, (Entity(0, 5, text, 0.5, ((text, 0.4),)),)) for text in HOSTILE]
    page = opened(written(tmp_path, documents))
    assert page.title() == "Entities"
    assert page.locator(".text").evaluate_all("all => all.map(each => each.textContent)") == [
        document.text for document in documents
    ]
    assert page.locator("h1").count() == 1


def test_fifty_documents_are_shown_at_a_time(tmp_path: Path, opened: Opened) -> None:
    page = opened(written(tmp_path, many(120)))
    assert ids(page) == [f"d{n}" for n in range(50)]
    page.locator("#after").click()
    assert ids(page) == [f"d{n}" for n in range(50, 100)]
    page.locator("#after").click()
    assert (ids(page)[-1], page.locator("#place").inner_text()) == ("d119", "101–120 of 120")
    assert page.locator("#after").is_disabled()
    page.locator("#size").select_option("0")
    assert page.locator("article").count() == 120


def test_the_legend_counts_types_and_switches_them(tmp_path: Path, opened: Opened) -> None:
    page = opened(written(tmp_path, many(120)))
    assert legend(page) == ["place 60", "person 40"]
    assert page.locator("mark:not(.off)").count() == 25 + 17
    page.locator("#legend button").nth(0).click()
    assert page.locator("#legend button").nth(0).get_attribute("aria-pressed") == "false"
    assert page.locator("mark:not(.off)").count() == 17
    page.locator("#no-types").click()
    assert page.locator("mark:not(.off)").count() == 0
    page.locator("#all-types").click()
    assert page.locator("mark:not(.off)").count() == 25 + 17


def test_the_lowest_score_hides_what_is_less_likely_and_keeps_what_has_none(tmp_path: Path, opened: Opened) -> None:
    page = opened(written(tmp_path, many(120)))
    set_lowest(page, "0.5")
    assert legend(page) == ["place 60", "person 20"]
    page.locator("#legend button").nth(0).click()
    page.locator("#only-marked").check()
    assert ids(page) == [f"d{n}" for n in range(60, 120, 3)]


def test_without_scores_there_is_no_slider(tmp_path: Path, opened: Opened) -> None:
    assert opened(written(tmp_path, [Document("1", "Ada", None, (Entity(0, 3, "x"),))])).locator("#scores").is_hidden()


def test_search_finds_texts_whatever_their_case(tmp_path: Path, opened: Opened) -> None:
    page = opened(written(tmp_path, many(120)))
    page.locator("#search").fill("ROM 11")
    page.wait_for_timeout(200)
    assert ids(page) == ["d11", *(f"d{n}" for n in range(110, 120))]
    page.locator("#search").fill("<b>")
    page.wait_for_timeout(200)
    assert (ids(page), page.locator("#place").inner_text()) == ([], "no documents")


def test_an_entity_in_two_pieces_is_counted_once(tmp_path: Path, opened: Opened) -> None:
    crossing = Document("1", "New York Times", None, (Entity(0, 8, "city"), Entity(4, 14, "paper")))
    page = opened(written(tmp_path, [crossing]))
    assert page.locator("mark").count() == 3
    assert legend(page) == ["city 1", "paper 1"]


def test_hebrew_runs_to_the_left_and_chinese_to_the_right(tmp_path: Path, opened: Opened) -> None:
    page = opened(written(tmp_path, [Document("1", "שלום Ada", "he"), Document("2", "马云在杭州 שלום", "zh")]))
    directions = page.locator(".text").evaluate_all("all => all.map(each => getComputedStyle(each).direction)")
    assert directions == ["rtl", "ltr"]


def test_an_entity_is_told_of_when_it_has_the_focus(tmp_path: Path, opened: Opened) -> None:
    page = opened(written(tmp_path, many(1)))
    told = "mark => getComputedStyle(mark, '::before').content"
    assert page.locator("mark").first.evaluate(told) == "none"
    page.keyboard.press("Tab")
    while page.evaluate("document.activeElement.tagName") != "MARK":
        page.keyboard.press("Tab")
    assert page.locator("mark").first.evaluate(told) == '"person, score 0.00; characters 0 to 3"'


def test_thousands_of_documents_are_ready_in_seconds(tmp_path: Path, opened: Opened) -> None:
    page = opened(written(tmp_path, many(10_000)))
    assert page.locator("article").count() == 50
    assert page.evaluate("performance.now()") < 10_000  # 0.6 s on two cores


def test_without_scripts_all_documents_are_there(tmp_path: Path, browser: Any) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(written(tmp_path, many(120)).as_uri())
    assert page.locator("article").count() == 120
    assert page.locator("article").last.is_visible()
    assert page.locator("#controls").is_hidden()
    page.context.close()


def test_a_report_chooses_mistakes_by_kind_and_type(tmp_path: Path, opened: Opened) -> None:
    gold, predicted = random_sides(3)
    file = tmp_path / "report.html"
    file.write_text(report_html(score(gold, predicted), gold, predicted), encoding="utf-8")
    page = opened(file)
    items = page.locator("#mistakes li").evaluate_all("all => all.map(each => ({...each.dataset}))")
    visible = page.locator("#mistakes li:visible")
    assert visible.count() == len(items) > 10
    page.locator("button[data-kind=MISSED]").click()
    kept = [each for each in items if each["kind"] != "MISSED"]
    assert visible.count() == len(kept) < len(items)
    page.locator("#type").select_option("c")
    kept = [each for each in kept if "c" in (each.get("gold"), each.get("predicted"))]
    assert visible.count() == len(kept) > 0
    assert page.locator("#shown").inner_text() == f"{len(kept)} shown"


def wide(number: int) -> Document:
    """A document whose id, type and text have no place where lines break by themselves."""
    text = "x" * 300
    return Document(f"{number}/{'folder/' * 30}", text, "de", (Entity(0, 200, "a type of many words " * 5, 0.5),))


@pytest.mark.parametrize("kind", ["documents", "report"])
def test_nothing_is_wider_than_a_narrow_screen(tmp_path: Path, opened: Opened, kind: str) -> None:
    gold = [wide(number) for number in range(3)]
    file = written(tmp_path, gold)
    if kind == "report":
        predicted = [document.with_entities([Entity(0, 200, "place " * 20, 0.9)]) for document in gold]
        file.write_text(report_html(score(gold, predicted), gold, predicted), encoding="utf-8")
    page = opened(file)
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("kind", ["documents", "report"])
def test_what_is_told_of_an_entity_at_the_edge_stays_in_the_window(tmp_path: Path, opened: Opened, kind: str) -> None:
    text = "a " * 30
    gold = [Document("1", text, "en", tuple(Entity(at, at + 1, "letter", 0.5) for at in range(0, 60, 2)))]
    file = written(tmp_path, gold)
    if kind == "report":
        predicted = [gold[0].with_entities([])]  # all are missed, so that they stand among the mistakes
        file.write_text(report_html(score(gold, predicted), gold, predicted), encoding="utf-8")
    page = opened(file)
    page.set_viewport_size({"width": 390, "height": 800})
    shift, left = "getComputedStyle(mark).getPropertyValue('--shift')", "mark.getClientRects()[0].left"
    last = "const mark = [...document.querySelectorAll('mark')].sort((a, b) => a.offsetLeft - b.offsetLeft).at(-1)"
    page.evaluate(f"{last}; mark.dispatchEvent(new MouseEvent('mouseover', {{bubbles: true}}))")
    moved, place = page.evaluate(f"(() => {{ {last}; return [parseFloat({shift}), {left}] }})()")
    assert moved < 0
    assert place + moved + 351 <= 390 - 8  # the widest that is told has nine tenths of the window
