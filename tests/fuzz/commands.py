"""Command lines, run in this process: whatever is asked, there is a result or one line that says what to do."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from importlib import import_module
from types import ModuleType, SimpleNamespace
from unittest.mock import patch

from job_commands import FirstWords

from cascade.commands.console import COMMANDS
from fuzz.places import scratch
from fuzz.surface import Surface, promise

_STATUSES = (0, 1, 2, 3)
_COMMON = (
    "-o out.jsonl out.csv out.html --to --from jsonl conll text table in.jsonl in.conll in.txt in.csv "
    "bad.jsonl - --quiet --help"
)
_WORDS = {
    "infer": _COMMON
    + " --types person,place a;b any --taxonomy t.json --flat --language de xx --min-score 0.5 -1 nan --top-k "
    "3 0 --paragraphs "
    "--unsure-from 0.1 --multi-label --verify-below 0.2 --thresholds th.json --exact --job --no-job --restart "
    "--max-failures 5 "
    "--shard-size 1 --text-column text --id-column id --whole-files --show --timing --pair none --adapters "
    "none --demonstrations",
    "evaluate": _COMMON
    + " --json out.json --html out2.html --by-words --ignore-case-of-types --resamples 0 3 --seed 1 --gold-format "
    "--predicted-format --scheme bio iobes --repair begin --join none --label-column -1 all --predicted-label-column",
    "convert": _COMMON
    + " --scheme bio --repair begin --join space --label-column 2 none --keep-tokens --characters --layer x "
    "--offsets "
    "utf-16 --text-key text --whole-files --language de conllu geic bioc spans-csv brat folder webanno-tsv "
    "cas-xmi gliner pubtator",
    "fuse": _COMMON + " --by union majority mean max --at-least 2 --min-score 0.3",
    "redact": _COMMON + " --types person --patterns all email,url --region DE --operator replace mask hash person=mask "
    "--mapping map.jsonl "
    "--report report.json --seed 1 --no-repeats --check --keep-fields --locale de_DE --min-score 0.3 "
    "--unsure-from 0.1",
    "inspect": "Ada - --types person,place --taxonomy t.json --language de --min-score 0.1 --unsure-from 0.1 "
    "--top-k 2 --json --help",
    "adapters": "list show verify pack add multilingual de/extractor none --json --sums in.txt --adapters "
    "adapters -o out.zip --name x "
    "--replace --base --help",
    "completion": "bash zsh tcsh fish --help",
}
_FILES = {
    "in.jsonl": b'{"id": "a", "text": "Ada met Bob.", "entities": [{"start": 0, "end": 3, "type": "person"}]}\n',
    "in.conll": b"Ada B-person\nmet O\n\nBob B-person\nwent O\n",
    "in.txt": b"Ada met Bob.\nIn Rome.\n",
    "in.csv": b"id,text\n1,Ada\n2,\n",
    "bad.jsonl": b'{"text": "Ada", "entities": [{"start": 0, "end": 9, "type": "x"}]}\n{"x": 1}\n\xff\n',
    "t.json": b'{"person": {"poet": null}, "place": "a town"}',
    "th.json": b'{"person": 0.4, "*": 0.3}',
}


def command_surfaces() -> list[Surface]:
    """A surface for each command that ends by itself; models are stood in for."""
    made = []
    for name, words in _WORDS.items():
        given = words.split()
        seeds = partial(_seeds, name, given)
        made.append(Surface(f"command-{name}", partial(run, name), seeds, [b"\n" + word.encode() for word in given]))
    return made


def _seeds(name: str, words: Sequence[str]) -> list[bytes]:
    begins = {
        "infer": [
            "in.jsonl",
            "in.txt\n--language\nde",
            "in.csv\n--text-column\ntext\n-o\nout.jsonl",
            "bad.jsonl\n--job\n-o\nout.jsonl",
        ],
        "evaluate": ["in.jsonl\nin.jsonl", "in.conll\nin.conll\n--resamples\n3"],
        "convert": ["in.jsonl\nout.conll", "in.conll\nout.jsonl", "in.txt\n-\n--to\njsonl"],
        "fuse": ["in.jsonl\nin.conll\n-o\nout.jsonl"],
        "redact": ["in.txt\n--language\nde", "in.jsonl\n--patterns\nall\n-o\nout.jsonl"],
        "inspect": ["Ada met Bob.\n--json"],
        "adapters": ["list\n--json", "show\nmultilingual"],
        "completion": ["bash"],
    }[name]
    return [each.encode() for each in begins] + [f"{begin}\n{word}".encode() for begin in begins for word in words]


def run(name: str, data: bytes) -> bool:
    """Runs a command with an argument a line; whether it succeeded."""
    given = [os.fsdecode(each.replace(b"\0", b"")) for each in data.split(b"\n")][:14]
    if any("/" in each.replace("de/extractor", "") or ".." in each or "~" in each for each in given):
        return False  # nothing outside of the folder is to be written
    with _in_folder(), _stood_in(), _told() as (told, said):
        try:
            status = _main(name)(given)
        except SystemExit as error:  # of argparse
            status = error.code if isinstance(error.code, int) else 2
    promise(status in _STATUSES, f"the status {status}")
    errors = told.getvalue().decode("utf-8")
    promise("Traceback" not in errors, "a traceback")
    if status == 2:
        promise(bool(errors.strip()), "nothing is said of what is wrong")
        last = [line for line in errors.split("\n") if "error: " in line]
        promise(bool(last) or bool(said.getvalue()), f"no line says what is wrong: {errors[-200:]!r}")
    return status == 0


def _main(name: str) -> Callable[[Sequence[str]], int]:
    made: Callable[[Sequence[str]], int] = import_module(COMMANDS[name].module).main
    return made


@contextlib.contextmanager
def _stood_in() -> Iterator[None]:
    """Inside, commands load a stand-in for the model; behind it, everything is as it was before."""
    module = ModuleType("cascade.pipeline.facade")
    module.__dict__["Cascade"] = _Finder()
    with contextlib.ExitStack() as stack:
        stack.enter_context(patch.dict(sys.modules, {"cascade.pipeline.facade": module}))
        for each in ("infer", "redact", "inspect_text"):
            known = import_module(f"cascade.commands.{each}")
            for replaced in ("self_check", "share_cores"):
                if hasattr(known, replaced):
                    stack.enter_context(patch.object(known, replaced, lambda *_, **__: None))
        marks = import_module("cascade.commands.job_marks")
        stack.enter_context(patch.object(marks, "circumstances", lambda _: {"precision": "int8"}))
        yield


class _Finder(FirstWords):
    """Finds the first word of each text, as a text or a document."""

    languages = adapters = trained_types = ()
    retriever = SimpleNamespace(identify=lambda text: {"de": 0.9} if text.isalpha() else {})

    def __call__(self, document: object, *_: object, **__: object) -> object:
        return next(iter(self.stream([document])))  # type: ignore[list-item]  # what fuzzing hands it may be no document

    def language_of(self, text: str) -> str | None:
        return None


@contextlib.contextmanager
def _in_folder() -> Iterator[None]:
    """Inside, the working folder holds the files that commands are asked about, and nothing else."""
    folder, before = scratch() / "work", os.getcwd()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, content in _FILES.items():
        (folder / name).write_bytes(content)
    (folder / "folder").mkdir()
    os.chdir(folder)
    try:
        with patch.dict(os.environ, {"CASCADE_NER_ADAPTERS": str(folder / "own")}):
            yield
    finally:
        os.chdir(before)


@contextlib.contextmanager
def _told() -> Iterator[tuple[io.BytesIO, io.BytesIO]]:
    """What is written to standard error and output inside; standard input is a short text."""
    before, kept = (sys.stdin, sys.stdout, sys.stderr), (io.BytesIO(), io.BytesIO())
    sys.stdin = io.TextIOWrapper(io.BytesIO(_FILES["in.txt"]), encoding="utf-8")
    sys.stderr, sys.stdout = (_Stream(each, encoding="utf-8", write_through=True) for each in kept)
    try:
        yield kept
    finally:
        sys.stdin, sys.stdout, sys.stderr = before


class _Stream(io.TextIOWrapper):
    """A stream whose bytes stay when it is thrown away."""

    def __del__(self) -> None:
        if not self.closed:
            self.detach()
