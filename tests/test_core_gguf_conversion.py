"""A converted GGUF is the folder that transformers' own reading of the file would write."""

from __future__ import annotations

import json
import pickle
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from gguf_expansion import expand_by_transformers
from safetensors import safe_open
from tiny_gguf import LAYERS, TOKENS, save_gguf
from tokenizers import Tokenizer

from cascade.errors import BaseModelError
from cascade.model.base_folder import base_folder
from cascade.model.gguf_conversion import convert
from cascade.model.gguf_file import GgufFile
from cascade.model.named_bases import EMBEDDED, NAMED_BASES
from cascade.model.package_parts import join_parts, parts_of
from cascade.model.sentencepiece_file import VOCABULARY
from cascade.model.tokenizer import load_tokens
from cascade.text.pieces import cut
from cascade.text.sentence_pieces import SentencePieces

pytestmark = pytest.mark.slow

TEXTS = [  # twenty scripts and what tokenizers differ in
    "Angela Merkel besuchte am 3. März Paris – «très bien».",
    "Владимир Путин прибыл в Пекин.",
    "Ο Αλέξης Τσίπρας μίλησε στην Αθήνα.",
    "زار محمد السادس الرباط أمس.",
    "בנימין נתניהו ביקר בירושלים.",
    "प्रधानमंत्री नरेन्द्र मोदी दिल्ली में हैं।",
    "রবীন্দ্রনাথ ঠাকুর কলকাতায় জন্মগ্রহণ করেন।",
    "நரேந்திர மோடி சென்னைக்கு வந்தார்.",
    "హైదరాబాద్ తెలంగాణ రాజధాని.",
    "แอร์บัสบินไปกรุงเทพมหานคร",
    "習近平主席访问了东京。",
    "安倍晋三はパリで会見した。",
    "서울은 대한민국의 수도이다.",
    "თბილისი საქართველოს დედაქალაქია.",
    "Երևանը Հայաստանի մայրաքաղաքն է։",
    "አዲስ አበባ የኢትዮጵያ ዋና ከተማ ናት።",
    "ភ្នំពេញជារដ្ឋធានី",
    "ရန်ကုန်မြို့",
    "İSTANBUL'da Çağrı Ünal",
    "👩‍👩‍👧 🇩🇰 e\u0301 \ufeff \u200d \u00a0 ﷽ 𝔘𝔫𝔦 \U0001f9ff\x00\x07",
    "  two  blanks,\ttabs\t\t\tand\n\n\nbreaks   ",
    "<bos> <unused5> <start_of_turn> [multimodal] <b>x</b> [[y]] ▁▁ <0x41>",
    "",
]


def test_a_tiny_model_is_what_transformers_makes_of_it(tmp_path: Path) -> None:
    gguf = save_gguf(tmp_path / "tiny.gguf")
    convert(gguf, tmp_path / "ours")
    expand_by_transformers(gguf, tmp_path / "theirs", add_bos_token=True)
    assert (tmp_path / "ours" / "model.safetensors").read_bytes() == (
        tmp_path / "theirs" / "model.safetensors"
    ).read_bytes()
    assert json.loads((tmp_path / "ours" / "tokenizer.json").read_text("utf-8")) == json.loads(
        (tmp_path / "theirs" / "tokenizer.json").read_text("utf-8")
    )
    from transformers import AutoConfig

    ours, theirs = (AutoConfig.from_pretrained(tmp_path / name).to_dict() for name in ("ours", "theirs"))
    for config in (ours, theirs):
        config.pop("_name_or_path", None)
    assert ours == theirs


def test_progress_is_reported(tmp_path: Path) -> None:
    lines: list[str] = []
    convert(save_gguf(tmp_path / "tiny.gguf"), tmp_path / "model", report=lines.append)
    assert lines[0] == f"wrote the tokenizer of {len(TOKENS)} tokens"
    assert lines[-1].startswith("wrote 100 % of the weights, ")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"without": "blk.3.attn_q.weight"},
            f"tensor 'blk.3.attn_q.weight' is missing, of 1; expected all of {LAYERS} layers",
        ),
        (
            {"more": "blk.3.attn_q.bias"},
            "tensor 'blk.3.attn_q.bias' has no known place in the model, of 1; expected those of a plain model",
        ),
        (
            {"scaling": 8.0},
            "the rotary frequencies are adapted by 'linear'; expected plain ones, as in 270M and 1B",
        ),
        ({"architecture": "mamba"}, "the architecture is 'mamba'; expected one of gemma3, qwen2"),
    ],
)
def test_a_model_that_would_not_be_whole_is_refused(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError) as error:  # noqa: PT011
        convert(save_gguf(tmp_path / "tiny.gguf", **changes), tmp_path / "model")
    assert str(error.value) == message
    assert not (tmp_path / "model").exists()


@pytest.fixture(scope="module")
def embedded_gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("embedded") / "model.gguf"
    base = NAMED_BASES[EMBEDDED]
    join_parts(base, parts_of(base), file)
    return file


