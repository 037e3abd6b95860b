"""Trains one stage offline: a recipe and prepared data in, a SWIFT run with its best checkpoint out."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from cascade.adapters.card import Adapter
from cascade.errors import CascadeError
from cascade.whole_files import write_whole
from train.experiment import TRAINER
from train.recipe_checks import check_recipe

if TYPE_CHECKING:
    import torch

_TIMED = "timed.json"  # in a stage's work folder: the step at which time was over
FOLDER = Path(__file__).resolve().parent
# environment variables that name the extractor that reads the classifier's texts, because ms-swift passes nothing of
# ours on and may train in several processes: its folder, that of the adapter that it builds on (empty for none), and
# the base model by name or folder (empty for the embedded one)
EXTRACTOR = "CASCADE_EXTRACTOR"
EXTRACTOR_ROOT = "CASCADE_EXTRACTOR_ROOT"
EXTRACTOR_BASE = "CASCADE_EXTRACTOR_BASE"


@dataclass(frozen=True, slots=True)
class TrainingResult:
    """The folder and dev F1 of the best checkpoint, and the whole log."""

    checkpoint: Path
    dev_f1: float
    log: list[dict[str, Any]]


def last_checkpoint(folder: Path) -> Path | None:
    """The complete checkpoint with the highest step, or None."""
    found = [path for path in folder.glob("checkpoint-*") if _is_whole(path)]
    return max(found, key=lambda path: int(path.name.split("-")[1]), default=None)


def best_checkpoint(folder: Path) -> Path | None:
    """The checkpoint in `folder` with the best dev score, or None if there is no run.

    If the last checkpoint scores as well, it is taken, because it has learnt more.
    """
    last = last_checkpoint(folder)
    if last is None:
        return None
    state = _state_of(last)
    best = state.get("best_model_checkpoint")
    of_last = [
        entry["eval_f1"]
        for entry in state.get("log_history", [])
        if "eval_f1" in entry and entry["step"] == state["global_step"]
    ]
    return folder / Path(best).name if best and not (of_last and of_last[0] >= state["best_metric"]) else last


def _was_timed(folder: Path, step: int, minutes: float | None) -> bool:
    """Whether the training in `folder` was ended at that step by as much time as there is now."""
    if minutes is None or not (folder / _TIMED).is_file():
        return False
    noted = json.loads((folder / _TIMED).read_text(encoding="utf-8"))
    return bool(noted["step"] == step and noted["minutes"] >= minutes)


def _is_whole(checkpoint: Path) -> bool:
    """Whether the trainer's state exists and is complete; the trainer writes it last."""
    try:
        _state_of(checkpoint)
    except (OSError, ValueError):
        return False
    return True


def _state_of(checkpoint: Path) -> dict[str, Any]:
    state: dict[str, Any] = json.loads((checkpoint / "trainer_state.json").read_text(encoding="utf-8"))
    return state


def arithmetic(device: torch.device) -> dict[str, Any]:
    """The recipe's entries for the floating-point type that is fast on the device: mixed bf16, or fp32.

    On CPUs without bf16, a step of 512 tokens takes 3 s in fp32 and 111 s in bf16, mostly in the backward pass (two
    cores with AVX2, measured 2026-11).
    """
    from cascade.model.precision import fast_dtype

    mixed = str(fast_dtype(device)) == "torch.bfloat16"
    return {"torch_dtype": "bfloat16" if mixed else "float32", "bf16": mixed}


def name_text_reader(extractor: Adapter, root: Adapter, *, base: str | None) -> None:
    """Says to all processes of a training, by their environment, which extractor reads the classifier's texts.

    root: the adapter that it builds on, or itself. base: the base model by name or folder.
    """
    os.environ[EXTRACTOR] = str(extractor.folder)
    os.environ[EXTRACTOR_ROOT] = "" if root is extractor else str(root.folder)
    os.environ[EXTRACTOR_BASE] = base or ""


def fine_tune(
    stage: str,
    *,
    base_folder: str,
    model_type: str,
    data: Path,
    out: Path,
    options: Mapping[str, Any],
    trainer: str = TRAINER,
    minutes: float | None = None,
) -> TrainingResult:
    """Trains `stage` on prepared data by its recipe, in which `options` replace values.

    If `out` has a checkpoint, the training continues from the last one. trainer: the dotted name of its class. minutes:
    of a training that ends at a time; one that did is not continued, unless it has more minutes now. Raises
    CascadeError if the recipe holds arguments that ms-swift does not know, and if the training left no checkpoint.
    """
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    import torch
    from swift import SftArguments, sft_main
    from swift.trainers.trainer_factory import TrainerFactory

    from cascade.model.devices import usable_device

    recipe: dict[str, Any] = yaml.safe_load((FOLDER / f"{stage}.yaml").read_text(encoding="utf-8"))
    recipe |= {
        "external_plugins": [str(FOLDER / "swift_plugin" / "plugin.py")],
        "model": base_folder,
        "model_type": model_type,
        "dataset": [str(data / "train.jsonl")],
        "val_dataset": [str(data / "dev.jsonl")],
        "output_dir": str(out),
        "use_cpu": not torch.cuda.is_available(),
        **arithmetic(usable_device(None)),
        **options,
    }
    check_recipe(stage, recipe)
    resume = last_checkpoint(out)
    if resume is not None:
        recipe["resume_from_checkpoint"] = str(resume)
    outcome: dict[str, Any] = _state_of(resume) if resume is not None else {"global_step": 0}
    # a finished trainer would still do one more step before it stops
    if outcome["global_step"] < recipe["max_steps"] and not _was_timed(out, outcome["global_step"], minutes):
        arguments = SftArguments(**recipe)  # imports the plug-in
        TrainerFactory.TRAINER_MAPPING["causal_lm"] = trainer
        outcome = sft_main(arguments)
        if minutes is not None and (last := last_checkpoint(out)) is not None:
            write_whole(out / _TIMED, json.dumps({"step": _state_of(last)["global_step"], "minutes": minutes}) + "\n")
    best = best_checkpoint(out)
    if best is None:
        raise CascadeError(
            f"training the {stage} left no checkpoint in {out}; expected at least one. Train for more steps "
            "(--max-steps) or score more often (--scorings)"
        )
    return TrainingResult(best, float(outcome.get("best_metric") or 0.0), outcome["log_history"])
