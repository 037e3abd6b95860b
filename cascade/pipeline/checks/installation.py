"""Checks of what is installed: the versions of needed packages against the ranges that are stated, and the extras."""

from __future__ import annotations

import platform
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, metadata, requires, version
from pathlib import Path

from cascade.pipeline.checks.outcome import FAIL, OK, WARN, Outcome
from cascade.version import __version__

PROJECT = "cascade-ner"
_LEAST_PYTHON = (3, 11)
_CLONE = Path(__file__).resolve().parents[3]
_EXTRA = re.compile(r"""extra\s*==\s*['"]([^'"]+)['"]""")


def stated_requirements(clone: Path = _CLONE) -> Mapping[str, list[str]]:
    """The requirements of the project by extra, '' for those of all: of the clone, or of the installed package."""
    file = clone / "pyproject.toml"
    if file.is_file():
        project = tomllib.loads(file.read_text(encoding="utf-8"))["project"]
        return {"": project["dependencies"], **project["optional-dependencies"]}
    found: dict[str, list[str]] = {"": []}
    try:
        lines = requires(PROJECT) or []
        extras = metadata(PROJECT).get_all("Provides-Extra") or []
    except PackageNotFoundError:
        return found
    found |= {extra: [] for extra in extras}
    for line in lines:
        requirement, _, marker = line.partition(";")
        extra = _EXTRA.search(marker)
        found.setdefault(extra[1] if extra else "", []).append(requirement.strip())
    return found


def check_python() -> Iterator[Outcome]:
    """Whether this Python is new enough."""
    found = f"cascade-ner {__version__} on Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    new = sys.version_info >= _LEAST_PYTHON
    yield Outcome("program", OK if new else FAIL, found, "" if new else "install Python 3.11 or newer")


def check_packages(stated: Mapping[str, list[str]]) -> Iterator[Outcome]:
    """Whether each package that inference needs is there, in a version of the stated range."""
    for line in stated[""]:
        name, problem, found = _state(line)
        remedy = f"pip install '{line}'"
        if problem == "missing":
            yield Outcome(name, FAIL, "not installed", remedy)
        elif problem:
            yield Outcome(name, WARN, f"{found} is outside the range that was tested: {line}", remedy)
        else:
            yield Outcome(name, OK, found)


def check_extras(stated: Mapping[str, list[str]]) -> Iterator[Outcome]:
    """Which extras are there; one that is there in part, or in other versions, is told."""
    for extra in sorted(name for name in stated if name):
        states = [_state(line) for line in stated[extra]]
        missing = [name for name, problem, _ in states if problem == "missing"]
        outside = [f"{name} {found}" for name, problem, found in states if problem == "outside"]
        check, remedy = f"extra {extra}", f"pip install '{PROJECT}[{extra}]'"
        if len(missing) == len(states):
            yield Outcome(check, OK, f"not installed; {remedy}")
        elif missing:
            # no fault: other packages may have brought what is there
            yield Outcome(check, OK, f"in part: without {', '.join(missing[:5])}; {remedy}")
        elif outside:
            yield Outcome(check, WARN, f"outside the range that was tested: {', '.join(outside)}", remedy)
        else:
            yield Outcome(check, OK, "installed")


def _state(line: str) -> tuple[str, str, str]:
    """A requirement's package, its problem ('missing', 'outside' or none) and the version that is installed."""
    from packaging.requirements import Requirement

    asked = Requirement(line)
    try:
        found = version(asked.name)
    except PackageNotFoundError:
        return asked.name, "missing", ""
    return asked.name, "" if asked.specifier.contains(found, prereleases=True) else "outside", found
