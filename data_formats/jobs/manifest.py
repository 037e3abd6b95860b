"""The two small files of a job: what was asked for, written once, and what is done, written anew after each shard."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from typing import Any

from cascade.errors import FormatError, shown

FORM = 1  # of both files
_MOST_SHOWN = 3  # differences in an error message


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is done: shards, and what is in them.

    read: documents that were taken from the inputs, failed ones included. written, entities: of the results. chain: a
    checksum over all shards in order. counts: what the caller counts, added up.
    """

    shards: int = 0
    read: int = 0
    written: int = 0
    entities: int = 0
    failed: int = 0
    chain: str = ""
    counts: Mapping[str, Any] = field(default_factory=dict)

    def to_bytes(self) -> bytes:
        """The manifest as its file holds it."""
        return (json.dumps({"form": FORM, **asdict(self)}, ensure_ascii=False) + "\n").encode()

    @classmethod
    def of_bytes(cls, content: bytes, where: str) -> Manifest:
        """The manifest that a file holds; raises FormatError for another form."""
        values = object_of(content, where)
        if values.pop("form") != FORM or values.keys() != set(cls.__slots__):
            raise FormatError(f"{where}: is no manifest that this version writes; start anew with --restart")
        kinds = {name: type(value) for name, value in asdict(cls()).items()}
        if any(type(values[name]) is not kind for name, kind in kinds.items()):
            raise FormatError(f"{where}: is damaged; start anew with --restart")
        return cls(**values)


def chained(chain: str, *digests: str) -> str:
    """The checksum over earlier shards and one more, whose files have these checksums."""
    return sha256(" ".join((chain, *digests)).encode()).hexdigest()


def object_of(content: bytes, where: str) -> dict[str, Any]:
    """The object of a job's file, which has a form; raises FormatError for anything else."""
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict) or "form" not in value:
        raise FormatError(f"{where}: is damaged; start anew with --restart")
    return value


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """What differs between two sets of options, in words; empty where nothing does."""
    names = sorted(name for name in before.keys() | now.keys() if before.get(name) != now.get(name))
    told = [f"{name}: {_value(before, name)} in the job, {_value(now, name)} now" for name in names]
    if not told and list(before) != list(now):
        told = ["the order of the inputs"]
    more = [f"{len(told) - _MOST_SHOWN} more"] if len(told) > _MOST_SHOWN else []
    return "; ".join([*told[:_MOST_SHOWN], *more])


def _value(values: Mapping[str, Any], name: str) -> str:
    return "absent" if values.get(name) is None else shown(values[name])
