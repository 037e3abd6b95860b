"""Lists of checksums of the files below a folder of adapters, in the form of `sha256sum`: made, read and compared."""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path, PurePosixPath, PureWindowsPath

from cascade.errors import AdapterError
from cascade.whole_files import write_whole

SUMS = "SHA256SUMS"  # the name of the list, in the folder whose files it lists


def sums_of(folder: Path) -> str:
    """The list of the checksums of all files below a folder, by their paths, in the form of `sha256sum`.

    Left out are the list itself and what is hidden.  Raises AdapterError if there is no such folder.
    """
    if not folder.is_dir():
        raise AdapterError(f"{str(folder)!r} is not a folder; expected one with adapters below it")
    paths = {file.relative_to(folder).as_posix(): file for file in folder.rglob("*") if file.is_file()}
    kept = sorted(path for path in paths if path != SUMS and not any(part.startswith(".") for part in path.split("/")))
    return "".join(f"{sha256(paths[path].read_bytes()).hexdigest()}  {path}\n" for path in kept)


def write_sums(folder: Path) -> tuple[Path, int]:
    """Writes the list into the folder; returns its file, and how many files it names.

    Raises AdapterError where files cannot be read, or the list not be written.
    """
    try:
        listed = sums_of(folder)
        write_whole(folder / SUMS, listed)
    except OSError as error:
        raise AdapterError(
            f"{folder}: its list of checksums cannot be made: {error}; expected files that can be read, and a folder "
            "that can be written"
        ) from error
    return folder / SUMS, len(listed.splitlines())


def sums_beside(folder: Path) -> dict[str, str] | None:
    """The checksums that a folder of adapters lists of its files, by path; None where it has no list."""
    return listed_sums(folder / SUMS) if (folder / SUMS).is_file() else None


def listed_sums(file: Path) -> dict[str, str]:
    """The checksums in a file as `sha256sum` writes it, by path; raises AdapterError for one of another form, and for a
    path that leads out of the folder.
    """
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise AdapterError(f"{file}: cannot be read: {error}; expected lines as sha256sum writes them") from error
    sums: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        digest, path = line[:64].lower(), line[66:] if line[64:66] in ("  ", " *") else ""
        if not line.strip():
            continue
        if not re.fullmatch("[0-9a-f]{64}", digest) or not path:
            raise AdapterError(f"{file}:{number}: {line[:60]!r}; expected a SHA-256, two blanks and a path")
        if _leads_out(path):
            raise AdapterError(f"{file}:{number}: path {path[:60]!r}; expected one that stays in the adapters' folder")
        sums[PurePosixPath(path).as_posix()] = digest
    return sums


def difference(file: Path, wanted: str) -> str | None:
    """What is wrong with a file that is to have that checksum; None where nothing is."""
    if not file.is_file():
        return "is listed and not there"
    digest = sha256(file.read_bytes()).hexdigest()
    return None if digest == wanted else f"has SHA-256 {digest[:12]}, listed is {wanted[:12]}"


def _leads_out(path: str) -> bool:
    """Whether a path could name a file outside of the folder that it is looked for in, on any system."""
    windows = PureWindowsPath(path)  # takes both kinds of slashes, and drives
    return ".." in windows.parts or bool(windows.anchor)
