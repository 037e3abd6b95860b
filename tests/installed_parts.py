"""Packages with a part of a file in each, as pip would install them, for named bases of the tests' own."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from cascade.model.named_bases import NamedBase

VERSION = "1.2.0"
NAME = "tiny-base"


def install(folder: Path, whole: bytes, *, parts: int = 2) -> NamedBase:
    """Writes packages `tiny-model-part1`, ... below `folder`; returns the base that they make."""
    size = -(-len(whole) // parts)
    packages = [f"tiny-model-part{number}" for number in range(1, parts + 1)]
    for number, package in enumerate(packages, start=1):
        content = whole[(number - 1) * size : number * size]
        file = part_file(folder, number)
        file.parent.mkdir(parents=True)
        file.write_bytes(content)
        # an import would fail, and so would the test
        (file.parent.parent / "__init__.py").write_text("raise RuntimeError('was imported')\n", encoding="utf-8")
        described = described_folder(folder, package)
        described.mkdir()
        write_version(folder, package, VERSION)
        digest = base64.urlsafe_b64encode(sha256(content).digest()).decode().rstrip("=")
        lines = [f"{file.relative_to(folder).as_posix()},sha256={digest},{len(content)}"]
        lines += [f"{each.relative_to(folder).as_posix()},," for each in (described / "RECORD", described / "METADATA")]
        (described / "RECORD").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return named(packages, sha256(whole).hexdigest())


def named(packages: Sequence[str], checksum: str) -> NamedBase:
    return NamedBase(NAME, tuple(packages), VERSION, checksum, seconds=1)


def part_file(folder: Path, number: int) -> Path:
    return folder / f"tiny_model_part{number}" / "data" / f"part{number:02}.bin"


def described_folder(folder: Path, package: str) -> Path:
    return folder / f"{package.replace('-', '_')}-{VERSION}.dist-info"


def write_version(folder: Path, package: str, version: str) -> None:
    text = f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n"
    (described_folder(folder, package) / "METADATA").write_text(text, encoding="utf-8")
