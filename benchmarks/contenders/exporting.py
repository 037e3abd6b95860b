"""Exports of models to other runtimes, each made in a process of its own: an export takes several times the memory of
reading, and is made once.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from importlib.util import find_spec
from multiprocessing import get_context
from typing import Any

PACKAGES = {  # that a way of running a GLiNER needs
    "onnx": ("gliner", "onnx", "onnxruntime"),
    "onnx-int8": ("gliner", "onnx", "onnxruntime"),
    "openvino": ("gliner", "openvino"),
    "rust": ("gliner", "onnx", "fast_gliner"),
    "rust-int8": ("gliner", "onnx", "onnxruntime", "fast_gliner"),  # the export rounds to 8 bits with ONNX Runtime
}


def require(packages: tuple[str, ...]) -> None:
    """Raises ModuleNotFoundError for the first package that is missing: GLiNER tells it by other errors, and only after
    the export.
    """
    for name in packages:
        if find_spec(name) is None:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def aside(export: Callable[..., str], *arguments: Any) -> str:
    """What the function returns, run in a fresh process that has ended when this returns."""
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as pool:
        return pool.submit(export, *arguments).result()
