"""The arithmetic that a job runs in, by name, and which one is fast where."""

from __future__ import annotations

from typing import NamedTuple

import torch

from cascade.errors import BaseModelError
from cascade.layers.int8 import has_vnni, int8_is_fast
from cascade.layers.native_kernels import kernels

PRECISIONS = ("auto", "int8", "bf16", "fp32")


class Precision(NamedTuple):
    """The floating-point type, and whether linear layers are in 8-bit integers instead."""

    dtype: torch.dtype
    int8: bool

    @property
    def name(self) -> str:
        """The name by which it is asked for."""
        return "int8" if self.int8 else {torch.bfloat16: "bf16"}.get(self.dtype, "fp32")


def precision_of(name: str, device: torch.device) -> Precision:
    """The precision called `name`; `auto` is the fastest that the device has instructions for: int8 on CPUs with VNNI
    or AVX2, else bf16, else fp32.

    Raises BaseModelError for another name, and for int8 where it would be slower by orders of magnitude.
    """
    if name not in PRECISIONS:
        raise BaseModelError(f"precision {name!r}; expected one of {', '.join(PRECISIONS)}")
    fast = int8_is_fast(device)
    if name == "int8" and not fast:
        raise BaseModelError(
            f"precision 'int8' needs a CPU with VNNI or AVX2 instructions, which {device.type!r} here has not; use "
            "auto, bf16 or fp32"
        )
    if name in ("auto", "int8"):
        return Precision(fast_dtype(device), fast)
    return Precision(torch.bfloat16 if name == "bf16" else torch.float32, False)


def fast_dtype(device: torch.device) -> torch.dtype:
    """bf16 where the device multiplies in it natively, else fp32 (bf16 is 4 times faster on CPUs with AVX-512 bf16 and
    slower on those without).
    """
    if device.type == "cuda":
        # torch's own answer counts what is only emulated, and is for the current device
        native = bool(torch.version.hip) or torch.cuda.get_device_capability(device) >= (8, 0)
        return torch.bfloat16 if native else torch.float32
    if device.type == "cpu":
        native = any(
            getattr(torch.cpu, probe, bool)() for probe in ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
        )
        return torch.bfloat16 if native else torch.float32
    return torch.float32


def has_own_kernels() -> bool:
    """Whether our own library in C++ was built and can be loaded."""
    return kernels() is not None


def instructions() -> str:
    """What results depend on of this CPU, such as `AVX512 VNNI`, and whether our own kernels compute on it."""
    own = " kernels" if has_own_kernels() else ""
    return torch.backends.cpu.get_cpu_capability() + (" VNNI" if has_vnni() else "") + own
