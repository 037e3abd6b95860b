"""Our own kernels, compiled as an installation compiles them."""

from __future__ import annotations

import shutil
import subprocess
import sysconfig
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
import torch

from cascade.layers.native_kernels import Kernels, load_kernels

ROOT = Path(__file__).resolve().parents[1]


@cache
def compiled() -> Path | None:
    """The library, compiled once a session; None where there is no compiler."""
    compiler = shutil.which("g++") or shutil.which("clang++")
    if compiler is None:
        return None
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    [extension] = project["tool"]["setuptools"]["ext-modules"]
    file = Path(mkdtemp()) / f"{extension['name']}.abi3.so"
    sources = [str(ROOT / source) for source in extension["sources"]]
    include = sysconfig.get_paths()["include"]
    options = ["-shared", "-fPIC", f"-I{include}", *extension["extra-compile-args"]]
    subprocess.run([compiler, *options, *sources, "-o", str(file)], check=True)
    return file


def built() -> Kernels:
    """The compiled kernels; skips the test where there is no compiler."""
    file = compiled()
    if file is None:
        pytest.skip("no C++ compiler")
    found = load_kernels(file)
    assert found is not None
    return found


@pytest.fixture(params=[1, 2], ids=["one thread", "two threads"])
def by(request: pytest.FixtureRequest) -> Iterator[Kernels]:
    """The compiled kernels, on one thread and on two."""
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield built()
    torch.set_num_threads(before)
