"""The project's documents (Markdown) as tests see them: blocks of code, links and the anchors of headings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from project_tree import ROOT

FOLDERS = ("docs", "train", "benchmarks", "samples", "tests")  # that hold documents
NEEDS_CORPORA = "<!-- needs corpora -->"  # the line before a block that needs corpora, hours or another machine
_FENCE = re.compile(r"```(\w*)")
_LINK = re.compile(r"\[[^]]*\]\(([^)\s]+)\)", re.DOTALL)
_CODE = re.compile(r"`[^`\n]*`")


class Block(NamedTuple):
    """A fenced block: its language ('' where none is named), its text, and whether it can be run in a clone."""

    language: str
    text: str
    runs: bool


def documents() -> list[Path]:
    """All Markdown files of the project, the README first."""
    at_the_top = sorted(ROOT.glob("*.md"), key=lambda file: (file.name != "README.md", file.name))
    return [*at_the_top, *(file for name in FOLDERS for file in sorted((ROOT / name).rglob("*.md")))]


def name_of(document: Path) -> str:
    """A document's path in the project."""
    return document.relative_to(ROOT).as_posix()


def blocks(text: str) -> list[Block]:
    """The fenced blocks of a document, in order."""
    found = []
    before, language, inside = "", None, list[str]()
    for line in text.splitlines():
        fence = _FENCE.match(line)
        if fence and language is None:
            language, inside = fence[1], []
        elif fence and language is not None:
            found.append(Block(language, "".join(f"{each}\n" for each in inside), before != NEEDS_CORPORA))
            before, language = "", None
        elif language is not None:
            inside.append(line)
        else:
            before = line
    return found


def lines_outside_blocks(text: str) -> Iterator[tuple[int, str]]:
    """The numbered lines of a document that are not inside fenced blocks."""
    inside = False
    for number, line in enumerate(text.splitlines(), start=1):
        if _FENCE.match(line):
            inside = not inside
        elif not inside:
            yield number, line


def links(text: str) -> list[str]:
    """The targets of a document's links; code is no link."""
    prose = "\n".join(line for _, line in lines_outside_blocks(text))
    return _LINK.findall(_CODE.sub("", prose))


def anchors(text: str) -> set[str]:
    """The anchors of a document's headings, as GitHub makes them.

    Lower case, no punctuation, hyphens for blanks, and -1, -2 after repeated ones.
    """
    made: dict[str, int] = {}
    result = set()
    for _, line in lines_outside_blocks(text):
        if heading := re.fullmatch(r"#{1,6} (.+)", line):
            slug = re.sub(r"[^\w\- ]", "", heading[1].strip().lower()).replace(" ", "-")
            result.add(f"{slug}-{made[slug]}" if slug in made else slug)
            made[slug] = made.get(slug, 0) + 1
    return result


def commands(text: str) -> list[str]:
    """The shell commands of a document that run in a clone, without installs and without the tests themselves."""
    shell = "".join(block.text for block in blocks(text) if block.language == "bash" and block.runs)
    joined = shell.replace("\\\n", " ")
    lines = [re.sub(r"^pip install [^&]+ && ", "", line.split("  #")[0].strip()) for line in joined.splitlines()]
    return [line for line in lines if line and not line.startswith(("#", "pip ")) and line != "python -m pytest"]


def shown_after(text: str, language: str, shown: str) -> list[tuple[str, str]]:
    """Each block of a language that a block of language `shown` follows, with what that one holds: what is printed."""
    pairs = zip(found := blocks(text), found[1:], strict=False)
    return [(block.text, after.text) for block, after in pairs if (block.language, after.language) == (language, shown)]
