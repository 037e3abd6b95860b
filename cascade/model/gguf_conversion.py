"""A GGUF file as the folder that transformers loads: configuration, tokenizer and weights, made without transformers.

The known architecture is gemma3.  Another one is an entry in `_ARCHITECTURES`: names, configuration and tokenizer.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cascade.model.gguf_file import GgufFile, Tensor, to_bf16
from cascade.model.sentencepiece_file import VOCABULARY, Kind, serialized

if TYPE_CHECKING:
    from tokenizers import Tokenizer

# kinds of tokens: what no text spells, what is matched whole before a text is tokenised, and bytes
_CONTROL, _OWN_WORD, _BYTE = 3, 4, 6
_BLANK = "▁"  # how SentencePiece writes a space
_SPECIAL = {"pad": "padding", "eos": "eos", "bos": "bos", "unk": "unknown"}  # token: its name in a GGUF


@dataclass(frozen=True, slots=True)
class _Architecture:
    """How a model's GGUF differs from its Hugging Face folder.

    outside, in_layer: names of modules, GGUF's to Hugging Face's.  biased: those of them that have a bias too.
    added_to_norms: what GGUF adds to the weights of norms.  config, tokenizer, sentence_pieces: made from the metadata.
    tokenizer_class: as transformers calls it.
    """

    outside: Mapping[str, str]
    in_layer: Mapping[str, str]
    biased: frozenset[str]
    added_to_norms: float
    config: Callable[[Mapping[str, Any]], dict[str, Any]]
    tokenizer: Callable[[Mapping[str, Any]], Tokenizer]
    sentence_pieces: Callable[[Mapping[str, Any]], bytes]
    tokenizer_class: str


def convert(gguf: Path, target: Path, *, report: Callable[[str], None] = lambda message: None) -> None:
    """Writes the folder `target`, which is made, for a GGUF file; report: called with a line of text now and then.

    Raises ValueError for a file that is damaged or of an unknown kind, OSError where it cannot be written.
    """
    with gguf.open("rb") as file:
        source = GgufFile(file)
        name = source.metadata.get("general.architecture")
        if name not in _ARCHITECTURES:
            raise ValueError(f"the architecture is {name!r}; expected one of {', '.join(_ARCHITECTURES)}")
        architecture = _ARCHITECTURES[name]
        try:
            config = architecture.config(source.metadata)
            tensors = _renamed(source.tensors, architecture, config)
            target.mkdir()
            _write_json(target / "config.json", config)
            kept = ("bos_token_id", "eos_token_id", "pad_token_id", "use_cache")
            _write_json(
                target / "generation_config.json", {"_from_model_config": True, **{key: config[key] for key in kept}}
            )
            # not by `save`, whose errors are of no class of their own
            (target / "tokenizer.json").write_text(
                architecture.tokenizer(source.metadata).to_str(pretty=True), encoding="utf-8"
            )
            (target / VOCABULARY).write_bytes(architecture.sentence_pieces(source.metadata))
        except KeyError as error:
            raise ValueError(f"the metadata lacks {error}; expected a whole model of architecture {name!r}") from error
        tokens = {f"{kind}_token": token for kind, token in _special_tokens(source.metadata).items()}
        described = {
            "tokenizer_class": architecture.tokenizer_class,
            "backend": "tokenizers",
            "model_max_length": int(1e30),
        }
        _write_json(target / "tokenizer_config.json", {**described, **tokens})
        report(f"wrote the tokenizer of {config['vocab_size']:,} tokens")
        _write_weights(target / "model.safetensors", source, tensors, architecture.added_to_norms, report)


def _write_json(file: Path, values: Mapping[str, Any]) -> None:
    file.write_text(json.dumps(values, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def _renamed(
    tensors: Mapping[str, Tensor], architecture: _Architecture, config: Mapping[str, Any]
) -> dict[str, Tensor]:
    """The tensors by their Hugging Face names, in order of name.  Raises ValueError where one is missing or unknown."""
    names = dict(_names(architecture, config["num_hidden_layers"]))
    if not config["tie_word_embeddings"]:
        names["output.weight"] = "lm_head.weight"
    if missing := sorted(names.keys() - tensors.keys()):
        raise ValueError(
            f"tensor {missing[0]!r} is missing, of {len(missing)}; expected all of {config['num_hidden_layers']} layers"
        )
    if unknown := sorted(tensors.keys() - names.keys()):
        raise ValueError(
            f"tensor {unknown[0]!r} has no known place in the model, of {len(unknown)}; expected those of a plain model"
        )
    if (rows := tensors["token_embd.weight"].shape[0]) != config["vocab_size"]:
        raise ValueError(f"the embedding has {rows:,} rows; expected one for each of {config['vocab_size']:,} tokens")
    return dict(sorted((names[name], tensor) for name, tensor in tensors.items()))


def _names(architecture: _Architecture, layers: int) -> Iterator[tuple[str, str]]:
    for theirs, ours in architecture.outside.items():
        yield f"{theirs}.weight", f"model.{ours}.weight"
    for layer in range(layers):
        for theirs, ours in architecture.in_layer.items():
            for part in ("weight", "bias") if theirs in architecture.biased else ("weight",):
                yield f"blk.{layer}.{theirs}.{part}", f"model.layers.{layer}.{ours}.{part}"


def _write_weights(
    file: Path, source: GgufFile, tensors: Mapping[str, Tensor], added_to_norms: float, report: Callable[[str], None]
) -> None:
    """Writes tensors as bf16 in the form of safetensors, some numbers at a time: all at once would need more memory.

    Source of the form: "Format" in the documentation of safetensors.  The header's length in 8 bytes, the header in
    JSON, filled up with blanks to a multiple of 8, then the numbers.
    """
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    total = 0
    for name, tensor in tensors.items():
        size = 2 * int(np.prod(tensor.shape))
        header[name] = {"dtype": "BF16", "shape": list(tensor.shape), "data_offsets": [total, total + size]}
        total += size
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    written = said = 0
    with file.open("wb") as out:
        out.write(len(text).to_bytes(8, "little") + text)
        for name, tensor in tensors.items():
            added = np.float32(added_to_norms if name.endswith("norm.weight") else 0)
            for numbers in source.blocks(tensor):
                written += out.write(to_bf16(numbers - added if added else numbers).astype("<u2", copy=False).data)
                if written * 4 // total > said:
                    said = written * 4 // total
                    report(f"wrote {said * 25} % of the weights, {written / 1e6:,.0f} of {total / 1e6:,.0f} MB")


def _special_tokens(metadata: Mapping[str, Any]) -> dict[str, str]:
    """The spelling of each special token that the file names."""
    tokens = metadata["tokenizer.ggml.tokens"]
    named = {kind: metadata.get(f"tokenizer.ggml.{name}_token_id") for kind, name in _SPECIAL.items()}
    return {kind: tokens[number] for kind, number in named.items() if number is not None} | (
        {"mask": "<mask>"} if "<mask>" in tokens else {}
    )


def _gemma3_config(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration of a Gemma 3 text model; what no GGUF names is as in transformers' Gemma3TextConfig."""

    def of(name: str) -> Any:
        return metadata[f"gemma3.{name}"]

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
        "rms_norm_eps": of("attention.layer_norm_rms_epsilon"),
        "rope_parameters": {
            "full_attention": {"rope_theta": of("rope.freq_base"), "rope_type": "default"},
            "sliding_attention": {"rope_theta": 10000.0, "rope_type": "default"},
        },
        "sliding_window": of("attention.sliding_window"),
        "tie_word_embeddings": True,
        "use_bidirectional_attention": False,
        "use_cache": True,
        "vocab_size": len(metadata["tokenizer.ggml.tokens"]),
        **{f"{kind}_token_id": metadata[f"tokenizer.ggml.{name}_token_id"] for kind, name in _SPECIAL.items()},
    }


