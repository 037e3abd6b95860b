"""What an install takes: packages that are needed by others, extras beyond the plain install, and missing ones."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from documents import blocks
from project_tree import ROOT

from benchmarks.install_sizes import PROJECT, Taken, main, taken


def installed(folder: Path, name: str, size: int, *requires: str) -> None:
    """A package with a file of a size, as pip would install it; what Python compiled is not counted."""
    described = folder / f"{name.replace('-', '_')}-1.0.dist-info"
    described.mkdir(parents=True)
    (folder / f"{name}.txt").write_bytes(b"x" * size)
    (folder / f"{name}.pyc").write_bytes(b"x" * 9_000_000)
    (described / "RECORD").write_text(f"{name}.txt,,\n{name}.pyc,,\n")
    needs = "".join(f"Requires-Dist: {each}\n" for each in requires)
    (described / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n{needs}")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    installed(tmp_path / "site", "tst-base", 1_000_000, "tst-inner[fast]>=1", "tst-other; python_version < '3'")
    installed(tmp_path / "site", "tst-inner", 500_000, "tst-quick; extra == 'fast'", "tst-slow; extra == 'slow'")
    installed(tmp_path / "site", "tst-quick", 200_000, "tst-base")
    installed(tmp_path / "site", "tst-shown", 300_000, "tst-quick", "tst-absent>=2")
    monkeypatch.setattr(sys, "path", [str(tmp_path / "site"), *sys.path])
    file = tmp_path / "pyproject.toml"
    file.write_text(
        '[project]\ndependencies = ["tst-base>=1"]\n[project.optional-dependencies]\nlooks = ["Tst_Shown"]\nsame = '
        '["tst-quick"]\n'
    )
    return file


def test_packages_are_counted_with_those_that_they_need_and_extras_beyond_the_plain_install(project: Path) -> None:
    assert taken(project) == [
        Taken("plain", 3, 1.7),
        Taken("looks", 1, 0.3, ("tst-absent",)),
        Taken("same", 0, 0.0),
    ]


def test_the_table_has_a_row_for_each_install_and_missing_packages_are_told(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("benchmarks.install_sizes.PROJECT", project)
    assert main([]) == 0
    said = capsys.readouterr()
    assert said.out.splitlines()[2:] == ["| `plain` | 3 | 2 |", "| `looks` | 1 | 0 |", "| `same` | 0 | 0 |"]
    assert said.err == "not installed here, of looks: tst-absent\n"


def test_the_page_names_every_extra_of_the_project() -> None:
    page = (ROOT / "docs" / "quick-start.md").read_text(encoding="utf-8")
    extras = [row.name for row in taken(PROJECT)]
    assert [name for name in extras if f"| `{name}` |" not in page] == []
    assert any(block.text.strip() == "python -m benchmarks.install_sizes" for block in blocks(page))
