"""The body of a base model, computed by ourselves: products of one input are one product, and nothing is allocated that
need not be.

It computes what transformers' model of the same kind does (compared in the tests), with the same attention, which sees
states that are kept of a prefix or of what was read before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import SimpleNamespace

import torch
from torch import Tensor, nn

from cascade.layers.norms import RMSNorm
from cascade.layers.stored_weights import EmbeddingRows
from cascade.model.decoder_config import DecoderConfig
from cascade.model.int8_pass import Int8Pass, int8_pass
from cascade.reading.attention import PassStates, folded, shared_prefix_attention


class DecoderLayer(nn.Module):
    """One layer: attention and a feed-forward part, each behind a norm, and with another one behind it in Gemma.

    projections: `qkv`, `o`, `gate_up` and `down`.  norms: in the order in which they are used.  head_norm: of the
    queries and keys of all heads at once.
    """

    def __init__(
        self,
        config: DecoderConfig,
        number: int,
        projections: Mapping[str, nn.Module],
        norms: Sequence[RMSNorm],
        head_norm: RMSNorm | None,
        *,
        exact_gelu: bool,
    ) -> None:
        super().__init__()
        self.layer_idx = number  # by which attention finds a layer's kept states
        self.qkv, self.o = projections["qkv"], projections["o"]
        self.gate_up, self.down = projections["gate_up"], projections["down"]
        self.norms, self.head_norm = nn.ModuleList(norms), head_norm
        self._config, self._exact_gelu = config, exact_gelu

    def forward(self, hidden: Tensor, mask: Tensor, rotations: tuple[Tensor, Tensor], states: PassStates) -> Tensor:
        """Hidden states behind the layer, (rows, tokens, hidden); mask: additive, as `folded` makes it."""
        attended = self.o(self._attention(self.norms[0](hidden), mask, rotations, states))
        if not self._config.is_gemma:
            hidden = attended.add_(hidden)
            return self._feed_forward(self.norms[1](hidden)).add_(hidden)
        hidden = self.norms[1](attended).add_(hidden)
        result: Tensor = self.norms[3](self._feed_forward(self.norms[2](hidden))).add_(hidden)
        return result

    def _attention(self, values: Tensor, mask: Tensor, rotations: tuple[Tensor, Tensor], states: PassStates) -> Tensor:
        config = self._config
        rows, tokens, _ = values.shape
        queries, keys = config.num_attention_heads, config.num_key_value_heads
        heads = self.qkv(values).view(rows, tokens, queries + 2 * keys, config.head_dim)
        turned = heads[:, :, : queries + keys]
        turned = rotated(turned if self.head_norm is None else self.head_norm(turned), *rotations)
        query, key = turned[:, :, :queries].transpose(1, 2), turned[:, :, queries:].transpose(1, 2)
        value = heads[:, :, queries + keys :].transpose(1, 2)
        output, _ = shared_prefix_attention(self, query, key, value, mask, states=states, scaling=config.scaling)
        return output.reshape(rows, tokens, -1)

    def _feed_forward(self, values: Tensor) -> Tensor:
        gate, up = self.gate_up(values).chunk(2, dim=-1)
        result: Tensor = self.down(self._activated(gate).mul_(up))
        return result

    def _activated(self, gate: Tensor) -> Tensor:
        if self._config.activation == "silu":
            return nn.functional.silu(gate)
        # tanh's approximation is off by at most 5e-4, less than bf16 or layers in 8 bits round away, and takes four
        # times as long on CPU (2,048 tokens, torch 2.13, 2026-11)
        return nn.functional.gelu(gate, approximate="none" if self._exact_gelu else "tanh")


class Decoder(nn.Module):
    """Token ids in, hidden states out; called as transformers' bodies are."""

    def __init__(
        self, config: DecoderConfig, embedding: EmbeddingRows, layers: Sequence[DecoderLayer], norm: RMSNorm
    ) -> None:
        super().__init__()
        self.config = config
        self.embed_tokens, self.layers, self.norm = embedding, nn.ModuleList(layers), norm
        halves = torch.arange(0, config.head_dim, 2, dtype=torch.float32, device=norm.weight.device) / config.head_dim
        self.prepared: Int8Pass | tuple[()] | None = None  # () where its layers are not in 8 bits
        self._frequencies = {kind: theta**-halves for kind, theta in config.rope_theta.items()}

    def forward(
        self,
        input_ids: Tensor,
        position_ids: Tensor,
        attention_mask: Mapping[str, Tensor] | Tensor,
        pass_states: PassStates | None = None,
        **_: object,
    ) -> SimpleNamespace:
        """`last_hidden_state`, after the last norm, (rows, tokens, hidden).

        input_ids, position_ids: (rows, tokens).  attention_mask: by type of layer, or one for all: boolean, (rows, 1,
        tokens, tokens), or with pass_states additive, as `folded` makes it, unless `is_native`.
        """
        hidden = self.embed_tokens(input_ids)
        masks = (
            attention_mask
            if isinstance(attention_mask, Mapping)
            else dict.fromkeys(self.config.rope_theta, attention_mask)
        )
        rotations = {kind: self._rotations(position_ids, kind, hidden.dtype) for kind in self._frequencies}
        if (found := int8_pass(self)) is not None:
            return SimpleNamespace(last_hidden_state=found(hidden, masks, rotations, pass_states or PassStates()))
        if pass_states is None:
            shared = self.config.num_attention_heads // self.config.num_key_value_heads
            masks = {kind: folded(mask, queries_per_key=shared, dtype=hidden.dtype) for kind, mask in masks.items()}
        for layer, kind in zip(self.layers, self.config.layer_types, strict=True):
            hidden = layer(hidden, masks[kind], rotations[kind], pass_states or PassStates())
        return SimpleNamespace(last_hidden_state=self.norm(hidden))

    @property
    def is_native(self) -> bool:
        """Whether passes are by our kernels: they take boolean masks, and leave padding out if they are told of it."""
        return int8_pass(self) is not None

    def _rotations(self, positions: Tensor, kind: str, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
        """Cosines and sines of the rotary embedding, each (rows, tokens, 1, half a head's dimension)."""
        angles = positions[:, :, None, None].float() * self._frequencies[kind]
        return angles.cos().to(dtype), angles.sin().to(dtype)


def rotated(heads: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Heads (rows, tokens, heads, dimension) turned by the rotary embedding: first halves are the real parts, second
    halves the imaginary ones (arXiv 2104.09864).
    """
    half = heads.shape[-1] // 2
    real, imaginary = heads[..., :half], heads[..., half:]
    result = torch.empty(heads.shape, dtype=heads.dtype, device=heads.device)
    torch.mul(real, cos, out=result[..., :half]).sub_(imaginary * sin)
    torch.mul(imaginary, cos, out=result[..., half:]).add_(real * sin)
    return result
