"""Refuses training options that exclude each other or name what does not exist, before anything is read."""

from __future__ import annotations

from cascade.adapters.card import STAGES
from cascade.errors import CascadeError
from cascade.languages.identification import named_language
from train.corpora.mixtures import is_mixture
from train.options import TrainingOptions
from train.recipe_values import recipe_values
from train.tuner_arguments import FREE

# recipe values that an option sets as well, with that option
_SAID_BY_OPTIONS = (("learning_rate", "learning_rate"), ("lora_rank", "rank"), ("lora_alpha", "rank"))


def check_options(options: TrainingOptions) -> None:
    """Raises CascadeError for options that do not fit together; the message names them and what to do."""
    if options.start_from is not None and options.rank is not None:
        raise CascadeError("--start-from and --rank are both given; adapters that are trained on keep their rank")
    _check_recipe_values(options)
    stages = options.stages
    if not stages or set(stages) - set(STAGES) or len(set(stages)) < len(stages):
        raise CascadeError(f"--stages {','.join(stages)!r}; expected {' and/or '.join(STAGES)}, separated by a comma")
    if options.start_from is not None and options.cold_classifier:
        raise CascadeError(
            "--start-from and --cold-classifier are both given; expected one: what the classifier starts from, or "
            "that it starts from nothing"
        )
    if not is_mixture(options.data):  # with a mixture, --language names entries instead
        named_language(options.language)


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
