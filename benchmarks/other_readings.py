"""Trains other ways to read, for comparison with ours: `python -m benchmarks.other_readings NAME`, then as `train.run`.

Each way changes one thing, for a training and its scores only. The result cannot be read in any other way, and its
temperature is not fitted.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from cascade.text.tokens import PieceTokens
from train import run
from train.experiment import Experiment

TRAINERS = "benchmarks.other_reading_trainers"
DESCRIPTIONS: Mapping[str, str] = {
    "person": "names of people, real or invented",
    "location": "names of places such as countries, cities, rivers and mountains",
    "organization": "names of companies, authorities, parties, teams and other groups",
    "company": "names of firms that trade",
    "facility": "names of buildings, stations, airports and roads",
    "political organization": "names of parties, governments and authorities",
    "other organization": "names of groups that are neither firms nor political",
    "product": "names of goods, works, vehicles and services",
    "event": "names of wars, contests, festivals and disasters",
    "quantity": "numbers with what they count",
    "date": "days, months, years and spans of them",
    "time": "times of day and spans of hours",
    "number": "numbers in figures or words",
    "artifact": "names of things made by people",
    "miscellaneous": "names that are none of the other types, such as nationalities and works",
    "disease": "names of illnesses and disorders",
    "chemical": "names of substances and drugs",
}


def one_way(mask: Tensor, tokens: int) -> Tensor:
    """`mask` in which no token of a row sees a later token of that row.

    The mask is (rows, 1, heads' tokens, keys), boolean or added to the scores. tokens: the number of a row's tokens.
    Their own keys come last, after those of a prefix.
    """
    allowed = torch.ones(tokens, mask.shape[3], dtype=torch.bool, device=mask.device)
    allowed[:, -tokens:] = allowed[:, -tokens:].tril()
    allowed = allowed.repeat(mask.shape[2] // tokens, 1)
    return mask & allowed if mask.dtype == torch.bool else mask.masked_fill(~allowed, -torch.inf)


def read_one_way(
    layer: nn.Module, arguments: tuple[Any, ...], named: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """A hook before a layer's pass: returns its arguments, with a mask for reading text only from left to right."""
    states: Tensor = named["hidden_states"] if "hidden_states" in named else arguments[0]
    return arguments, {**named, "attention_mask": one_way(named["attention_mask"], states.shape[1])}


class LabelWords(PieceTokens):
    """The extractor decides among words that say what the labels mean."""

    label_words = ("outside", "begin", "inside", "end", "single")


class Bio(PieceTokens):
    """The extractor decides among three labels.

    The last piece of a span is labelled like an inner one, and a single piece like a first one.
    """

    label_words = ("O", "B", "I")
    label_columns = (0, 1, 2, 2, 1)


class Brackets(PieceTokens):
    """The extractor says only where spans begin and end, and nothing of the pieces between."""

    label_words = ("O", "B", "E", "S")
    label_columns = (0, 1, 0, 2, 3)


class Descriptions(PieceTokens):
    """In the prompt, known types are followed by what they mean, in brackets."""

    def prefix(self, types: Sequence[str] | None) -> tuple[int, ...]:
        """Our prefix, with the descriptions."""
        if types is not None:
            types = [f"{name} ({DESCRIPTIONS[name]})" if name in DESCRIPTIONS else name for name in types]
        return super().prefix(types)


READINGS: Mapping[str, Experiment] = {
    each.name: each
    for each in (
        Experiment("from left to right", trainer=f"{TRAINERS}.FromLeftToRight"),
        Experiment("both ways in full attention alone", trainer=f"{TRAINERS}.BothWaysInFullAttention"),
        Experiment("both ways in the lower half", trainer=f"{TRAINERS}.BothWaysInTheLowerHalf"),
        Experiment("both ways in the upper half", trainer=f"{TRAINERS}.BothWaysInTheUpperHalf"),
        Experiment("label words", LabelWords, f"{TRAINERS}.WithLabelWords"),
        Experiment("BIO", Bio, f"{TRAINERS}.WithBio"),
        Experiment("brackets", Brackets, f"{TRAINERS}.WithBrackets"),
        Experiment("descriptions", Descriptions, f"{TRAINERS}.WithDescriptions"),
    )
}


def arguments() -> argparse.ArgumentParser:
    """The command's own argument, in front of those that `train.run` takes."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.other_readings", description=(__doc__ or "").partition(":")[0] + "."
    )
    parser.add_argument("name", metavar="NAME", choices=READINGS, help=f"way to read: {', '.join(READINGS)}")
    parser.add_argument("options", nargs=argparse.REMAINDER, help="what train.run takes")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    asked = arguments().parse_args(argv)
    return run.main(asked.options, experiment=READINGS[asked.name])


if __name__ == "__main__":
    sys.exit(main())
