"""Refuses training options that exclude each other or name what does not exist, before anything is read."""

from __future__ import annotations

import os
from math import inf
from pathlib import Path

from cascade.adapters.card import STAGES, shipped_adapters
from cascade.errors import CascadeError
from cascade.languages.identification import named_language
from train.corpora.mixtures import is_mixture
from train.options import TrainingOptions
from train.recipe_values import recipe_values
from train.tuner_arguments import FREE

_SEEDS = 2**32  # as many as NumPy knows
# recipe values that an option sets as well, with that option
_SAID_BY_OPTIONS = (("learning_rate", "learning_rate"), ("lora_rank", "rank"), ("lora_alpha", "rank"))


def check_options(options: TrainingOptions) -> None:
    """Raises CascadeError for options that do not fit together; the message names them and what to do."""
    if options.start_from is not None and options.rank is not None:
        raise CascadeError("--start-from and --rank are both given; adapters that are trained on keep their rank")
    _check_folders(options)
    _check_recipe_values(options)
    stages = options.stages
    if not stages or set(stages) - set(STAGES) or len(set(stages)) < len(stages):
        raise CascadeError(f"--stages {','.join(stages)!r}; expected {' and/or '.join(STAGES)}, separated by a comma")
    if options.start_from is not None and options.cold_classifier:
        raise CascadeError(
            "--start-from and --cold-classifier are both given; expected one: what the classifier starts from, or "
            "that it starts from nothing"
        )
    for name in ("epochs", "batch", "scorings", "max_steps", "save_every"):
        value = getattr(options, name)
        if value is not None and value < 1:
            raise CascadeError(f"--{name.replace('_', '-')} is {value}; expected a whole number from 1 on")
    rate = options.learning_rate
    if rate is not None and not 0 < rate < inf:
        raise CascadeError(f"--learning-rate is {rate}; expected a number above 0, such as 5e-4")
    if not 0 <= options.seed < _SEEDS:
        raise CascadeError(f"--seed is {options.seed}; expected a whole number from 0 to {_SEEDS - 1}")
    if options.minutes is not None and options.save_every is not None:
        raise CascadeError(
            "--minutes and --save-every are both given; a training by minutes is saved whenever it is scored: leave "
            "--save-every out, and name more --scorings"
        )
    if not is_mixture(options.data):  # with a mixture, --language names entries instead
        named_language(options.language)


def _check_folders(options: TrainingOptions) -> None:
    """Raises CascadeError for data that can be read once alone, and where the new adapters cannot be written or would
    take the place of what is still read.
    """
    for name, file in (("data", options.data), ("dev", options.dev)):
        if file is not None and (str(file) == "-" or file.is_fifo()):
            raise CascadeError(f"--{name} {file}: is read more than once; expected a file, not a stream")
    place = next(each for each in (options.out, *options.out.absolute().parents) if each.exists())
    if not place.is_dir() or not os.access(place, os.W_OK):
        raise CascadeError(f"--out {options.out}: {place} is no folder that can be written; expected another --out")
    check_apart_from_shipped(options.out)
    out = options.out.resolve()
    if options.build_on is not None and options.build_on.resolve() == out:
        raise CascadeError(
            f"--out and --build-on are both {options.out}; expected another --out, as differences are read together "
            "with what they build on"
        )
    both = set(options.stages) == set(STAGES)
    if both and options.start_from is not None and options.start_from.resolve() == out:
        raise CascadeError(
            f"--out and --start-from are both {options.out}; expected another --out, as the pair before is compared "
            "with the one after"
        )


def check_apart_from_shipped(out: Path) -> None:
    """Raises CascadeError for a folder among the shipped adapters: what lies there reads documents unasked."""
    if out.resolve().is_relative_to(shipped_adapters().resolve()):
        raise CascadeError(
            f"--out {out}: lies in the folder of the shipped adapters, whose adapters read documents without being "
            "asked for; expected another folder, such as pairs/my"
        )


def _check_recipe_values(options: TrainingOptions) -> None:
    values = recipe_values(options.recipe_values)
    for name, option in _SAID_BY_OPTIONS:
        if name in values and getattr(options, option) is not None:
            raise CascadeError(
                f"--{option.replace('_', '-')} and --recipe-values {name} are both given; expected one of them"
            )
    if options.start_from is not None and (shape := sorted({*FREE, "init_weights"} & set(values))):
        raise CascadeError(
            f"--start-from and --recipe-values {', '.join(shape)} are both given; adapters that are trained on keep "
            "their shape"
        )
