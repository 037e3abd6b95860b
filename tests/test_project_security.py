"""SECURITY.md promises what tests show, and no code of the project loads what may run foreign code."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from project_tree import ROOT, sources

SECURITY = ROOT / "SECURITY.md"
FOLDERS = ("cascade", "data_formats", "train", "infer.py", "evaluate.py")
PICKLES = ("pickle", "dill", "marshal", "cloudpickle", "joblib")
# calls that may run what a file holds, by module and name; "" for what is built in
RUNS_CODE = {
    ("", "eval"),
    ("", "exec"),
    ("torch", "load"),
    *((module, name) for module in PICKLES for name in ("load", "loads")),
    *(("yaml", name) for name in ("load", "load_all", "unsafe_load", "full_load")),
    ("shelve", "open"),
}
SAFE_LOADERS = {"PeftModel"}  # which loads into a model that is there, after weights in safetensors were found


def risks(source: str) -> Iterator[tuple[int, str]]:
    """The line of each call that may run foreign code, and what it calls."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        if isinstance(called, ast.Name) and ("", called.id) in RUNS_CODE:
            yield node.lineno, called.id
        if not isinstance(called, ast.Attribute):
            continue
        owner = ast.unparse(called.value)
        if (owner, called.attr) in RUNS_CODE:
            yield node.lineno, f"{owner}.{called.attr}"
        if called.attr == "from_pretrained" and owner not in SAFE_LOADERS:
            trusting = {each.arg: ast.unparse(each.value) for each in node.keywords}.get("trust_remote_code")
            if trusting != "False":
                yield node.lineno, f"{owner}.from_pretrained without trust_remote_code=False"


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import pickle\npickle.load(file)", "pickle.load"),
        ("torch.load(file, weights_only=True)", "torch.load"),
        ("yaml.load(text)", "yaml.load"),
        ("eval(text)", "eval"),
        ("models.from_pretrained(x)", "models.from_pretrained without trust_remote_code=False"),
        (
            "AutoConfig.from_pretrained(x, trust_remote_code=True)",
            "AutoConfig.from_pretrained without trust_remote_code=False",
        ),
    ],
)
def test_what_may_run_code_would_be_found(source: str, found: str) -> None:
    assert [what for _, what in risks(source)] == [found]


def test_what_runs_none_is_not_found() -> None:
    source = "yaml.safe_load(x); json.load(x); model.eval(); AutoConfig.from_pretrained(x, trust_remote_code=False)"
    assert list(risks(source)) == []


def test_no_code_loads_what_may_run_code() -> None:
    assert [
        f"{file.relative_to(ROOT)}:{line}: {what}"
        for file in sources(*FOLDERS)
        for line, what in risks(file.read_text(encoding="utf-8"))
    ] == []


def promises() -> list[tuple[str, str]]:
    """The file and the test behind each promise."""
    rows = [line for line in SECURITY.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    shown = [re.findall(r"`([^`]+)`", row.rsplit(" | ", 1)[1]) for row in rows if "shown by" not in row]
    return [(file, test) for file, test in shown]


def test_there_are_promises() -> None:
    assert len(promises()) > 15


@pytest.mark.parametrize(("file", "test"), promises(), ids=lambda each: each)
def test_each_promise_names_a_test_that_is_there(file: str, test: str) -> None:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    assert test in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


OFFLINE = """
import socket, sys
def refused(*asked, **options):
    raise AssertionError(f"the network was asked: {asked}")
socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = refused
if sys.argv[1:] == ["control"]:
    import urllib.request
    urllib.request.urlopen("http://127.0.0.1:9/")
from cascade import Cascade
print([entity.text for entity in Cascade.load(device="cpu")("Angela Merkel besuchte Paris.").entities])
"""


@pytest.fixture
def online(tmp_path: Path) -> dict[str, str]:
    """An environment in which nothing keeps libraries from asking a hub."""
    return {name: value for name, value in os.environ.items() if "OFFLINE" not in name} | {"HF_HOME": str(tmp_path)}


@pytest.mark.real_model
@pytest.mark.slow
def test_nothing_is_asked_of_the_network(online: dict[str, str]) -> None:
    command = [sys.executable, "-c", OFFLINE]
    done = subprocess.run(command, cwd=ROOT, env=online, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "['Angela Merkel', 'Paris']\n"


def test_asking_the_network_would_be_found(online: dict[str, str]) -> None:
    command = [sys.executable, "-c", OFFLINE, "control"]
    done = subprocess.run(command, cwd=ROOT, env=online, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "the network was asked" in done.stderr
