"""Trains our two stages on as many tokens as other systems get: half for the extractor, half for the classifier."""

from __future__ import annotations

import json
import math
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from benchmarks.systems.token_budget import steps_within
from benchmarks.systems.training_plan import CHECKPOINT_STEPS, Run, Say, TrainingPlan
from cascade import CascadeError, EntityType, Taxonomy
from cascade.adapters.card import CARD, STAGES, read_adapter
from cascade.whole_files import write_whole
from data_formats import write
from train.options import PreparationOptions
from train.sft import last_checkpoint

ADAPTERS = "adapters"  # folder of the pair, in the folder of the model
_DESCRIBED = 0.9  # share of the prompts that say what types mean, where a training is to learn it
_DEV = 200  # dev documents that the temperature is fitted on


def train_own_pair(plan: TrainingPlan, folder: Path, say: Say, run: Run) -> dict[str, Any]:
    """Trains both stages from nothing; returns their tokens, bundles, steps, and tokens a second.

    Each ends after its steps, so that no checkpoint is chosen by dev documents. Raises CascadeError if a stage was
    trained for other steps.
    """
    options = _data_options(plan, folder)
    told: dict[str, Any] = {"tokens": 0, "rows": 0, "steps": 0, "losses": {}}
    trained, seconds = 0.0, 0.0
    for stage in STAGES:
        steps, tokens, epochs = _length(plan, stage, folder, options)
        last = last_checkpoint(folder / "work" / stage)
        before = 0 if last is None else int(last.name.rpartition("-")[2])
        say(f"{stage}: {tokens:,} tokens, {steps} steps" + (f" from {before}" * bool(before)))
        began = time.monotonic()
        base = [] if plan.base is None else ["--base", plan.base]
        given = [each for name, value in options.items() for each in _as_option(name, value)]
        length = ["--max-steps", steps, "--epochs", epochs, "--scorings", 1, "--save-every", CHECKPOINT_STEPS]
        places = ["--out", folder / ADAPTERS, "--work", folder / "work", "--stages", stage]
        if _steps_of(folder / ADAPTERS / stage) != steps:  # otherwise it was trained before the other one was cut off
            compiled = ["--compile"] * plan.compile
            run("train.run", [*given, *places, *length, *base, *compiled, "--start-from", "nothing"])
        if (made := _steps_of(folder / ADAPTERS / stage)) != steps:
            raise CascadeError(f"{folder}: the {stage} was trained for {made} steps, not {steps}; remove this folder")
        trained += tokens * (steps - before) / steps
        seconds += (time.monotonic() - began) * (before < steps)
        told |= {"tokens": told["tokens"] + tokens, "rows": told["rows"] + steps, "steps": told["steps"] + steps}
    return {**told, "tokens_a_second": trained / seconds if trained else None}


def _as_option(name: str, value: Any) -> tuple[Any, ...]:
    """An option as a command takes it: a name with its value, or a flag that is set."""
    flag = f"--{name.replace('_', '-')}"
    return (flag, value) if not isinstance(value, bool) else (flag,) * value


def _steps_of(adapter: Path) -> int | None:
    """How many steps an adapter was trained for; None if it is not there."""
    steps: int | None = read_adapter(adapter).card.training.get("steps") if (adapter / CARD).is_file() else None
    return steps


def _data_options(plan: TrainingPlan, folder: Path) -> dict[str, Any]:
    """The options of the data, by name; writes the files that they name."""
    compared, documents = plan.compared, folder / "train.jsonl"
    files = {"data": documents, "dev": folder / "dev.jsonl"}
    write(plan.own_documents, str(documents), "jsonl")
    if plan.described:
        files["data"] = folder / "mixture.yaml"
        write_whole(files["data"], _mixture(documents.name, compared.taxonomy))
    write(compared.dev, str(files["dev"]), "jsonl")
    if compared.taxonomy.depth > 1:
        files["taxonomy"] = folder / "types.json"
        write_whole(files["taxonomy"], json.dumps(_tree(compared.taxonomy.roots), indent=1, ensure_ascii=False) + "\n")
    return {
        **files,
        "dev_documents": _DEV,
        "seed": plan.seed,
        "depth": compared.depth,
        "fixed_types": plan.fixed_types,
    }


def _mixture(documents: str, taxonomy: Taxonomy) -> str:
    """A mixture of one corpus whose prompts say what the types mean."""
    told = {path[-1].name: path[-1].description for path in taxonomy.paths() if path[-1].description}
    mixture = {"prompts": {"described": _DESCRIBED}, "descriptions": told, "corpora": [{"path": documents}]}
    return yaml.safe_dump(mixture, allow_unicode=True, sort_keys=False)


def _tree(nodes: Sequence[EntityType]) -> dict[str, Any]:
    return {node.name: _tree(node.children) if node.children else node.description for node in nodes}


def _length(plan: TrainingPlan, stage: str, folder: Path, options: dict[str, Any]) -> tuple[int, int, int]:
    """The steps of a stage, their tokens, and the passes over the documents that give so many."""
    from train.preparation import prepare_stage  # torch

    scratch, budget, epochs = folder / "counted", plan.tokens // 2, 1
    try:
        while True:
            given = PreparationOptions(base=plan.base, epochs=epochs, **options)
            prepare_stage(given, stage, scratch)
            steps, tokens = steps_within(scratch / "train.jsonl", budget)
            if not tokens:
                raise CascadeError(f"{options['data']}: gives nothing to train the {stage} on; expected entities")
            if tokens >= budget:
                return steps, tokens, epochs
            epochs = max(epochs + 1, math.ceil(epochs * budget / tokens))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
