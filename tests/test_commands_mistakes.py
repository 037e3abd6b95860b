"""The page of mistakes: each command on it ends with the message and the exit status that stand below it."""

from __future__ import annotations

import gzip
import importlib.util
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from documents import blocks
from project_tree import ROOT

from cascade.adapters.card import CARD
from cascade.commands.console import main

PAGE = ROOT / "docs" / "mistakes.md"
SHELL = ("|", "<", "Ctrl-C")  # what only a shell, or a terminal, can do
NOBODY = 65534
# packages that a row of the page is without, by what it imports them as
IMPORTED = {"ms-swift": "swift", "zstandard": "zstandard", "pypdf": "pypdf", "python-docx": "docx", "shtab": "shtab"}


class Row(NamedTuple):
    """A command of the page, what it says (on standard output or standard error), and its exit status."""

    command: str
    said: str
    status: int


def rows() -> Iterator[Row]:
    for block in blocks(PAGE.read_text(encoding="utf-8")):
        if block.language != "console":
            continue
        for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
            command, *said, last = part.replace("\n    ", " ").splitlines()
            yield Row(command, "".join(f"{line}\n" for line in said), int(last.removeprefix("exit status ")))


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files of the page."""
    folder = tmp_path_factory.mktemp("mistakes")
    for name in ("mixed", "nothing", "later", "closed", "pickled/extractor"):
        (folder / name).mkdir(parents=True)
    texts = {
        "news.txt": "Ada slept\n",
        "many.txt": "Ada slept\n" * 100_000,
        "empty.txt": "",
        "table.tsv": "id\ttext\n1\tAda slept\n2\tBob left\n",
        "table.txt": "id,text\n1,Ada slept\n2,Bob left\n",
        "notes.tsv": "1\tAda Lovelace lived in London.\n2\tBob met Eve in Paris.\n",
        "offsets.jsonl": '{"text": "Ada", "entities": [{"start": 0, "end": 9, "type": "person"}]}\n',
        "broken.jsonl": '{"text": "Ada"\n',
        "list.json": "[{}]\n",
        "mixed/a.txt": "Ada slept\n",
        "later/a.jsonl": '{"text": "Ada", "entities": []}\n',
        "later/b.jsonl": '{"text": "Bob", "entities": []}\n{"text": \n',
        "cut.conllu": "# text = The cat sat\n1\tThe\tO\n2\tcat\tO\n",
        "cut.pubtator": "1|t|Ada\n1|a|Ada met Bob in Lon",
        "types.json": '{"person": ',
        "semicolon.txt": "person;place\n",
        "types.yaml": "person:\n  - writer\n",
        "headless.csv": "1,Ada slept in London all day\n2,Bob left\n",
        "twice.jsonl": '{"id": "a", "text": "Ada", "entities": []}\n{"id": "a", "text": "Bob", "entities": []}\n',
        "thresholds.json": '\ufeff{"persn": 0.4}',
        "secret.txt": "Ada slept\n",
        f"pickled/extractor/{CARD}": "{}",
        "pickled/extractor/adapter_model.bin": "weights",
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "utf16.txt").write_bytes("Ada".encode("utf-16"))
    (folder / "mixed" / "b.txt").write_bytes("Ada".encode("utf-16"))
    (folder / "latin1.txt").write_bytes("Ada slept\nMüller left\n".encode("latin-1"))
    (folder / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (folder / "cut.txt.gz").write_bytes(gzip.compress(b"Ada slept\n")[:15])
    (folder / "scan.pdf").write_bytes(b"%PDF-1.4\n")
    (folder / "letter.docx").write_bytes(b"PK\x03\x04")
    (folder / "letter.doc").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
    (folder / "secret.txt").chmod(0o600 if os.name == "posix" and os.geteuid() == 0 else 0)
    (folder / "closed").chmod(0o555)
    folder.chmod(0o755)
    return folder


@contextmanager
def as_a_user() -> Iterator[None]:
    """As one whom permissions hold for; the superuser may read and write everything."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def status_of(arguments: list[str]) -> int:
    try:
        return main(arguments)
    except SystemExit as end:
        return int(str(end.code))


def written_out(said: str, folder: Path) -> str:
    """What was said, with this machine's folders as the page names them."""
    return said.replace(str(ROOT), "CLONE").replace(f"{folder}/", "")


@pytest.mark.skipif(os.name != "posix", reason="permissions and devices of POSIX")
@pytest.mark.parametrize(
    "row", [row for row in rows() if not any(each in row.command for each in SHELL)], ids=lambda row: row.command
)
def test_a_mistake_is_told_as_the_page_says(
    row: Row, files: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(files)
    command, _, without = row.command.partition("  # without ")
    arguments = shlex.split(command)[1:]
    if without:
        found = importlib.util.find_spec
        monkeypatch.setitem(sys.modules, IMPORTED[without], None)
        monkeypatch.setattr(
            importlib.util, "find_spec", lambda name, *more: None if name == IMPORTED[without] else found(name, *more)
        )
    status = status_of(arguments)
    if any(each in command for each in ("secret", "closed")):
        capsys.readouterr()  # the first call has imported all, which another user might not be able to
        with as_a_user():
            status = status_of(arguments)
    said = "".join(reversed(capsys.readouterr()))
    assert (written_out(said, files), status) == (row.said, row.status)


def in_shell(command: str, folder: Path) -> subprocess.Popen[str]:
    start = "import sys; from cascade.commands.console import main; sys.exit(main())"
    called = f"{shlex.quote(sys.executable)} -c {shlex.quote(start)}"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    line = (
        f"set -o pipefail; exec {command.replace('cascade-ner', called)}"
        if "|" not in command
        else (f"set -o pipefail; {command.replace('cascade-ner', called)}")
    )
    return subprocess.Popen(
        ["bash", "-c", line],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("bash") is None or not hasattr(os, "mkfifo"), reason="no bash or no pipes with names")
@pytest.mark.parametrize(
    "row", [row for row in rows() if any(each in row.command for each in SHELL)], ids=lambda row: row.command
)
def test_closed_pipes_and_interruptions_end_as_the_page_says(row: Row, files: Path) -> None:
    command, _, interrupted = row.command.partition("  # then Ctrl-C")
    pipe = files / "pipe"
    if "Ctrl-C" in row.command:
        os.mkfifo(pipe)
    process = in_shell(command, files)
    if "Ctrl-C" in row.command:
        with pipe.open("w"):  # returns when the command reads
            process.send_signal(signal.SIGINT)
            said, _ = process.communicate(timeout=120)
    else:
        said, _ = process.communicate(timeout=120)
    assert interrupted == ""
    assert (said, process.returncode) == (row.said, row.status)


def test_no_message_of_the_page_is_a_traceback_and_each_error_has_its_status() -> None:
    found = list(rows())
    assert len(found) > 75
    assert [row.command for row in found if "Traceback" in row.said] == []
    assert [row.command for row in found if "error: " in row.said and row.status != 2] == []
    assert [
        row.command for row in found if row.status == 2 and "error: " not in row.said and "fail" not in row.said
    ] == []