@pytest.mark.real_model
def test_the_embedded_weights_are_the_packages_rounded_to_bf16(embedded_gguf: Path) -> None:
    from gguf import GGMLQuantizationType
    from gguf.quants import dequantize

    compared = {
        "blk.0.attn_q.weight": "layers.0.self_attn.q_proj",
        "blk.0.attn_v.weight": "layers.0.self_attn.v_proj",
        "blk.9.attn_output.weight": "layers.9.self_attn.o_proj",
        "blk.0.ffn_down.weight": "layers.0.mlp.down_proj",
        "blk.17.ffn_gate.weight": "layers.17.mlp.gate_proj",
        "blk.17.post_ffw_norm.weight": "layers.17.post_feedforward_layernorm",
        "output_norm.weight": "norm",
    }
    kinds = set()
    with (
        embedded_gguf.open("rb") as file,
        safe_open(str(Path(base_folder()) / "model.safetensors"), framework="pt") as weights,
    ):
        read = GgufFile(file)
        for theirs, ours in compared.items():
            tensor = read.tensors[theirs]
            kinds.add(tensor.kind.name)
            file.seek(tensor.offset)
            stored = np.frombuffer(file.read(tensor.blocks * tensor.kind.size), np.uint8).reshape(-1, tensor.kind.size)
            form = GGMLQuantizationType[tensor.kind.name]
            values = torch.from_numpy(dequantize(stored, form).reshape(tensor.shape).copy()) - float(
                "norm" in theirs
            )  # norms scale by 1 + weight
            assert torch.equal(weights.get_tensor(f"model.{ours}.weight"), values.to(torch.bfloat16)), theirs
    assert kinds == {"F32", "Q5_0", "Q8_0", "Q4_K", "Q6_K"}


@pytest.mark.real_model
def test_the_embedded_tokenizer_is_transformers_own(embedded_gguf: Path) -> None:
    from transformers.integrations.gguf.gguf_tokenizer_mapping import convert_gguf_tokenizer, get_gguf_tokenizer

    architecture, described, _ = get_gguf_tokenizer(str(embedded_gguf))
    theirs, _ = convert_gguf_tokenizer(architecture, described)
    ours = Tokenizer.from_file(str(Path(base_folder()) / "tokenizer.json"))
    for text in TEXTS:
        expected, found = theirs.encode(text, add_special_tokens=False), ours.encode(text, add_special_tokens=False)
        assert (found.ids, found.offsets) == (expected.ids, expected.offsets), text
        assert ours.encode(text).ids == [2, *found.ids]
    assert ours.get_vocab() == theirs.get_vocab()


@pytest.mark.real_model
def test_every_run_of_blanks_is_one_token() -> None:
    tokenizer = Tokenizer.from_file(str(Path(base_folder()) / "tokenizer.json"))
    assert [len(tokenizer.encode(" " * count, add_special_tokens=False).ids) for count in range(1, 32)] == [1] * 31


def strings() -> list[str]:
    """Pieces of hostile texts with the blanks before them, runs of blanks, and characters of all planes."""
    source = random.Random(5)
    planes = ((32, 127), (0x80, 0x3000), (0x3000, 0xD7FF), (0xE000, 0xFFFF), (0x10000, 0x10FFFF))
    made = [
        "".join(chr(source.randrange(*source.choice(planes))) for _ in range(source.randint(1, 12)))
        for _ in range(5000)
    ]
    made += [blank * count for blank in (" ", "\n", "\t", "▁") for count in range(1, 35)]
    for text in TEXTS:
        made += [text[piece.lead : piece.end] for piece in cut(text)]
    return [*made, "<bos>", "a <b>b</b>", "<unused5>", "<0x41>", "[multimodal]", "\x00", "a\x00b", "x" * 300, ""]


@pytest.mark.real_model
def test_sentencepiece_gives_the_ids_that_tokenizers_gives() -> None:
    folder = Path(base_folder())
    theirs, ours = Tokenizer.from_file(str(folder / "tokenizer.json")), SentencePieces.read(folder / VOCABULARY)
    theirs.encode_special_tokens = True
    expected = [each.ids for each in theirs.encode_batch_fast(strings(), add_special_tokens=False)]
    assert ours.ids(strings()) == expected
    assert ours.bos_id == 2
    for token in ("<b>", "</b>", "<bos>", "▁London", "no such token"):
        assert ours.token_to_id(token) == theirs.token_to_id(token)
    assert pickle.loads(pickle.dumps(ours)).ids(["Ada met Bob"]) == ours.ids(["Ada met Bob"])


def test_a_converted_vocabulary_is_the_same_to_both_packages(tmp_path: Path) -> None:
    convert(save_gguf(tmp_path / "tiny.gguf"), tmp_path / "tiny")
    theirs = Tokenizer.from_file(str(tmp_path / "tiny" / "tokenizer.json"))
    theirs.encode_special_tokens = True
    expected = [each.ids for each in theirs.encode_batch_fast(strings(), add_special_tokens=False)]
    assert SentencePieces.read(tmp_path / "tiny" / VOCABULARY).ids(strings()) == expected


@pytest.mark.parametrize("content", [b"", b"nonsense" * 9])
def test_what_is_no_vocabulary_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / VOCABULARY).write_bytes(content)
    with pytest.raises(ValueError, match="no vocabulary of sentencepiece: "):
        SentencePieces.read(tmp_path / VOCABULARY)


def test_a_damaged_vocabulary_is_named(tmp_path: Path) -> None:
    convert(save_gguf(tmp_path / "tiny.gguf"), tmp_path / "tiny")
    (tmp_path / "tiny" / VOCABULARY).write_bytes(b"x" * 9)
    with pytest.raises(BaseModelError, match=r"vocabulary\.spm cannot be read: no vocabulary of sentencepiece: "):
        load_tokens(str(tmp_path / "tiny"))
