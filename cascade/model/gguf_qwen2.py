"""Qwen2 and Qwen2.5 models: what a GGUF says of them, as configuration and tokenizer of a Hugging Face folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cascade.model.gguf_architecture import (
    CONTROL,
    OWN_WORD,
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

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_TOKENIZER = ("gpt2", "qwen2")  # byte-level byte-pair encoding, and how texts are cut before it
# Where a text is cut into words.  Source: `pre_tokenizer` in the tokenizer.json that the Qwen team publishes.
_WORDS = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)"  # English clitics
    r"|[^\r\n\p{L}\p{N}]?\p{L}+"  # letters, with one other character before them
    r"|\p{N}"  # each digit by itself
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*"  # punctuation, with the line breaks behind it
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"  # white space; a word's own blank is left to the word
)


def _config(metadata: Metadata) -> dict[str, Any]:
    """The configuration; what no GGUF names is as in transformers' Qwen2Config.

    Raises ValueError for rotary frequencies that are adapted to longer texts.
    """

    def of(name: str) -> int:
        return count_in(metadata, f"qwen2.{name}")

    scaling = metadata.get("qwen2.rope.scaling.type", "none")
    if scaling != "none":
        raise ValueError(f"the rotary frequencies are adapted by {scaling!r}; expected plain ones")
    # some files name the width of a head, which is otherwise an equal share
    head = {"head_dim": of("attention.key_length")} if "qwen2.attention.key_length" in metadata else {}
    return {
        "architectures": ["Qwen2ForCausalLM"],
        "model_type": "qwen2",
        "dtype": "bfloat16",
        "attention_dropout": 0.0,
        **head,
        "hidden_act": "silu",
        "hidden_size": of("embedding_length"),
        "initializer_range": 0.02,
        "intermediate_size": of("feed_forward_length"),
        "layer_types": ["full_attention"] * of("block_count"),
        "max_position_embeddings": of("context_length"),
        "max_window_layers": of("block_count"),
        "num_attention_heads": of("attention.head_count"),
        "num_hidden_layers": of("block_count"),
        "num_key_value_heads": of("attention.head_count_kv"),
        "rms_norm_eps": number_in(metadata, "qwen2.attention.layer_norm_rms_epsilon"),
        "rope_parameters": {"rope_theta": number_in(metadata, "qwen2.rope.freq_base"), "rope_type": "default"},
        "sliding_window": None,
        "use_cache": True,
        "use_sliding_window": False,
        "vocab_size": len(texts_in(metadata, "tokenizer.ggml.tokens")),
        "bos_token_id": token_id_in(metadata, "bos"),
        "eos_token_id": token_id_in(metadata, "eos", required=True),
        "pad_token_id": token_id_in(metadata, "padding"),
    }


def _tokenizer(metadata: Metadata) -> Tokenizer:
    """Qwen2's tokenizer: byte-pair encoding of the bytes of each word, of a text in Unicode's form NFC.

    No GGUF names the normal form; without it, a letter with its accent apart gets other tokens than the model was
    trained on.
    """
    from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

    found = (metadata["tokenizer.ggml.model"], metadata["tokenizer.ggml.pre"])
    if found != _TOKENIZER:
        raise ValueError(f"the tokenizer is of the kind {found}; expected {_TOKENIZER}")
    tokens, kinds, vocabulary = vocabulary_of(metadata)
    tokenizer = Tokenizer(models.BPE(vocabulary, _merges(texts_in(metadata, "tokenizer.ggml.merges"), vocabulary)))
    tokenizer.normalizer = normalizers.NFC()
    in_bytes = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(_WORDS), "isolated"), in_bytes])
    tokenizer.post_processor = processors.ByteLevel(add_prefix_space=False, trim_offsets=False, use_regex=False)
    tokenizer.decoder = decoders.ByteLevel()
    for kind, special in ((CONTROL, True), (OWN_WORD, False)):
        own = [token for token, each in zip(tokens, kinds, strict=True) if each == kind]
        added = [AddedToken(token, normalized=False, special=special) for token in own]
        tokenizer.add_special_tokens(added) if special else tokenizer.add_tokens(added)
    return tokenizer


def _merges(lines: Sequence[str], vocabulary: Mapping[str, int]) -> list[tuple[str, str]]:
    """The pairs of tokens that make another, the first to be merged first; raises ValueError for other lines."""
    merges = []
    for number, line in enumerate(lines):
        left, _, right = line.partition(" ")
        if not (left in vocabulary and right in vocabulary and left + right in vocabulary):
            raise ValueError(f"merge {number:,} is {line!r}; expected two tokens that make a third, a blank between")
        merges.append((left, right))
    return merges


def _described(metadata: Metadata) -> dict[str, Any]:
    """As the Qwen team publishes it: no token for what is unknown, and none before texts unless the file says so."""
    named = special_tokens(metadata)
    if not metadata.get("tokenizer.ggml.add_bos_token", False):
        named.pop("bos", None)
    return {
        "tokenizer_class": "Qwen2Tokenizer",
        "backend": "tokenizers",
        "model_max_length": count_in(metadata, "qwen2.context_length"),
        "add_prefix_space": False,
        "bos_token": None,
        "unk_token": None,
        **token_entries(named),
    }


QWEN2 = Architecture(
    outside={"token_embd": "embed_tokens", "output_norm": "norm"},
    in_layer={
        "attn_norm": "input_layernorm",
        "attn_q": "self_attn.q_proj",
        "attn_k": "self_attn.k_proj",
        "attn_v": "self_attn.v_proj",
        "attn_output": "self_attn.o_proj",
        "ffn_norm": "post_attention_layernorm",
        "ffn_gate": "mlp.gate_proj",
        "ffn_up": "mlp.up_proj",
        "ffn_down": "mlp.down_proj",
    },
    biased=frozenset({"attn_q", "attn_k", "attn_v"}),
    added_to_norms=0.0,
    config=_config,
    tokenizer=_tokenizer,
    described=_described,
)
