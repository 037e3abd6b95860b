"""The same surfaces under atheris, which keeps inputs that reach code that no input reached before.

Each surface is a process of its own, because libFuzzer ends the process; surfaces come one after the other.
"""

from __future__ import annotations

import argparse
import io
import logging
import random
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from fuzz.corpus import kept
from fuzz.mutation import mutated
from fuzz.watch import Finds, limit_memory, tried

_INSTRUMENTED = ("cascade", "data_formats", "train.corpora")
_OWN_SHARE = 0.5  # of the inputs that our own mutation makes; libFuzzer's knows no words


def guided_runs(names: Sequence[str], asked: argparse.Namespace) -> int:
    """Runs a process for each surface; returns 1 if anything was found."""
    statuses = []
    for name in names:
        command = [sys.executable, "-m", "fuzz.guided", name, str(asked.inputs), str(asked.seed)]
        command += [str(asked.ledger or ""), str(asked.finds or "")]
        statuses.append(subprocess.run(command, check=False).returncode)
    return int(any(statuses))


def _main(name: str, inputs: int, seed: int, ledger: str, finds_folder: str) -> None:
    """Fuzzes one surface; libFuzzer ends the process."""
    atheris = import_module("atheris")  # no requirement: it has no wheels for some of the Pythons that we run on
    with atheris.instrument_imports(include=[*_INSTRUMENTED]):
        from fuzz.surfaces import surfaces

    from fuzz.__main__ import noted

    surface = next(each for each in surfaces() if each.name == name)
    seeds = [*kept(name), *surface.seeds()]
    finds = Finds(name, Path(finds_folder) if finds_folder else None)
    chance = random.Random(seed)
    asked = argparse.Namespace(ledger=Path(ledger) if ledger else None, seed=seed)
    out, left = sys.stdout, [inputs]

    def one(data: bytes) -> None:
        tried(surface, data, finds)
        left[0] -= 1
        if left[0] == 0:
            noted(finds, asked, "guided")
            print(
                f"{name:<18} {finds.inputs:>10,} inputs {finds.accepted:>10,} accepted {len(finds.by_fault):>3} faults"
                f"  {finds.seconds:8.1f} s",
                file=out,
                flush=True,
            )

    def changed(data: bytes, most: int, _: int) -> bytes:
        if chance.random() < _OWN_SHARE:
            return mutated(chance, [data, *seeds[:1]] if data else seeds, surface.words)[:most]
        made: bytes = atheris.Mutate(data, most)
        return made

    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    limit_memory()
    with tempfile.TemporaryDirectory() as folder:
        for number, each in enumerate(seeds):
            (Path(folder) / f"{number:04}").write_bytes(each[:6000])
        sys.stdout, sys.stderr = io.StringIO(), io.StringIO()
        options = [f"-runs={inputs}", f"-seed={seed}", "-max_len=6000", "-rss_limit_mb=0", "-verbosity=0", folder]
        atheris.Setup(["fuzz", *options], one, custom_mutator=changed)
        atheris.Fuzz()


if __name__ == "__main__":
    _main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4], sys.argv[5])
