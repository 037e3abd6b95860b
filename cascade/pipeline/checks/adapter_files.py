"""Verifies adapters on disk: whole files in safetensors, numbers that are finite, and checksums that fit each other."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from math import prod
from pathlib import Path

import numpy as np

from cascade.adapters.card import CARD, WEIGHTS, Adapter, read_adapter
from cascade.adapters.card import shipped_adapters as shipped_adapters
from cascade.adapters.checksum_list import SUMS as SUMS
from cascade.adapters.checksum_list import difference
from cascade.adapters.checksum_list import listed_sums as listed_sums
from cascade.adapters.checksum_list import sums_beside as sums_beside
from cascade.adapters.checksum_list import write_sums as write_sums
from cascade.adapters.user_folder import user_pairs as user_pairs
from cascade.errors import AdapterError

_RUNS_CODE = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle")  # reading these may run what is in them
_MOST_HEADER = 100_000_000  # bytes; the format's own limit
# for each type of numbers: bytes, the numpy type of its bits, and those bits that are all set for infinity and NaN
_NUMBERS: Mapping[str, tuple[int, str, int]] = {
    "F64": (8, "<u8", 0x7FF0000000000000),
    "F32": (4, "<u4", 0x7F800000),
    "F16": (2, "<u2", 0x7C00),
    "BF16": (2, "<u2", 0x7F80),
}


@dataclass(slots=True)
class Finding:
    """What was found of an adapter: its name, its folder, the checksum of its weights, and what is wrong with it."""

    name: str
    folder: Path
    checksum: str = ""
    adapter: Adapter | None = None
    problems: list[str] = field(default_factory=list)


def findings(folder: Path, listed: Mapping[str, str] | None = None) -> Iterator[Finding]:
    """A finding for each adapter below a folder, in the order of their paths; all files are read.

    listed: the expected checksum of each file, by its path below the folder.  Raises AdapterError if there is no such
    folder.
    """
    if not folder.is_dir():
        raise AdapterError(f"{str(folder)!r} is not a folder; expected one with adapters below it")
    found = [_of_adapter(card.parent, folder) for card in sorted(folder.rglob(CARD))]
    checksums = {each.checksum for each in found if each.checksum}
    for each in found:
        card = each.adapter.card if each.adapter is not None else None
        for what, wanted in (
            (("builds on", card.builds_on), ("was trained on texts read by", card.reads)) if card else ()
        ):
            if wanted and wanted not in checksums:
                each.problems.append(f"{what} an adapter ({wanted[:12]}) that is not below {folder}")
        if listed is not None and (each.folder / WEIGHTS).relative_to(folder).as_posix() not in listed:
            each.problems.append(f"is not in the list of checksums; after a change: cascade-ner adapters sums {folder}")
        yield each
    for path, wanted in sorted((listed or {}).items()):
        if (problem := difference(folder / path, wanted)) is not None:
            yield Finding(path, (folder / path).parent, problems=[problem])


def _of_adapter(folder: Path, shelf: Path) -> Finding:
    finding = Finding(folder.relative_to(shelf).as_posix(), folder)
    finding.problems += [
        f"has {file.name}; expected weights as safetensors alone, as reading others may run foreign code"
        for file in sorted(folder.iterdir())
        if file.suffix.lower() in _RUNS_CODE
    ]
    try:
        finding.adapter = read_adapter(folder)
    except AdapterError as error:
        finding.problems.append(str(error))
        return finding
    content = (folder / WEIGHTS).read_bytes()
    finding.checksum = sha256(content).hexdigest()
    if (problem := _problem_of_weights(content)) is not None:
        finding.problems.append(f"{WEIGHTS}: {problem}")
    return finding


def _problem_of_weights(content: bytes) -> str | None:
    """What is wrong with the bytes of a safetensors file; None if they are whole and all numbers finite."""
    length = struct.unpack("<Q", content[:8])[0] if len(content) >= 8 else -1
    if not 0 < length <= min(_MOST_HEADER, len(content) - 8):
        return "is no safetensors file, or is cut off"
    try:
        header = json.loads(content[8 : 8 + length])
    except (RecursionError, ValueError):
        return "has a header that is no JSON"
    if not isinstance(header, dict) or not all(_is_entry(*item) for item in header.items()):
        return "has a header of another form than that of safetensors"
    data, end = memoryview(content)[8 + length :], 0
    for name, tensor in header.items():
        if name == "__metadata__":
            continue
        kind = _NUMBERS.get(tensor["dtype"])
        first, last = tensor["data_offsets"]
        if kind is None:
            return f"{name} has numbers of type {tensor['dtype']}; expected one of {', '.join(_NUMBERS)}"
        if not 0 <= first <= last <= len(data) or last - first != kind[0] * prod(tensor["shape"]):
            return f"{name} ends outside the file, which is cut off or damaged"
        bits = np.frombuffer(data[first:last], kind[1])
        if bool(((bits & kind[2]) == kind[2]).any()):
            return f"{name} holds numbers that are infinite or none at all"
        end = max(end, last)
    return None if end == len(data) else f"has {len(data) - end} bytes behind its tensors"


def _is_entry(name: str, entry: object) -> bool:
    """Whether a header's entry has the form of a tensor's, or of the metadata, which may hold anything."""
    if name == "__metadata__":
        return True
    if not isinstance(entry, dict):
        return False
    offsets, shape = entry.get("data_offsets"), entry.get("shape")
    whole = (
        isinstance(each, list) and all(type(number) is int and number >= 0 for number in each)
        for each in (offsets, shape)
    )
    return isinstance(entry.get("dtype"), str) and all(whole) and isinstance(offsets, list) and len(offsets) == 2
