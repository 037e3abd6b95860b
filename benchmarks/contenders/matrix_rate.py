"""The limit: the rate of matrix products that the machine reaches, in bf16 (or fp32) and in 8-bit integers, at the
shapes of the base model.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from benchmarks.contenders.serving import Job, Read, serve

_TOKENS = 2048
_SHAPES = ((640, 1024), (640, 2048), (2048, 640), (1024, 640))
_SECONDS = 0.3


def load(_: Job) -> Read:
    """Measures, for each arithmetic there is, floating-point operations a second."""
    import torch

    from cascade.layers.int8 import Int8Linear, int8_is_fast, quantised
    from cascade.model.precision import fast_dtype

    device = torch.device("cpu")
    dtype = fast_dtype(device)

    def rate(work: Callable[[], Any], flop: float) -> float:
        work()
        started, rounds = time.monotonic(), 0
        while time.monotonic() - started < _SECONDS:
            work()
            rounds += 1
        return flop * rounds / (time.monotonic() - started)

    @torch.inference_mode()
    def read(_: slice) -> Mapping[str, float]:
        best = {"float": 0.0, "int8": 0.0}
        for inputs, outputs in _SHAPES:
            values, layer = (
                torch.randn(_TOKENS, inputs).to(dtype),
                torch.nn.Linear(inputs, outputs, bias=False).to(dtype),
            )
            flop = 2.0 * _TOKENS * inputs * outputs
            best["float"] = max(best["float"], rate(partial(layer, values), flop))
            if int8_is_fast(device):
                eighth = Int8Linear.of(layer)
                integers = quantised(values)[0]
                best["int8"] = max(best["int8"], rate(partial(eighth.products, integers, values.dtype), flop))
        return {f"flop_per_second_{name}": value for name, value in best.items()}

    return read


if __name__ == "__main__":
    serve(load)
