"""Formats to look at: a page of HTML and text for a terminal, from the converter and from `infer.py`."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import pytest
from shown_documents import HOSTILE, Page, random_document
from test_infer_command import SilentCascade, cascade  # noqa: F401 - a fixture

import data_formats
from cascade.commands import convert as convert_command
from cascade.commands import infer as infer_command
from cascade.document import Document, Entity

DOCUMENTS = [
    *(random_document(seed) for seed in range(30)),
    Document(HOSTILE[0], HOSTILE[0], HOSTILE[1], (Entity(0, 9, HOSTILE[2], 0.5, ((HOSTILE[0], 0.5),)),)),
    Document("empty", ""),
]


@pytest.fixture
def page(tmp_path: Path) -> str:
    data_formats.write(DOCUMENTS, tmp_path / "out.html")
    return (tmp_path / "out.html").read_bytes().decode()


def test_a_page_holds_all_documents_and_no_tag_of_theirs(page: str) -> None:
    read = Page(page)
    assert [text.text for text in read.texts] == [document.text.replace("\0", "\u2400") for document in DOCUMENTS]
    assert read.tags["article"] == len(DOCUMENTS)
    assert (read.tags["script"], read.tags["h1"], read.tags.get("img")) == (2, 1, None)


def test_the_policy_allows_the_two_scripts_of_the_page_alone(page: str) -> None:
    scripts = re.findall(r"<script>(.*?)</script>\n", page, re.DOTALL)
    hashes = [
        f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'" for script in (scripts[0], scripts[-1])
    ]
    [policy] = re.findall(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy == (
        f"default-src 'none'; style-src 'unsafe-inline'; script-src {' '.join(hashes)}; base-uri 'none'; "
        "form-action 'none'"
    )


def test_a_page_asks_for_nothing_from_elsewhere(tmp_path: Path) -> None:
    data_formats.write([Document("1", "Ada", entities=(Entity(0, 3, "person"),))], tmp_path / "out.html")
    written = (tmp_path / "out.html").read_text(encoding="utf-8")
    assert re.findall(r"(?:src|href)\s*=|url\(|@import|https?:", written) == []


def test_a_page_without_documents_is_whole(tmp_path: Path) -> None:
    report = data_formats.write([], tmp_path / "out.htm")
    assert report.documents == 0
    assert Page((tmp_path / "out.htm").read_text(encoding="utf-8")).tags["main"] == 1


def test_the_converter_makes_a_page_of_predictions(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data_formats.write([Document("1", "Ada", tokens=((0, 3),))], tmp_path / "in.jsonl")
    assert convert_command.main([str(tmp_path / "in.jsonl"), str(tmp_path / "out.html")]) == 0
    assert "not carried, or changed: token offsets of documents: 1 (first: 1)" in capsys.readouterr().err
    assert ">Ada</p>" in (tmp_path / "out.html").read_text(encoding="utf-8")


def test_the_converter_shows_documents_in_the_terminal(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    data_formats.write([Document("1", "Ada", entities=(Entity(0, 3, "person"),))], tmp_path / "in.jsonl")
    assert convert_command.main([str(tmp_path / "in.jsonl"), "-", "--to", "terminal"]) == 0
    assert capfdbinary.readouterr().out.decode() == "── 1\n[Ada | person]\n\n"


@pytest.mark.parametrize("name", ["out.html", "out.HTM"])
@pytest.mark.usefixtures("cascade")
def test_infer_writes_a_page_where_the_output_is_named_so(tmp_path: Path, name: str) -> None:
    (tmp_path / "in.txt").write_text("Ada slept\n")
    assert infer_command.main([str(tmp_path / "in.txt"), "-o", str(tmp_path / name)]) == 0
    assert (tmp_path / name).read_text(encoding="utf-8").startswith("<!DOCTYPE html>\n")


@pytest.mark.usefixtures("cascade")
def test_infer_shows_texts_in_place_of_json_lines(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "in.txt").write_text("Ada slept\n")
    assert infer_command.main([str(tmp_path / "in.txt"), "--show"]) == 0
    assert capfd.readouterr().out == "── line-1\nAda slept\n\n"


@pytest.mark.usefixtures("cascade")
def test_infer_shows_texts_beside_the_output_file(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "in.txt").write_text("Ada slept\n")
    assert infer_command.main([str(tmp_path / "in.txt"), "--show", "-o", str(tmp_path / "out.jsonl")]) == 0
    assert capfd.readouterr().out == "── line-1\nAda slept\n\n"
    assert [document.text for document in data_formats.read(tmp_path / "out.jsonl")] == ["Ada slept"]
