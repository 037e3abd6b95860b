"""Takes the pictures of pages that the documents show: `python -m benchmarks.pictures --out docs/images`.

It starts a server with the embedded base model, writes a page of entities and a report of scores from the samples, and
looks at all of them in Chromium, by playwright. The texts are in scripts that need fonts, such as Noto's.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING, Literal

from benchmarks.serving_process import running_server
from cascade import CascadeError
from cascade.commands.exit_status import exit_status

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parents[1]
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
MOST_BYTES = 150_000  # of a picture
TEXT = (
    "Angela Merkel besuchte Paris und sprach mit Emmanuel Macron über Airbus.\n\n"
    "Tim Cook leads Apple, which Steve Jobs and Steve Wozniak founded in Cupertino.\n\n"
    "马云在杭州创立了阿里巴巴。\n\n"
    "سافر أحمد زويل من القاهرة إلى باريس للعمل في شركة سيمنز.\n"
)
VIEWS: dict[str, tuple[int, Literal["light", "dark"]]] = {
    "page": (1000, "light"),
    "page-dark": (1000, "dark"),
    "page-narrow": (390, "light"),
}  # width and scheme of colours
GOLD = "samples/news.gold.jsonl"
TYPES = "person,organization,location"
SHOWN = {"entities": ("entities.html", 690), "report": ("report.html", 850), "mistakes": ("report.html", 620)}
SHOWN_WIDTH = 860  # of the pages that commands write, from the top on, or from where the mistakes begin
POINTED_AT = 2  # the number of the entity whose score and next best types are shown


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pictures", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder of the pictures")
    parser.add_argument("--server", metavar="URL", help="a server that runs already (default: one is started)")
    asked = parser.parse_args(arguments)
    return exit_status(lambda: _pictures(asked.out, asked.server))


def _pictures(folder: Path, address: str | None) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with _address(address) as server, _browser() as browser:
        for name, (width, scheme) in VIEWS.items():
            page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
            _read(page, server)
            _take(page, folder / f"{name}.png", whole=True)
    with tempfile.TemporaryDirectory() as pages, _browser() as browser:
        _write_pages(Path(pages))
        for name, (file, height) in SHOWN.items():
            page = browser.new_page(viewport={"width": SHOWN_WIDTH, "height": height})
            page.goto((Path(pages) / file).as_uri())
            if name == "entities":
                page.locator("mark").nth(POINTED_AT).hover()
            if name == "mistakes":
                page.get_by_role("heading", name="The worst mistakes").evaluate("heading => heading.scrollIntoView()")
            _take(page, folder / f"{name}.png", whole=False)


def _write_pages(folder: Path) -> None:
    """The pages of the samples' entities and of their scores, by the commands as users give them."""
    (folder / "samples").symlink_to(ROOT / "samples")  # pages name the files as they are given
    infer = ["infer.py", GOLD, "--types", TYPES]
    for script, *given in (
        [*infer, "--top-k", "3", "-o", "entities.html"],
        [*infer, "-o", "predicted.jsonl"],
        ["evaluate.py", GOLD, "predicted.jsonl", "--html", "report.html"],
    ):
        command = [sys.executable, str(ROOT / script), *given]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False)
        if done.returncode:
            raise CascadeError(f"{' '.join(command)}: ended with status {done.returncode}: {done.stderr.strip()}")


def _take(page: Page, file: Path, *, whole: bool) -> None:
    """Takes the picture of a page, and closes it; of all of it, or of what the window shows."""
    page.screenshot(path=file, full_page=whole)
    page.close()
    if file.stat().st_size > MOST_BYTES:
        raise CascadeError(f"{file}: {file.stat().st_size:,} bytes; expected at most {MOST_BYTES:,}")
    print(file)


def _read(page: Page, server: str) -> None:
    """Adds a type, gives the text, and waits until it is read."""
    page.goto(server)
    page.locator("#type-name").fill("company")
    page.locator("#type-description").fill("a business that sells goods or services")
    page.locator("#add-type").click()
    page.get_by_label("Remove organization").click()
    page.locator("#text").fill(TEXT)
    page.locator("#find").click()
    page.locator("#find:enabled").wait_for(timeout=120_000)
    page.mouse.move(0, 0)
    page.evaluate("document.activeElement.blur(); document.querySelector('textarea').scrollTop = 0; scrollTo(0, 0)")


@contextmanager
def _address(given: str | None) -> Iterator[str]:
    if given is not None:
        yield given
        return
    with running_server(["--min-score", "0.3"]) as (address, _):
        yield address


@contextmanager
def _browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    path = next((found for name in BROWSERS if (found := which(name))), None)
    if path is None:
        raise CascadeError(f"no browser: none of {', '.join(BROWSERS)} is on the path; install Chromium")
    with sync_playwright() as running:
        browser = running.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


if __name__ == "__main__":
    sys.exit(main())
