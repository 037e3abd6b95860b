"""Gemma 3 text models: what a GGUF says of them, as configuration and tokenizer of a Hugging Face folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cascade.model.gguf_architecture import (
    BYTE,
    CONTROL,
    OWN_WORD,
    SPECIAL,
    Architecture,
    Metadata,
    count_in,
    number_in,
    special_tokens,
    texts_in,
    token_entries,
    token_id_in,
    vocabulary_of,
)
from cascade.model.sentencepiece_file import Kind, serialized

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_BLANK = "▁"  # how SentencePiece writes a space


def _config(metadata: Metadata) -> dict[str, Any]:
    """The configuration of a Gemma 3 text model; what no GGUF names is as in transformers' Gemma3TextConfig.

    Raises ValueError for rotary frequencies that are adapted to longer texts, as those of 4B and larger ones are.
    """

    def of(name: str) -> int:
        return count_in(metadata, f"gemma3.{name}")

    scaling = metadata.get("gemma3.rope.scaling.type", "none")
    if scaling != "none" and metadata.get("gemma3.rope.scaling.factor", 1.0) != 1.0:
        raise ValueError(f"the rotary frequencies are adapted by {scaling!r}; expected plain ones, as in 270M and 1B")
    layers = of("block_count")
    return {
        "architectures": ["Gemma3ForCausalLM"],
        "model_type": "gemma3_text",
        "dtype": "bfloat16",
        "attention_bias": False,
        "attention_dropout": 0.0,
        "attn_logit_softcapping": None,
        "final_logit_softcapping": None,
        "head_dim": of("attention.key_length"),
        "hidden_activation": "gelu_pytorch_tanh",
        "hidden_size": of("embedding_length"),
        "initializer_range": 0.02,
        "intermediate_size": of("feed_forward_length"),
        "layer_types": ["sliding_attention" if (layer + 1) % 6 else "full_attention" for layer in range(layers)],
        "max_position_embeddings": of("context_length"),
        "num_attention_heads": of("attention.head_count"),
        "num_hidden_layers": layers,
        "num_key_value_heads": of("attention.head_count_kv"),
        "query_pre_attn_scalar": of("attention.key_length"),
        "rms_norm_eps": number_in(metadata, "gemma3.attention.layer_norm_rms_epsilon"),
        "rope_parameters": {
            "full_attention": {"rope_theta": number_in(metadata, "gemma3.rope.freq_base"), "rope_type": "default"},
            "sliding_attention": {"rope_theta": 10000.0, "rope_type": "default"},
        },
        "sliding_window": of("attention.sliding_window"),
        "use_bidirectional_attention": False,
        "use_cache": True,
        "vocab_size": len(texts_in(metadata, "tokenizer.ggml.tokens")),
        **{f"{kind}_token_id": token_id_in(metadata, name, required=True) for kind, name in SPECIAL.items()},
    }


def _tokenizer(metadata: Metadata) -> Tokenizer:
    """Gemma's tokenizer: byte-pair encoding of a text with visible blanks; unknown characters become bytes."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

    named = _named(metadata)
    tokens, kinds, vocabulary = vocabulary_of(metadata, _spelled)
    model = models.BPE(
        vocabulary, merges(tokens, vocabulary), unk_token=named["unk"], fuse_unk=True, byte_fallback=True
    )
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = normalizers.Replace(" ", _BLANK)
    tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
    tokenizer.decoder = decoders.Sequence([decoders.Replace(_BLANK, " "), decoders.ByteFallback(), decoders.Fuse()])
    control = [token for token, kind in zip(tokens, kinds, strict=True) if kind == CONTROL or token in named.values()]
    tokenizer.add_special_tokens([AddedToken(token, normalized=False, special=True) for token in control])
    kinds_of = zip(tokens, kinds, strict=True)
    own = [token for token, kind in kinds_of if kind == OWN_WORD and not token.startswith(_BLANK)]  # blanks are merged
    tokenizer.add_tokens([AddedToken(token, normalized=False, special=False) for token in own])
    begin = named["bos"]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{begin} $A", pair=f"{begin} $A {begin}:1 $B:1", special_tokens=[(begin, vocabulary[begin])]
    )
    return tokenizer


def _sentence_pieces(metadata: Metadata) -> bytes:
    """The same tokenizer in the form that sentencepiece reads; the tokens' order is that in which they are merged."""
    kinds, tokens = metadata["tokenizer.ggml.token_type"], metadata["tokenizer.ggml.tokens"]
    named = {name: metadata[f"tokenizer.ggml.{key}_token_id"] for name, key in SPECIAL.items()}
    special = set(_named(metadata).values())

    def described(number: int, token: str) -> tuple[str, float, Kind]:
        text = _spelled(token)
        if number == named["unk"]:
            kind = Kind.UNKNOWN
        elif kinds[number] == CONTROL or token in special:
            kind = Kind.CONTROL
        elif kinds[number] == OWN_WORD and not text.startswith(_BLANK):
            kind = Kind.USER_DEFINED
        else:
            kind = Kind.BYTE if kinds[number] == BYTE else Kind.NORMAL
        return text, -float(number), kind

    pieces = [described(number, token) for number, token in enumerate(tokens)]
    return serialized(pieces, unknown=named["unk"], begin=named["bos"], end=named["eos"], pad=named["pad"])


def _spelled(token: str) -> str:
    """A token with visible blanks where it is nothing but blanks, which a GGUF writes as they are."""
    return _BLANK * len(token) if " " in token and not token.strip() else token


def _named(metadata: Metadata) -> dict[str, str]:
    """The special tokens, with the one for masked words, which is known by its spelling alone."""
    mask = {"mask": "<mask>"} if "<mask>" in metadata["tokenizer.ggml.tokens"] else {}
    return special_tokens(metadata) | mask


def _described(metadata: Metadata) -> dict[str, Any]:
    return {
        "tokenizer_class": "GemmaTokenizer",
        "backend": "tokenizers",
        "model_max_length": int(1e30),
        **token_entries(_named(metadata)),
    }


def merges(tokens: Sequence[str], vocabulary: Mapping[str, int]) -> list[tuple[str, str]]:
    """The pairs of tokens that make another, the first to be merged first.

    A GGUF of Gemma names none, but its tokens stand in the order in which they were learned: pairs are in the order of
    the token that they make, and of one token's pairs those with a longer left part come first.
    """
    found = []
    for token in tokens:
        for cut in range(len(token) - 1, 0, -1):
            left, right = token[:cut], token[cut:]
            if left in vocabulary and right in vocabulary:
                found.append((left, right))
    return found


GEMMA3 = Architecture(
    outside={"token_embd": "embed_tokens", "output_norm": "norm"},
    in_layer={
        "attn_norm": "input_layernorm",
        "attn_q": "self_attn.q_proj",
        "attn_k": "self_attn.k_proj",
        "attn_v": "self_attn.v_proj",
        "attn_q_norm": "self_attn.q_norm",
        "attn_k_norm": "self_attn.k_norm",
        "attn_output": "self_attn.o_proj",
        "post_attention_norm": "post_attention_layernorm",
        "ffn_norm": "pre_feedforward_layernorm",
        "ffn_gate": "mlp.gate_proj",
        "ffn_up": "mlp.up_proj",
        "ffn_down": "mlp.down_proj",
        "post_ffw_norm": "post_feedforward_layernorm",
    },
    biased=frozenset(),
    added_to_norms=1.0,
    config=_config,
    tokenizer=_tokenizer,
    sentence_pieces=_sentence_pieces,
    described=_described,
)
