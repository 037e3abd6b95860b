"""The documents can be read and followed: lines, links, tables, and what they say of files and public names."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from documents import (
    NEEDS_CORPORA,
    anchors,
    blocks,
    commands,
    documents,
    lines_outside_blocks,
    links,
    name_of,
    shown_after,
)
from project_tree import ROOT, tracked_files

import cascade
import data_formats

README_LINES = 150
LINE = 120  # characters of a line of prose, a link's target not counted
WIDE_LINE = 200  # of a row of a table, and of a line in a block
CHANGES = 20  # entries of a version in the changelog
API = ROOT / "docs" / "api.md"
API_CALLS = ("read", "read_texts", "write", "formats")  # of data_formats


def text_of(document: Path) -> str:
    return document.read_text(encoding="utf-8")


def visible(line: str) -> str:
    """A line without the targets of its links."""
    return re.sub(r"\]\([^)]*\)", "]", line)


def test_the_readme_is_short() -> None:
    assert len(text_of(ROOT / "README.md").splitlines()) <= README_LINES


@pytest.mark.parametrize("document", documents(), ids=name_of)
def test_no_line_of_a_document_is_too_long_to_read(document: Path) -> None:
    text = text_of(document)
    prose = {number: visible(line) for number, line in lines_outside_blocks(text) if not line.startswith("|")}
    others = {number: line for number, line in enumerate(text.splitlines(), start=1) if number not in prose}
    assert [number for number, line in prose.items() if len(line) > LINE] == []
    assert [number for number, line in others.items() if len(line) > WIDE_LINE] == []


@pytest.mark.parametrize("document", documents(), ids=name_of)
def test_every_link_leads_somewhere(document: Path) -> None:
    dead = []
    for link in links(text_of(document)):
        if re.match(r"[a-z]+:", link):
            continue  # of the web, which tests do not ask
        path, _, anchor = link.partition("#")
        target = (document.parent / path).resolve() if path else document
        if not target.exists() or (anchor and anchor not in anchors(text_of(target))):
            dead.append(link)
    assert dead == []


def test_a_dead_anchor_would_be_found() -> None:
    text = "# A page: one\n## Types\n```bash\n# no heading\n```\n## Types\nsee [this](x.md#y), `[not](this)`\n"
    assert anchors(text) == {"a-page-one", "types", "types-1"}
    assert links(text) == ["x.md#y"]


def test_every_table_has_rows_of_one_width() -> None:
    uneven = []
    for document in documents():
        width = 0
        for number, line in lines_outside_blocks(text_of(document)):
            cells = len(re.findall(r"(?<!\\)\|", line)) if line.startswith("|") else 0
            if width and cells and cells != width:
                uneven.append(f"{name_of(document)}:{number}")
            width = cells
    assert uneven == []


def test_every_page_is_linked_from_the_index_of_the_documents() -> None:
    index = ROOT / "docs" / "README.md"
    linked = {(index.parent / link.partition("#")[0]).resolve() for link in links(text_of(index))}
    assert [name_of(document) for document in documents() if document != index and document not in linked] == []


def test_the_documents_are_all_markdown_files_of_the_project() -> None:
    tracked = {file for file in tracked_files() if file.suffix == ".md"}
    assert tracked <= set(documents())


def tree() -> list[str]:
    """The names in the README's tree of files."""
    [block] = [each for each in blocks(text_of(ROOT / "README.md")) if each.text.startswith("infer.py")]
    return [line.split()[0] for line in block.text.splitlines()]


def test_the_tree_of_the_readme_names_what_is_there() -> None:
    assert [name for name in tree() if not (ROOT / name).exists() or name.endswith("/") != (ROOT / name).is_dir()] == []


def test_the_tree_of_the_readme_leaves_no_folder_and_no_script_out() -> None:
    parts = [file.relative_to(ROOT).parts for file in tracked_files()]
    there = {f"{first}/" if rest else first for first, *rest in parts if rest or first.endswith(".py")}
    assert {name for name in there if not name.startswith(".")} == set(tree())


def test_the_readme_names_the_command_of_the_tests() -> None:
    shell = "".join(block.text for block in blocks(text_of(ROOT / "README.md")) if block.language == "bash")
    command = "pip install -r requirements-dev.txt && python -m pytest"
    assert [line for line in shell.splitlines() if "pytest" in line] == [command]