def _gemma3_tokenizer(metadata: Mapping[str, Any]) -> Tokenizer:
    """Gemma's tokenizer: byte-pair encoding of a text with visible blanks; unknown characters become bytes."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

    named = _special_tokens(metadata)
    kinds = metadata["tokenizer.ggml.token_type"]
    tokens = [
        _BLANK * len(token) if " " in token and not token.strip() else token
        for token in metadata["tokenizer.ggml.tokens"]
    ]
    vocabulary = {token: number for number, token in enumerate(tokens)}
    if len(vocabulary) < len(tokens) or len(kinds) != len(tokens):
        raise ValueError(
            f"the vocabulary has {len(tokens):,} tokens, {len(vocabulary):,} of them distinct, "
            f"and {len(kinds):,} kinds; expected as many of each"
        )
    model = models.BPE(
        vocabulary, merges(tokens, vocabulary), unk_token=named["unk"], fuse_unk=True, byte_fallback=True
    )
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = normalizers.Replace(" ", _BLANK)
    tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
    tokenizer.decoder = decoders.Sequence([decoders.Replace(_BLANK, " "), decoders.ByteFallback(), decoders.Fuse()])
    control = [token for token, kind in zip(tokens, kinds, strict=True) if kind == _CONTROL or token in named.values()]
    tokenizer.add_special_tokens([AddedToken(token, normalized=False, special=True) for token in control])
    kinds_of = zip(tokens, kinds, strict=True)
    own = [token for token, kind in kinds_of if kind == _OWN_WORD and not token.startswith(_BLANK)]  # blanks are merged
    tokenizer.add_tokens([AddedToken(token, normalized=False, special=False) for token in own])
    begin = named["bos"]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{begin} $A", pair=f"{begin} $A {begin}:1 $B:1", special_tokens=[(begin, vocabulary[begin])]
    )
    return tokenizer


def _gemma3_sentence_pieces(metadata: Mapping[str, Any]) -> bytes:
    """The same tokenizer in the form that sentencepiece reads; the tokens' order is that in which they are merged."""
    kinds, tokens = metadata["tokenizer.ggml.token_type"], metadata["tokenizer.ggml.tokens"]
    named = {name: metadata[f"tokenizer.ggml.{key}_token_id"] for name, key in _SPECIAL.items()}
    special = set(_special_tokens(metadata).values())

    def described(number: int, token: str) -> tuple[str, float, Kind]:
        text = _BLANK * len(token) if " " in token and not token.strip() else token
        if number == named["unk"]:
            kind = Kind.UNKNOWN
        elif kinds[number] == _CONTROL or token in special:
            kind = Kind.CONTROL
        elif kinds[number] == _OWN_WORD and not text.startswith(_BLANK):
            kind = Kind.USER_DEFINED
        else:
            kind = Kind.BYTE if kinds[number] == _BYTE else Kind.NORMAL
        return text, -float(number), kind

    pieces = [described(number, token) for number, token in enumerate(tokens)]
    return serialized(pieces, unknown=named["unk"], begin=named["bos"], end=named["eos"], pad=named["pad"])


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


_ARCHITECTURES = {
    "gemma3": _Architecture(
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
        config=_gemma3_config,
        tokenizer=_gemma3_tokenizer,
        sentence_pieces=_gemma3_sentence_pieces,
        tokenizer_class="GemmaTokenizer",
    )
}
