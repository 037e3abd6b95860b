"""Threads before torch is imported: a short busy wait, as many as there are cores to use, and the user's own choice."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cascade.commands import thread_settings
from cascade.commands.thread_settings import SPIN_COUNT, share_cores, usable_cores

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def without_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "torch", raising=False)


@pytest.fixture
def four_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2, 3}, raising=False)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, 4),
        ({"cpu.max": "max 100000\n"}, 4),
        ({"cpu.max": "150000 100000\n"}, 2),
        ({"cpu.max": "10000 100000\n"}, 1),
        ({"cpu.max": "900000 100000\n"}, 4),
        ({"cpu.max": "nonsense\n"}, 4),
        ({"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, 4),
        ({"cpu/cpu.cfs_quota_us": "250000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 3),
    ],
)
@pytest.mark.usefixtures("four_cores")
def test_the_quota_of_a_container_bounds_the_cores(tmp_path: Path, files: dict[str, str], expected: int) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert usable_cores(tmp_path) == expected


@pytest.mark.usefixtures("four_cores")
def test_affinity_bounds_the_cores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {2, 3}, raising=False)
    assert usable_cores(tmp_path) == 2
    monkeypatch.delattr(os, "sched_getaffinity")  # as on macOS and Windows
    assert usable_cores(tmp_path) == 4


@pytest.mark.parametrize(("cores", "threads"), [(4, {}), (3, {"OMP_NUM_THREADS": "3"})])
@pytest.mark.usefixtures("four_cores")
def test_threads_wait_briefly_and_are_as_many_as_cores(
    cores: int, threads: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thread_settings, "usable_cores", lambda: cores)
    environment: dict[str, str] = {"PATH": "x"}
    share_cores(environment)
    assert environment == {"PATH": "x", "GOMP_SPINCOUNT": str(SPIN_COUNT), **threads}


@pytest.mark.parametrize(
    "chosen", ["GOMP_SPINCOUNT", "OMP_NUM_THREADS", "OMP_WAIT_POLICY", "KMP_BLOCKTIME", "MKL_NUM_THREADS"]
)
def test_what_the_user_chose_stays(chosen: str) -> None:
    environment = {chosen: "7"}
    share_cores(environment)
    assert environment == {chosen: "7"}


def test_nothing_is_set_once_torch_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", sys)
    environment: dict[str, str] = {}
    share_cores(environment)
    assert environment == {}


@pytest.mark.slow
@pytest.mark.parametrize(
    "command",
    [
        "import cascade.commands.infer as command; command.main(['missing.txt'])",
        "import cascade.commands.console as command; command.main(['infer', 'missing.txt'])",
        "import train.run as command; command.main(['--data', 'missing.jsonl', '--out', 'nowhere'])",
    ],
)
def test_the_commands_choose_before_torch_is_imported(command: str) -> None:
    prefixes = ("GOMP_", "OMP_", "KMP_", "MKL_")
    unset = {name: value for name, value in os.environ.items() if not name.startswith(prefixes)}
    code = f"import os\ntry:\n    {command}\nexcept SystemExit:\n    pass\nprint(os.environ.get('GOMP_SPINCOUNT'))"
    run = [sys.executable, "-c", code]
    result = subprocess.run(run, cwd=ROOT, env=unset, capture_output=True, text=True, check=False)
    assert result.stdout.splitlines()[-1:] == [str(SPIN_COUNT)], result.stderr
