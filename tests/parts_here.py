"""`infer.py --ray` without Ray: parts of files are read in this process, by what stands in for the cascade."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
import ray_stand_in

from cascade.commands import infer as infer_command
from cascade.commands import infer_ray
from cascade.scale.part_reader import PartReader, PartResult, Reading, rows_of


def in_this_process(
    paths: Sequence[str], formats: Mapping[str, str], reading: Reading, cluster: object, *, part_size: int
) -> Iterator[PartResult]:
    """What Ray does, without it."""
    reader = PartReader(reading)
    for path in paths:
        with open(path, "rb") as file:
            for row in rows_of(file, path, formats[path], part_size):
                yield PartResult.of(reader(row)["message"])


@pytest.fixture
def on_ray(monkeypatch: pytest.MonkeyPatch) -> None:
    """`--ray` reads by stand-ins in this process."""
    monkeypatch.setattr(infer_ray, "part_results", in_this_process)
    monkeypatch.setattr(infer_ray, "_loaded", ray_stand_in.load)
    monkeypatch.setattr(infer_ray, "_marks", ray_stand_in.marks)


def run(source: Path | str, out: Path, *options: str) -> int:
    return infer_command.main([str(source), "-o", str(out), "--shard-size", "2", *options])
