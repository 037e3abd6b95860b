"""Trains both stages with one command: `python -m train.run --data train.jsonl --dev dev.jsonl --out pairs/my`.

Prepares the data, trains the extractor and then the classifier with ms-swift, and writes two adapter folders with
cards. If it is started again after an interruption, it continues from the last checkpoint.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace

from cascade.adapters.card import STAGES
from cascade.adapters.model_card import write_model_card
from cascade.commands.command_parser import command_parser
from cascade.commands.exit_status import exit_status
from cascade.commands.option_types import named_path, positive, positive_number
from cascade.commands.renamed_options import add_renamed_option
from cascade.commands.thread_settings import share_cores
from cascade.commands.train import check_packages
from cascade.memory.package_caches import keep_freed_memory, keep_many_primitives
from data_formats import read
from train.console import LOG, console, shown
from train.corpora.mixtures import is_mixture
from train.experiment import Experiment
from train.option_checks import check_options
from train.option_parsers import add_preparation_options, names
from train.options import TrainingOptions, options_from
from train.recipe_checks import check_recipe
from train.recipe_values import recipe_values
from train.starting_pair import FEW, with_starting_pair, without_start_from_nothing
from train.starting_points import starting_point, text_extractor
from train.time_budget import TimeBudget, passes
from train.trainable_base import base_folder_of, go_offline
from train.tuner_arguments import check_target_layers


def arguments() -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = command_parser("python -m train.run", description=(__doc__ or "").splitlines()[0])
    add_preparation_options(parser)
    parser.add_argument("--out", type=named_path, required=True, help="folder of the two adapters")
    parser.add_argument(
        "--work", type=named_path, help="folder of prepared data, checkpoints and logs (default: runs/NAME OF OUT)"
    )
    parser.add_argument(
        "--stages",
        type=names,
        default=TrainingOptions.stages,
        metavar="STAGES",
        help="extractor,classifier (default) or one of them",
    )
    parser.add_argument(
        "--minutes",
        type=positive_number,
        metavar="N",
        help="time for all stages together, loading and scoring included; passes over the data as they fit into it",
    )
    parser.add_argument("--max-steps", type=positive, help="stop a stage after this many steps (default: all data)")
    parser.add_argument(
        "--batch",
        type=positive,
        default=TrainingOptions.batch,
        help="bundles of 512 tokens a step; more on a GPU (default: %(default)s)",
    )
    parser.add_argument(
        "--scorings",
        type=positive,
        default=TrainingOptions.scorings,
        help="how often a stage is scored on dev and saved (default: %(default)s)",
    )
    parser.add_argument(
        "--save-every",
        type=positive,
        metavar="STEPS",
        help="steps between two checkpoints, from which a training that was cut off goes on (default: at each scoring)",
    )
    parser.add_argument("--learning-rate", type=positive_number, help="default: the recipe's")
    parser.add_argument(
        "--compile",
        action="store_true",
        help="compile the extractor's layers: a minute to start, then a seventh to a quarter faster on CPU (needs C++)",
    )
    parser.add_argument(
        "--start-from",
        type=named_path,
        help="folder of two adapters to train further, such as an earlier --out, or 'nothing' (default: the shipped "
        f"pair for fewer than {FEW:,} documents and the embedded base model, or else nothing)",
    )
    parser.add_argument(
        "--build-on",
        type=named_path,
        help="folder of two adapters that the new ones build on as small differences, such as for one language; with "
        "--start-from, such differences are trained further",
    )
    parser.add_argument("--rank", type=positive, help="rank of the adapters (default: the recipe's)")
    add_renamed_option(
        parser,
        "--recipe-values",
        old="--recipe",
        nargs="+",
        default=TrainingOptions.recipe_values,
        metavar="NAME=VALUE",
        help="values that replace the recipe's, by ms-swift's names",
    )
    parser.add_argument(
        "--cold-classifier",
        action="store_true",
        help="start the classifier from nothing instead of from the extractor's adapter",
    )
    parser.add_argument(
        "--extractor",
        type=named_path,
        help="folder of the extractor that reads the texts on which the classifier is trained (default: the one in "
        "--out, or else in --start-from or --build-on)",
    )
    parser.set_defaults(anew=TrainingOptions.anew)
    parser.add_argument("--quiet", action="store_true", help="show scores and warnings alone")
    return parser


def main(argv: Sequence[str] | None = None, *, experiment: Experiment | None = None) -> int:
    """Runs the command; returns its exit status. experiment: another way to read, trained for comparison with ours."""
    share_cores()
    keep_many_primitives()
    keep_freed_memory()
    return exit_status(
        lambda: train(options_from(TrainingOptions, arguments().parse_args(argv)), experiment),
        interrupted="interrupted; the same command goes on from the last checkpoint",
    )


def train(options: TrainingOptions, experiment: Experiment | None = None) -> None:
    """Trains the stages; raises CascadeError as early as possible for what cannot be trained."""
    check_packages()
    budget = None if options.minutes is None else TimeBudget.of(options.minutes)
    options = without_start_from_nothing(options)
    check_options(options)
    go_offline(options.base)
    if options.start_from is not None or options.build_on is not None:
        for stage in options.stages:
            starting_point(stage, options)
    if "extractor" not in options.stages:
        text_extractor(options)
    with shown(quiet=options.quiet, log=options.work_folder / LOG):
        _train(options, experiment, budget)


def _train(options: TrainingOptions, experiment: Experiment | None, budget: TimeBudget | None) -> None:
    if values := recipe_values(options.recipe_values):
        check_recipe(options.stages[0], values)
        check_target_layers(values, lambda: base_folder_of(options.base)[0])
    options = options if experiment else with_starting_pair(options)
    if options.minutes is not None and options.epochs == TrainingOptions.epochs and not is_mixture(options.data):
        documents = sum(1 for _ in read(options.data, language=options.language))
        options = replace(options, epochs=passes(documents, options.minutes))
    from train.stage import train_stage  # imports torch, so only after all arguments were checked

    stages = sorted(options.stages, key=STAGES.index)  # the classifier starts from the extractor
    for number, stage in enumerate(stages):
        share = None if budget is None else (budget.deadline(len(stages) - number), budget.least)
        export = train_stage(stage, options, experiment, budget=share)
        if budget is not None:
            budget.measured(export)
    if experiment is None and is_whole_pair(options):
        finish(options)


def finish(options: TrainingOptions) -> None:
    """Shows what the trained pair is worth, and writes its model card."""
    from train.dev_scores import show_dev_scores

    show_dev_scores(options)
    console().say(f"model card: {write_model_card(options.out)}")


def is_whole_pair(options: TrainingOptions) -> bool:
    """Whether the training made a pair that can be read by itself: both stages, and no differences to another pair."""
    return set(options.stages) == set(STAGES) and options.build_on is None


if __name__ == "__main__":
    sys.exit(main())
