"""What an import loads: torch and its kin only when a model is."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from project_tree import ROOT

pytestmark = pytest.mark.slow

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


def test_commands_load_what_shows_documents_only_where_it_is_asked_for() -> None:
    code = "import cascade.commands.console, sys; print(sorted(name for name in sys.modules if name.startswith({!r})))"
    printed = [
        subprocess.run(
            [sys.executable, "-c", code.format(prefix)], cwd=ROOT, capture_output=True, text=True, check=True
        )
        for prefix in ("cascade.document", "cascade.scoring.re")
    ]
    assert [each.stdout for each in printed] == [
        "['cascade.document', 'cascade.document.row_fields', 'cascade.document.values']\n",
        "[]\n",
    ]


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


ELSEWHERE = """
import ctypes, os, sys
import torch, transformers
from transformers import Gemma3ForCausalLM
for name in ("preadv", "pread", "O_CLOEXEC", "sched_getaffinity", "fork", "posix_fadvise", "sysconf", "getuid"):
    vars(os).pop(name, None)
for name in ("resource", "fcntl", "pwd", "grp", "termios"):
    sys.modules[name] = None
def refused(name, *options, **others):
    raise OSError(f"no library {name!r} here")
ctypes.CDLL = refused
sys.platform = PLATFORM
import cascade.commands.console
from cascade import Cascade
from cascade.model.base_model import BaseModel
base = BaseModel.load(FOLDER, device="cpu", precision="fp32")
reader = base.reader()
print(base.embedding_of("Ada met Bob").shape)
base.hand_back()
"""


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_a_model_is_loaded_where_calls_of_linux_are_missing(gemma_folder: Path, platform: str) -> None:
    code = ELSEWHERE.replace("PLATFORM", repr(platform)).replace("FOLDER", repr(str(gemma_folder)))
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert result.stdout == "(64,)\n"
