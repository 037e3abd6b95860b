"""Archives of pairs: one file to share, of known names, sizes and checksums, in which nothing can run.

A zip with stored files: `pair.json`, `README.md`, the terms of the base model, and of each stage the files in FILES.
Weights are safetensors.
"""

from __future__ import annotations

import json
import lzma
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from zipfile import ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from cascade.adapters.base_terms import GEMMA_TERMS, NOTICE, terms_of
from cascade.adapters.card import CARD, STAGES, WEIGHTS
from cascade.adapters.centroid import CENTROID
from cascade.adapters.lora_config import CONFIG
from cascade.adapters.model_card import README, model_card, read_pair
from cascade.errors import AdapterError, not_written, shown
from cascade.whole_files import whole_file

ENDING = ".pair.zip"
MANIFEST = "pair.json"
FORM = 1  # of the manifest
_NEEDED = (WEIGHTS, CONFIG, CARD)
FILES = (*_NEEDED, CENTROID, "log.jsonl", "curve.png")
# Adapters of rank 16 to the embedded base model have 8 MB, to a model of 1.5 billion weights 40 MB.
MOST_BYTES = 1_000_000_000
_MOST_MANIFEST = 100_000
_CHUNK = 1 << 20
_PICKLES = (".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".npy", ".npz")
_TIME = (1980, 1, 1, 0, 0, 0)  # of all files, so that the same pair gives the same bytes

# what zipfile raises for archives that are cut, damaged, compressed in an unknown way, or behind a password
_UNREADABLE = (BadZipFile, KeyError, NotImplementedError, RuntimeError, EOFError, zlib.error, lzma.LZMAError)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an archive says of itself: the pair's name, its base model, and size and SHA-256 of each file by name."""

    name: str
    base: str
    base_fingerprint: str
    files: Mapping[str, tuple[int, str]]


def allowed_names() -> tuple[str, ...]:
    """The names that files in an archive may have, beside that of the manifest."""
    return (README, NOTICE, GEMMA_TERMS, *(f"{stage}/{file}" for stage in STAGES for file in FILES))


def needed_names() -> tuple[str, ...]:
    """The names that an archive must have."""
    return tuple(f"{stage}/{file}" for stage in STAGES for file in _NEEDED)


def left_out(folder: Path) -> list[str]:
    """The files of a pair's folder that are not shared, by their paths in it.

    Raises AdapterError for files that may run code when they are read.
    """
    others = sorted(
        name
        for file in folder.rglob("*")
        if file.is_file() and (name := file.relative_to(folder).as_posix()) not in allowed_names()
    )
    if pickled := [name for name in others if name.lower().endswith(_PICKLES)]:
        raise AdapterError(
            f"{folder}: holds {', '.join(pickled)}, which may run foreign code when read; expected weights as "
            "safetensors alone, so remove it"
        )
    return others


def contents(folder: Path, name: str) -> dict[str, bytes]:
    """The files of a pair that are shared, by name; the model card is made anew, for the pair's name, and the terms of
    the base model are with them.

    Raises AdapterError for what is no whole pair.
    """
    pair = read_pair(folder)
    files = {README: model_card(pair, name).encode(), **terms_of(pair.base)}
    for each in allowed_names():
        if each not in files and (folder / each).is_file():
            files[each] = (folder / each).read_bytes()
    if missing := [each for each in needed_names() if each not in files]:
        raise AdapterError(f"{folder}: has no {', '.join(missing)}; expected a pair as `train --out` writes it")
    return files


def pack(folder: Path, archive: Path, *, name: str) -> Manifest:
    """Writes the archive of the pair in `folder`; returns its manifest."""
    files, pair = contents(folder, name), read_pair(folder)
    card = pair.extractor.card
    sizes = {each: (len(content), sha256(content).hexdigest()) for each, content in files.items()}
    manifest = Manifest(name, card.base, card.base_fingerprint, sizes)
    told = {
        "form": FORM,
        "name": name,
        "base": manifest.base,
        "base_fingerprint": manifest.base_fingerprint,
        "files": {each: {"bytes": size, "sha256": digest} for each, (size, digest) in sizes.items()},
    }
    try:
        with whole_file(archive) as unfinished, ZipFile(unfinished, "w", ZIP_STORED) as zipped:
            text = json.dumps(told, indent=1, ensure_ascii=False) + "\n"
            for each, content in {MANIFEST: text.encode(), **files}.items():
                entry = ZipInfo(each, _TIME)
                entry.external_attr = 0o644 << 16
                zipped.writestr(entry, content)
    except OSError as error:
        raise AdapterError(f"{archive}: {not_written(error)}") from error
    return manifest


def unpack(archive: Path, folder: Path) -> Manifest:
    """Writes the files of an archive into a new folder; returns its manifest.

    Raises AdapterError for a file that is no such archive, that is damaged, or that holds anything but the files of a
    pair. Nothing is written outside of `folder`, and not more bytes than the manifest says.
    """
    try:
        with ZipFile(archive) as zipped:
            manifest = _manifest(zipped, archive)
            for name, (size, digest) in manifest.files.items():
                target = folder / name  # one of `allowed_names`
                target.parent.mkdir(parents=True, exist_ok=True)
                _copy(zipped, name, target, size, digest, where=f"{archive}: {name}")
    except _UNREADABLE as error:
        raise AdapterError(
            f"{archive}: cannot be read as an archive of a pair: {error}; expected a file as `adapters pack` writes "
            "it, so fetch it again"
        ) from error
    except OSError as error:
        raise AdapterError(f"{archive}: cannot be read: {error.strerror or error}") from error
    return manifest


def _manifest(zipped: ZipFile, archive: Path) -> Manifest:
    entries = zipped.infolist()
    names = [entry.filename for entry in entries]
    if MANIFEST not in names:
        raise AdapterError(f"{archive}: has no {MANIFEST}; expected an archive as `adapters pack` writes it")
    strangers = [name for name in names if name not in (MANIFEST, *allowed_names())]
    if strangers or len(set(names)) < len(names):
        raise AdapterError(
            f"{archive}: holds {shown(strangers[0]) if strangers else 'a file twice'}; expected the files of a pair "
            f"alone, such as {needed_names()[0]}"
        )
    with zipped.open(MANIFEST) as file:
        text = file.read(_MOST_MANIFEST + 1)
    told = _told(text, archive)
    files = {name: (each["bytes"], each["sha256"]) for name, each in told["files"].items()}
    if set(files) != set(names) - {MANIFEST} or not set(needed_names()) <= set(files):
        different = sorted((set(files) ^ (set(names) - {MANIFEST})) | (set(needed_names()) - set(files)))
        raise AdapterError(
            f"{archive}: {', '.join(map(shown, different))} is missing or not listed; fetch the file again"
        )
    if (total := sum(size for size, _ in files.values())) > MOST_BYTES:
        raise AdapterError(f"{archive}: holds {total:,} bytes; expected at most {MOST_BYTES:,} of a pair of adapters")
    return Manifest(told["name"], told["base"], told["base_fingerprint"], files)


def _told(text: bytes, archive: Path) -> dict[str, Any]:
    """The manifest's JSON; raises AdapterError where it is not as `pack` writes it."""
    where = f"{archive}: {MANIFEST}"
    try:
        told = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise AdapterError(f"{where}: is not JSON: {error}; fetch the file again") from error
    if not isinstance(told, dict) or told.get("form") != FORM:
        found = told.get("form") if isinstance(told, dict) else told
        raise AdapterError(
            f"{where}: has the form {shown(found)}; expected {FORM}, that of this version of cascade-ner"
        )
    texts = all(isinstance(told.get(key), str) and told[key] for key in ("name", "base", "base_fingerprint"))
    files = told.get("files")
    sized = isinstance(files, dict) and all(
        isinstance(each, dict)
        and type(each.get("bytes")) is int
        and each["bytes"] >= 0
        and isinstance(each.get("sha256"), str)
        for each in files.values()
    )
    if not texts or not sized:
        raise AdapterError(f"{where}: expected name, base, base_fingerprint, and bytes and sha256 of each file")
    return told


def _copy(zipped: ZipFile, name: str, target: Path, size: int, digest: str, *, where: str) -> None:
    """Writes one file in pieces; raises AdapterError if it has another size or checksum than the manifest says."""
    made, written = sha256(), 0
    with zipped.open(name) as source, target.open("wb") as out:
        while piece := source.read(_CHUNK):
            written += len(piece)
            if written > size:
                break
            made.update(piece)
            out.write(piece)
    if written != size or made.hexdigest() != digest:
        raise AdapterError(f"{where}: is damaged, as its size or checksum is not the one in {MANIFEST}; fetch it again")
