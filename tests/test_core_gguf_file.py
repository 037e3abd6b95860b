"""GGUF files are read as they were written; the package `gguf` is the oracle."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
import torch
from gguf import GGMLQuantizationType, GGUFReader
from gguf.quants import dequantize, quantize
from tiny_gguf import TOKENS, k_quants, save_gguf, tensors

from cascade.model.gguf_file import KINDS, Floats, GgufFile, to_bf16

HALF = struct.pack("<e", 0.5)


def widened(code: int, block: bytes) -> list[float]:
    numbers: list[float] = KINDS[code].widen(np.frombuffer(block, np.uint8)[None]).ravel().tolist()
    return numbers


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_gguf(tmp_path_factory.mktemp("gguf") / "tiny.gguf")


def test_signed_bytes_are_multiplied_by_their_scale() -> None:
    assert widened(8, HALF + struct.pack("32b", -128, 127, *[4] * 30)) == [-64.0, 63.5, *[2.0] * 30]


def test_the_fifth_bit_of_a_number_lies_apart_from_the_other_four() -> None:
    fifth = (1 << 0 | 1 << 31).to_bytes(4, "little")  # of the first and the last of 32 numbers
    low = bytes([0x0F, *[0x00] * 14, 0x21])  # lower halves: 15, 0.., 1; upper ones: 0, 0.., 2
    expected = [31 - 16, *[0 - 16] * 14, 1 - 16, *[0 - 16] * 15, 18 - 16]
    assert widened(6, HALF + fifth + low) == [number / 2 for number in expected]


def test_four_bits_have_a_factor_and_an_offset_for_each_32_numbers() -> None:
    factors = bytes([63, 1, 1, 0b11_000001])  # of the first four; the upper bits of the last belong to the eighth
    offsets = bytes([2, 0, 0, 0b01_000000])
    rest = bytes([0, 0, 0, 0x52])  # the eighth factor is 0b11_0010 = 50, its offset 0b01_0101 = 21
    numbers = bytes([0x03] * 32 + [0x00] * 64 + [0xF0] * 32)  # the first 32 numbers are 3, the last 32 are 15
    values = widened(12, HALF + struct.pack("<e", 0.25) + factors + offsets + rest + numbers)
    assert values[:32] == [0.5 * 63 * 3 - 0.25 * 2] * 32
    assert values[224:] == [0.5 * 50 * 15 - 0.25 * 21] * 32
    assert values[32:224] == [0.0] * 192


@pytest.mark.parametrize("code", KINDS)
def test_every_form_is_widened_as_the_package_does(code: int) -> None:
    kind, random = KINDS[code], np.random.default_rng(code)
    form = GGMLQuantizationType(code)
    shape = (50, 256)
    stored = (
        k_quants(random, form, shape)
        if form.name.endswith("_K")
        else quantize(random.normal(0, 1, shape).astype(np.float32), form)
    )
    blocks = np.frombuffer(stored.tobytes(), np.uint8).reshape(-1, kind.size)
    expected: Floats = dequantize(stored, form)
    assert len(np.unique(expected)) > 50
    assert np.array_equal(kind.widen(blocks).reshape(shape), expected)


def test_metadata_and_tensors_are_those_of_the_package(tiny: Path) -> None:
    expected = GGUFReader(tiny)
    with tiny.open("rb") as file:
        read = GgufFile(file)
        assert read.metadata == {
            name: field.contents() for name, field in expected.fields.items() if not name.startswith("GGUF.")
        }
        assert read.metadata["tokenizer.ggml.tokens"] == TOKENS
        assert list(read.tensors) == list(tensors())
        for tensor in expected.tensors:
            values = np.concatenate(list(read.blocks(read.tensors[tensor.name])))
            assert read.tensors[tensor.name].shape == tuple(reversed(tensor.shape.tolist()))
            assert np.array_equal(values.ravel(), dequantize(tensor.data, tensor.tensor_type).ravel()), tensor.name


def test_a_large_tensor_comes_in_parts(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with tiny.open("rb") as file:
        read = GgufFile(file)
        whole = next(read.blocks(read.tensors["blk.0.attn_q.weight"]))
        monkeypatch.setattr("cascade.model.gguf_file._VALUES_AT_ONCE", 96)
        parts = list(read.blocks(read.tensors["blk.0.attn_q.weight"]))
        assert {len(part) for part in parts} == {3, len(whole) % 3}
        assert np.array_equal(np.concatenate(parts), whole)


def test_numbers_are_rounded_to_bf16_as_torch_does() -> None:
    ties = [
        1 + 2**-8,
        1 + 3 * 2**-8,
        -1 - 2**-8,
        0.0,
        -0.0,
        3.3e38,
        1e-40,
    ]  # the first two lie between two bf16: to 1 and to 1 + 2**-6
    values = np.concatenate([ties, np.random.default_rng(0).normal(0, 1, 10_000)]).astype(np.float32)
    expected = torch.from_numpy(values).to(torch.bfloat16).view(torch.int16).numpy().view(np.uint16)
    assert np.array_equal(to_bf16(values), expected)
    assert to_bf16(values[:2]).tolist() == [0x3F80, 0x3F82]


def test_a_file_cut_short_anywhere_is_refused(tiny: Path, tmp_path: Path) -> None:
    whole = tiny.read_bytes()
    cut = tmp_path / "cut.gguf"
    for length in (*range(0, 2000, 37), len(whole) // 2, len(whole) - 64):
        cut.write_bytes(whole[:length])
        with cut.open("rb") as file, pytest.raises(ValueError, match=r"expected a(nd)? (whole )?GGUF file"):
            GgufFile(file)


@pytest.mark.parametrize(
    ("place", "written", "message"),
    [
        (0, b"GGML", "begins with b'GGML'; expected a GGUF file"),
        (4, struct.pack("<I", 1), "GGUF version 1; expected one of (2, 3)"),
        (24, struct.pack("<Q", 1 << 60), "expected a whole GGUF file"),  # the first name's length
    ],
)
def test_what_is_no_file_of_this_form_is_refused(
    tiny: Path, tmp_path: Path, place: int, written: bytes, message: str
) -> None:
    changed = bytearray(tiny.read_bytes())
    changed[place : place + len(written)] = written
    (tmp_path / "changed.gguf").write_bytes(changed)
    with (tmp_path / "changed.gguf").open("rb") as file, pytest.raises(ValueError) as error:  # noqa: PT011
        GgufFile(file)
    assert str(error.value).endswith(message)


def test_a_form_that_is_not_known_is_named(tiny: Path, tmp_path: Path) -> None:
    changed = bytearray(tiny.read_bytes())
    name = b"output_norm.weight"
    place = changed.index(name) + len(name) + 4 + 8
    changed[place : place + 4] = struct.pack("<I", 16)
    (tmp_path / "changed.gguf").write_bytes(changed)
    with (tmp_path / "changed.gguf").open("rb") as file, pytest.raises(ValueError) as error:  # noqa: PT011
        GgufFile(file)
    assert str(error.value) == (
        "tensor 'output_norm.weight' is stored in form 16; "
        "expected one of F32 (0), F16 (1), Q5_0 (6), Q8_0 (8), Q4_K (12), Q6_K (14), BF16 (30)"
    )
