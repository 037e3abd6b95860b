"""The page in a real browser: types, texts of all scripts, long texts, keyboard alone, narrow and dark."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi", reason="the packages of the extra serve are not installed")
from served import FakeCascade, Served, served
from shown_documents import HOSTILE

from cascade.serving.http_server import access_of
from cascade.serving.limits import Limits

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CLIPBOARD = ["clipboard-read", "clipboard-write"]
TOKEN = "a-token-of-some-length"


@pytest.fixture(scope="module")
def ner() -> FakeCascade:
    return FakeCascade()


@pytest.fixture(scope="module")
def server(ner: FakeCascade) -> Iterator[Served]:
    with served(ner, limits=Limits(wait_s=0)) as running:
        yield running


def opened(browser: Any, server: Served, told: list[str], **options: Any) -> Any:
    page = browser.new_page(**{"viewport": {"width": 1000, "height": 800}, **options})
    page.on("pageerror", lambda error: told.append(str(error)))
    page.on("console", lambda message: told.append(message.text))
    own = f"http://{server.host}:{server.port}/"
    page.on("request", lambda request: None if request.url.startswith(own) else told.append(request.url))
    page.goto(own)
    return page


@pytest.fixture
def page(browser: Any, server: Served) -> Iterator[Any]:
    """The page; at the end, the browser must have reported no error, no warning and no request to others."""
    told: list[str] = []
    one = opened(browser, server, told)
    yield one
    one.close()
    assert told == []


def find(page: Any, text: str) -> None:
    page.locator("#text").fill(text)
    page.locator("#find").click()
    page.locator("#find:enabled").wait_for()


def marks(page: Any) -> list[tuple[str, str]]:
    found = page.locator("#shown mark").evaluate_all("all => all.map(each => [each.textContent, each.dataset.type])")
    return [(text, kind) for text, kind in found]


def chips(page: Any) -> list[str]:
    found: list[str] = page.locator("#types li span").all_inner_texts()
    return found


def test_a_text_is_read_with_the_usual_types_and_shown_with_marks(page: Any) -> None:
    find(page, "Ada met Bob.")
    assert marks(page) == [("Ada", "person"), ("Bob", "organization")]
    assert page.locator("#shown").evaluate("each => each.textContent") == "Ada met Bob."
    assert page.locator("#status").inner_text() == "2 entities"
    note = "person, score 0.75; characters 0 to 3; next best: other 0.25"
    assert page.locator("#shown mark").first.get_attribute("aria-description") == note


def test_types_are_added_with_descriptions_and_removed(page: Any, ner: FakeCascade) -> None:
    page.locator("#type-name").fill("city, town")
    page.locator("#type-name").press("Enter")
    page.locator("#type-name").fill("river")
    page.locator("#type-description").fill("it flows")
    page.locator("#add-type").click()
    for name in ("person", "organization", "location", "town"):
        page.get_by_label(f"Remove {name}", exact=True).click()
    assert chips(page) == ["city", "riverit flows"]
    find(page, "Oslo and Elbe")
    assert marks(page) == [("Oslo", "city"), ("Elbe", "river")]
    assert ner.asked[-1]["types"] == [{"name": "city"}, {"name": "river", "description": "it flows"}]


def test_a_pasted_taxonomy_takes_the_place_of_the_types(page: Any, ner: FakeCascade) -> None:
    page.locator("#taxonomy-part summary").click()
    page.locator("#taxonomy").fill('{"place": ["city", "country"], "person": null}')
    find(page, "Oslo and Ada")
    assert ner.asked[-1]["types"] == {"place": ["city", "country"], "person": None}
    assert marks(page) == [("Oslo", "place"), ("Ada", "person")]
    page.locator("#taxonomy").fill("one\ntwo")
    find(page, "Oslo and Ada")
    assert marks(page) == [("Oslo", "one"), ("Ada", "two")]
    page.locator("#taxonomy").fill('{"place"')
    page.locator("#find").click()
    assert page.locator("#problem").inner_text().startswith("The taxonomy is not JSON: ")


def test_texts_are_shown_as_they_are_and_run_nothing(page: Any) -> None:
    for text in HOSTILE:
        page.get_by_label("Remove", exact=False).first.wait_for()
        page.locator("#type-name").fill(text.replace(",", ""))
        page.locator("#add-type").click()
        find(page, f"{text} Ada")
        assert page.locator("#shown").evaluate("each => each.textContent") == f"{text} Ada"
    assert page.title() == "Entities of a text"
    assert page.locator("h1").count() == 1
    assert page.locator("img, script:not([src])").count() == 0


def test_right_to_left_and_chinese_texts_stand_as_they_should(page: Any) -> None:
    find(page, "שלום Ada\n马云 Bob 😀 Cem")
    assert marks(page) == [("Ada\n马云", "person"), ("Bob", "organization"), ("Cem", "location")]
    direction = page.locator("#shown").evaluate("each => getComputedStyle(each).unicodeBidi")
    assert direction == "plaintext"  # each paragraph has the direction of its first letter
    assert page.locator("#text").evaluate("each => getComputedStyle(each).direction") == "rtl"
    places = page.locator("#shown mark").evaluate_all("all => all.map(each => each.getBoundingClientRect().left)")
    assert places[1] < 300  # the Chinese line begins at the left


def test_json_is_copied_with_offsets_in_characters(browser: Any, server: Served) -> None:
    told: list[str] = []
    page = opened(browser, server, told, permissions=CLIPBOARD)
    find(page, "😀 Ada met Bob")
    page.locator("#legend button", has_text="organization").click()
    page.locator("#copy").click()
    page.locator("#copy", has_text="Copied").wait_for()
    copied = json.loads(page.evaluate("navigator.clipboard.readText()"))
    page.close()
    others = [{"type": "person", "score": 0.75}, {"type": "other", "score": 0.25}]
    entity = {"start": 2, "end": 5, "text": "Ada", "type": "person", "score": 0.75, "alternatives": others}
    assert copied == {"id": "1", "text": "😀 Ada met Bob", "language": None, "entities": [entity]}
    assert told == []


def test_a_type_is_hidden_and_the_slider_hides_what_is_less_likely(page: Any) -> None:
    find(page, "Ada met Bob and Cem and Dan")
    assert page.locator("#legend").inner_text().split("\n") == ["person2", "location1", "organization1"]
    page.locator("#legend button").first.click()
    assert [kind for _, kind in marks(page)] == ["organization", "location"]
    page.locator("#lowest").evaluate("(slider) => { slider.value = 0.8; slider.dispatchEvent(new Event('input')); }")
    assert (marks(page), page.locator("#lowest-shown").inner_text()) == ([], "0.80")


def test_100_kb_are_pasted_and_read_in_pieces_with_offsets_of_the_whole(
    browser: Any, server: Served, ner: FakeCascade
) -> None:
    line = "then Ada😀 met nobody at all in the small town.\n"
    text = line * 2200
    assert len(text.encode()) > 100_000
    ner.calls.clear()
    page = opened(browser, server, [], permissions=CLIPBOARD)
    page.evaluate("text => navigator.clipboard.writeText(text)", text)
    page.locator("#text").press("Control+v")
    page.locator("#text").press("Control+Enter")
    page.locator("#find:disabled").wait_for()
    page.locator("#find:enabled").wait_for(timeout=60_000)
    read = [piece for call in ner.calls for piece in call]
    assert "".join(read) == text
    assert max(map(len, read)) <= 5000
    assert len(marks(page)) == 2200
    assert page.locator("#shown").evaluate("each => each.textContent.length") == len(text) + 2200  # UTF-16 units
    last = page.locator("#shown mark").last.get_attribute("aria-description")
    start = len(line) * 2199 + 5
    assert f"characters {start} to {start + 4}" in last
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.close()


def test_reading_is_stopped_by_a_key_and_what_was_read_stays(page: Any, ner: FakeCascade, server: Served) -> None:
    ner.go.clear()
    ner.reading.clear()
    page.locator("#text").fill("Ada met nobody. " * 1000)
    page.keyboard.press("Control+Enter")
    assert ner.reading.wait(30)
    page.keyboard.press("Escape")
    page.locator("#find:enabled").wait_for()
    ner.go.set()
    assert page.locator("#status").inner_text() == "stopped; 0 entities"
    assert page.locator("#problem").is_hidden()


def test_everything_is_reached_by_the_keyboard_alone(page: Any) -> None:
    reached = []
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "To the entities"
    while page.evaluate("document.activeElement.id") != "text":
        page.keyboard.press("Tab")
    page.keyboard.type("Ada met Bob.")
    while page.evaluate("document.activeElement.id") != "type-name":
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.getAttribute('aria-label') ?? document.activeElement.id"))
    page.keyboard.type("hero")
    page.keyboard.press("Enter")
    page.keyboard.press("Control+Enter")
    page.locator("#find:enabled").wait_for()
    assert reached == ["file", "example", "Remove person", "Remove organization", "Remove location", "Name of a type"]
    for _ in range(20):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id || document.activeElement.tagName"))
    assert [each for each in reached[6:] if each != "BODY"][:11] == [
        "type-description", "add-type", "SUMMARY", "language", "lowest", "find", "copy", "BUTTON", "BUTTON", "MARK",
        "MARK",
    ]  # fmt: skip


def test_a_removed_type_leaves_the_focus_where_one_can_go_on(page: Any) -> None:
    page.get_by_label("Remove location").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Remove organization"
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "type-name"


def test_errors_are_told_on_the_page(browser: Any, server: Served) -> None:
    page = opened(browser, server, [])
    find(page, "This fails")
    assert page.locator("#problem").inner_text() == "the model failed: RuntimeError: no such matrix"
    assert page.locator("#problem").get_attribute("role") == "alert"
    find(page, "Ada")
    assert page.locator("#problem").is_hidden()
    page.close()


def test_a_file_is_opened_and_one_that_is_no_text_refused(page: Any, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.txt", tmp_path / "bad.txt"
    good.write_text("Ada möchte", encoding="utf-8")
    bad.write_bytes(b"\xff\xfe")
    page.locator("#file").set_input_files(bad)
    page.locator("#problem", has_text="bad.txt is no text in UTF-8").wait_for()
    page.locator("#file").set_input_files(good)
    page.locator("#problem").wait_for(state="hidden")
    assert page.locator("#text").input_value() == "Ada möchte"


@pytest.mark.parametrize("width", [320, 390, 700])
def test_nothing_is_wider_than_a_narrow_screen(browser: Any, server: Served, width: int) -> None:
    page = opened(browser, server, [], viewport={"width": width, "height": 800})
    page.locator("#type-name").fill("a type of a very long name that does not fit into any line of a telephone at all")
    page.locator("#add-type").click()
    find(page, "Ada met Bob and " + "W" * 300)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


def test_it_is_dark_where_that_is_wanted(browser: Any, server: Served) -> None:
    colours = {}
    for scheme in ("light", "dark"):
        page = opened(browser, server, [], color_scheme=scheme)
        find(page, "Ada")
        style = "each => [getComputedStyle(each).backgroundColor, getComputedStyle(each).color]"
        colours[scheme] = [
            page.locator(each).first.evaluate(style) for each in ("body", "#shown mark", "#find", "#text")
        ]
        page.close()
    for scheme, (body, *others) in colours.items():
        assert (brightness(body[0]) > 0.5) is (scheme == "light")
        for ground, ink in (body, *others):
            assert contrast(ground, ink) >= 4.5  # WCAG 2.2, AA


def brightness(colour: str) -> float:
    """The relative luminance of `rgb(r, g, b)`, as WCAG 2.2 defines it."""
    parts = [int(part) / 255 for part in colour.partition("(")[2].rstrip(")").split(",")[:3]]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(ground: str, ink: str) -> float:
    low, high = sorted([brightness(ground), brightness(ink)])
    return (high + 0.05) / (low + 0.05)


def test_a_server_with_a_token_asks_for_it(browser: Any) -> None:
    with served(FakeCascade(), access=access_of("127.0.0.1", TOKEN)) as guarded:
        page = opened(browser, guarded, [])
        page.locator("#token-part").wait_for()
        find(page, "Ada")
        assert page.locator("#problem").inner_text().startswith("found no token")
        page.locator("#token").fill(TOKEN)
        find(page, "Ada")
        assert marks(page) == [("Ada", "person")]
        page.close()
