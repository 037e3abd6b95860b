"""What a base model's config says of its layers, for the kinds of models that we compute ourselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

FULL, SLIDING = "full_attention", "sliding_attention"
# models whose layers are known: Gemma 3's text models, Qwen2 and 2.5, Qwen3, Llama and what is built alike
_KINDS = ("gemma3_text", "qwen2", "qwen3", "llama")
_ACTIVATIONS = {"gelu_pytorch_tanh": "gelu_tanh", "silu": "silu"}


@dataclass(frozen=True, slots=True)
class DecoderConfig:
    """The shape of a decoder and what its layers compute.

    activation: "gelu_tanh" or "silu".  layer_types: of each layer, FULL or SLIDING.  rope_theta: the base of the rotary
    frequencies by type of layer.  scaling: of attention scores.  embedding_scale: what embeddings are multiplied by, 1
    for none.  tied: whether the head is the embedding.
    """

    model_type: str
    vocab_size: int
    hidden_size: int
    num_hidden_layers: int
    num_attention_heads: int
    num_key_value_heads: int
    head_dim: int
    eps: float
    activation: str
    layer_types: tuple[str, ...]
    sliding_window: int | None
    rope_theta: Mapping[str, float]
    scaling: float
    embedding_scale: float
    tied: bool
    max_position_embeddings: int
    intermediate_size: int

    @property
    def is_gemma(self) -> bool:
        """Whether norms stand around each part of a layer and scale by (1 + weight), as in Gemma."""
        return self.model_type == "gemma3_text"

    @property
    def has_head_norms(self) -> bool:
        """Whether the queries and keys of each head are normed."""
        return self.model_type in ("gemma3_text", "qwen3")

    def weight_names(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        """The names of a model's weights in the order in which transformers has them, with their shapes; biases, which
        only some models have, are left out.
        """
        heads, others = self.num_attention_heads * self.head_dim, self.num_key_value_heads * self.head_dim
        hidden, wide = self.hidden_size, self.intermediate_size
        yield "model.embed_tokens.weight", (self.vocab_size, hidden)
        for number in range(self.num_hidden_layers):
            layer = f"model.layers.{number}"
            yield f"{layer}.self_attn.q_proj.weight", (heads, hidden)
            yield f"{layer}.self_attn.k_proj.weight", (others, hidden)
            yield f"{layer}.self_attn.v_proj.weight", (others, hidden)
            yield f"{layer}.self_attn.o_proj.weight", (hidden, heads)
            if self.has_head_norms:
                yield f"{layer}.self_attn.q_norm.weight", (self.head_dim,)
                yield f"{layer}.self_attn.k_norm.weight", (self.head_dim,)
            yield f"{layer}.mlp.gate_proj.weight", (wide, hidden)
            yield f"{layer}.mlp.up_proj.weight", (wide, hidden)
            yield f"{layer}.mlp.down_proj.weight", (hidden, wide)
            norms = ["input_layernorm", "post_attention_layernorm"]
            norms += ["pre_feedforward_layernorm", "post_feedforward_layernorm"] if self.is_gemma else []
            yield from ((f"{layer}.{norm}.weight", (hidden,)) for norm in norms)
        yield "model.norm.weight", (hidden,)
        if not self.tied:
            yield "lm_head.weight", (self.vocab_size, hidden)


def decoder_config(config: Mapping[str, Any]) -> DecoderConfig | None:
    """What a config.json says, where it is of a known kind and asks for nothing that we do not compute; None otherwise.

    Only what is written down counts: a model that leaves anything to transformers' defaults is left to transformers.
    """
    try:
        kind, window = config["model_type"], config.get("sliding_window")
        gemma = kind == "gemma3_text"
        layers, heads = config["num_hidden_layers"], config["num_attention_heads"]
        head_dim = config.get("head_dim") or (None if gemma else config["hidden_size"] // heads)
        types = _layer_types(config, layers)
        known = kind in _KINDS and head_dim is not None and types is not None and not _asks_for_more(config)
        if not known or types is None or head_dim is None:
            return None
        return DecoderConfig(
            model_type=kind,
            vocab_size=config["vocab_size"],
            hidden_size=config["hidden_size"],
            intermediate_size=config["intermediate_size"],
            num_hidden_layers=layers,
            num_attention_heads=heads,
            num_key_value_heads=config["num_key_value_heads"],
            head_dim=head_dim,
            eps=config["rms_norm_eps"],
            activation=_ACTIVATIONS[config["hidden_activation" if gemma else "hidden_act"]],
            layer_types=types,
            sliding_window=window if SLIDING in types else None,
            rope_theta=_rope_theta(config, types),
            scaling=(config["query_pre_attn_scalar"] if gemma else head_dim) ** -0.5,
            embedding_scale=config["hidden_size"] ** 0.5 if gemma else 1.0,
            tied=config["tie_word_embeddings"],
            max_position_embeddings=config["max_position_embeddings"],
        )
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None


def _layer_types(config: Mapping[str, Any], layers: int) -> tuple[str, ...] | None:
    if "layer_types" in config:
        types = tuple(config["layer_types"])
        return types if len(types) == layers and set(types) <= {FULL, SLIDING} else None
    plain = config["model_type"] == "llama" or config.get("use_sliding_window") is False
    return (FULL,) * layers if plain else None


def _asks_for_more(config: Mapping[str, Any]) -> bool:
    """Whether a config has what is not computed here: soft caps, biases of attention and feed-forward parts, adapted
    rotary frequencies, quantised weights.
    """
    caps = ("attn_logit_softcapping", "final_logit_softcapping")
    others = ("attention_bias", "mlp_bias", "use_bidirectional_attention", "quantization_config", "rope_scaling")
    return any(config.get(name) for name in (*caps, *others))


def _rope_theta(config: Mapping[str, Any], types: tuple[str, ...]) -> dict[str, float]:
    """The base of the rotary frequencies by type of layer, as transformers 5 writes it, or an earlier version.

    Raises KeyError and ValueError for other kinds of frequencies.
    """
    if (parameters := config.get("rope_parameters")) is None:
        local = config["rope_local_base_freq"] if config["model_type"] == "gemma3_text" else config["rope_theta"]
        theta = {FULL: config["rope_theta"], SLIDING: local}
        return {kind: float(theta[kind]) for kind in set(types)}
    found = {}
    for kind in set(types):
        own = parameters[kind] if isinstance(parameters.get(kind), Mapping) else parameters
        if own.get("rope_type", "default") != "default" or own.get("partial_rotary_factor", 1.0) != 1.0:
            raise ValueError(f"rotary frequencies {own} are of no known kind")
        found[kind] = float(own["rope_theta"])
    return found
