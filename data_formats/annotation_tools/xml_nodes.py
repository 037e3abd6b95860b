"""XML as a tree of nodes that know their lines; nothing outside the file is read, and no entity may be declared."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from cascade.errors import FormatError
from data_formats.text_files import Source

_FORBIDDEN = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # by the production Char of XML 1.0
_IN_TEXT = re.compile("[&<>\r]")
_IN_ATTRIBUTE = re.compile('[&<>"\t\n\r]')
_NAMED = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}
MOST_NESTED = 200  # far above any real file, far below Python's recursion limit
FORBIDDEN_CHARACTERS = "documents with characters that XML cannot hold (written as U+FFFD)"


@dataclass(slots=True)
class Node:
    """An element: its name with the namespace as `URI}name`, its attributes, children, direct text and line."""

    name: str
    attributes: dict[str, str]
    line: int
    children: list[Node] = field(default_factory=list)
    text: str = ""

    def all(self, name: str) -> Iterator[Node]:
        """The children of a name."""
        return (child for child in self.children if child.name == name)

    def text_of(self, name: str) -> str | None:
        """The text of the first child of a name; None if there is none."""
        return next((child.text for child in self.all(name)), None)


def xml_tree(source: Source) -> Node:
    """The root of an XML file; raises FormatError for faults of XML, declared entities and unknown ones."""
    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True
    top = Node("", {}, 0)
    open_nodes = [top]
    texts: list[list[str]] = [[]]

    def begin(name: str, attributes: dict[str, str]) -> None:
        if len(open_nodes) > MOST_NESTED:
            raise FormatError(
                f"{source.name}:{parser.CurrentLineNumber}: elements stand in each other more than {MOST_NESTED} deep; "
                "expected fewer"
            )
        node = Node(name, attributes, parser.CurrentLineNumber)
        open_nodes[-1].children.append(node)
        open_nodes.append(node)
        texts.append([])

    def end(_: str) -> None:
        open_nodes.pop().text = "".join(texts.pop())

    def refuse(name: str, *_: object) -> None:
        raise FormatError(
            f"{source.name}:{parser.CurrentLineNumber}: the file declares or uses the entity {name!r}; expected only "
            "those of XML itself, such as &amp;, and characters by number"
        )

    parser.StartElementHandler = begin
    parser.EndElementHandler = end
    parser.CharacterDataHandler = lambda text: texts[-1].append(text)
    parser.EntityDeclHandler = refuse
    parser.SkippedEntityHandler = refuse
    try:
        parser.Parse(source.content(), True)
    except (LookupError, ValueError) as error:  # of an encoding that Python does not know, or not byte by byte
        raise FormatError(
            f"{source.name}: not XML that can be read: the encoding that its first line names: {error}; save the file "
            "as UTF-8"
        ) from error
    except expat.ExpatError as error:
        message = expat.ErrorString(error.code)
        raise FormatError(
            f"{source.name}:{error.lineno}: not XML: {message} at column {error.offset + 1}; expected a whole XML file"
        ) from error
    return top.children[0]


def text_in_xml(text: str) -> str:
    """A text as the content of an element; a carriage return by its number, as XML would drop it otherwise."""
    return _IN_TEXT.sub(_escape, _FORBIDDEN.sub("\ufffd", text))


def attribute_in_xml(value: str) -> str:
    """A text as the value of an attribute, between double quotes."""
    return f'"{_IN_ATTRIBUTE.sub(_escape, _FORBIDDEN.sub(chr(0xFFFD), value))}"'


def is_forbidden(text: str) -> bool:
    """Whether a text has characters that XML cannot hold."""
    return _FORBIDDEN.search(text) is not None


def _escape(match: re.Match[str]) -> str:
    return _NAMED.get(match[0], f"&#{ord(match[0])};")
