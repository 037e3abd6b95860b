"""Recipe values set on the command line: `--recipe-values lora_rank=8 lora_dropout=0.1`.

Any argument of ms-swift can be set, except those that the command needs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import yaml

from cascade.errors import CascadeError
from train.tuner_arguments import check_tuner_argument

# arguments that the command sets itself, or that would undo its work
_ITS_OWN = (
    "model", "model_type", "dataset", "val_dataset", "output_dir", "external_plugins", "template", "callbacks",
    "adapters", "resume_from_checkpoint", "max_steps", "eval_steps", "save_steps", "per_device_train_batch_size",
    "seed", "data_seed", "eval_on_start", "tuner_type", "metric_for_best_model",
)  # fmt: skip


def recipe_values(given: Sequence[str]) -> dict[str, Any]:
    """The values by name, parsed as YAML: numbers, true, [q_proj, v_proj].

    Raises CascadeError for a value without a name, for names that the command needs, and for values that would train
    anything but plain LoRA.
    """
    values: dict[str, Any] = {}
    for each in given:
        name, equals, text = each.partition("=")
        if not equals or not name.isidentifier():
            raise CascadeError(f"--recipe-values {each!r}; expected NAME=VALUE, such as lora_rank=8")
        if name in _ITS_OWN:
            raise CascadeError(
                f"--recipe-values {each!r}: {name} is not for a recipe to say, as the command sets it; see --help for "
                "its options"
            )
        if name in values:
            raise CascadeError(f"--recipe-values: {name} is given twice; expected each name once")
        try:
            values[name] = _number(yaml.safe_load(text))
        except yaml.YAMLError as error:
            raise CascadeError(
                f"--recipe-values {each!r}: cannot be read as YAML; expected a number, a word, true, or a list such as "
                "[q_proj, v_proj]"
            ) from error
        check_tuner_argument(name, values[name], where=f"--recipe-values {each!r}")
    return values


def _number(value: Any) -> Any:
    """The value; a number such as 1e-3, which YAML takes for a word, as a number."""
    if isinstance(value, str) and re.fullmatch(r"[-+]?[0-9]+e[-+]?[0-9]+", value, re.IGNORECASE):
        return float(value)
    return value
