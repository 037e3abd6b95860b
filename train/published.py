"""Trains a model that generates its answers, by ms-swift: `python -m train.published ROWS --out FOLDER`.

ROWS are those of `python -m train.published_rows`. FOLDER gets a LoRA adapter of PEFT's, for `infer.py --protocol`.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from cascade.adapters.card import WEIGHTS
from cascade.commands.exit_status import exit_status
from cascade.commands.option_types import named_path, positive
from cascade.commands.output_options import refuse_overwriting
from cascade.commands.thread_settings import share_cores
from cascade.commands.train import check_packages
from cascade.errors import CascadeError
from cascade.memory.package_caches import keep_freed_memory
from cascade.model.named_bases import EMBEDDED, NAMED_BASES
from cascade.whole_files import write_whole
from train.provenance import check_training, digest
from train.recipe_checks import check_recipe
from train.recipe_values import recipe_values
from train.rows.chat_rows import Row, as_line, read_rows, row_tokens
from train.rows.length_groups import in_length_groups
from train.sft import FOLDER, arithmetic, last_checkpoint
from train.trainable_base import base_folder_of, go_offline

_RECIPE = "published"
_TRAINER = "train.swift_plugin.generator_trainer.GeneratorTrainer"
# ms-swift's template for each kind of base model: the turns that `cascade.published` asks in
TEMPLATES = {"gemma3_text": "gemma3_text", "qwen2": "qwen"}
_BEHIND = {"qwen": 1}  # tokens behind the end of the last turn, by template: a line break
_CONFIG = "adapter_config.json"
_ORDERED = "rows-in-order.jsonl"


def arguments() -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = argparse.ArgumentParser(prog="python -m train.published", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("rows", metavar="ROWS", type=named_path, help="rows to train on, in JSON lines")
    parser.add_argument("--out", metavar="FOLDER", type=named_path, required=True, help="folder of the adapter")
    parser.add_argument(
        "--work", metavar="FOLDER", type=named_path, help="folder of checkpoints and logs (default: runs/NAME OF OUT)"
    )
    parser.add_argument("--base", metavar="NAME", help="base model (default: the embedded Gemma 3 270M)")
    parser.add_argument(
        "--max-steps", metavar="N", type=positive, default=300, help="steps of a batch (default: %(default)s)"
    )
    parser.add_argument(
        "--batch", metavar="N", type=positive, default=8, help="rows a step; more on a GPU (default: %(default)s)"
    )
    parser.add_argument(
        "--save-every",
        metavar="N",
        type=positive,
        help="steps between two checkpoints, from which a training that was cut off goes on (default: one at the end)",
    )
    parser.add_argument(
        "--compile",
        action="store_true",
        help="compile the layers: a minute to start, then faster steps on CPU (needs a C++ compiler)",
    )
    parser.add_argument("--seed", metavar="N", type=int, default=1, help="of the rows' order (default: %(default)s)")
    parser.add_argument(
        "--recipe-values",
        nargs="+",
        default=[],
        metavar="NAME=VALUE",
        help="values that replace those of train/published.yaml, by ms-swift's names",
    )
    return parser


def train(asked: argparse.Namespace) -> None:
    """Trains the adapter; an interrupted run goes on from its last checkpoint."""
    check_packages()
    if not asked.rows.is_file():
        raise CascadeError(f"{asked.rows}: there is no such file; expected rows of python -m train.published_rows")
    work = asked.work or Path("runs") / asked.out.name
    refuse_overwriting([work / _ORDERED], [asked.rows])
    rows = list(read_rows(asked.rows))
    if not rows:
        raise CascadeError(f"{asked.rows}: holds no rows; expected some of python -m train.published_rows")
    go_offline(asked.base)
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    values = recipe_values(asked.recipe_values)
    folder, model_type = base_folder_of(asked.base)
    if model_type not in TEMPLATES:
        raise CascadeError(
            f"base model {folder!r} is of kind {model_type!r}; expected one whose turns are known: "
            f"{', '.join(TEMPLATES)}"
        )
    given = {"rows": digest(asked.rows), "base": folder, "batch": str(asked.batch)}
    given["seed"] = str(asked.seed)
    check_training(work, {**given, "recipe_values": " ".join(asked.recipe_values)})
    if _steps(work) > asked.max_steps:
        raise CascadeError(
            f"{work}: holds a training of {_steps(work):,} steps, and --max-steps is {asked.max_steps:,}; expected at "
            "least as many, or another --work folder"
        )
    if _steps(work) < asked.max_steps:
        recipe = _recipe(asked, folder, model_type, work) | values
        _write_in_order(_short_enough(rows, asked, recipe), work / _ORDERED, asked)
        _fine_tune(recipe)
    best = last_checkpoint(work)
    if best is None:
        raise CascadeError(f"the training left no checkpoint in {work}; expected one after {asked.max_steps} steps")
    export(best, asked.out, asked.base)
    print(f"adapter of {best.name} in {asked.out}", flush=True)


def _short_enough(rows: Sequence[Row], asked: argparse.Namespace, recipe: Mapping[str, Any]) -> Sequence[Row]:
    """The rows that ms-swift would not leave out; tells how many are longer.

    Raises CascadeError if all are.
    """
    longest = recipe.get("max_length")
    if recipe.get("truncation_strategy", "delete") != "delete" or not isinstance(longest, int):
        return rows
    tokens_of, behind = row_tokens(recipe["model"]), _BEHIND.get(recipe["template"], 0)
    short = [row for row in rows if tokens_of(row) + behind <= longest]
    if not short:
        raise CascadeError(
            f"{asked.rows}: all rows are longer than {longest:,} tokens; expected shorter ones, or a higher "
            "--recipe-values max_length=N"
        )
    if len(short) < len(rows):
        left_out = len(rows) - len(short)
        print(
            f"note: {left_out:,} of {len(rows):,} rows are longer than {longest:,} tokens, and are left out",
            file=sys.stderr,
            flush=True,
        )
    return short


def _write_in_order(rows: Sequence[Row], file: Path, asked: argparse.Namespace) -> None:
    """Writes the rows that all steps read, in their order; passes are added or the last one is cut as is needed."""
    lines = [as_line(row) for row in rows]
    order = in_length_groups(list(map(len, lines)), asked.batch, asked.seed)
    write_whole(file, "".join(lines[index] + "\n" for index in islice(order, asked.max_steps * asked.batch)))


def export(checkpoint: Path, out: Path, base: str | None) -> None:
    """Copies an adapter; one of a named base model (None: the embedded one) names it, not its folder here."""
    out.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(checkpoint / WEIGHTS, out / WEIGHTS)
    config = json.loads((checkpoint / _CONFIG).read_text(encoding="utf-8"))
    if base is None or base in NAMED_BASES:
        config["base_model_name_or_path"] = base or EMBEDDED
    write_whole(out / _CONFIG, json.dumps(config, indent=1) + "\n")


def _steps(work: Path) -> int:
    last = last_checkpoint(work)
    return int(last.name.split("-")[1]) if last is not None else 0


def _recipe(asked: argparse.Namespace, folder: str, model_type: str, work: Path) -> dict[str, Any]:
    import torch
    import yaml

    from cascade.model.devices import usable_device

    recipe: dict[str, Any] = yaml.safe_load((FOLDER / f"{_RECIPE}.yaml").read_text(encoding="utf-8"))
    resumed = last_checkpoint(work)
    return {
        **recipe,
        "external_plugins": [str(FOLDER / "swift_plugin" / "plugin.py")],
        "callbacks": ["compile_layers_of_any_length"] if asked.compile else [],
        "use_logits_to_keep": False,  # the trainer takes the rows that it needs
        "model": folder,
        "model_type": model_type,
        "template": TEMPLATES[model_type],
        "dataset": [str(work / _ORDERED)],
        "dataset_shuffle": False,
        "train_dataloader_shuffle": False,
        "output_dir": str(work),
        "per_device_train_batch_size": asked.batch,
        "max_steps": asked.max_steps,
        "save_steps": asked.save_every or asked.max_steps,
        "seed": asked.seed,
        "data_seed": asked.seed,
        "use_cpu": not torch.cuda.is_available(),
        **arithmetic(usable_device(None)),
        **({"resume_from_checkpoint": str(resumed)} if resumed is not None else {}),
    }


def _fine_tune(recipe: dict[str, Any]) -> None:
    from swift import SftArguments, sft_main
    from swift.trainers.trainer_factory import TrainerFactory

    check_recipe("model that generates", recipe)
    arguments = SftArguments(**recipe)  # imports the plug-in
    TrainerFactory.TRAINER_MAPPING["causal_lm"] = _TRAINER
    sft_main(arguments)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    share_cores()
    keep_freed_memory()
    return exit_status(
        lambda: train(arguments().parse_args(argv)),
        interrupted="interrupted; the same command goes on from the last checkpoint",
    )


if __name__ == "__main__":
    sys.exit(main())
