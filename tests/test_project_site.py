"""The documents as a site: built without network, with no dead link, from pages that load nothing from elsewhere."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from project_tree import ROOT

NEEDED = "needs mkdocs-material, which requirements-dev.txt installs"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the site, built with no route to any host; a dead link or anchor stops the build."""
    pytest.importorskip("material", reason=NEEDED)
    folder = tmp_path_factory.mktemp("site")
    nowhere = {"http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9", "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "--site-dir", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **nowhere},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_every_document_is_a_page(site: Path) -> None:
    names = {file.relative_to(ROOT / "docs").with_suffix("") for file in (ROOT / "docs").rglob("*.md")}
    pages = {file.relative_to(site).with_suffix("") for file in site.rglob("*.html")}
    index = {name.with_name("index") if name.name == "README" else name for name in names}
    assert index - pages == set()


def test_pages_load_nothing_from_elsewhere(site: Path) -> None:
    loaded = re.compile(
        r"<(?:script|img|iframe)\b[^>]*\bsrc=\"?(https?:[^\" >]+)|<link\b[^>]*\bhref=\"?(https?:[^\" >]+)"
    )
    assert [found[0] for file in site.rglob("*.html") for found in loaded.finditer(file.read_text("utf-8"))] == []


def test_pages_link_to_each_other_where_the_documents_do(site: Path) -> None:
    page = (site / "training.html").read_text(encoding="utf-8")
    assert 'href="project/training-log.html' in (site / "results" / ".." / "how-it-works.html").read_text("utf-8")
    assert 'href="ten-minutes.html"' in page


@pytest.fixture(scope="module")
def hooks() -> ModuleType:
    pytest.importorskip("mkdocs", reason=NEEDED)
    spec = importlib.util.spec_from_file_location("site_links", ROOT / ".ci" / "site_links.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Page:
    """A page of the site as hooks see it."""

    def __init__(self, source: str) -> None:
        self.file = self
        self.src_uri = source


@pytest.mark.parametrize(
    ("page", "text", "expected"),
    [
        ("faq.md", "[a](limits.md#b)", "[a](limits.md#b)"),
        ("faq.md", "[a](../train/LOG.md#b)", "[a](project/training-log.md#b)"),
        ("results/speed.md", "[a](../../README.md)", "[a](../project/about.md)"),
        ("project/about.md", "[a](docs/faq.md)", "[a](../faq.md)"),
        ("faq.md", "[the code](../train/run.py)", "the code"),
        ("faq.md", "[a](https://example.com) [b](#c)", "[a](https://example.com) [b](#c)"),
        ("faq.md", "`[a](../x.py)`\n\n```\n[a](../x.py)\n```\n", "`[a](../x.py)`\n\n```\n[a](../x.py)\n```\n"),
    ],
)
def test_links_are_as_in_the_site(page: str, text: str, expected: str, hooks: ModuleType) -> None:
    assert hooks.on_page_markdown(text, Page(page), None, None) == expected
