"""Each module that can be run tells by `--help` what it does, and does nothing else then."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest
from project_tree import ROOT

ROOMS = ("benchmarks", "cascade", "data_formats", "train")
RUN = 'if __name__ == "__main__":'


def runnable() -> list[str]:
    """What can be run of the outer rooms; contenders are run by benchmarks alone, `cascade` has tests of its own."""
    files = [file for room in ROOMS for file in sorted((ROOT / room).rglob("*.py")) if RUN in file.read_text("utf-8")]
    names = [".".join(file.relative_to(ROOT).with_suffix("").parts) for file in files]
    return [name for name in names if not name.startswith("benchmarks.contenders.") and name != "cascade.__main__"]


def test_modules_that_can_be_run_are_found() -> None:
    assert {"train.run", "train.golden_scores", "benchmarks.quality", "data_formats.__main__"} <= set(runnable())
    assert len(runnable()) > 60


@pytest.mark.parametrize("name", runnable())
def test_help_is_all_that_help_brings(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        importlib.import_module(name).main(["--help"])
    assert not ended.value.code
    told = capsys.readouterr()
    assert told.out.startswith("usage: ")
    assert "-h, --help" in told.out
    assert told.err == ""
    assert not list(tmp_path.iterdir())
