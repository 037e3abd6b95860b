"""A GGUF file is a base model wherever one is named: converted once, recognised by its content."""

from __future__ import annotations

import json
import os
import shutil
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

import pytest
import torch
from safetensors.torch import load_file, save_file
from tiny_gguf import save_gguf
from tiny_qwen2_gguf import save_qwen2_gguf

from cascade.errors import BaseModelError
from cascade.model import conversion_cache
from cascade.model.base_folder import base_folder
from cascade.model.base_model import BaseModel
from cascade.model.conversion_cache import checksum_of
from cascade.model.stored_decoder import StoredDecoder
from cascade.model.tokenizer import load_tokens
from cascade.pipeline.reloading import Loaded
from train.trainable_base import base_folder_of, go_offline

pytestmark = pytest.mark.slow

EXPECTED = (
    "Expected gemma-3-270m, qwen2.5-coder-0.5b, qwen2.5-coder-1.5b, a folder, a GGUF file or the hub name of a causal "
    "LM"
)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CASCADE_NER_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_qwen2_gguf(tmp_path_factory.mktemp("gguf") / "tiny-Q4_K_M.gguf")


@pytest.fixture
def gguf(made: Path, tmp_path: Path) -> Path:
    (tmp_path / "model").mkdir()
    return Path(shutil.copy(made, tmp_path / "model"))


def test_it_is_converted_once_under_its_name_and_checksum(gguf: Path, cache: Path) -> None:
    lines: list[str] = []
    digest = sha256(gguf.read_bytes()).hexdigest()
    folder = cache / f"tiny-Q4_K_M-bf16-{digest[:16]}-v3"
    assert base_folder(str(gguf), report=lines.append) == str(folder)
    assert (folder / "SOURCE").read_text(encoding="utf-8") == f"{gguf.name} sha256 {digest}\n"
    assert lines[0] == f"converting {gguf} once into {folder}"
    assert base_folder(str(gguf), report=lines.append) == str(folder)
    assert base_folder(str(folder)) == str(folder)
    assert len([line for line in lines if line.startswith("converting")]) == 1


def test_the_base_model_keeps_the_name_of_the_file(gguf: Path) -> None:
    base = BaseModel.load(str(gguf), device="cpu", precision="fp32")
    assert base.name == str(gguf)
    assert base.fingerprint == BaseModel.load(base_folder(str(gguf)), device="cpu", precision="fp32").fingerprint
    assert base.model.config.model_type == "qwen2"  # as transformers has it, loaded where it is asked for
    assert torch.equal(base.model.get_input_embeddings().weight, base.embedding)


