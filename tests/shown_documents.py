"""Documents that are hard to show, and what a browser would read of a page."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from html.parser import HTMLParser

from cascade.document import Document, Entity

HOSTILE = (
    "</script><script>document.title='run'</script>",
    "<img src=x onerror=\"document.title='run'\">",
    "</p></article></main><h1>&amp; &lt;b&gt;</h1> <!-- ]]> 'x' \"y\"",
)
TEXTS = (
    "Ada met Bob",
    "👩‍👩‍👧 Zoë in São Paulo 😀🇩🇪\nsecond\r\nline\tend",
    "דוד בן גוריון בתל אביב, כך New York Times",
    "马云在杭州宣布卸任",
    "İstanbul e\u0301te\u0301 \u202eabc\u202c \u2028 x",
    *HOSTILE,
)


def random_document(seed: int) -> Document:
    """A text of any script, with entities that nest, cross, touch and repeat."""
    source = random.Random(seed)
    text = source.choice(TEXTS) * source.randint(1, 2)
    entities = []
    for _ in range(source.randint(0, 8)):
        start = source.randrange(len(text))
        end = source.randint(start + 1, min(len(text), start + 12))
        entities.append(Entity(start, end, source.choice(["person", "<b>&\"'", "地点"]), source.choice([None, 0.5])))
    return Document(str(seed), text, source.choice([None, "he", "zh"]), tuple(entities))


@dataclass
class Mark:
    """A mark of a page: its attributes, and the characters of its text that it covers."""

    attributes: dict[str, str | None]
    start: int
    end: int = -1

    @property
    def classes(self) -> list[str]:
        return (self.attributes["class"] or "").split()


@dataclass
class Text:
    """A text of a page, and its marks in the order in which they begin."""

    attributes: dict[str, str | None]
    text: str = ""
    marks: list[Mark] = field(default_factory=list)


class Page(HTMLParser):
    """What is in a page: tags by number, texts with marks, and what stands in its tables."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: dict[str, int] = {}
        self.texts: list[Text] = []
        self.rows: list[list[str]] = []
        self._open: list[Mark] = []
        self._inside: str | None = None
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] = self.tags.get(tag, 0) + 1
        attributes = dict(attrs)
        if tag == "p" and attributes.get("class") == "text":
            self.texts.append(Text(attributes))
            self._inside = "text"
        elif tag == "mark":
            self._open.append(Mark(attributes, len(self.texts[-1].text)))
            self.texts[-1].marks.append(self._open[-1])
        elif tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")
            self._inside = "cell"

    def handle_endtag(self, tag: str) -> None:
        if tag == "mark":
            self._open.pop().end = len(self.texts[-1].text)
        elif tag in ("p", "td", "th"):
            self._inside = None

    def handle_data(self, data: str) -> None:
        if self._inside == "text":
            self.texts[-1].text += data
        elif self._inside == "cell":
            self.rows[-1][-1] += data