def test_the_first_command_of_the_readme_installs_and_runs() -> None:
    first = next(block.text for block in blocks(text_of(ROOT / "README.md")) if block.language == "bash")
    assert first == "pip install . && python infer.py samples/news.jsonl --types person,organization,location\n"


def test_a_version_of_the_changelog_has_few_entries_under_known_headings() -> None:
    counts: dict[str, int] = {}
    version, headings = "", set()
    for _, line in lines_outside_blocks(text_of(ROOT / "CHANGELOG.md")):
        if line.startswith("## "):
            version = line
        elif line.startswith("### "):
            headings.add(line.removeprefix("### "))
        elif line.startswith("- "):
            counts[version] = counts.get(version, 0) + 1
    assert headings <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    assert counts
    assert {version: count for version, count in counts.items() if count > CHANGES} == {}


@pytest.mark.parametrize("log", ["train/LOG.md", "benchmarks/LOG.md"])
def test_every_trial_of_a_log_is_dated_and_has_a_result(log: str) -> None:
    trials = re.split(r"^## ", text_of(ROOT / log), flags=re.MULTILINE)[1:]
    assert len(trials) > 30
    assert [trial.splitlines()[0] for trial in trials if not re.match(r"\d{4}-\d\d-\d\d [^:]+: .+", trial)] == []
    assert [trial.splitlines()[0] for trial in trials if "\n- Result" not in trial] == []


@pytest.mark.parametrize("document", documents(), ids=name_of)
def test_every_marker_stands_right_before_a_block_of_commands(document: Path) -> None:
    lines = text_of(document).splitlines()
    markers = [number for number, line in enumerate(lines, start=1) if line == NEEDS_CORPORA]
    assert [number for number in markers if lines[number : number + 1] != ["```bash"]] == []


def test_commands_are_those_of_blocks_that_can_run() -> None:
    runs = "```bash\npip install . && python a.py \\\n  b  # why\npython -m pytest\n```\n"
    text = f"{runs}{NEEDS_CORPORA}\n```bash\npython c.py\n```\n```\npython d.py\n```\n"
    assert commands(text) == ["python a.py    b"]


def test_what_is_shown_after_a_block_is_found() -> None:
    text = "```python\nprint(1)\n```\n\nprints\n\n```text\n1\n```\n\n```python\nprint(2)\n```\n"
    assert shown_after(text, "python", "text") == [("print(1)\n", "1\n")]


def shown_signature(name: str, function: Callable[..., Any]) -> str:
    """A call as the page of the API shows it: names and defaults, no types."""
    signature, nothing = inspect.signature(function), inspect.Parameter.empty
    parameters = [
        each.replace(annotation=nothing, default=... if inspect.isfunction(each.default) else each.default)
        for each in signature.parameters.values()
        if each.name != "self"
    ]
    return name + str(signature.replace(parameters=parameters, return_annotation=nothing)).replace("Ellipsis", "...")


def calls() -> dict[str, Callable[..., Any]]:
    """What can be called by the public names, by how the page of the API calls it."""
    ner = cascade.Cascade
    found: dict[str, Callable[..., Any]] = {"Cascade.load": ner.load, "ner": ner.__call__}
    methods = [name for name, method in vars(ner).items() if inspect.isfunction(method) and not name.startswith("_")]
    found |= {f"ner.{name}": getattr(ner, name) for name in methods}
    for kind in (cascade.Document, cascade.Entity, cascade.EntityType, cascade.Taxonomy, cascade.View):
        found[kind.__name__] = kind
        methods = [name for name in vars(kind) if not name.startswith("_") and inspect.isroutine(getattr(kind, name))]
        found |= {f"{kind.__name__}.{name}": getattr(kind, name) for name in methods}
    return found | {f"data_formats.{name}": getattr(data_formats, name) for name in API_CALLS}


@pytest.mark.parametrize("name", calls())
def test_the_page_of_the_api_shows_each_call_as_it_is(name: str) -> None:
    page = " ".join(text_of(API).split())
    assert f" {shown_signature(name, calls()[name])} " in page


def test_the_page_of_the_api_names_all_public_names() -> None:
    page = text_of(API)
    assert [name for name in (*cascade.__all__, *data_formats.__all__) if f"| `{name}` |" not in page] == []