def test_training_starts_from_it_too(gguf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.setenv("HF_HUB_OFFLINE", "")  # so that what is set below is undone
    monkeypatch.delenv("HF_HUB_OFFLINE")
    assert base_folder_of(str(gguf)) == (base_folder(str(gguf)), "qwen2")
    for base in (None, "qwen2.5-coder-0.5b", str(gguf)):
        monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
        go_offline(base)
        assert os.environ.get("HF_HUB_OFFLINE") == "1"
    monkeypatch.delenv("HF_HUB_OFFLINE")
    go_offline("Qwen/Qwen2-1.5B-Instruct")
    assert "HF_HUB_OFFLINE" not in os.environ


def test_another_process_is_told_the_whole_path_of_the_file(gguf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Shelf:
        adapters = ()

    class Cascade:
        base = BaseModel.load(str(gguf), device="cpu", precision="fp32")
        shelf = Shelf()

    monkeypatch.chdir(gguf.parent)
    cascade: Any = Cascade()
    for base, expected in ((gguf.name, str(gguf)), ("qwen2.5-coder-0.5b", "qwen2.5-coder-0.5b"), (None, None)):
        assert Loaded.of(cascade, {"base": base, "adapters": None}).options["base"] == expected


@pytest.mark.parametrize("named", ["the folder", "a file without the ending"])
def test_a_folder_of_one_and_a_file_of_any_name_are_read(named: str, gguf: Path) -> None:
    expected = load_tokens(str(gguf)).ids(["London"])
    if named == "the folder":
        (gguf.parent / "README.md").touch()
        (gguf.parent / "config.json").write_text("{}", encoding="utf-8")  # hubs put it beside GGUF files
        source = gguf.parent
    else:
        source = gguf.rename(gguf.with_name("sha256-0123"))
    assert load_tokens(str(source)).ids(["London"]) == expected


def test_of_several_files_one_has_to_be_named(gguf: Path) -> None:
    other = Path(shutil.copy(gguf, gguf.with_name("other.gguf")))
    for read in (BaseModel.load, load_tokens, base_folder_of, base_folder):
        with pytest.raises(BaseModelError) as error:
            read(str(gguf.parent))
        assert str(error.value) == (
            f"cannot load the base model {str(gguf.parent)!r}: it holds 2 GGUF files, other.gguf, tiny-Q4_K_M.gguf. "
            f"Name one of them, such as {str(other)!r}"
        )


@pytest.mark.parametrize(
    ("architecture", "content", "reason"),
    [
        ("mamba", None, "the architecture is 'mamba'; expected one of gemma3, qwen2"),
        (None, b"PK something else", "begins with b'PK s'; expected a GGUF file"),
        (None, b"GGUF", "ends after 4 bytes; expected a whole GGUF file"),
        (None, b"", "ends after 0 bytes; expected a whole GGUF file"),
    ],
)
def test_what_cannot_be_converted_is_told(
    architecture: str | None, content: bytes | None, reason: str, tmp_path: Path, cache: Path
) -> None:
    file = tmp_path / "other.gguf"
    if architecture is not None:
        save_gguf(file, architecture=architecture)
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(BaseModelError) as error:
        base_folder(str(file))
    assert str(error.value) == (
        f"cannot convert the base model {str(file)!r}: {reason}. "
        "Name another file, or the Hugging Face folder that this one was made from"
    )
    assert [each.name for each in cache.iterdir()] == ["checksums"]


def test_a_file_that_was_cut_short_is_told(gguf: Path) -> None:
    gguf.write_bytes(gguf.read_bytes()[:-100])
    with pytest.raises(BaseModelError, match=r"does not fit a file of .+; expected a whole GGUF file\. Name another"):
        base_folder(str(gguf))


def test_a_part_of_a_model_is_told(tmp_path: Path) -> None:
    with pytest.raises(BaseModelError) as error:
        base_folder(str(save_gguf(tmp_path / "tiny-00001-of-00002.gguf", parts=2)))
    assert "it is one of 2 parts of a model; expected them joined (gguf-split --merge of llama.cpp)" in str(error.value)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    name = str(tmp_path / "none.gguf")
    with pytest.raises(BaseModelError) as error:
        base_folder(name)
    assert str(error.value) == f"cannot load the base model {name!r}: there is no such file. {EXPECTED}"


def test_a_checksum_is_computed_again_only_for_a_file_that_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "x.gguf"
    file.write_bytes(b"first")
    first = sha256(b"first").hexdigest()
    assert checksum_of(file) == first
    with monkeypatch.context() as patched:
        patched.setattr(conversion_cache, "_BLOCK", "not a number")  # reading the file would fail
        assert checksum_of(file) == first
    file.write_bytes(b"other size")
    assert checksum_of(file) == sha256(b"other size").hexdigest()
    os.utime(file, ns=(1, 1))
    file_changed = file.stat().st_mtime_ns
    file.write_bytes(b"same width")
    assert file.stat().st_mtime_ns != file_changed
    assert checksum_of(file) == sha256(b"same width").hexdigest()


@pytest.mark.parametrize("note", ["", "[]", "{}", '{"sha256": 5}'])
def test_a_damaged_note_of_a_checksum_is_made_anew(note: str, tmp_path: Path, cache: Path) -> None:
    file = tmp_path / "x.gguf"
    file.write_bytes(b"content")
    expected = checksum_of(file)
    [kept] = (cache / "checksums").iterdir()
    whole = kept.read_text(encoding="utf-8")
    kept.write_text(note, encoding="utf-8")
    assert checksum_of(file) == expected
    assert json.loads(kept.read_text(encoding="utf-8")) == json.loads(whole)


def test_what_killed_conversions_left_is_removed_and_what_is_under_way_stays(gguf: Path, cache: Path) -> None:
    fcntl = pytest.importorskip("fcntl")
    cache.mkdir()
    for name in ("killed", "working"):
        (cache / f".converting-{name}").mkdir()
        (cache / f".converting-{name}" / "lock").touch()
        (cache / f".converting-{name}" / "model.gguf").write_bytes(b"x" * 1000)
    with open(cache / ".converting-working" / "lock", "rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        base_folder(str(gguf))
        assert [folder.name for folder in cache.glob(".converting-*")] == [".converting-working"]


def test_a_conversion_that_just_begins_is_under_way(gguf: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("fcntl")
    locked, seen = conversion_cache._is_free, list[Path]()

    def beside_another_process(lock: BinaryIO) -> bool:
        if not seen:
            seen.extend(cache.glob(".converting-*"))
            conversion_cache.remove_left_over(cache)
            assert seen[0].is_dir()
        return locked(lock)

    monkeypatch.setattr(conversion_cache, "_is_free", beside_another_process)
    assert StoredDecoder.read(Path(base_folder(str(gguf)))) is not None


def test_a_name_that_is_too_long_is_no_base_model() -> None:
    with pytest.raises(BaseModelError, match="cannot load the base model 'xxx.*: File name too long; expected a name"):
        base_folder("x" * 300)


def test_a_bias_of_another_shape_is_not_read(gguf: Path, tmp_path: Path) -> None:
    """The kernels would read beyond its end."""
    folder = Path(shutil.copytree(base_folder(str(gguf)), tmp_path / "other"))
    weights = load_file(folder / "model.safetensors")
    assert StoredDecoder.read(folder) is not None
    [bias, *_] = [name for name in weights if name.endswith("v_proj.bias")]
    save_file({**weights, bias: weights[bias][:1].clone()}, folder / "model.safetensors", metadata={"format": "pt"})
    assert StoredDecoder.read(folder) is None
