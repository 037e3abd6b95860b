"""The library of our own kernels: found where it is installed, refused where it does not fit, right on any threads."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from native_library import ROOT, built, by, compiled

from cascade.layers import native_kernels
from cascade.layers.native_kernels import MODULE, Kernels, kernels, load_kernels

__all__ = ["by"]

pytestmark = pytest.mark.slow


@pytest.fixture
def looked_for_anew() -> Iterator[None]:
    kernels.cache_clear()
    yield
    kernels.cache_clear()


@pytest.mark.usefixtures("looked_for_anew")
def test_the_library_is_found_where_it_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / f"{MODULE}.abi3.so"
    monkeypatch.syspath_prepend(tmp_path)
    file.write_bytes(Path(built().functions._name).read_bytes())
    found = kernels()
    assert found is not None
    assert found.functions._name == str(file)


@pytest.mark.usefixtures("looked_for_anew")
def test_without_a_library_there_are_no_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native_kernels, "MODULE", "no_such_module_anywhere")
    assert kernels() is None


def test_a_library_of_another_machine_is_none(tmp_path: Path) -> None:
    file = tmp_path / "cascade_kernels.abi3.so"
    file.write_bytes(b"\x7fELF" + bytes(60))
    assert load_kernels(file) is None


def test_a_library_of_another_version_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    file = Path(built().functions._name)
    monkeypatch.setattr(native_kernels, "_VERSION", 1)
    assert load_kernels(file) is None


@pytest.mark.parametrize("limit", ["OMP_THREAD_LIMIT=1", "OMP_DYNAMIC=true", "OMP_MAX_ACTIVE_LEVELS=0"])
def test_all_tokens_are_computed_on_fewer_threads_than_asked_for(by: Kernels, limit: str) -> None:
    """OpenMP gives fewer threads where a variable says so; what they compute is the same."""
    program = (
        "import sys, torch; from pathlib import Path; from cascade.layers.native_kernels import load_kernels; "
        "torch.set_num_threads(2); by = load_kernels(Path(sys.argv[1])); "
        "values = torch.randn(64, 96, generator=torch.Generator().manual_seed(1)); "
        "print(by.quantise(values).integers.tolist())"
    )
    name, _, value = limit.partition("=")
    environment = {**os.environ, name: value, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", program, str(compiled())], env=environment, capture_output=True, text=True, check=True
    )
    values = torch.randn(64, 96, generator=torch.Generator().manual_seed(1))
    assert json.loads(done.stdout) == by.quantise(values).integers.tolist()
