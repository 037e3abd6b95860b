"""The project's own files as the tests of the project see them."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("cascade", "data_formats", "train", "benchmarks", "tests")
SCRIPTS = ("infer.py", "evaluate.py")


def sources(*parts: str) -> list[Path]:
    """The Python files of folders and scripts, by path."""
    places = [ROOT / part for part in parts]
    return sorted(file for place in places for file in ([place] if place.is_file() else place.rglob("*.py")))


def all_sources() -> list[Path]:
    """The Python files of the whole project."""
    return sources(*PACKAGES, *SCRIPTS)


def imported_names(file: Path) -> Iterator[tuple[int, str]]:
    """The line and the first part of the name of every absolute import in a file, also of those inside functions."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"), str(file))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name.partition(".")[0]) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module is not None:
            yield node.lineno, node.module.partition(".")[0]


def pyproject() -> dict[str, Any]:
    """`pyproject.toml`, decoded."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def requirement_lines(name: str) -> list[str]:
    """The lines of a requirements file that ask for a package, with their comments."""
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.strip() and not line.startswith(("#", "-"))]


def normalised(requirement: str) -> str:
    """The name of the package that a requirement asks for, as registries compare names."""
    name = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert name is not None, requirement
    return re.sub(r"[-_.]+", "-", name[0]).lower()


def tracked_files() -> list[Path]:
    """The files that git tracks; skips the test outside a git checkout."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]
