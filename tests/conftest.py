"""Tiny models for all tests, made once a session."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

os.environ.setdefault("HF_HUB_OFFLINE", "1")
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as a shell starts what runs in its background
    signal.signal(signal.SIGINT, signal.default_int_handler)

_BROWSERS = ("chromium", "chromium-browser", "google-chrome")

if TYPE_CHECKING:
    from cascade.model.base_model import BaseModel


@pytest.fixture(scope="session")
def gemma_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tiny_models import save_gemma

    return save_gemma(tmp_path_factory.mktemp("models") / "tiny-gemma")


@pytest.fixture(scope="session")
def qwen_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tiny_models import save_qwen

    return save_qwen(tmp_path_factory.mktemp("models") / "tiny-qwen")


@pytest.fixture(scope="session")
def gemma(gemma_folder: Path) -> BaseModel:
    """The tiny Gemma 3 in fp32; three of its five layers have a window of 16 tokens."""
    return _load(gemma_folder)


@pytest.fixture(scope="session")
def qwen(qwen_folder: Path) -> BaseModel:
    """The tiny Qwen2 in fp32, with the real tokenizer."""
    return _load(qwen_folder)


@pytest.fixture(params=["gemma", "qwen"])
def base(request: pytest.FixtureRequest) -> BaseModel:
    """Each tiny model in turn, in fp32."""
    model: BaseModel = request.getfixturevalue(request.param)
    return model


def _int8_kinds() -> list[str]:
    import torch

    from cascade.layers.int8 import int8_is_fast

    return ["8 bits by hand", "7 bits by hand", *(["as the CPU does"] if int8_is_fast(torch.device("cpu")) else [])]


@pytest.fixture(params=_int8_kinds())
def int8(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Layers in 8 bits whose integers are multiplied by hand, on any CPU, as with VNNI and without, and by the CPU
    where it can.
    """
    if request.param == "as the CPU does":
        return
    from torch import Tensor, dtype

    from cascade.layers.int8 import Int8Linear

    def products(layer: Int8Linear, integers: Tensor, kind: dtype) -> Tensor:
        return ((integers.double() - 128) @ layer._packed.double().T * layer._scales).to(kind)

    monkeypatch.setattr("cascade.layers.int8.has_vnni", lambda: request.param == "8 bits by hand")
    monkeypatch.setattr("cascade.layers.int8.packed", lambda integers: integers)
    monkeypatch.setattr(Int8Linear, "products", products)


def _load(folder: Path) -> BaseModel:

    from cascade.model.base_model import BaseModel

    return BaseModel.load(str(folder), device="cpu", precision="fp32")


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A browser without a window; skips where there is none."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = next((found for name in _BROWSERS if (found := shutil.which(name))), None)
    if path is None:
        pytest.skip(f"no browser: none of {', '.join(_BROWSERS)} is on the path")
    with playwright.sync_playwright() as running:
        started = running.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield started
        started.close()
