"""Each row of the page on published systems names a command that there is, and links to a test."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

import pytest
from project_tree import ROOT, sources

from cascade.commands.console import COMMANDS

PAGE = ROOT / "docs" / "systems.md"
COLUMNS = 7


def rows() -> list[list[str]]:
    """The cells of the table of features, without its head."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    table = lines[next(number for number, line in enumerate(lines) if line.startswith("| feature")) :]
    ends = next(number for number, line in enumerate(table) if not line.startswith("|"))
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table[2:ends]]


def faults(here: str, shown_by: str) -> list[str]:
    """What is wrong with the last two cells of a row."""
    found = [] if re.search(r"`|\]\(", here) else [f"{here!r} names no command and no page"]
    for command in re.findall(r"`([^`]+)`", here):
        found += [f"there is no {command}"] if not exists(command) else []
    tests = re.findall(r"\]\(\.\./(tests/test_\w+\.py)\)", shown_by)
    found += [f"there is no {test}" for test in tests if not (ROOT / test).is_file()]
    return found if tests else [*found, f"{shown_by!r} links to no test"]


def exists(command: str) -> bool:
    """Whether there is such a command, and whether a parser of its folder has its options."""
    program, *words = command.split()
    options = [word for word in words if word.startswith("--")]
    if program == "python":
        folder = ROOT / words[1].split(".")[0]
        there = find_spec(words[1]) is not None
    elif program == "cascade-ner":
        folder, there = ROOT / "cascade", words[0] in {name.split()[0] for name in COMMANDS}
    else:
        folder, there = ROOT / "cascade", (ROOT / program).is_file()
    files = sources("cascade", folder.relative_to(ROOT).as_posix()) if options else []
    texts = [file.read_text(encoding="utf-8") for file in files]
    return there and all(any(f'"{option}"' in text for text in texts) for option in options)


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])
def test_a_row_names_a_command_that_there_is_and_links_to_a_test(row: list[str]) -> None:
    assert len(row) == COLUMNS
    assert faults(row[-2], row[-1]) == []


@pytest.mark.parametrize(
    ("here", "shown_by", "found"),
    [
        ("`infer.py --no-such`", "[test](../tests/test_jobs.py)", ["there is no infer.py --no-such"]),
        ("`python -m train.nothing`", "[test](../tests/test_jobs.py)", ["there is no python -m train.nothing"]),
        ("`cascade-ner nothing`", "[test](../tests/test_jobs.py)", ["there is no cascade-ner nothing"]),
        ("[page](a.md)", "[test](../tests/test_nothing.py)", ["there is no tests/test_nothing.py"]),
        ("soon", "", ["'soon' names no command and no page", "'' links to no test"]),
    ],
)
def test_a_row_that_shows_nothing_would_be_found(here: str, shown_by: str, found: list[str]) -> None:
    assert faults(here, shown_by) == found


def test_the_page_is_read_as_a_table_of_features() -> None:
    assert len(rows()) > 25
    assert Path(PAGE).is_file()
