"""The notebooks of the documents run from top to bottom, as a reader runs them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from project_tree import ROOT

FOLDER = ROOT / "docs" / "notebooks"


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which the notebooks write."""
    shutil.copytree(ROOT / "samples", tmp_path / "samples")
    monkeypatch.setenv("PYTHONPATH", str(ROOT), prepend=":")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    return tmp_path


def run(name: str, folder: Path) -> list[Any]:
    """The cells of a notebook after it ran in a folder; raises what a cell raises."""
    nbformat = pytest.importorskip("nbformat", reason="needs nbformat, nbclient and ipykernel")
    nbclient = pytest.importorskip("nbclient", reason="needs nbformat, nbclient and ipykernel")
    pytest.importorskip("ipykernel", reason="needs nbformat, nbclient and ipykernel")
    book = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)
    nbclient.NotebookClient(
        book, timeout=1800, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    ).execute()
    return [cell for cell in book.cells if cell.cell_type == "code"]


def shown(cell: Any, kind: str) -> str:
    """What a cell shows of a kind."""
    return "".join(output["data"].get(kind, "") for output in cell.outputs if "data" in output)


def printed(cell: Any) -> str:
    """What a cell prints."""
    return "".join(output.get("text", "") for output in cell.outputs)


@pytest.mark.real_model
@pytest.mark.slow
def test_reading_and_looking_shows_entities(clone: Path) -> None:
    cells = run("reading-and-looking", clone)
    assert "Ada Lovelace" in shown(cells[2], "text/html")
    assert "Honolulu" in shown(cells[3], "text/html")
    assert "Angela Merkel    person" in printed(cells[4])
    assert shown(cells[6], "text/plain") == "19"
    assert (clone / "runs" / "found.html").is_file()


@pytest.mark.real_model
@pytest.mark.slow
def test_training_own_types_makes_a_pair_and_its_model_card(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRAINING_LENGTH", "--max-steps 2 --scorings 1")
    cells = run("training-own-types", clone)
    assert "both stages on 12 dev documents with 36 entities" in printed(cells[3])
    assert "# pair\n" in printed(cells[5])
    assert (clone / "runs" / "cards" / "pair" / "classifier" / "card.json").is_file()


def test_notebooks_are_kept_without_outputs() -> None:
    cells = [cell for file in FOLDER.glob("*.ipynb") for cell in json.loads(file.read_text(encoding="utf-8"))["cells"]]
    assert len(cells) > 15
    assert [cell["id"] for cell in cells if cell.get("outputs") or cell.get("execution_count")] == []
