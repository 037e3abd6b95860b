"""Hostile and strange input: what once broke a promise, and a fixed number of new inputs for each surface."""

from __future__ import annotations

import logging
import os
import random
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from fuzz.__main__ import main, seeded
from fuzz.corpus import FOLDER, kept
from fuzz.mutation import mutated
from fuzz.surface import BrokenPromise, Surface, check_document, check_error, promise
from fuzz.surfaces import surfaces
from fuzz.watch import Finds, fault_of, tried

import data_formats
from cascade.document import Document
from cascade.errors import CascadeError, FormatError

SURFACES = {surface.name: surface for surface in surfaces()}
INPUTS = 250  # of each surface, beside its seeds: about half a minute on an idle machine for all
NEEDS = {"spacy": "spacy", "parquet": "pyarrow", "pdf": "pypdf", "docx": "docx", "archives": "zstandard"}
NEEDS |= {"patterns": "phonenumbers", "command-redact": "phonenumbers", "mixtures": "yaml"}
pytestmark = pytest.mark.filterwarnings("ignore")  # of packages that read damaged files


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def told(finds: Finds) -> str:
    return "\n\n".join(f"{finds.by_fault[name]!r}\n{text}" for name, text in finds.told.items())


@pytest.mark.parametrize("name", [pytest.param(name, marks=pytest.mark.slow) for name in SURFACES])
def test_no_input_breaks_a_promise(name: str) -> None:
    pytest.importorskip(NEEDS.get(name, "cascade"))
    finds = Finds(name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        seeded(SURFACES[name], finds, len(kept(name)) + INPUTS, seed=7)
    assert finds.inputs == len(kept(name)) + INPUTS
    assert told(finds) == ""
    assert finds.accepted > 0  # a surface that refuses all it is given would find nothing


@pytest.mark.parametrize("name", sorted(folder.name for folder in FOLDER.iterdir()))
def test_what_once_broke_a_promise_does_so_no_more(name: str) -> None:
    finds = Finds(name)
    SURFACES[name].seeds()  # some lay files beside the input
    for data in kept(name):
        tried(SURFACES[name], data, finds)
    assert told(finds) == ""


def test_every_format_that_is_read_is_fuzzed() -> None:
    assert [each.name for each in data_formats.formats() if each.read and each.name not in SURFACES] == []


def test_an_exception_that_is_none_of_ours_is_a_find() -> None:
    finds = Finds("x")
    tried(Surface("x", lambda data: bool(int(data)), lambda: []), b"a", finds)
    assert [name.split(" ")[0] for name in finds.by_fault] == ["ValueError"]


def test_of_two_inputs_with_one_fault_the_shorter_is_kept() -> None:
    finds = Finds("x")
    surface = Surface("x", lambda data: bool(int(data)), lambda: [])
    for data in (b"long", b"b", b"other"):
        tried(surface, data, finds)
    assert list(finds.by_fault.values()) == [b"b"]


_ASKS_FOR_GIGABYTES = """
import resource, sys
from fuzz import watch
from fuzz.surface import Surface
if sys.argv[1] == "False":  # a sandbox that takes no such request
    watch._forget_peak = lambda: False
before = resource.getrlimit(resource.RLIMIT_AS)
finds = watch.Finds("x")
watch.tried(Surface("x", lambda data: bool(bytearray(400_000_000)), lambda: []), b"", finds)
watch.tried(Surface("x", lambda data: bool(bytearray(1_000_000)), lambda: []), b"", finds)
print([name.split(" ")[0] for name in finds.by_fault], resource.getrlimit(resource.RLIMIT_AS) == before)
"""


@pytest.mark.parametrize("kernel_forgets", [True, False])
def test_an_input_that_asks_for_gigabytes_is_a_find(kernel_forgets: bool) -> None:
    # in a process of its own, as a surface has: the heap of a long suite may hold that much free memory
    command = [sys.executable, "-c", _ASKS_FOR_GIGABYTES, str(kernel_forgets)]
    tests = Path(__file__).parent
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (tests, tests.parent)))}
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert (ran.returncode, ran.stdout.strip()) == (0, "['MemoryError'] True"), ran.stderr


def test_an_input_that_takes_too_long_is_a_find(monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(_: bytes) -> bool:
        while True:
            pass

    monkeypatch.setattr("fuzz.watch.SLOWEST", 0.2)
    finds = Finds("x")
    tried(Surface("x", endless, lambda: []), b"", finds)
    assert [name.split(" ")[0] for name in finds.by_fault] == ["TooSlow"]


def test_an_error_of_several_lines_breaks_a_promise() -> None:
    class Lines(CascadeError):
        def __str__(self) -> str:
            return "a\nb"

    with pytest.raises(BrokenPromise, match="an error has several lines: 'a\\\\nb'"):
        check_error(Lines())


def test_a_document_that_json_cannot_hold_breaks_a_promise() -> None:
    document = Document("a", "x", fields={"a": 1})
    check_document(document)
    object.__setattr__(document, "fields", {"a": float("nan")})
    with pytest.raises(ValueError, match="not JSON compliant"):
        check_document(document)


def test_a_find_is_named_by_its_place_in_the_project(tmp_path: Path) -> None:
    with pytest.raises(FormatError) as caught:
        list(data_formats.read(tmp_path / "none.jsonl"))
    assert fault_of(caught.value).startswith("FormatError  text_files.py:_open:")


def test_the_same_seed_makes_the_same_inputs() -> None:
    made = [mutated(random.Random(3), [b'{"a": 1}', b"b"], [b"x"]) for _ in range(2)]
    assert made[0] == made[1]
    assert made[0] != mutated(random.Random(4), [b'{"a": 1}', b"b"], [b"x"])


def test_a_broken_promise_says_which() -> None:
    promise(True, "kept")
    with pytest.raises(BrokenPromise, match=r"^broken$"):
        promise(False, "broken")


@pytest.mark.parametrize(("statuses", "expected"), [([0, 0], 0), ([1, 0], 1), ([0, -9], 1)])
def test_each_of_several_surfaces_has_a_process_whose_end_counts(
    monkeypatch: pytest.MonkeyPatch, statuses: list[int], expected: int
) -> None:
    started, left = list[str](), iter(statuses)

    def run(command: list[str], *, check: bool) -> subprocess.CompletedProcess[str]:
        assert not check
        started.append(command[-1])
        return subprocess.CompletedProcess(command, next(left))

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(sys, "argv", ["fuzz", "--surface", "jsonl", "--surface", "text", "--inputs", "1"])
    assert main() == expected
    assert started == ["jsonl", "text"]
