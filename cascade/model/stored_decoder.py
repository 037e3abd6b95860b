"""A base model's weights and config as its folder has them, for the kinds of models that we compute ourselves; read
without transformers, whose import takes longer than everything else.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch
from torch import Tensor

from cascade.layers.fused_linear import FusedLinear
from cascade.layers.merged_lora import LowRank
from cascade.layers.norms import RMSNorm
from cascade.layers.stored_weights import EmbeddingRows
from cascade.memory.weight_files import FileRows, WeightFiles
from cascade.model.decoder import Decoder, DecoderLayer
from cascade.model.decoder_config import DecoderConfig, decoder_config

_BODY = "model."
_TOGETHER = {  # layers that take one input, by what they are called as one
    "qkv": ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"),
    "o": ("self_attn.o_proj",),
    "gate_up": ("mlp.gate_proj", "mlp.up_proj"),
    "down": ("mlp.down_proj",),
}


@dataclass(frozen=True, slots=True)
class StoredDecoder:
    """A model's config and its weights by name, in the order in which transformers has them."""

    config: DecoderConfig
    weights: Mapping[str, Tensor]
    files: WeightFiles = field(default_factory=WeightFiles)

    @classmethod
    def read(cls, folder: Path) -> StoredDecoder | None:
        """What a folder holds; None where it is of another kind, or holds other weights than such a model has.

        Raises OSError and ValueError for files that cannot be read.
        """
        with (folder / "config.json").open(encoding="utf-8") as file:
            config = decoder_config(json.load(file))
        if config is None:
            return None
        files, found = WeightFiles.opened(sorted(folder.glob("*.safetensors")))
        weights: dict[str, Tensor] = {}
        for name, shape in config.weight_names():
            if name not in found or found[name].shape != shape:
                return None
            weights[name] = found.pop(name)
            bias = name.replace(".weight", ".bias")
            if bias in found and config.model_type == "qwen2" and bias.split(".")[-2] in ("q_proj", "k_proj", "v_proj"):
                if found[bias].shape != shape[:1]:
                    return None
                weights[bias] = found.pop(bias)
        biases = sum(name.endswith(".bias") for name in weights)
        expected = 3 * config.num_hidden_layers if config.model_type == "qwen2" else 0
        rest = set(found) - ({"lm_head.weight"} if config.tied else set())
        return cls(config, weights, files) if biases == expected and not rest else None

    def to(self, device: torch.device, dtype: torch.dtype) -> StoredDecoder:
        """The same weights on another device in another type of numbers."""
        moved = {name: weight.to(device, dtype) for name, weight in self.weights.items()}
        return replace(self, weights=moved, files=WeightFiles())

    @property
    def embedding(self) -> Tensor:
        """The input embedding, (vocabulary, hidden)."""
        return self.weights["model.embed_tokens.weight"]

    @property
    def head(self) -> Tensor:
        """The weight of the head, (vocabulary, hidden)."""
        return self.embedding if self.config.tied else self.weights["lm_head.weight"]

    def linear_shapes(self) -> dict[str, tuple[int, int]]:
        """Features in and out of each linear layer of the body, by the name that adapters have for it."""
        return {
            name.removeprefix(_BODY).removesuffix(".weight"): (weight.shape[1], weight.shape[0])
            for name, weight in self.weights.items()
            if name.startswith(_BODY) and name.endswith("_proj.weight")
        }

    def body(
        self, parts: Sequence[Mapping[str, LowRank]], dtype: torch.dtype, *, int8: bool, rows: FileRows | None
    ) -> Decoder:
        """A body that computes in `dtype`, with the adapters' parts added to its weights; int8: its linear layers are
        in 8 bits.  rows: where those of the embedding lie.
        """
        config = self.config
        on_cpu = self.embedding.device.type == "cpu"
        exact_gelu = on_cpu and (int8 or dtype != torch.float32)

        def layer(number: int) -> DecoderLayer:
            linear = {
                name: self._fused([f"layers.{number}.{each}" for each in together], parts, dtype, int8=int8)
                for name, together in _TOGETHER.items()
            }
            norms = [self._norm(f"layers.{number}.{name}", dtype) for name in self._norm_names()]
            head_norm = self._head_norm(f"layers.{number}.self_attn", dtype) if config.has_head_norms else None
            return DecoderLayer(config, number, linear, norms, head_norm, exact_gelu=exact_gelu)

        # PyTorch packs weights in 8 bits on one thread, which is most of the time until the first text is read
        with ThreadPoolExecutor(torch.get_num_threads() if int8 else 1) as pool:
            layers = list(pool.map(layer, range(config.num_hidden_layers)))
        scale = config.embedding_scale if config.is_gemma else None
        embedding = EmbeddingRows(self.embedding, dtype, rows, scale=scale)
        return Decoder(config, embedding, layers, self._norm("norm", dtype)).eval()

    def _norm_names(self) -> tuple[str, ...]:
        around = ("pre_feedforward_layernorm", "post_feedforward_layernorm") if self.config.is_gemma else ()
        return ("input_layernorm", "post_attention_layernorm", *around)

    def _fused(
        self, names: Sequence[str], parts: Sequence[Mapping[str, LowRank]], dtype: torch.dtype, *, int8: bool
    ) -> FusedLinear:
        biases = {name: self.weights[key] for name in names if (key := f"{_BODY}{name}.bias") in self.weights}

        return FusedLinear(
            {name: self.weights[f"{_BODY}{name}.weight"] for name in names},
            biases,
            {name: [part[name] for part in parts if name in part] for name in names},
            dtype=dtype,
            int8=int8,
        )

    def _norm(self, name: str, dtype: torch.dtype) -> RMSNorm:
        weight = self.weights[f"{_BODY}{name}.weight"].to(dtype)
        return RMSNorm(weight, self.config.eps, plus_one=self.config.is_gemma)

    def _head_norm(self, name: str, dtype: torch.dtype) -> RMSNorm:
        """The norms of all heads of the queries and keys as one, of weight (heads, dimension)."""
        counts = {"q_norm": self.config.num_attention_heads, "k_norm": self.config.num_key_value_heads}
        weights = [self.weights[f"{_BODY}{name}.{each}.weight"].to(dtype) for each in counts]
        together = [weight.expand(count, -1) for weight, count in zip(weights, counts.values(), strict=True)]
        return RMSNorm(torch.cat(together), self.config.eps, plus_one=self.config.is_gemma)
