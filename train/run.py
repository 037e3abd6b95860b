"""Trains both stages with one command: `python -m train.run --data train.jsonl --dev dev.jsonl --out adapters/my`.

Prepares the data, trains the extractor and then the classifier with ms-swift, and writes two adapter folders with
cards. If it is started again after an interruption, it continues from the last checkpoint.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from cascade.adapters.card import STAGES
from cascade.commands.command_parser import command_parser
from cascade.commands.exit_status import exit_status
from cascade.commands.option_types import named_path, positive
from cascade.commands.renamed_options import add_renamed_option
from cascade.commands.thread_settings import share_cores
from cascade.memory.package_caches import keep_many_primitives
from train.experiment import Experiment
from train.option_checks import check_options
from train.option_parsers import add_preparation_options, names
from train.options import TrainingOptions, options_from
from train.recipe_values import recipe_values
from train.sft import check_known
from train.starting_points import text_extractor, usable_adapter
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
    parser.add_argument("--learning-rate", type=float, help="default: the recipe's")
    parser.add_argument(
        "--compile",
        action="store_true",
        help="compile the extractor's layers: a minute to start, then a third faster on CPU (needs a C++ compiler)",
    )
    parser.add_argument(
        "--start-from", type=named_path, help="folder of two adapters to train further, such as an earlier --out"
    )
    parser.add_argument(
        "--build-on",
        type=named_path,
        help="folder of two adapters that the new ones build on as small differences, such as for one language",
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
    return parser


def main(argv: Sequence[str] | None = None, *, experiment: Experiment | None = None) -> int:
    """Runs the command; returns its exit status. experiment: another way to read, trained for comparison with ours."""
    share_cores()
    keep_many_primitives()
    return exit_status(
        lambda: train(options_from(TrainingOptions, arguments().parse_args(argv)), experiment),
        interrupted="interrupted; the same command goes on from the last checkpoint",
    )


def train(options: TrainingOptions, experiment: Experiment | None = None) -> None:
    """Trains the stages; raises CascadeError as early as possible for what cannot be trained."""
    check_options(options)
    go_offline(options.base)
    if values := recipe_values(options.recipe_values):
        check_known(options.stages[0], values)
        check_target_layers(values, lambda: base_folder_of(options.base)[0])
    for folder, option in ((options.start_from, "--start-from"), (options.build_on, "--build-on")):
        if folder is not None:
            for stage in options.stages:
                usable_adapter(stage, folder, option)
    if "extractor" not in options.stages:
        text_extractor(options)
    from train.stage import train_stage  # imports torch, so only after all arguments were checked

    for stage in sorted(options.stages, key=STAGES.index):  # the classifier starts from the extractor
        train_stage(stage, options, experiment)


if __name__ == "__main__":
    sys.exit(main())
