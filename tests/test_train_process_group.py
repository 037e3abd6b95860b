"""A training in several processes leaves its process group before Python ends."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from project_tree import ROOT
from torch import distributed, nn
from torch.nn.parallel import DistributedDataParallel

from train.swift_plugin.process_group import leave_process_group


def joined(tmp_path: Path) -> None:
    method = (tmp_path / "store").as_uri()
    distributed.init_process_group("gloo", method, rank=0, world_size=1, timeout=timedelta(seconds=30))


def test_the_group_is_left(tmp_path: Path) -> None:
    joined(tmp_path)
    leave_process_group()
    assert not distributed.is_initialized()


def gloo_threads() -> list[str]:
    names = [(task / "comm").read_text(encoding="ascii").strip() for task in Path("/proc/self/task").iterdir()]
    return [name for name in names if "gloo" in name]


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="threads are told by name on Linux")
def test_its_threads_end_although_a_trainer_holds_it(tmp_path: Path) -> None:
    joined(tmp_path)
    trainer = SimpleNamespace(model=DistributedDataParallel(nn.Linear(2, 2)))
    trainer.itself = trainer  # as trainers and their callbacks refer to each other
    trainer.model(torch.ones(1, 2)).sum().backward()
    assert gloo_threads()
    del trainer
    leave_process_group()
    assert not gloo_threads()


def test_without_a_group_nothing_happens() -> None:
    leave_process_group()
    assert not distributed.is_initialized()


def test_the_plugin_leaves_it_at_the_end_of_the_process(tmp_path: Path) -> None:
    program = (
        "import atexit\n"
        "from torch import distributed\n"
        "atexit.register(lambda: print('left' if not distributed.is_initialized() else 'not left'))\n"
        "import train.swift_plugin.plugin\n"  # exit functions run last in, first out: the plugin's comes before
        f"distributed.init_process_group('gloo', {(tmp_path / 'store').as_uri()!r}, rank=0, world_size=1)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=True
    )
    assert done.stdout.splitlines()[-1] == "left"
