"""What all commands share: how they end, and that no terminal's encoding ends them."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from project_tree import ROOT

PROGRAM = """
import sys
from cascade.errors import CascadeError
from cascade.commands.exit_status import exit_status
def work():
    print("人物 München")
    raise {raised}
sys.exit(exit_status(work))
"""


@pytest.mark.parametrize(
    ("raised", "status", "told"),
    [
        ("CascadeError('类型')", 2, "error: \\u7c7b\\u578b"),
        ("KeyboardInterrupt", 130, "interrupted"),
        ("BrokenPipeError", 1, ""),
    ],
)
def test_a_command_ends_with_its_status_and_one_line_whatever_the_encoding(raised: str, status: int, told: str) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "cp1252", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", PROGRAM.format(raised=raised)]
    done = subprocess.run(command, capture_output=True, env=environment, check=False)
    assert done.returncode == status
    assert done.stderr.decode("cp1252").strip() == told
    if status != 1:  # where the pipe is closed nothing more can be written
        assert done.stdout.decode("cp1252").strip() == "\\u4eba\\u7269 München"
