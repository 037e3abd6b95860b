"""A pass through layers in 8 bits by our own kernels: what a layer gives is added, normed and quantised at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from cascade.layers.fused_linear import FusedLinear
from cascade.layers.int8 import ZERO, Int8Linear
from cascade.layers.native_attention import attended
from cascade.layers.native_kernels import Kernels, NormWeights, Quantised, kernels, products_of
from cascade.layers.stacked_lora import StackedLinear, none_is_chosen
from cascade.model.decoder_config import DecoderConfig
from cascade.reading.attention import PassStates


@dataclass(frozen=True, slots=True)
class _Places:
    """Where the tokens of a pass stand: in `rows` of `length`; filled: the places that are no padding, None for all."""

    rows: int
    length: int
    filled: Tensor | None

    def of_rows(self, values: Tensor) -> Tensor:
        """The tokens, (tokens, features), of rows (rows, length, features)."""
        flat = values.reshape(self.rows * self.length, -1)
        return flat if self.filled is None else flat[self.filled]

    def in_rows(self, values: Tensor) -> Tensor:
        """Rows of the tokens, with zeros as padding."""
        if self.filled is not None:
            all_places = values.new_zeros(self.rows * self.length, values.shape[1])
            all_places[self.filled] = values
            values = all_places
        return values.view(self.rows, self.length, -1)


@dataclass(frozen=True, slots=True)
class _Linear:
    """A linear layer in 8 bits, and the adapters beside it, if there is room for some."""

    linear: Int8Linear
    stacked: StackedLinear | None

    def products(self, read: Quantised, among: _Places) -> Tensor:
        """The products of quantised inputs, (tokens or a few more, out), not yet times their scales, with what the
        rows' adapters add.

        An adapter's part is not scaled either: it is that of the integers, as the scale is that of a whole token.
        """
        products = products_of(self.linear, read)
        if self.stacked is not None and not none_is_chosen():
            tokens = len(read.scales)
            values = among.in_rows(read.integers[:tokens].to(products.dtype).sub_(ZERO))
            if among.filled is None:
                self.stacked.add_to(products[:tokens].view(among.rows, among.length, -1), values)
            else:
                added = products.new_zeros(among.rows, among.length, products.shape[1])
                self.stacked.add_to(added, values)
                products[:tokens] += among.of_rows(added)
        return products


@dataclass(frozen=True, slots=True)
class _Layer:
    """A layer's parts as the kernels take them.

    norms: in the order in which they are used; heads: of the queries and keys.
    """

    number: int
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

        masks: boolean, by type of layer; rotations: cosines and sines, each (rows, tokens, 1, half a head).  Padding is
        left out of all but attention; behind it stand zeros.
        """
        config, by = self.config, self.by
        among = _Places(embedded.shape[0], embedded.shape[1], states.filled)
        hidden = among.of_rows(embedded).contiguous()
        turned = {
            kind: (among.of_rows(cos).contiguous(), among.of_rows(sin).contiguous())
            for kind, (cos, sin) in rotations.items()
        }
        heads = config.num_attention_heads, config.num_key_value_heads
        kept = self._kept(hidden, among, states)
        read = by.join(hidden, None, None, None, self.layers[0].norms[0])
        for number, (own, kind) in enumerate(zip(self.layers, config.layer_types, strict=True)):
            query, key, value = by.turn(
                own.qkv.products(read, among),
                read.scales,
                turned[kind],
                own.bias,
                own.heads,
                shape=(among.rows, among.length),
                heads=heads,
                size=config.head_dim,
                places=among.filled,
                into=None if kept is None else (kept[0, number], kept[1, number]),
            )
            if states.record is not None:
                states.record.keys.append(key)
                states.record.values.append(value)
            key, value = states.in_front(own.number, key, value)
            prefix = None if states.prefix is None else states.prefix.of_layer(own.number)
            read = by.quantise(
                attended(by, query, key, value, masks[kind], prefix, scaling=config.scaling, places=among.filled)
            )
            inner, before = (own.norms[1], own.norms[2]) if config.is_gemma else (None, own.norms[1])
            read = by.join(hidden, own.o.products(read, among), read.scales, inner, before)
            read = by.gate(own.gate_up.products(read, among), read.scales, is_silu=config.activation == "silu")
            products, inner = own.down.products(read, among), own.norms[3] if config.is_gemma else None
            if number + 1 < len(self.layers):
                read = by.join(hidden, products, read.scales, inner, self.layers[number + 1].norms[0])
        return among.in_rows(by.join_last(hidden, products, read.scales, inner, self.last))

    def _kept(self, hidden: Tensor, among: _Places, states: PassStates) -> Tensor | None:
        """Room for the keys and values of all layers, where those of texts are kept: in one piece, as a piece for each
        layer, between what a pass allocates for a moment, leaves holes that hold 100 MB more (2026-11).
        """
        if states.record is None or states.prefix is None:  # a prefix keeps less of some layers
            return None
        heads, size = self.config.num_key_value_heads, self.config.head_dim
        return hidden.new_zeros(2, len(self.layers), among.rows, heads, among.length, size)


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
    return _Layer(layer.layer_idx, qkv, o, gate_up, down, tuple(norm.in_fp32() for norm in layer.norms), heads, bias)


def _in_8_bits(module: nn.Module) -> _Linear | None:
    stacked = module if isinstance(module, StackedLinear) else None
    fused = module if stacked is None else stacked.linear
    linear = fused.linear if isinstance(fused, FusedLinear) else None
    return _Linear(linear, stacked) if isinstance(linear, Int8Linear) else None
