"""Documents in a terminal: brackets, colours, and no text that steers the terminal."""

from __future__ import annotations

import io

import pytest

from cascade import Document, Entity, View
from cascade.document.palette import Palette
from cascade.document.terminal import Screen, takes_colour, terminal_document, terminal_text
from cascade.errors import DocumentError

NESTED = Document(
    "1",
    "The University of Berlin",
    "en",
    (Entity(4, 24, "organization", 0.9), Entity(18, 24, "location")),
    adapters=("de/extractor",),
)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def usual(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


def plain(document: Document) -> str:
    return terminal_document(document, Palette(), colour=False)


def test_entities_stand_in_brackets_with_type_and_score() -> None:
    assert plain(NESTED) == ("── 1 · en · de/extractor\nThe [University of [Berlin | location] | organization 0.90]")


def test_crossing_entities_are_cut_with_an_ellipsis() -> None:
    crossing = Document("1", "New York Times", entities=(Entity(0, 8, "city"), Entity(4, 14, "paper", 0.5)))
    assert plain(crossing) == "── 1\n[New [York…] | city][… Times | paper 0.50]"


def test_colours_are_of_the_types_and_end_with_the_entity() -> None:
    shown = terminal_document(Document("1", "Ada, Bob", entities=(Entity(0, 3, "person"),)), Palette(), colour=True)
    assert shown == (
        "\x1b[2m── 1\x1b[0m\n"
        "\x1b[0m\x1b[1;34m[Ada\x1b[2m | person\x1b[0m\x1b[0m\x1b[1;34m]\x1b[0m, Bob"
    )  # fmt: skip


def test_control_characters_are_shown_as_escapes() -> None:
    hostile = Document("\x1b[2J", "a\x1b[31m\x07\u202eb\tc\nד‏👩‍👧", entities=(Entity(0, 1, "t\x1b"),))
    assert plain(hostile) == "── \\x1b[2J\n[a | t\\x1b]\\x1b[31m\\x07\\u202eb\tc\nד‏👩‍👧"


@pytest.mark.parametrize(
    ("stream", "environment", "expected"),
    [
        (Terminal(), {}, True),
        (io.StringIO(), {}, False),
        (Terminal(), {"NO_COLOR": "1"}, False),
        (Terminal(), {"NO_COLOR": ""}, True),
        (Terminal(), {"TERM": "dumb"}, False),
        (io.StringIO(), {"FORCE_COLOR": "1"}, True),
        (Terminal(), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
)
def test_colours_are_for_terminals(
    monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, environment: dict[str, str], expected: bool
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert takes_colour(stream) is expected


def test_a_screen_shows_documents_as_they_come() -> None:
    stream = io.StringIO()
    screen = Screen(stream)
    screen.show(Document("1", "Ada", entities=(Entity(0, 3, "person"),)))
    screen.show(Document("2", ""))
    assert stream.getvalue() == "── 1\n[Ada | person]\n\n── 2\n\n\n"


def test_a_view_is_printed_as_text() -> None:
    documents = [NESTED, Document("2", "Bob")]
    assert str(View(documents)) == f"{plain(NESTED)}\n\n── 2\nBob"
    with pytest.raises(DocumentError, match="-1 documents are to be shown; expected a whole number, 0 or more"):
        View(documents, limit=-1)
    assert str(View(documents, limit=1)) == f"{plain(NESTED)}\n\n… and more documents; these are the first 1 (limit)"


def test_an_unsure_entity_has_a_question_mark() -> None:
    entities = (Entity(0, 3, "person", 0.9), Entity(8, 11, "person", 0.2, unsure=True))
    line = terminal_text("Ada met Bob", entities, Palette(), colour=False)
    assert line == "[Ada | person 0.90] met [Bob | person 0.20 ?]"
