"""The files that say what the project needs agree with each other and with its imports."""

from __future__ import annotations

import re
import sys
from importlib.metadata import packages_distributions

import pytest
from project_tree import PACKAGES, ROOT, imported_names, normalised, pyproject, requirement_lines, sources

import cascade


def without_reason(line: str) -> str:
    return line.partition(" #")[0].strip()


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_requirement_has_a_range_and_a_reason(name: str) -> None:
    form = re.compile(r"[A-Za-z0-9-]+(==|>=)[0-9][0-9.,<]*  # \S.+")
    assert [line for line in requirement_lines(name) if not form.fullmatch(line)] == []


def test_requirements_and_pyproject_agree() -> None:
    project = pyproject()["project"]
    stated = [
        *project["dependencies"],
        *(line for extra in project["optional-dependencies"].values() for line in extra),
    ]
    assert [without_reason(line) for line in requirement_lines("requirements.txt")] == stated


def test_the_packages_that_the_project_is_built_on_are_all_asked_for() -> None:
    asked = {normalised(line) for line in requirement_lines("requirements.txt")}
    assert {"ms-swift", "transformers", "torch", "peft", "datasets", "sentencepiece", "seqeval"} <= asked


@pytest.mark.parametrize(
    ("folders", "extras"),
    [
        (("cascade", "data_formats", "infer.py", "evaluate.py"), ()),
        (("train",), ("train",)),
        (("tests",), ("train", "check")),
    ],
)
def test_every_imported_package_is_asked_for(folders: tuple[str, ...], extras: tuple[str, ...]) -> None:
    project = pyproject()["project"]
    asked = {normalised(line) for line in project["dependencies"]}
    asked |= {normalised(line) for extra in extras for line in project["optional-dependencies"][extra]}
    if "tests" in folders:
        asked |= {normalised(line) for line in requirement_lines("requirements-dev.txt")}
    ours = {*PACKAGES, "evaluate", "infer"} | {file.stem for file in sources("tests")}
    providers = packages_distributions()
    missing = [
        f"{file.relative_to(ROOT)}:{line}: {name}"
        for file in sources(*folders)
        for line, name in imported_names(file)
        if name not in sys.stdlib_module_names
        and name not in ours
        and not asked & {normalised(provider) for provider in providers.get(name, [name])}
    ]
    assert missing == []


def test_the_changelog_tells_of_this_version() -> None:
    assert f"## [{cascade.__version__}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
