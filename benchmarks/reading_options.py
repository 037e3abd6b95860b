"""Options of commands that measure what a cascade finds, and the cascade that they describe."""

from __future__ import annotations

import argparse
from pathlib import Path

from cascade import Cascade
from cascade.pipeline.min_score import MIN_SCORE


def add_reading_options(parser: argparse.ArgumentParser) -> None:
    """Adds the options that `asked_cascade` reads."""
    parser.add_argument("--base")
    parser.add_argument("--precision", default="auto")
    parser.add_argument(
        "--min-score",
        type=float,
        default=MIN_SCORE,
        help="leave out entities less likely than this (default: %(default)s)",
    )
    parser.add_argument("--adapters", type=Path)


def add_measuring_options(parser: argparse.ArgumentParser) -> None:
    """Adds `--seed`, `--json` and the options that `asked_cascade` reads."""
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, help="also write the figures here")
    add_reading_options(parser)


def asked_cascade(options: argparse.Namespace) -> Cascade:
    """The cascade that a command's options describe."""
    return Cascade.load(
        options.base, adapters=options.adapters, precision=options.precision, min_score=options.min_score
    )
