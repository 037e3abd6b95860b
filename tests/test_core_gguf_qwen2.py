"""A converted GGUF of Qwen2 is the folder that transformers' own reading of the file would write, but for what no GGUF
says: that texts are read in Unicode's form NFC.
"""

from __future__ import annotations

import json
import random
import unicodedata
from pathlib import Path
from typing import Any

import pytest
import torch
from gguf_expansion import expand_by_transformers
from safetensors.torch import load_file
from test_core_gguf_conversion import TEXTS, strings
from tiny_qwen2_gguf import CONTROL, LAYERS, OWN, save_qwen2_gguf, vocabulary
from tokenizers import Tokenizer

from cascade.model.base_model import BaseModel
from cascade.model.gguf_conversion import convert
from cascade.model.gguf_file import GgufFile
from cascade.model.stored_decoder import StoredDecoder
from cascade.model.tokenizer import load_tokens
from cascade.reading.row import assemble

pytestmark = pytest.mark.slow

APART = ["cafe\u0301", "Mu\u0308ller & So\u0308hne", "e\u0301\u0323", "\u1100\u1161\u11a8", "\u212b \u2126", "\ufb01"]


@pytest.fixture(scope="module", params=["own head", "tied head"])
def folders(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The tiny model as we convert it, and as transformers expands it."""
    folder = tmp_path_factory.mktemp("qwen2")
    gguf = save_qwen2_gguf(folder / "tiny.gguf", tied=request.param == "tied head")
    convert(gguf, folder / "ours")
    expand_by_transformers(gguf, folder / "theirs", add_bos_token=False)
    return folder / "ours", folder / "theirs"


def test_weights_are_those_that_transformers_reads(folders: tuple[Path, Path]) -> None:
    ours, theirs = (load_file(folder / "model.safetensors") for folder in folders)
    assert {name: (each.dtype, tuple(each.shape)) for name, each in ours.items()} == {
        name: (each.dtype, tuple(each.shape)) for name, each in theirs.items()
    }
    assert [name for name, each in ours.items() if not torch.equal(each, theirs[name])] == []
    assert len([name for name in ours if name.endswith(".bias")]) == 3 * LAYERS


def test_the_configuration_is_the_one_that_transformers_makes(folders: tuple[Path, Path]) -> None:
    from transformers import AutoConfig

    ours, theirs = (AutoConfig.from_pretrained(folder).to_dict() for folder in folders)
    # windows are not used; transformers keeps its own defaults for them
    for config in (ours, theirs):
        for name in ("_name_or_path", "max_window_layers"):
            config.pop(name, None)
    assert ours == theirs


def without_normal_form(folder: Path) -> Tokenizer:
    tokenizer = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    return Tokenizer.from_str(json.dumps(tokenizer | {"normalizer": None}))


def test_ids_are_those_of_transformers_for_texts_in_any_form(folders: tuple[Path, Path]) -> None:
    ours, theirs = (without_normal_form(folder) for folder in folders)
    texts = [*strings(), *TEXTS, *APART, *CONTROL, *OWN, "a<tool_call>b</tool_call>", "<|im_start|>user\nhi<|im_end|>"]
    for text in texts:
        expected, found = (each.encode(text, add_special_tokens=False).ids for each in (theirs, ours))
        assert found == expected, text
        assert ours.encode(text).ids == found  # nothing is put before a text


def test_texts_are_read_in_the_composed_form(folders: tuple[Path, Path]) -> None:
    ours = Tokenizer.from_file(str(folders[0] / "tokenizer.json"))
    plain = without_normal_form(folders[0])
    for text in APART:
        assert ours.encode(text).ids == plain.encode(unicodedata.normalize("NFC", text)).ids
    assert ours.encode(APART[0]).ids != plain.encode(APART[0]).ids
    theirs = Tokenizer.from_file(str(folders[1] / "tokenizer.json"))
    assert theirs.encode(APART[0]).ids == plain.encode(APART[0]).ids  # which is why ours is not compared as it is


def test_control_tokens_are_special_and_other_words_are_not(folders: tuple[Path, Path]) -> None:
    added = json.loads((folders[0] / "tokenizer.json").read_text(encoding="utf-8"))["added_tokens"]
    tokens = vocabulary().tokens
    assert [(each["content"], each["id"], each["special"]) for each in added] == [
        (token, tokens.index(token), token in CONTROL) for token in (*CONTROL, *OWN)
    ]


def test_transformers_loads_the_tokenizer_as_it_is(folders: tuple[Path, Path]) -> None:
    from transformers import AutoTokenizer

    loaded: Any = AutoTokenizer.from_pretrained(folders[0])
    ours = Tokenizer.from_file(str(folders[0] / "tokenizer.json"))
    assert [loaded(text).input_ids for text in [*TEXTS, *APART]] == [
        each.ids for each in ours.encode_batch([*TEXTS, *APART])
    ]
    assert (loaded.bos_token, loaded.eos_token, loaded.pad_token, loaded.unk_token) == (
        None,
        "<|im_end|>",
        "<|endoftext|>",
        None,
    )


def test_the_configuration_says_in_whose_form_it_is(folders: tuple[Path, Path]) -> None:
    """Without it, transformers warns of a tokenizer of many tokens, and advises what would break it."""
    config = json.loads((folders[0] / "config.json").read_text(encoding="utf-8"))
    assert config["transformers_version"] == "5.0.0"


def test_our_own_decoder_reads_it_as_transformers_does(folders: tuple[Path, Path]) -> None:
    from transformers import AutoModelForCausalLM

    assert StoredDecoder.read(folders[0]) is not None  # it is not left to transformers
    reader = BaseModel.load(str(folders[0]), device="cpu", precision="fp32").reader()
    theirs: Any = AutoModelForCausalLM.from_pretrained(folders[1], dtype=torch.float32)
    ids = list(range(1, 41))
    with torch.inference_mode():
        expected = theirs(input_ids=torch.tensor([ids])).logits
        found = reader.hidden([assemble(ids, [])]) @ reader.head.float().T
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)


def test_a_base_model_reads_it(folders: tuple[Path, Path]) -> None:
    tokens = load_tokens(str(folders[0]))
    ids = {token: number for number, token in enumerate(vocabulary().tokens)}
    assert (tokens.bos_id, tokens.end_id, tokens.pad_id) == (None, ids["<|im_end|>"], ids["<|endoftext|>"])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"without": "blk.1.attn_k.bias"},
            f"tensor 'blk.1.attn_k.bias' is missing, of 1; expected all of {LAYERS} layers",
        ),
        (
            {"without": "token_embd.weight"},
            f"tensor 'token_embd.weight' is missing, of 1; expected all of {LAYERS} layers",
        ),
        (
            {"pre": "llama-bpe"},
            "the tokenizer is of the kind ('gpt2', 'llama-bpe'); expected ('gpt2', 'qwen2')",
        ),
        (
            {"more_merges": ("a nothing",)},
            f"merge {len(vocabulary().merges):,} is 'a nothing'; expected two tokens that make a third, a blank "
            "between",
        ),
        ({"scaling": True}, "the rotary frequencies are adapted by 'yarn'; expected plain ones"),
        ({"heads": 0}, "qwen2.attention.head_count is 0; expected a count from 1 to 16,777,216"),
        ({"layers": 5000}, "the file has 39 tensors; expected those of 5,000 layers"),
        ({"end": 5000}, "tokenizer.ggml.eos_token_id is 5000; expected one of 420 tokens"),
        ({"heads": 8}, "tensor 'blk.0.attn_k.weight' has the shape (128, 256); expected (64, 256)"),
    ],
)
def test_a_model_that_would_be_another_is_refused(changes: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError) as error:  # noqa: PT011
        convert(save_qwen2_gguf(tmp_path / "tiny.gguf", **changes), tmp_path / "model")
    assert str(error.value) == message
    assert not (tmp_path / "model").exists()


@pytest.mark.filterwarnings(
    "ignore:invalid value encountered:RuntimeWarning"
)  # of numbers that are read at wrong places
def test_a_damaged_description_is_a_damaged_file_and_no_other_error(tmp_path: Path) -> None:
    whole = save_qwen2_gguf(tmp_path / "whole.gguf").read_bytes()
    with (tmp_path / "whole.gguf").open("rb") as file:
        described = min(tensor.offset for tensor in GgufFile(file).tensors.values())
    source, refused = random.Random(3), 0
    for number in range(60):
        damaged = bytearray(whole)
        for _ in range(3):
            damaged[source.randrange(source.choice((1200, described)))] = source.choice((0, 1, 2, 8, 9, 255))
        (tmp_path / "damaged.gguf").write_bytes(damaged)
        try:
            convert(tmp_path / "damaged.gguf", tmp_path / f"{number}")
        except ValueError:
            refused += 1
    assert refused > 30
