"""What all commands share: how they end, and that no terminal's encoding ends them."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys

import pytest
from project_tree import ROOT

from cascade.commands.command_parser import command_parser

PROGRAM = """
import sys
from cascade.errors import CascadeError
from cascade.commands.exit_status import exit_status
def work():
    print("人物 München")
    raise {raised}
sys.exit(exit_status(work))
"""

PRINTS = """
import sys
from cascade.commands.exit_status import exit_status
sys.exit(exit_status(lambda: print("x" * 99999)))
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


@pytest.mark.parametrize(
    ("redirected", "status", "told"),
    [("| true", 1, ""), ("> /dev/full", 2, "error: output cannot be written: No space left on device")],
)
def test_an_output_that_is_closed_or_full_is_told_in_a_line_at_most(redirected: str, status: int, told: str) -> None:
    line = f"set -o pipefail; {shlex.quote(sys.executable)} -c {shlex.quote(PRINTS)} {redirected}"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(["bash", "-c", line], capture_output=True, env=environment, check=False)
    assert (done.returncode, done.stderr.decode().partition(";")[0].strip()) == (status, told)


def test_names_behind_two_dashes_may_look_like_options() -> None:
    parser = command_parser("x")
    parser.add_argument("input", nargs="+")
    parser.add_argument("-o", "--output")
    asked = parser.parse_intermixed_args(["-o", "out", "a", "--", "-x.txt", "b", "-"])
    assert (asked.input, asked.output) == (["a", "./-x.txt", "b", "-"], "out")
    assert parser.parse_intermixed_args(["--", "-x.txt"]).input == ["./-x.txt"]
