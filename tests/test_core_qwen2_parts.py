"""The named Qwen bases as their packages carry them; skipped where those are not installed."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from gguf import GGMLQuantizationType
from gguf.quants import dequantize
from safetensors import safe_open
from test_core_gguf_conversion import TEXTS, strings
from tokenizers import Tokenizer

from benchmarks.qwen_vocabulary import qwen_tokenizer
from cascade.model.base_folder import base_folder
from cascade.model.base_model import BaseModel
from cascade.model.gguf_file import GgufFile
from cascade.model.named_bases import NAMED_BASES
from cascade.model.package_parts import join_parts, parts_of
from cascade.reading.row import assemble

pytestmark = [pytest.mark.slow, pytest.mark.real_model]

COMPARED = {
    "blk.0.attn_q.weight": "model.layers.0.self_attn.q_proj.weight",
    "blk.0.attn_q.bias": "model.layers.0.self_attn.q_proj.bias",
    "blk.1.attn_k.weight": "model.layers.1.self_attn.k_proj.weight",
    "blk.1.attn_v.weight": "model.layers.1.self_attn.v_proj.weight",
    "blk.2.attn_v.bias": "model.layers.2.self_attn.v_proj.bias",
    "blk.3.attn_output.weight": "model.layers.3.self_attn.o_proj.weight",
    "blk.0.ffn_down.weight": "model.layers.0.mlp.down_proj.weight",
    "blk.23.ffn_down.weight": "model.layers.23.mlp.down_proj.weight",
    "blk.23.ffn_norm.weight": "model.layers.23.post_attention_layernorm.weight",
    "output_norm.weight": "model.norm.weight",
}
KINDS = {  # in which the compared tensors are stored
    "qwen2.5-coder-0.5b": {"F32", "Q5_0", "Q8_0", "Q6_K", "Q4_K"},
    "qwen2.5-coder-1.5b": {"F32", "Q4_K", "Q6_K"},
}


def installed(name: str) -> bool:
    try:
        return all(version(package) for package in NAMED_BASES[name].packages)
    except PackageNotFoundError:
        return False


@pytest.fixture(scope="module", params=["qwen2.5-coder-0.5b", "qwen2.5-coder-1.5b"])
def name(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    if not installed(found):
        pytest.skip(f"the packages of {found} are not installed: they are an extra, and a gigabyte in all")
    return found


@pytest.fixture(scope="module")
def small() -> str:
    if not installed("qwen2.5-coder-0.5b"):
        pytest.skip("the packages of qwen2.5-coder-0.5b are not installed: they are an extra of 490 MB")
    return base_folder("qwen2.5-coder-0.5b")


def test_weights_are_the_packages_rounded_to_bf16(name: str, tmp_path: Path) -> None:
    join_parts(NAMED_BASES[name], parts_of(NAMED_BASES[name]), tmp_path / "model.gguf")
    kinds = set()
    with (
        (tmp_path / "model.gguf").open("rb") as file,
        safe_open(f"{base_folder(name)}/model.safetensors", framework="pt") as weights,
    ):
        read = GgufFile(file)
        assert len(weights.keys()) == len(read.tensors)
        for theirs, ours in COMPARED.items():
            tensor = read.tensors[theirs]
            kinds.add(tensor.kind.name)
            file.seek(tensor.offset)
            stored = np.frombuffer(file.read(tensor.blocks * tensor.kind.size), np.uint8).reshape(-1, tensor.kind.size)
            form = GGMLQuantizationType[tensor.kind.name]
            values = torch.from_numpy(dequantize(stored, form).reshape(tensor.shape).copy())
            assert torch.equal(weights.get_tensor(ours), values.to(torch.bfloat16)), theirs
    assert kinds == KINDS[name]


def test_the_tokenizer_is_the_one_that_was_published(
    small: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    from transformers import AutoTokenizer
    from transformers.utils import logging

    monkeypatch.setattr(logging.get_logger("transformers"), "propagate", True)
    loaded: Any = AutoTokenizer.from_pretrained(small)
    assert [record.message for record in caplog.records] == []  # of a wrong version it says that ids are wrong
    ours, published = Tokenizer.from_file(f"{small}/tokenizer.json"), qwen_tokenizer()
    texts = [text for text in [*strings(), *TEXTS] if "<|" not in text]
    expected = [each.ids for each in published.encode_batch_fast(texts, add_special_tokens=False)]
    assert [each.ids for each in ours.encode_batch_fast(texts, add_special_tokens=False)] == expected
    assert [loaded(text).input_ids for text in texts] == expected
    assert (loaded.bos_token, loaded.eos_token, loaded.pad_token) == (None, "<|im_end|>", "<|endoftext|>")


def test_the_next_word_is_the_one_that_transformers_computes(small: str) -> None:
    from transformers import AutoModelForCausalLM

    base = BaseModel.load("qwen2.5-coder-0.5b", device="cpu", precision="fp32")
    assert (base.name, base.tokens.bos_id, base.tokens.end_id) == ("qwen2.5-coder-0.5b", None, 151_645)
    tokenizer = Tokenizer.from_file(f"{small}/tokenizer.json")
    ids = tokenizer.encode("The capital of France is").ids
    reader = base.reader()
    with torch.inference_mode():
        found = reader.hidden([assemble(ids, [])])[0, -1].float() @ reader.head.float().T
    del reader
    theirs: Any = AutoModelForCausalLM.from_pretrained(small, dtype=torch.float32)
    with torch.inference_mode():
        expected = theirs(input_ids=torch.tensor([ids])).logits[0, -1]
    assert tokenizer.decode([int(expected.argmax())]) == " Paris"
    torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-3)
