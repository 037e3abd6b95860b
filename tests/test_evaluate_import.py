"""`import evaluate` beside evaluate.py: another package of that name is found as if the script were not there."""

from __future__ import annotations

from pathlib import Path

import pytest
from project_tree import ROOT
from python_process import python


def write_other_package(folder: Path) -> None:
    (folder / "evaluate").mkdir()
    (folder / "evaluate" / "__init__.py").write_text(
        "from evaluate.loading import load\nNAME = 'the other package'\n", encoding="utf-8"
    )
    (folder / "evaluate" / "loading.py").write_text(
        "import evaluate\ndef load() -> str:\n    return evaluate.NAME\n", encoding="utf-8"
    )


def test_import_evaluate_finds_the_other_package_behind_the_root(tmp_path: Path) -> None:
    write_other_package(tmp_path)
    code = (
        "import evaluate, evaluate.loading, sys; print(evaluate.load(), evaluate.__file__, sys.modules['evaluate'] "
        "is evaluate)"
    )
    assert python(code, ROOT, tmp_path, cwd=ROOT) == f"the other package {tmp_path / 'evaluate' / '__init__.py'} True"


def test_a_probe_after_the_import_sees_the_other_package(tmp_path: Path) -> None:
    write_other_package(tmp_path)
    code = (
        "import importlib.util as u; assert u.find_spec('evaluate'); import evaluate; "
        "print(u.find_spec('evaluate').origin)"
    )
    assert python(code, ROOT, tmp_path, cwd=ROOT) == str(tmp_path / "evaluate" / "__init__.py")


def test_from_imports_reach_submodules_of_the_other_package(tmp_path: Path) -> None:
    write_other_package(tmp_path)
    assert (
        python("from evaluate.loading import load; print(load())", ROOT, tmp_path, cwd=tmp_path) == "the other package"
    )


# `find_spec` cannot know that the file stands aside; a library that asks it and then imports must meet the error of a
# missing package.
WITHOUT_PACKAGE = """
import sys
for _ in range(2):
    try:
        import evaluate
    except ModuleNotFoundError as error:
        print(error, error.name, "evaluate" in sys.modules)
"""


MISSING_TWICE = "No module named 'evaluate' evaluate False\nNo module named 'evaluate' evaluate False"


@pytest.mark.parametrize("stray", [False, True], ids=["nothing", "a folder without __init__.py"])
def test_without_the_other_package_it_is_missing_as_ever(tmp_path: Path, stray: bool) -> None:
    if stray:
        (tmp_path / "evaluate").mkdir()
    assert python(WITHOUT_PACKAGE, ROOT, tmp_path, cwd=ROOT) == MISSING_TWICE


def test_two_clones_on_the_path_do_not_chase_each_other(tmp_path: Path) -> None:
    (tmp_path / "evaluate.py").write_bytes((ROOT / "evaluate.py").read_bytes())
    assert python(WITHOUT_PACKAGE, ROOT, tmp_path, cwd=ROOT) == MISSING_TWICE


def test_an_error_inside_the_other_package_is_its_own(tmp_path: Path) -> None:
    (tmp_path / "evaluate").mkdir()
    (tmp_path / "evaluate" / "__init__.py").write_text("raise ValueError('broken')\n", encoding="utf-8")
    code = (
        "import sys\ntry:\n    import evaluate\nexcept ValueError as error:\n    print(error, 'evaluate' in "
        "sys.modules)"
    )
    assert python(code, ROOT, tmp_path, cwd=ROOT) == "broken False"
