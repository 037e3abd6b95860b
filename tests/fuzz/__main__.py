"""Fuzzes surfaces and prints how many inputs each was tried with, and what was found."""

from __future__ import annotations

import argparse
import io
import json
import logging
import random
import subprocess
import sys
import warnings
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

from fuzz.corpus import kept
from fuzz.mutation import mutated
from fuzz.surface import Surface
from fuzz.surfaces import surfaces
from fuzz.watch import Finds, limit_memory, tried


def seeded(surface: Surface, finds: Finds, inputs: int, seed: int) -> None:
    """Tries the surface's seeds and what is made of them; what is accepted joins them."""
    chance = random.Random(f"{seed} {surface.name}")
    pool = [*kept(surface.name), *surface.seeds()]
    first = len(pool)
    for number in range(inputs):
        data = pool[number] if number < first else mutated(chance, pool, surface.words)
        before = finds.accepted
        tried(surface, data, finds)
        if finds.accepted > before and len(pool) < 400 and chance.random() < 0.05:
            pool.append(data)
        elif finds.accepted > before and chance.random() < 0.01 and len(pool) > first:
            pool[chance.randrange(first, len(pool))] = data


def noted(finds: Finds, asked: argparse.Namespace, engine: str = "seeded") -> None:
    """Adds a line to the ledger, if one is asked for."""
    if asked.ledger is None:
        return
    row = {"surface": finds.surface, "engine": engine, "seed": asked.seed, "inputs": finds.inputs}
    row |= {"accepted": finds.accepted, "seconds": round(finds.seconds, 1), "faults": sorted(finds.by_fault)}
    with asked.ledger.open("a", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")


def _each_alone(names: Sequence[str], asked: argparse.Namespace) -> int:
    """Fuzzes each surface in a process of its own, as what one has loaded takes of the room that the next one has."""
    given = ["--inputs", str(asked.inputs), "--seed", str(asked.seed)]
    for option in ("ledger", "finds"):
        given += [f"--{option}", str(getattr(asked, option))] if getattr(asked, option) else []
    command = [sys.executable, "-m", "fuzz", *given, "--surface"]
    statuses = [subprocess.run([*command, name], check=False).returncode for name in names]
    return int(any(statuses))  # a process that was killed has a negative one


def main() -> int:
    """Runs the command; returns 1 if anything was found."""
    known = {surface.name: surface for surface in surfaces()}
    parser = argparse.ArgumentParser("fuzz", description=__doc__)
    parser.add_argument("--surface", action="append", choices=sorted(known), help="default: all, one after the other")
    parser.add_argument("--inputs", type=int, default=10_000, help="inputs of each surface (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="default: %(default)s")
    parser.add_argument("--ledger", type=Path, help="file to which a line of counts is added for each surface")
    parser.add_argument("--finds", type=Path, help="folder for what is found")
    parser.add_argument("--guided", action="store_true", help="let coverage choose the inputs, by the package atheris")
    asked = parser.parse_args()
    if asked.finds:
        asked.finds.mkdir(parents=True, exist_ok=True)
    names = asked.surface or list(known)
    if asked.guided:
        from fuzz.guided import guided_runs

        return guided_runs(names, asked)
    if len(names) > 1:
        return _each_alone(names, asked)
    [name] = names
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    limit_memory()
    finds = Finds(name, asked.finds)
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        seeded(known[name], finds, asked.inputs, asked.seed)
    noted(finds, asked)
    print(
        f"{name:<18} {finds.inputs:>10,} inputs {finds.accepted:>10,} accepted {len(finds.by_fault):>3} faults"
        f"  {finds.seconds:8.1f} s",
        flush=True,
    )
    for fault, data in finds.by_fault.items():
        print(f"    {fault}: {data[:120]!r}", flush=True)
    return 1 if finds.by_fault else 0


if __name__ == "__main__":
    sys.exit(main())
