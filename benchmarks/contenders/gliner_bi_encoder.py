"""Contender: GLiNER's bi-encoder (arXiv 2602.18487, package `gliner`) in the shape of a published model, with random
weights.  The types are encoded once; each text is read alone and compared with them.

The first argument names the shape, the second the arithmetic or the runtime, a third the packing of inputs, as in
`gliner_random`.  GLiNER 0.2.29 exports only graphs that encode the types again for each batch: its option for types
that are encoded already, `from_labels_embeddings`, ends in a TypeError.  So the export here is PyTorch's, as GLiNER
calls it, of the part that reads texts; GLiNER runs it.  No span is found, as in `gliner_random`.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.contenders.english_tokenizer import write_english
from benchmarks.contenders.exporting import PACKAGES, aside, require
from benchmarks.contenders.gliner_random import BATCH, THRESHOLD, finding_nothing, in_runtime, in_torch
from benchmarks.contenders.serving import Job, Read, serve

# Text encoder: hidden size, layers, heads, width of the feed-forward part, as Ettin has them (arXiv 2507.11412);
# layers of the encoder of types. With them, models have 60.8 and 107.9 million parameters, as published: 60 and 108.
SHAPES = {
    "edge": ((384, 10, 6, 576), 6),  # gliner-bi-edge-v2.0: ettin-encoder-32m, all-MiniLM-L6-v2
    "small": ((512, 19, 8, 768), 12),  # gliner-bi-small-v2.0: ettin-encoder-68m, all-MiniLM-L12-v2
}
_HIDDEN = 384  # of what GLiNER makes of both
_TEXT_VOCABULARY, _TYPE_VOCABULARY = 50_368, 30_522
_INPUTS = ("input_ids", "attention_mask", "words_mask", "text_lengths", "span_idx", "span_mask", "labels_embeddings")


def load(job: Job) -> Read:
    """A bi-encoder of random weights that has encoded the job's types."""
    shape, way, *packed = sys.argv[1:]
    require((*PACKAGES[way], "onnx") if way in PACKAGES else ("gliner",))
    import torch

    types = list(job["types"])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if way in PACKAGES:
            file = aside(export, job["tokenizer"], shape, way, types, folder)
            model, encoded = in_runtime(folder, way, file), torch.load(folder / "types.pt")
        else:
            model = in_torch(random_bi_encoder(job["tokenizer"], shape, folder), job, way)
            encoded = encoded_types(model, types)
    packing = None
    if packed == ["packed"]:
        from gliner import InferencePackingConfig

        packing = InferencePackingConfig(max_length=256, streams_per_batch=8)

    @torch.inference_mode()
    def read(part: slice) -> None:
        model.batch_predict_with_embeds(
            job["texts"][part], encoded, types, threshold=THRESHOLD, batch_size=BATCH, packing_config=packing
        )

    return read


def encoded_types(model: Any, types: list[str]) -> Any:
    """The types' embeddings in the model's arithmetic; the encoder of types gives fp32 whatever it computes in."""
    return model.encode_labels(types).to(next(model.model.parameters()).dtype)


def random_bi_encoder(tokenizer: str, shape: str, folder: Path) -> Any:
    """The model in PyTorch's fp32; its tokenizers are put into folders in the folder."""
    from gliner import GLiNER, GLiNERConfig

    (hidden, layers, heads, wide), type_layers = SHAPES[shape]
    special = {"pad_token_id": 0, "eos_token_id": 1, "bos_token_id": 2, "cls_token_id": 2, "sep_token_id": 1}
    texts = {
        "model_type": "modernbert",
        "hidden_size": hidden,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "intermediate_size": wide,
        "vocab_size": _TEXT_VOCABULARY,
        "reference_compile": False,
        **special,
    }
    types = {
        "model_type": "bert",
        "hidden_size": 384,
        "num_hidden_layers": type_layers,
        "num_attention_heads": 12,
        "intermediate_size": 1536,
        "vocab_size": _TYPE_VOCABULARY,
    }
    for name, encoder, size, longest in (
        ("texts", texts, _TEXT_VOCABULARY, 8192),
        ("types", types, _TYPE_VOCABULARY, 512),
    ):
        write_english(Path(tokenizer), folder / name, size, longest)
        (folder / name / "config.json").write_text(json.dumps(encoder), encoding="utf-8")
    config = GLiNERConfig(
        model_name=str(folder / "texts"),
        encoder_config=dict(texts),
        labels_encoder=str(folder / "types"),
        labels_encoder_config=dict(types),
        max_width=12,
        hidden_size=_HIDDEN,
    )
    return finding_nothing(GLiNER.from_config(config, backbone_from_pretrained=False).eval())


def export(tokenizer: str, shape: str, way: str, types: list[str], folder: Path) -> str:
    """The name of the graph that was written: of texts and encoded types.  These are put beside it."""
    import torch

    model = random_bi_encoder(tokenizer, shape, folder)
    encoded = encoded_types(model, types)
    torch.save(encoded, folder / "types.pt")
    core = model.model

    class TextsAlone(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.core = core

        def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
            named = dict(zip(_INPUTS, inputs, strict=True))
            output: torch.Tensor = self.core(labels_embeds=named.pop("labels_embeddings"), **named).logits
            return output

    prepared = model.prepare_batch(["Ada met Bob in London.", "Bob left."], types)
    batch = model.collate_batch(prepared["input_x"], prepared["entity_types"])
    inputs = tuple(encoded if name == "labels_embeddings" else batch[name] for name in _INPUTS)
    variable = {
        "input_ids": {0: "texts", 1: "tokens"},
        "attention_mask": {0: "texts", 1: "tokens"},
        "words_mask": {0: "texts", 1: "tokens"},
        "text_lengths": {0: "texts"},
        "span_idx": {0: "texts", 1: "spans"},
        "span_mask": {0: "texts", 1: "spans"},
        "labels_embeddings": {0: "types"},
        "logits": {0: "texts", 1: "words", 3: "types"},
    }
    torch.onnx.export(
        TextsAlone().eval(),
        inputs,
        str(folder / "model.onnx"),
        input_names=list(_INPUTS),
        output_names=["logits"],
        dynamic_axes=variable,
        opset_version=19,
        dynamo=False,
    )
    model.config.to_json_file(folder / "gliner_config.json")
    model.data_processor.transformer_tokenizer.save_pretrained(folder)
    if not way.endswith("-int8"):
        return "model.onnx"  # OpenVINO reads it as well
    from onnxruntime.quantization import QuantType, quantize_dynamic

    quantize_dynamic(folder / "model.onnx", folder / "model_quantized.onnx", weight_type=QuantType.QUInt8)
    return "model_quantized.onnx"


if __name__ == "__main__":
    serve(load)
