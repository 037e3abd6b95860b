"""Linear layers in 8-bit integers: on CPUs with VNNI twice as fast as bf16, at half the memory, on others with AVX2
twice as fast as fp32, at a quarter.

Weights have a scale an output channel, activations one a token, found as they come: a token's result depends on no
other token, whatever it is batched with, and sums of integers are exact in any order.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor, nn

# oneDNN's fast path takes unsigned activations; signed ones fall back to a loop a thousand times slower (torch 2.13,
# measured 2026-11)
ZERO = 128
_LARGEST = 127
# without VNNI products are added in pairs, in 16 bits: 2 x 255 x 64 is the most that fits, weights of 127 overflow
# (seen 2026-11)
_LARGEST_OF_PAIRS = 63
# tokens are filled up to a multiple, of the smaller if few: oneDNN makes code for each number that it meets, and keeps
# it
_STEP, _SMALL_STEP = 128, 32
_LARGEST_ACTIVATION = 126  # a scale rounded to bf16 may be a little too small: 127 could become 128 and leave the range


def int8_is_fast(device: torch.device) -> bool:
    """Whether the device has instructions for 8-bit products, and this torch the kernels to use them."""
    return (
        device.type == "cpu"
        and hasattr(torch.ops.onednn, "qlinear_pointwise")
        and (has_vnni() or bool(getattr(torch.cpu, "_is_avx2_supported", bool)()))
    )


@cache
def has_vnni() -> bool:
    """Whether products of 8 bits are added in 32 bits at once, as CPUs with VNNI do.

    It is tried as well: oneDNN may be kept from these instructions, such as by the variable ONEDNN_MAX_CPU_ISA.
    """
    told = getattr(torch.cpu, "_is_avx512_vnni_supported", bool)() or getattr(torch.cpu, "_is_vnni_supported", bool)()
    if not told or not hasattr(torch.ops.onednn, "qlinear_pointwise"):
        return bool(told)
    features = 64
    weight = torch.full((_SMALL_STEP, features), _LARGEST, dtype=torch.int8, device="cpu")
    tried = Int8Linear(weight, torch.ones(_SMALL_STEP, dtype=torch.float32, device="cpu"), None)
    values = torch.full((_SMALL_STEP, features), 255, dtype=torch.uint8, device="cpu")
    products = tried.products(values, torch.float32)
    return bool((products == (255 - ZERO) * _LARGEST * features).all())


def largest_weight() -> int:
    """The largest weight in integers, so that sums of products are exact on this CPU: 8 bits with VNNI, 7 without."""
    return _LARGEST if has_vnni() else _LARGEST_OF_PAIRS


@dataclass(slots=True)
class _LastInput:
    """The input of the layer that this pass was in last, with what `quantised` makes of it."""

    values: Tensor | None = None
    result: tuple[Tensor, Tensor] | None = None


_LAST: ContextVar[_LastInput | None] = ContextVar("_LAST", default=None)


@contextmanager
def sharing_inputs() -> Iterator[None]:
    """While it is open, layers that this thread gives one input, such as those of query, key and value, quantise it
    once.
    """
    token = _LAST.set(_LastInput())
    try:
        yield
    finally:
        _LAST.reset(token)


def quantised(values: Tensor) -> tuple[Tensor, Tensor]:
    """Integers (tokens or a few more, features) around 128 and the scale of each token (tokens, 1); values: (...,
    features).
    """
    last = _LAST.get()
    if last is not None and last.result is not None and last.values is values:
        return last.result
    flat = values.reshape(-1, values.shape[-1])
    scale = flat.abs().amax(dim=1, keepdim=True).clamp_min_(1e-12).div_(_LARGEST_ACTIVATION)
    integers = empty_integers(*flat.shape)
    # to signed integers and their top bit turned: seven times faster than to unsigned ones (torch 2.13, 2026-11)
    torch.bitwise_xor((flat / scale).round_().to(torch.int8).view(torch.uint8), ZERO, out=integers[: len(flat)])
    result = integers, scale
    if last is not None:
        last.values, last.result = values, result
    return result


def empty_integers(tokens: int, features: int) -> Tensor:
    """Room for quantised tokens and, behind them, as many zeros as fill them up."""
    step = _SMALL_STEP if tokens <= _STEP else _STEP
    integers = torch.empty((-(-tokens // step) * step, features), dtype=torch.uint8)
    integers[tokens:] = ZERO
    return integers


def packed(integers: Tensor) -> Tensor:
    """8-bit weights (out, in) as the kernels want them."""
    result: Tensor = torch.ops.onednn.qlinear_prepack(integers, None)
    return result


def weight_in_8_bits(weight: Tensor) -> tuple[Tensor, Tensor]:
    """A weight (out, in) as integers and the scale of each output."""
    wide = weight.float()
    scales = wide.abs().amax(dim=1).clamp_min(1e-12) / largest_weight()
    return (wide / scales[:, None]).round_().to(torch.int8), scales


class Int8Linear(nn.Module):
    """A linear layer with 8-bit weights: integers (out, in), the scale of each output and a bias or None."""

    def __init__(self, integers: Tensor, scales: Tensor, bias: Tensor | None) -> None:
        super().__init__()
        self.out_features, self.in_features = integers.shape
        self._packed = packed(integers)
        self._scales, self._zeros = scales, torch.zeros(len(scales), dtype=torch.int64, device=scales.device)
        self.bias = bias

    @classmethod
    def of(cls, linear: nn.Linear) -> Int8Linear:
        """One that takes and returns what `linear` does."""
        return cls(*weight_in_8_bits(linear.weight.detach()), linear.bias)

    def forward(self, values: Tensor) -> Tensor:
        """(..., out_features) of (..., in_features), in the same floating-point type."""
        integers, scale = quantised(values)
        result = self.products(integers, values.dtype)[: len(scale)].mul_(scale)
        if self.bias is not None:
            result.add_(self.bias)
        return result.reshape(*values.shape[:-1], self.out_features)

    def products(self, integers: Tensor, dtype: torch.dtype) -> Tensor:
        """The products of quantised inputs (tokens, in_features), not yet scaled by token."""
        result: Tensor = torch.ops.onednn.qlinear_pointwise(
            integers, 1.0, ZERO, self._packed, self._scales, self._zeros, None, 1.0, 0, dtype, "none", [], ""
        )
        return result
