"""What goes wrong with the files of a base model, said so that its user can act on it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from safetensors import SafetensorError, safe_open

from cascade.adapters.lora_config import CONFIG
from cascade.errors import BaseModelError, first_line
from cascade.model.base_folder import EXPECTED
from cascade.model.conversion_cache import cache_folder
from cascade.model.sentencepiece_file import VOCABULARY
from cascade.text.sentence_pieces import SentencePieces

# what reading a damaged file raises; tokenizers' own errors become ValueError below
_UNREADABLE = (OSError, ValueError, SafetensorError)


@contextmanager
def reading_files_of(source: str) -> Iterator[None]:
    """While it is open, what goes wrong because of the files of the base model `source` is raised as BaseModelError;
    other errors are passed on.
    """
    if (found := _no_model_in(Path(source))) is not None:
        raise BaseModelError(f"cannot load the base model {source!r}: {found}")
    try:
        yield
    except _UNREADABLE as error:
        folder = _folder_of(source)
        if folder is not None and (damaged := _damaged(folder)) is not None:
            file, reason = damaged
            raise BaseModelError(
                f"cannot load the base model {source!r}: {file} cannot be read: {reason}. Expected a whole file: "
                f"{_remedy(folder)}"
            ) from error
        raise BaseModelError(f"cannot load the base model {source!r}: {first_line(error)}. {EXPECTED}") from error


@contextmanager
def tokenizers_errors() -> Iterator[None]:
    """While it is open, what the package tokenizers cannot read is raised as ValueError; other errors are passed on."""
    try:
        yield
    except Exception as error:
        if type(error) is not Exception:  # tokenizers raises that class itself, which cannot be caught by itself
            raise
        raise ValueError(str(error)) from error


def weight_files_of(source: str) -> list[Path]:
    """The safetensors files of a base model that is a folder or was fetched from the hub; none where it has none."""
    folder = _folder_of(source)
    return [] if folder is None else sorted(folder.glob("*.safetensors"))


def _no_model_in(place: Path) -> str | None:
    """What a place on disk holds that is no Hugging Face folder, and what to do; None where it is one or not there."""
    if not place.exists():
        return None
    expected = "Expected a Hugging Face folder, with config.json, tokenizer.json and weights as safetensors"
    if (place / "config.json").is_file():
        return None
    if (place / CONFIG).is_file():
        found = f"an adapter, with {CONFIG} and no config.json"
        return f"it is {found}. {expected}; a folder of adapters is named with --adapters"
    return f"it is a file. {expected}" if place.is_file() else f"it has no config.json. {expected}"


def _folder_of(source: str) -> Path | None:
    """The folder of a base model that is one or was fetched from the hub."""
    from transformers.utils.hub import cached_file

    if Path(source).is_dir():
        return Path(source)
    with suppress(OSError):  # for what is no name of the hub's
        kept = cached_file(source, "config.json", local_files_only=True, _raise_exceptions_for_missing_entries=False)
        return None if kept is None else Path(kept).parent
    return None


def _damaged(folder: Path) -> tuple[Path, str] | None:
    """The first of a base model's files that cannot be read, and why."""
    readers: dict[str, Callable[[Path], object]] = {
        "config.json": lambda file: json.loads(file.read_bytes()),
        VOCABULARY: SentencePieces.read,
        "tokenizer.json": _read_tokenizer,
        "*.index.json": lambda file: json.loads(file.read_bytes()),
        "*.safetensors": lambda file: safe_open(str(file), framework="pt"),
    }
    for pattern, read in readers.items():
        for file in sorted(folder.glob(pattern)):
            try:
                read(file)
            except _UNREADABLE as error:
                return file, first_line(error)
    return None


def _read_tokenizer(file: Path) -> None:
    from tokenizers import Tokenizer

    with tokenizers_errors():
        Tokenizer.from_file(str(file))


def _remedy(folder: Path) -> str:
    if folder.parent == cache_folder():
        return f"remove {folder} and run again, which makes it anew"
    if folder.parent.name == "snapshots":
        # of the hub's cache, where a file alone would be linked again to the same damaged data
        return f"remove {folder.parent.parent} and run again, which fetches it anew"
    return "fetch it again"
