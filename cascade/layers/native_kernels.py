"""What stands between layers in 8 bits, by a library of our own in C++ where it was built: one pass over memory in the
place of PyTorch's ten.

It is the extension module `cascade_kernels`, which `pip install` builds where there is a compiler.  Without it
everything works, more slowly.
"""

from __future__ import annotations

import ctypes
import importlib.util
import sys
from collections.abc import Sequence
from ctypes import c_float, c_int, c_int64, c_void_p
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from cascade.layers.int8 import Int8Linear, empty_integers
from cascade.layers.merged_lora import LowRank

MODULE = "cascade_kernels"
_VERSION = 3  # of what the functions take, as in kernels.cpp


class Quantised(NamedTuple):
    """Integers around 128, (tokens or a few more, features), and the scale of each token, (tokens, 1)."""

    integers: Tensor
    scales: Tensor


@dataclass(frozen=True, slots=True)
class NormWeights:
    """What a norm multiplies by, in fp32; plus_one: whether it does so in fp32, as Gemma, or in the values' type."""

    weight: Tensor
    eps: float
    plus_one: bool


@dataclass(frozen=True, slots=True)
class Kernels:
    """The library's functions; values are bf16 or fp32, all of them contiguous."""

    functions: Any

    def join(
        self,
        hidden: Tensor,
        products: Tensor | None,
        scales: Tensor | None,
        inner: NormWeights | None,
        outer: NormWeights,
    ) -> Quantised:
        """Adds products times their scales, behind a norm where there is one, to the hidden states (tokens, hidden),
        in place, and gives these behind the next norm.
        """
        result = _empty_quantised(len(hidden), hidden.shape[1], hidden.dtype)
        self._join(hidden, products, scales, inner, outer, result, None)
        return result

    def join_last(
        self, hidden: Tensor, products: Tensor, scales: Tensor, inner: NormWeights | None, outer: NormWeights
    ) -> Tensor:
        """The same behind the last layer: the hidden states behind the last norm, (tokens, hidden), as they are."""
        normed = torch.empty_like(hidden)
        self._join(hidden, products, scales, inner, outer, None, normed)
        return normed

    def _join(
        self,
        hidden: Tensor,
        products: Tensor | None,
        scales: Tensor | None,
        inner: NormWeights | None,
        outer: NormWeights,
        result: Quantised | None,
        normed: Tensor | None,
    ) -> None:
        self.functions.cascade_join(
            is_bf16(hidden),
            at(hidden),
            at(products),
            at(scales),
            at(None if inner is None else inner.weight),
            at(outer.weight),
            c_float(outer.eps),
            int(outer.plus_one),
            at(None if result is None else result.integers),
            at(None if result is None else result.scales),
            at(normed),
            c_int64(len(hidden)),
            c_int64(hidden.shape[1]),
            torch.get_num_threads(),
        )

    def turn(
        self,
        products: Tensor,
        scales: Tensor,
        rotations: tuple[Tensor, Tensor],
        bias: Tensor | None,
        norms: NormWeights | None,
        *,
        shape: tuple[int, int],
        heads: tuple[int, int],
        size: int,
        places: Tensor | None = None,
        into: tuple[Tensor, Tensor] | None = None,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Queries, (heads of keys, rows * length, queries that share them, size), keys and values, (rows, heads,
        length, size), of products of all heads, (tokens, heads * size).

        shape: rows and length.  places: of each token among all rows * length, where not all are there; the others get
        zeros.  rotations: cosines and sines, each (tokens, size / 2).  bias: (heads * size,) in fp32.  norms: of weight
        (heads, size), of the queries and keys.  heads: of queries, and of keys.  into: zeros, in which keys and values
        are put.
        """
        rows, length = shape
        made = torch.empty if places is None else torch.zeros
        query = made(heads[1], rows * length, heads[0] // heads[1], size, dtype=products.dtype)
        key, value = into or (made(rows, heads[1], length, size, dtype=products.dtype) for _ in range(2))
        self.functions.cascade_turn(
            is_bf16(products),
            at(products),
            at(scales),
            *map(at, rotations),
            at(bias),
            at(None if norms is None else norms.weight),
            c_float(0.0 if norms is None else norms.eps),
            int(norms is not None and norms.plus_one),
            *map(at, (query, key, value, places)),
            *map(c_int64, (len(scales), rows, length, *heads, size)),
            torch.get_num_threads(),
        )
        return query, key, value

    def weigh(
        self,
        own: Tensor,
        of_prefix: Tensor,
        mask: Tensor,
        places: Tensor | None,
        *,
        tokens: int,
        by_place: bool,
        scaling: float,
    ) -> None:
        """Makes scores weights, in place: softmax, for each of `tokens`, over the keys that it sees.

        own: (rows * length, shared, width), of each row's own keys.  of_prefix: (tokens, shared, prefix), or with
        `by_place` (rows * length, shared, prefix).  mask: (rows * length, far + width), of the first keys of the
        prefix, whose others all tokens see, and of the own ones.
        """
        self.functions.cascade_weigh(
            is_bf16(own),
            *map(at, (own, of_prefix, mask, places)),
            int(by_place),
            c_float(scaling),
            *map(c_int64, (tokens, mask.shape[1] - own.shape[2], of_prefix.shape[2], own.shape[2], own.shape[1])),
            torch.get_num_threads(),
        )

    def gate(self, products: Tensor, scales: Tensor, *, is_silu: bool) -> Quantised:
        """The first half of the products (tokens, 2 * features), activated, times the second half."""
        size = products.shape[1] // 2
        result = _empty_quantised(len(scales), size, products.dtype)
        self.functions.cascade_gate(
            is_bf16(products),
            at(products),
            at(scales),
            int(is_silu),
            at(result.integers),
            at(result.scales),
            c_int64(len(scales)),
            c_int64(size),
            torch.get_num_threads(),
        )
        return result

    def quantise(self, values: Tensor) -> Quantised:
        """Values (tokens, features) in 8 bits."""
        result = _empty_quantised(len(values), values.shape[1], values.dtype)
        self.functions.cascade_quantise(
            is_bf16(values),
            at(values),
            at(result.integers),
            at(result.scales),
            c_int64(len(values)),
            c_int64(values.shape[1]),
            torch.get_num_threads(),
        )
        return result

    def merge(self, weight: Tensor, parts: Sequence[LowRank], *, rounds: bool, most: int) -> tuple[Tensor, Tensor]:
        """A weight (out, in) in bf16 with low-rank parts added, as integers up to `most`, and the scale of each output.

        rounds: whether the sum is rounded to bf16 before.
        """
        outputs, inputs = weight.shape
        integers, scales = torch.empty(outputs, inputs, dtype=torch.int8), torch.empty(outputs)
        down = torch.cat([part.down.float().T for part in parts]).contiguous() if parts else None
        up = torch.cat([part.up.float() for part in parts]).contiguous() if parts else None
        self.functions.cascade_merge(
            at(weight),
            at(down),
            at(up),
            *map(c_int64, (0 if down is None else len(down), inputs, outputs)),
            int(rounds),
            c_float(most),
            at(integers),
            at(scales),
            torch.get_num_threads(),
        )
        return integers, scales


def products_of(linear: Int8Linear, values: Quantised) -> Tensor:
    """A layer's products, (tokens or a few more, out), not yet times their scales and without its bias."""
    return linear.products(values.integers, values.scales.dtype)


@cache
def kernels() -> Kernels | None:
    """The library where it is installed and can be loaded; None otherwise."""
    found = importlib.util.find_spec(MODULE)
    if found is None or found.origin is None:
        return None
    return load_kernels(Path(found.origin))


def load_kernels(file: Path) -> Kernels | None:
    """The library in a file; None where it cannot be loaded, such as one of another machine or version."""
    try:
        library = ctypes.CDLL(str(file))
        if library.cascade_version() != _VERSION:
            return None
    except (OSError, AttributeError):
        return None
    for name in ("join", "turn", "weigh", "gate", "quantise", "merge"):
        getattr(library, f"cascade_{name}").restype = None
    _share_threads(library)
    return Kernels(library)


def _share_threads(library: ctypes.CDLL) -> None:
    """Lets the library run on PyTorch's own threads, where these are GNU OpenMP's: others would want the same cores."""
    if sys.platform != "linux":
        return
    for file in sorted((Path(torch.__file__).parent / "lib").glob("libgomp*.so*")):
        try:
            run = ctypes.cast(ctypes.CDLL(str(file)).GOMP_parallel, c_void_p)
        except (OSError, AttributeError):
            continue
        library.cascade_use_threads(run)
        return


def _empty_quantised(tokens: int, size: int, dtype: torch.dtype) -> Quantised:
    return Quantised(empty_integers(tokens, size), torch.empty(tokens, 1, dtype=dtype))


def at(tensor: Tensor | None) -> c_void_p | None:
    """Where a tensor's values begin, as the library takes it."""
    return None if tensor is None else c_void_p(tensor.data_ptr())


def is_bf16(values: Tensor) -> c_int:
    """Whether values are bf16, and not fp32, as the library takes it."""
    return c_int(values.dtype == torch.bfloat16)
