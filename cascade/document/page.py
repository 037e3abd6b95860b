"""Pages of HTML that need nothing but themselves: style and script inside, no network, no script but ours."""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from hashlib import sha256
from pathlib import Path

from cascade.document.markup import escaped, marks_style

HERE = Path(__file__).parent
EARLY = "document.documentElement.className='js'"  # before the body, so that nothing is drawn that the script hides


@cache
def page_style() -> str:
    """The CSS of all pages."""
    return marks_style() + (HERE / "page.css").read_text(encoding="utf-8")


def page_script(own: Path) -> str:
    """The script of a page with marks: what all have, and a file of its own."""
    return "\n".join(each.read_text(encoding="utf-8") for each in (HERE / "told.js", own))


def documents_script() -> str:
    """The script of a page of documents: pages, types, lowest score, search."""
    return page_script(HERE / "documents.js")


def page_start(title: str, script: str, style: str = "") -> str:
    """The page up to and with the start of its body, whose class is that of marks; style: CSS beside that of all pages.

    The policy lets the browser run these two scripts alone, by their hashes, and load nothing: should a text ever get
    past the escaping, it could still not run.
    """
    scripts = " ".join(f"'sha256-{_hash(each)}'" for each in (EARLY, script))
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src {scripts}; base-uri 'none'; form-action 'none'"
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width,initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{escaped(title)}</title>\n<style>{page_style()}{style}</style>\n<script>{EARLY}</script>\n"
        '</head>\n<body class="cascade-view">\n'
    )


def page_end(script: str) -> str:
    """The end of the page, with the script that `page_start` was told of."""
    return f"<script>{script}</script>\n</body>\n</html>\n"


def _hash(script: str) -> str:
    return b64encode(sha256(script.encode()).digest()).decode()
