"""What an import loads: torch and its kin only when a model is."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from project_tree import ROOT

HEAVY = (
    "torch",
    "transformers",
    "peft",
    "tokenizers",
    "safetensors",
    "swift",
    "datasets",
    "matplotlib",
    "scipy",
    "pandas",
)
LOADED = f"import json, sys; print(json.dumps(sorted(set(sys.modules) & {set(HEAVY)!r})))"
HELP = """
import runpy, sys
sys.argv = {arguments!r}
try:
    getattr(runpy, {how!r})({what!r}, run_name="__main__")
except SystemExit as end:
    assert end.code in (0, None), end.code
"""


def loaded_after(code: str) -> list[str]:
    """The heavy modules that a fresh interpreter has loaded after `code`."""
    result = subprocess.run(
        [sys.executable, "-c", f"{code}\n{LOADED}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert result.returncode == 0, result.stderr
    modules: list[str] = json.loads(result.stdout.splitlines()[-1])
    return modules


@pytest.mark.parametrize(
    "code",
    [
        "import cascade; cascade.Document, cascade.Taxonomy",
        "import data_formats",
        "import cascade.commands.console, cascade.commands.infer, cascade.commands.evaluate",
    ],
)
def test_imports_load_no_model_library(code: str) -> None:
    assert loaded_after(code) == []


def test_asking_for_the_cascade_loads_torch() -> None:
    assert "torch" in loaded_after("import cascade; cascade.Cascade")


@pytest.mark.parametrize(
    ("how", "what"),
    [
        ("run_path", "infer.py"),
        ("run_path", "evaluate.py"),
        ("run_module", "data_formats"),
        ("run_module", "cascade.commands.console"),
    ],
)
def test_help_loads_no_model_library(how: str, what: str) -> None:
    assert loaded_after(HELP.format(how=how, what=what, arguments=[what, "--help"])) == []
