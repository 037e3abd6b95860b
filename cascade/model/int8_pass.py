"""A pass through layers in 8 bits by our own kernels: what a layer gives is added, normed and quantised at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from cascade.layers.fused_linear import FusedLinear
from cascade.layers.int8 import ZERO, Int8Linear
from cascade.layers.native_kernels import Kernels, NormWeights, Quantised, kernels, products_of
from cascade.layers.stacked_lora import StackedLinear, none_is_chosen
from cascade.model.decoder_config import DecoderConfig
from cascade.reading.attention import PassStates, shared_prefix_attention


@dataclass(frozen=True, slots=True)
class _Linear:
    """A linear layer in 8 bits, and the adapters beside it, if there is room for some."""

    linear: Int8Linear
    stacked: StackedLinear | None

    def products(self, read: Quantised, rows: int) -> Tensor:
        """The products of quantised inputs, (tokens or a few more, out), not yet times their scales, with what the
        rows' adapters add.

        An adapter's part is not scaled either: it is that of the integers, as the scale is that of a whole token.
        """
        products = products_of(self.linear, read)
        if self.stacked is not None and not none_is_chosen():
            tokens = len(read.scales)
            values = read.integers[:tokens].to(products.dtype).sub_(ZERO).view(rows, tokens // rows, -1)
            self.stacked.add_to(products[:tokens].view(rows, tokens // rows, -1), values)
        return products


@dataclass(frozen=True, slots=True)
class _Layer:
    """A layer's parts as the kernels take them.

    norms: in the order in which they are used; heads: of the queries and keys.
    """

    layer: nn.Module
    qkv: _Linear
    o: _Linear
    gate_up: _Linear
    down: _Linear
    norms: tuple[NormWeights, ...]
    heads: NormWeights | None
    bias: Tensor | None


@dataclass(frozen=True, slots=True)
class Int8Pass:
    """A decoder's layers and its last norm."""

    config: DecoderConfig
    layers: tuple[_Layer, ...]
    last: NormWeights
    by: Kernels

    def __call__(
        self,
        embedded: Tensor,
        masks: Mapping[str, Tensor],
        rotations: Mapping[str, tuple[Tensor, Tensor]],
        states: PassStates,
    ) -> Tensor:
        """Hidden states after the last norm, (rows, tokens, hidden), of embedded tokens of that shape.

        masks: additive, by type of layer; rotations: cosines and sines, each (rows, tokens, 1, half a head).
        """
        config, by = self.config, self.by
        rows, tokens, size = embedded.shape
        hidden = embedded.reshape(-1, size).contiguous()
        turned = {
            kind: (cos.reshape(rows * tokens, -1).contiguous(), sin.reshape(rows * tokens, -1).contiguous())
            for kind, (cos, sin) in rotations.items()
        }
        heads = config.num_attention_heads, config.num_key_value_heads
        read = by.join(hidden, None, None, None, self.layers[0].norms[0])
        for number, (own, kind) in enumerate(zip(self.layers, config.layer_types, strict=True)):
            query, key, value = by.turn(
                own.qkv.products(read, rows),
                read.scales,
                turned[kind],
                own.bias,
                own.heads,
                rows=rows,
                heads=heads,
                size=config.head_dim,
            )
            attended, _ = shared_prefix_attention(
                own.layer, query, key, value, masks[kind], states=states, scaling=config.scaling
            )
            read = by.quantise(attended.reshape(rows * tokens, -1))
            inner, before = (own.norms[1], own.norms[2]) if config.is_gemma else (None, own.norms[1])
            read = by.join(hidden, own.o.products(read, rows), read.scales, inner, before)
            read = by.gate(own.gate_up.products(read, rows), read.scales, is_silu=config.activation == "silu")
            products, inner = own.down.products(read, rows), own.norms[3] if config.is_gemma else None
            if number + 1 < len(self.layers):
                read = by.join(hidden, products, read.scales, inner, self.layers[number + 1].norms[0])
        return by.join_last(hidden, products, read.scales, inner, self.last).reshape(rows, tokens, size)


def int8_pass(decoder: Any) -> Int8Pass | None:
    """The pass of a decoder whose layers are all in 8 bits; None where they are not, and where the kernels were not
    built.
    """
    by = kernels()
    if by is None:
        return None
    if decoder.prepared is None:
        decoder.prepared = _prepared(decoder, by) or ()
    return decoder.prepared or None


def _prepared(decoder: Any, by: Kernels) -> Int8Pass | None:
    made = [_layer(layer) for layer in decoder.layers]
    if any(layer is None for layer in made):
        return None
    return Int8Pass(decoder.config, tuple(layer for layer in made if layer is not None), decoder.norm.in_fp32(), by)


def _layer(layer: Any) -> _Layer | None:
    linears = [_in_8_bits(module) for module in (layer.qkv, layer.o, layer.gate_up, layer.down)]
    known = [linear for linear in linears if linear is not None]
    if len(known) < len(linears) or any(each.linear.bias is not None for each in known[1:]):
        return None
    qkv, o, gate_up, down = known
    heads = None if layer.head_norm is None else layer.head_norm.in_fp32()
    bias = None if qkv.linear.bias is None else qkv.linear.bias.float().contiguous()
    return _Layer(layer, qkv, o, gate_up, down, tuple(norm.in_fp32() for norm in layer.norms), heads, bias)


def _in_8_bits(module: nn.Module) -> _Linear | None:
    stacked = module if isinstance(module, StackedLinear) else None
    fused = module if stacked is None else stacked.linear
    linear = fused.linear if isinstance(fused, FusedLinear) else None
    return _Linear(linear, stacked) if isinstance(linear, Int8Linear) else None
