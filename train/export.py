"""Exports a trained checkpoint as an adapter folder: bf16 safetensors, PEFT's config, a card and the training log."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from cascade.adapters.card import CARD, PROMPT_VERSIONS, WEIGHTS, Adapter, Card
from cascade.adapters.lora_config import CONFIG, read_lora_config
from cascade.whole_files import whole_file, write_whole
from train.sft import TrainingResult

# options that name folders of this machine, which a card should not hold
_LOCAL = ("data_root", "work", "out", "start_from", "build_on", "extractor", "quiet")


def _portable(value: str) -> str:
    """An option's value without folders of this machine: only the last part of an absolute path."""
    return Path(value).name if Path(value).is_absolute() else value


def export_adapter(
    result: TrainingResult,
    task: Mapping[str, Any],
    *,
    base_fingerprint: str,
    target: Path,
    options: Mapping[str, str],
    root: Adapter | None = None,
    reads: str = "",
) -> Adapter:
    """Writes the best checkpoint as an adapter folder at `target`, with weights in bf16; returns the adapter.

    The adapter's card is not written yet. base_fingerprint: of the base model as it is loaded for inference; an adapter
    that builds on another is trained on a base that has the other merged into its weights. root: the adapter that this
    one builds on, and for whose types it is. reads: of a classifier, checksum of the extractor that read its texts.
    Raises AdapterError for a checkpoint that is not plain LoRA.
    """
    read_lora_config(result.checkpoint)
    target.mkdir(parents=True, exist_ok=True)
    (target / CARD).unlink(missing_ok=True)  # the card of an earlier adapter would not describe these weights
    weights = load_file(result.checkpoint / WEIGHTS)
    with whole_file(target / WEIGHTS) as unfinished:
        rounded = {name: weight.to(torch.bfloat16).contiguous() for name, weight in weights.items()}
        save_file(rounded, unfinished, metadata={"format": "pt"})
        unfinished.chmod(0o644)  # safetensors writes files that only their owner may read
    config = json.loads((result.checkpoint / CONFIG).read_text(encoding="utf-8"))
    config |= {"base_model_name_or_path": task["base"], "inference_mode": True}
    write_whole(target / CONFIG, json.dumps(config, indent=1, sort_keys=True) + "\n")
    card = Card(
        stage=task["stage"],
        base=task["base"],
        base_fingerprint=base_fingerprint,
        prompt_version=PROMPT_VERSIONS[task["stage"]],
        languages=task["languages"],
        types=task["types"],
        data=task["data"],
        training={
            "command": {
                name: _portable(value)
                for name, value in options.items()
                if name not in _LOCAL and value not in ("None", "False")
            },
            "steps": result.log[-1].get("step"),
            "best_step": int(result.checkpoint.name.split("-")[1]),
            **{name: task[name] for name in ("tokens", "decisions", "seed")},
        },
        scores={"dev_f1": round(result.dev_f1, 4)},
        builds_on="" if root is None else root.checksum(),
        demonstrations=task.get("demonstrations", "none"),
        reads=reads,
        descriptions=task.get("descriptions", False),
        depth=task.get("depth", 1),
        only_types=() if root is None else root.card.only_types,
    )
    return Adapter(target, card, "/".join(target.resolve().parts[-2:]))


def write_curve(log: Sequence[Mapping[str, Any]], target: Path) -> None:
    """Writes the training log as JSON lines, and its loss and dev F1 as a plot, `curve.png`."""
    keys = ("step", "loss", "learning_rate", "grad_norm", "tokens_per_second", "eval_f1", "train_runtime")
    rows = ({key: round(entry[key], 6) for key in keys if key in entry} for entry in log)
    write_whole(target / "log.jsonl", "".join(f"{json.dumps(row)}\n" for row in rows))
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, left = pyplot.subplots(figsize=(7, 3.5), layout="constrained")
    right = left.twinx()
    for axis, key, colour, style in ((left, "loss", "tab:blue", "-"), (right, "eval_f1", "tab:orange", "o-")):
        points = [(entry["step"], entry[key]) for entry in log if key in entry]
        if points:
            axis.plot(
                *zip(*points, strict=True),
                style,
                color=colour,
                label={"loss": "training loss", "eval_f1": "dev F1"}[key],
            )
        axis.set_ylabel({"loss": "loss (nats)", "eval_f1": "dev F1"}[key], color=colour)
    left.set_xlabel("step")
    left.set_yscale("log")
    with whole_file(target / "curve.png") as unfinished:
        figure.savefig(unfinished, dpi=100, format="png")
    pyplot.close(figure)
