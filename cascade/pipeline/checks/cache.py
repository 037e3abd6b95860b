"""Checks of the cache folder: that it can be written, has room, and holds whole models."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from cascade.errors import BaseModelError
from cascade.model.conversion_cache import LAYOUT, cache_folder, changed_files, converted_folder
from cascade.model.named_bases import EMBEDDED, NAMED_BASES
from cascade.model.package_parts import check_parts, parts_installed
from cascade.pipeline.checks.outcome import FAIL, OK, WARN, Outcome, size_of

_ROOM = 1_500_000_000  # bytes: of the embedded model's file and its conversion, which stand beside each other once
_ROOM_LATER = 100_000_000
_REMEDY = "free some space, or set CASCADE_NER_CACHE to another folder"


def check_folder() -> Iterator[Outcome]:
    """Whether the folder is there or can be made, can be written, and has room."""
    folder = cache_folder()
    place = next(each for each in (folder, *folder.parents) if each.exists())
    if not place.is_dir():
        yield Outcome("cache folder", FAIL, f"{folder}: {place} is no folder", "set CASCADE_NER_CACHE to a folder")
        return
    try:
        with tempfile.TemporaryFile(dir=place):
            pass
    except OSError as error:
        yield Outcome("cache folder", FAIL, f"{folder}: cannot be written: {error.strerror}", _REMEDY)
        return
    there = place == folder
    yield Outcome("cache folder", OK, f"{folder}{'' if there else ' (will be made by the first run)'}")
    free = shutil.disk_usage(place).free
    needed = _ROOM_LATER if _embedded().is_dir() else _ROOM
    enough = free >= needed
    found = f"{size_of(free)} free" + ("" if enough else f", {size_of(needed)} needed")
    yield Outcome("disk room", OK if enough else FAIL, found, "" if enough else _REMEDY)


def check_models() -> Iterator[Outcome]:
    """Whether each converted model is as it was written, by its checksums, and what is left of earlier versions."""
    folder = cache_folder()
    made = sorted(each for each in folder.glob("*-bf16-*") if each.is_dir()) if folder.is_dir() else []
    if _embedded() not in made:
        yield Outcome(f"model {EMBEDDED}", OK, "not converted yet; the first run does it once, in ten seconds")
    for each in made:
        yield _of_earlier_version(each) if not each.name.endswith(f"-v{LAYOUT}") else _of_model(each)


def check_parts_of_models() -> Iterator[Outcome]:
    """Whether the packages of each named base model that is installed hold the file whose checksum is known."""
    for base in NAMED_BASES.values():
        if not parts_installed(base) and (base.name != EMBEDDED or _embedded().is_dir()):
            continue  # not asked for, or converted and not needed any more
        check = f"packages of {base.name}"
        try:
            check_parts(base)
        except (BaseModelError, OSError) as error:
            found, _, remedy = str(error).partition(" Run: ")
            yield Outcome(check, FAIL, found, remedy or "install cascade-ner again")
        else:
            yield Outcome(check, OK, f"the file has the checksum that is known, {base.checksum[:12]}")


def _embedded() -> Path:
    return converted_folder(EMBEDDED, NAMED_BASES[EMBEDDED].checksum)


def _of_model(folder: Path) -> Outcome:
    name = f"model {folder.name.partition('-bf16-')[0]}"
    changed = changed_files(folder)
    if changed is None:
        found = f"{folder} has no checksums, as an earlier version made it"
        return Outcome(name, WARN, found, "remove the folder; the next run makes it anew")
    if changed:
        found = f"{folder}: {', '.join(changed)} changed or missing"
        return Outcome(name, FAIL, found, "remove the folder; the next run makes it anew")
    return Outcome(name, OK, f"all files are as they were written ({size_of(_size(folder))})")


def _of_earlier_version(folder: Path) -> Outcome:
    found = f"{folder} is of an earlier version ({size_of(_size(folder))})"
    return Outcome("model of before", WARN, found, "it may be removed")


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
