"""Hooks of MkDocs: documents outside of docs/ become pages too, and links to other files lose their target.

In a clone, documents link to each other and to files by relative paths. The site holds all documents, but no code.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File

ROOT = Path(__file__).resolve().parents[1]
# documents outside of docs/ that pages link to, and what they are called in the site
OTHERS = {
    "README.md": "project/about.md",
    "CHANGELOG.md": "project/changelog.md",
    "SECURITY.md": "project/security.md",
    "CONTRIBUTING.md": "project/contributing.md",
    "NOTICE": "project/notice.md",
    "train/LOG.md": "project/training-log.md",
    "benchmarks/LOG.md": "project/speed-log.md",
    "samples/README.md": "project/samples.md",
    "benchmarks/everyday/README.md": "project/everyday-texts.md",
    "tests/data/README.md": "project/data-of-the-tests.md",
}
_LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s]+)\)")
_CODE = re.compile(r"(```.*?^```|`[^`\n]*`)", re.DOTALL | re.MULTILINE)


def on_files(files: Any, config: Any) -> Any:
    """Adds the documents outside of docs/."""
    for source, target in OTHERS.items():
        text = (ROOT / source).read_text(encoding="utf-8")
        if not source.endswith(".md"):
            text = f"# {Path(source).name.title()}\n\n```text\n{text}\n```\n"
        files.append(File.generated(config, target, content=text))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:
    """The page with links as they are in the site."""
    here = page.file.src_uri
    origin = next((source for source, target in OTHERS.items() if target == here), f"docs/{here}")
    parts = _CODE.split(markdown)
    return "".join(part if number % 2 else _LINK.sub(lambda link: _linked(link, origin, here), part)
                   for number, part in enumerate(parts))  # fmt: skip


def _linked(link: re.Match[str], origin: str, here: str) -> str:
    """A link from the document `origin`, which is the page `here`: to a page, or only its text."""
    mark, text, target = link.groups()
    path, hash_mark, anchor = target.partition("#")
    if re.match(r"[a-z]+:", target) or not path:
        return link[0]
    place = posixpath.normpath(posixpath.join(posixpath.dirname(origin), path))
    page = place.removeprefix("docs/") if place.startswith("docs/") else OTHERS.get(place)
    if page is None or (mark and not place.startswith("docs/")):
        return text
    return f"{mark}[{text}]({posixpath.relpath(page, posixpath.dirname(here) or '.')}{hash_mark}{anchor})"
