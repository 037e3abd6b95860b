"""A GGUF file as the folder that transformers loads: configuration, tokenizer and weights, made without transformers.

Each known architecture is a file of its own, `gguf_gemma3` and so on; another one is an entry in `ARCHITECTURES`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from cascade.model.decoder_config import decoder_config
from cascade.model.gguf_architecture import Architecture
from cascade.model.gguf_file import GgufFile, Tensor, to_bf16
from cascade.model.gguf_gemma3 import GEMMA3
from cascade.model.gguf_qwen2 import QWEN2
from cascade.model.sentencepiece_file import VOCABULARY

ARCHITECTURES = {"gemma3": GEMMA3, "qwen2": QWEN2}
# the version of transformers in whose form the configuration is; where none stands, 5.19 takes a tokenizer of many
# tokens for a wrong one of Mistral's, and warns of it
_FORM = {"transformers_version": "5.0.0"}


def convert(gguf: Path, target: Path, *, report: Callable[[str], None] = lambda message: None) -> None:
    """Writes the folder `target`, which is made, for a GGUF file; report: called with a line of text now and then.

    Raises ValueError for a file that is damaged or of an unknown kind, OSError where it cannot be written.
    """
    with gguf.open("rb") as file:
        source = GgufFile(file)
        architecture = _architecture_of(source.metadata)
        try:
            tied = "output.weight" not in source.tensors
            config = {**architecture.config(source.metadata), "tie_word_embeddings": tied, **_FORM}
            tensors = _renamed(source.tensors, architecture, config)
            tokenizer = architecture.tokenizer(source.metadata)
            described = architecture.described(source.metadata)
        except KeyError as error:
            name = source.metadata["general.architecture"]
            raise ValueError(f"the metadata lacks {error}; expected a whole model of architecture {name!r}") from error
        target.mkdir()
        _write_json(target / "config.json", config)
        kept = ("bos_token_id", "eos_token_id", "pad_token_id", "use_cache")
        generation = {"_from_model_config": True, **{key: config[key] for key in kept}}
        _write_json(target / "generation_config.json", generation)
        _write_json(target / "tokenizer_config.json", described)
        # not by `save`, whose errors are of no class of their own
        (target / "tokenizer.json").write_text(tokenizer.to_str(pretty=True), encoding="utf-8")
        if architecture.sentence_pieces is not None:
            (target / VOCABULARY).write_bytes(architecture.sentence_pieces(source.metadata))
        report(f"wrote the tokenizer of {config['vocab_size']:,} tokens")
        _write_weights(target / "model.safetensors", source, tensors, architecture.added_to_norms, report)


def _architecture_of(metadata: Mapping[str, Any]) -> Architecture:
    """Raises ValueError for one that is not known, and for a file that holds only a part of a model."""
    name = metadata.get("general.architecture")
    if not isinstance(name, str) or name not in ARCHITECTURES:
        raise ValueError(f"the architecture is {name!r}; expected one of {', '.join(ARCHITECTURES)}")
    if (parts := metadata.get("split.count", 1)) not in (0, 1):
        raise ValueError(
            f"it is one of {parts} parts of a model; expected them joined (gguf-split --merge of llama.cpp)"
        )
    return ARCHITECTURES[name]


def _write_json(file: Path, values: Mapping[str, Any]) -> None:
    file.write_text(json.dumps(values, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def _renamed(tensors: Mapping[str, Tensor], architecture: Architecture, config: Mapping[str, Any]) -> dict[str, Tensor]:
    """The tensors by their Hugging Face names, in order of name.

    Raises ValueError where one is missing, unknown or of another shape than the configuration says.
    """
    if (layers := config["num_hidden_layers"]) > len(tensors):
        raise ValueError(f"the file has {len(tensors):,} tensors; expected those of {layers:,} layers")
    names = dict(_names(architecture, layers))
    if not config["tie_word_embeddings"]:
        names["output.weight"] = "lm_head.weight"
    if missing := sorted(names.keys() - tensors.keys()):
        raise ValueError(f"tensor {missing[0]!r} is missing, of {len(missing)}; expected all of {layers} layers")
    if unknown := sorted(tensors.keys() - names.keys()):
        raise ValueError(
            f"tensor {unknown[0]!r} has no known place in the model, of {len(unknown)}; expected those of a plain model"
        )
    if (rows := tensors["token_embd.weight"].shape[0]) != config["vocab_size"]:
        raise ValueError(f"the embedding has {rows:,} rows; expected one for each of {config['vocab_size']:,} tokens")
    found = dict(sorted((names[name], tensor) for name, tensor in tensors.items()))
    known = decoder_config(config)
    for name, shape in () if known is None else known.weight_names():
        if found[name].shape != shape:
            raise ValueError(f"tensor {found[name].name!r} has the shape {found[name].shape}; expected {shape}")
        bias = found.get(name.replace(".weight", ".bias"))
        if bias is not None and bias.shape != shape[:1]:
            raise ValueError(f"tensor {bias.name!r} has the shape {bias.shape}; expected {shape[:1]}")
    return found


def _names(architecture: Architecture, layers: int) -> Iterator[tuple[str, str]]:
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
