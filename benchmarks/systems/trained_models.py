"""Trains the models of the compared systems, one at a time, each on its share of the tokens, and keeps them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.systems.methods import OURS, Method
from benchmarks.systems.own_pair import train_own_pair
from benchmarks.systems.token_budget import DYNAMIC, rows_within
from benchmarks.systems.training_plan import CHECKPOINT_STEPS, Run, Say, TrainingPlan
from cascade import CascadeError
from cascade.whole_files import write_whole
from train.published_rows import MARKED, TYPES
from train.sft import last_checkpoint

_DONE = "trained.json"
_HALVED = (MARKED, TYPES, DYNAMIC)  # models that make up a system with another


def trained(method: Method, plan: TrainingPlan, *, say: Say, lock: int | None) -> dict[str, dict[str, Any]]:
    """What was trained for a system, by model: tokens, rows, steps, tokens a second and what could not be written.

    Models that are there already are kept; a training that was cut off goes on from its last checkpoint. lock: is
    inherited by the training's process. Raises CascadeError if a training fails.
    """
    return {model: _trained(model, plan, say=say, lock=lock) for model in method.models}


def _trained(model: str, plan: TrainingPlan, *, say: Say, lock: int | None) -> dict[str, Any]:
    folder = plan.folder_of(model)
    done = folder / _DONE
    if done.is_file():
        say(f"{model}: trained before, in {folder}")
    else:

        def run(module: str, arguments: Sequence[object]) -> None:
            run_module(module, arguments, folder=folder, lock=lock)

        told = train_own_pair(plan, folder, say, run) if model == OURS else _train_generator(model, plan, say, run)
        write_whole(done, json.dumps(told, indent=1) + "\n")
    about: dict[str, Any] = json.loads(done.read_text(encoding="utf-8"))
    return about


def _train_generator(model: str, plan: TrainingPlan, say: Say, run: Run) -> Mapping[str, Any]:
    """Trains a model that generates; two that make up a system get half of the tokens each."""
    folder = plan.folder_of(model)
    budget = plan.tokens // 2 if model in _HALVED else plan.tokens
    made = rows_within(model, plan.compared, budget, plan.tokens_of, seed=plan.seed)
    steps = -(-len(made.rows) // plan.batch)
    rows = folder / "rows.jsonl"
    write_whole(rows, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in made.rows))
    work, before = folder / "work", 0
    if (last := last_checkpoint(work)) is not None:
        before = int(last.name.rpartition("-")[2])
    say(f"{model}: {len(made.rows):,} rows, {made.tokens:,} tokens, {steps} steps" + (f" from {before}" * bool(before)))
    began = time.monotonic()
    base = [] if plan.base is None else ["--base", plan.base]
    options = ["--out", folder / "adapter", "--work", work, "--max-steps", steps, "--batch", plan.batch]
    options += ["--save-every", CHECKPOINT_STEPS, "--seed", plan.seed]
    run("train.published", [rows, *options, *base, *["--compile"] * plan.compile])
    share = (steps - before) / steps
    return {
        "tokens": made.tokens,
        "rows": len(made.rows),
        "steps": steps,
        "tokens_a_second": share * made.tokens / (time.monotonic() - began) if share else None,
        "losses": dict(made.losses),
    }


def run_module(module: str, arguments: Sequence[object], *, folder: Path, lock: int | None) -> None:
    """Runs a command of this project in a process of its own, whose messages go to `training.log` in the folder.

    Raises CascadeError if it fails.
    """
    log = folder / "training.log"
    with log.open("a", encoding="utf-8") as out:
        done = subprocess.run(
            [sys.executable, "-m", module, *map(str, arguments)],
            stdout=out,
            stderr=subprocess.STDOUT,
            check=False,
            pass_fds=() if lock is None else (lock,),
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
    if done.returncode:
        last = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
        raise CascadeError(
            f"{log}: python -m {module} ended with status {done.returncode} ({' '.join(last)}); see there, then run "
            "the same command again"
        )
