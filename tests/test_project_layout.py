"""How the project is laid out: layers, names and sizes of files."""

from __future__ import annotations

import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from project_tree import (
    PACKAGES,
    ROOT,
    all_sources,
    imported_names,
    normalised,
    pyproject,
    requirement_lines,
    sources,
    tracked_files,
)

CORE = {"cascade"}
LAYERS = {
    "cascade": CORE,
    "data_formats": CORE | {"data_formats"},
    "cascade/commands": CORE | {"data_formats"},
    "cascade/published": CORE | {"data_formats"},
    "cascade/scale": CORE | {"data_formats"},
    "cascade/serving": CORE | {"data_formats"},
    "train": CORE | {"data_formats", "train"},
    "infer.py": CORE,
    "evaluate.py": CORE,
}
OWN_LAYERS = [ROOT / layer for layer in LAYERS if layer.startswith("cascade/")]
OURS = {*PACKAGES, "infer", "evaluate"}
MEANINGLESS_NAMES = {
    "base",
    "common",
    "core",
    "helper",
    "helpers",
    "manager",
    "misc",
    "shared",
    "tools",
    "util",
    "utilities",
    "utils",
}
MAX_LINES, MAX_LINES_OF_TESTS = 300, 500
MAX_FILE_BYTES = 16_000_000
HANDED_OVER = {"evaluate"}  # evaluate.py hands `import evaluate` over to the package of that name


@pytest.mark.parametrize("layer", LAYERS)
def test_layers_point_one_way(layer: str) -> None:
    allowed = LAYERS[layer]
    files = [file for file in sources(layer) if layer != "cascade" or not {*OWN_LAYERS} & {*file.parents}]
    upward = [
        f"{file.relative_to(ROOT)}:{line}: {name}"
        for file in files
        for line, name in imported_names(file)
        if name in OURS - allowed
    ]
    assert upward == []


def test_a_wrong_layer_would_be_found(tmp_path: Path) -> None:
    (tmp_path / "wrong.py").write_text(
        "import json\ndef f():\n    from train.prepare import run\n    import data_formats.registry, cascade\nfrom . "
        "import x\n"
    )
    assert sorted(imported_names(tmp_path / "wrong.py")) == [
        (1, "json"),
        (3, "train"),
        (4, "cascade"),
        (4, "data_formats"),
    ]


def test_no_file_is_named_like_a_module_of_python_or_of_a_dependency() -> None:
    declared = {
        normalised(line) for name in ("requirements.txt", "requirements-dev.txt") for line in requirement_lines(name)
    }
    theirs = {
        module
        for module, providers in packages_distributions().items()
        if declared & {normalised(provider) for provider in providers}
    }
    assert {"torch", "swift", "yaml", "pytest"} <= theirs
    taken = (set(sys.stdlib_module_names) | theirs | declared) - HANDED_OVER
    ours = [*all_sources(), *(ROOT / package for package in PACKAGES)]
    assert [file for file in ours if not file.stem.startswith("__") and file.stem in taken] == []


def test_no_file_has_a_name_that_says_nothing() -> None:
    assert [file for file in all_sources() if file.stem in MEANINGLESS_NAMES] == []


def test_files_can_be_read_in_one_sitting() -> None:
    lines = {str(file.relative_to(ROOT)): len(file.read_text(encoding="utf-8").splitlines()) for file in all_sources()}
    most = {name: MAX_LINES_OF_TESTS if name.startswith("tests") else MAX_LINES for name in lines}
    assert {name: count for name, count in lines.items() if count > most[name]} == {}


def test_every_package_has_a_marker_file_and_is_installed() -> None:
    installed = set(pyproject()["tool"]["setuptools"]["packages"])
    folders = {file.parent for package in ("cascade", "data_formats", "train") for file in sources(package)}
    assert [folder for folder in folders if not (folder / "__init__.py").is_file()] == []
    assert installed == {".".join(folder.relative_to(ROOT).parts) for folder in folders} | {"cascade.shipped_adapters"}


def test_the_repository_holds_no_large_file() -> None:
    assert {file.name: file.stat().st_size for file in tracked_files() if file.stat().st_size > MAX_FILE_BYTES} == {}
