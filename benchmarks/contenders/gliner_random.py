"""Contender: GLiNER (arXiv 2311.08526, package `gliner`) in the shape of a published model, with random weights: speed
does not depend on what they are.

The first argument names the shape, the second the arithmetic or the runtime:

- `float`, the job's type, bf16 or fp32, and `int8`, GLiNER's own, in PyTorch; a third argument `packed` packs inputs;
- `onnx`, `onnx-int8`: ONNX Runtime on what GLiNER's export writes, in fp32 and in its 8-bit integers;
- `openvino`: OpenVINO on what GLiNER's export writes for it;
- `rust`, `rust-int8`: the package `fast-gliner`, which is Rust on ONNX Runtime, on the same exports.

The tokenizer is that of the embedded base model, whose vocabulary is as large as that of the multilingual encoders.
No span is found, so that decoding costs nothing: random weights would find hundreds where `rust` has no threshold.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.contenders.exporting import PACKAGES, aside, require
from benchmarks.contenders.serving import Job, Read, serve

SHAPES = {  # hidden size, layers, heads, width of the feed-forward part
    "mdeberta-base": (768, 12, 12, 3072),
    "deberta-small": (768, 6, 12, 3072),
    "deberta-base": (768, 12, 12, 3072),
    "deberta-large": (1024, 24, 16, 4096),
}
BATCH = 16
THRESHOLD = 0.9999
EXPORTED = "exported"  # folder
_VOCABULARY = 262_400  # of the tokenizer, with room for GLiNER's own tokens


def load(job: Job) -> Read:
    """A GLiNER of random weights."""
    shape, way, *packed = sys.argv[1:]
    require(PACKAGES.get(way, ("gliner",)))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if way not in PACKAGES:
            return reader(in_torch(random_gliner(job["tokenizer"], shape, folder), job, way), job, packed == ["packed"])
        file = aside(export, job["tokenizer"], shape, way, folder)
        if way.startswith("rust"):
            return rust_reader(job, folder, file)
        return reader(in_runtime(folder / EXPORTED, way, file), job)


def reader(model: Any, job: Job, packed: bool = False) -> Read:
    """Reads with a model in batches."""
    import torch
    from gliner import InferencePackingConfig

    packing = InferencePackingConfig(max_length=256, streams_per_batch=8) if packed else None
    types = list(job["types"])

    @torch.inference_mode()
    def read(part: slice) -> None:
        model.inference(job["texts"][part], types, threshold=THRESHOLD, batch_size=BATCH, packing_config=packing)

    return read


def random_gliner(tokenizer: str, shape: str, folder: Path) -> Any:
    """The model in PyTorch's fp32; its tokenizer is put into the folder."""
    from gliner import GLiNER, GLiNERConfig

    hidden, layers, heads, wide = SHAPES[shape]
    encoder = {
        "model_type": "deberta-v2",
        "hidden_size": hidden,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "intermediate_size": wide,
        "vocab_size": _VOCABULARY,
        "relative_attention": True,
        "position_buckets": 256,
        "norm_rel_ebd": "layer_norm",
        "share_att_key": True,
        "pos_att_type": ["p2c", "c2p"],
        "position_biased_input": False,
        "max_position_embeddings": 512,
        "type_vocab_size": 0,
    }
    special = {
        "bos_token": "<bos>",
        "eos_token": "<eos>",
        "pad_token": "<pad>",
        "unk_token": "<unk>",
        "cls_token": "<bos>",
        "sep_token": "<eos>",
    }
    shutil.copy(Path(tokenizer) / "tokenizer.json", folder)
    settings = {"tokenizer_class": "PreTrainedTokenizerFast", **special}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")
    (folder / "config.json").write_text(json.dumps(encoder), encoding="utf-8")
    config = GLiNERConfig(model_name=str(folder), encoder_config=dict(encoder), max_width=12, hidden_size=512)
    return finding_nothing(GLiNER.from_config(config, backbone_from_pretrained=False).eval())


def finding_nothing(model: Any) -> Any:
    """The model with its last layers shifted against each other, so that no span scores above any threshold."""
    import torch

    for part, shift in ((model.model.span_rep_layer, 10.0), (model.model.prompt_rep_layer, -10.0)):
        *_, last = (layer for layer in part.modules() if isinstance(layer, torch.nn.Linear))
        with torch.no_grad():
            last.bias.add_(shift)
    return model


def in_torch(model: Any, job: Job, arithmetic: str) -> Any:
    """The model in the arithmetic, on the device that there is."""
    import torch

    if arithmetic == "int8":
        model.quantize("int8")
    model.to("cuda" if torch.cuda.is_available() else "cpu")
    if arithmetic == "float" and job["float"] == "bf16":
        model.to(torch.bfloat16)
    return model


def export(tokenizer: str, shape: str, way: str, folder: Path) -> str:
    """The name of the file that GLiNER's own export wrote for the runtime."""
    model = random_gliner(tokenizer, shape, folder)
    if way == "openvino":
        return Path(model.export_to_openvino(folder / EXPORTED)["openvino_path"]).name
    files = model.export_to_onnx(folder / EXPORTED, quantize=way.endswith("-int8"))
    return Path(files["quantized_path" if way.endswith("-int8") else "onnx_path"]).name


def in_runtime(folder: Path, way: str, file: str) -> Any:
    """The exported model, read by GLiNER in another runtime."""
    from gliner import GLiNER

    runtime = "openvino" if way == "openvino" else "onnxruntime"
    return GLiNER.from_pretrained(str(folder), runtime=runtime, runtime_model_file=file)


def rust_reader(job: Job, folder: Path, file: str) -> Read:
    """Reads with `fast-gliner`, in batches."""
    from fast_gliner import FastGLiNER

    model, types = FastGLiNER.from_pretrained(str(folder / EXPORTED), onnx_path=file), list(job["types"])

    def read(part: slice) -> None:
        texts = job["texts"][part]
        for first in range(0, len(texts), BATCH):
            model.predict_entities(texts[first : first + BATCH], types)

    return read


if __name__ == "__main__":
    serve(load)
