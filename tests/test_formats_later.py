"""Modules of tools' formats are imported where they are used, so that commands start without them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from data_formats.annotation_tools.later import later

ROOT = Path(__file__).parents[1]
EAGER = {"later", "listing", "exchange_listing", "recognition", "exchange_recognition", "offset_units", "utf16"}


def loaded_after(code: str) -> set[str]:
    """The modules of tools' formats that are loaded after some code."""
    listed = (
        "print([name.rpartition('.')[2] for name in sys.modules if name.startswith('data_formats.annotation_tools.')])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", f"import sys; {code}; {listed}"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(eval(ran.stdout.splitlines()[-1]))


def test_reading_our_own_format_loads_no_other() -> None:
    code = "import data_formats; list(data_formats.read('samples/news.gold.jsonl'))"
    assert loaded_after(code) <= EAGER


def test_a_function_is_called_in_its_module() -> None:
    write = later("pubtator.write_pubtator")
    assert write.__name__ == "write_pubtator"
    with pytest.raises(AttributeError):
        later("pubtator.nothing")()
    code = "import data_formats, io; data_formats.write([], io.StringIO(), 'pubtator')"
    assert "pubtator" in loaded_after(code)
