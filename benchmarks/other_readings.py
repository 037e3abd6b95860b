"""Ways to read that are not ours, trained to be compared with it: `python -m benchmarks.other_readings NAME`, and the
rest as for `train.run`.

Each changes one thing for a training and its scores alone; what is trained so cannot be read otherwise, and its
temperature is not fitted.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from cascade.commands.exit_status import exit_status
from cascade.errors import CascadeError
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
    """`mask` with no row's token seeing a later one of the row; (rows, 1, heads' tokens, keys), boolean or added to the
    scores.

    tokens: of a row; its own keys are the last ones, what stands before them are those of a prefix.
    """
    allowed = torch.ones(tokens, mask.shape[3], dtype=torch.bool, device=mask.device)
    allowed[:, -tokens:] = allowed[:, -tokens:].tril()
    allowed = allowed.repeat(mask.shape[2] // tokens, 1)
    return mask & allowed if mask.dtype == torch.bool else mask.masked_fill(~allowed, -torch.inf)


def read_one_way(
    layer: nn.Module, arguments: tuple[Any, ...], named: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Before a layer's pass: its arguments, with a mask by which text is read from left to right alone."""
    states: Tensor = named["hidden_states"] if "hidden_states" in named else arguments[0]
    return arguments, {**named, "attention_mask": one_way(named["attention_mask"], states.shape[1])}


class LabelWords(PieceTokens):
    """The extractor decides among words that say what they mean."""

    label_words = ("outside", "begin", "inside", "end", "single")


class Bio(PieceTokens):
    """The extractor decides among three labels: a span's last piece, and one that is alone, are as the others."""

    label_words = ("O", "B", "I")
    label_columns = (0, 1, 2, 2, 1)


class Brackets(PieceTokens):
    """The extractor says where spans begin and end, and nothing of what is between."""

    label_words = ("O", "B", "E", "S")
    label_columns = (0, 1, 0, 2, 3)


class Descriptions(PieceTokens):
    """Types that are known have what they mean in brackets behind their names in the prompt."""

    def prefix(self, types: Sequence[str] | None) -> tuple[int, ...]:
        """As ours, with the descriptions."""
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


def main(argv: Sequence[str] | None = None) -> int:
    """The command; returns its exit status."""
    name, *rest = (sys.argv[1:] if argv is None else argv) or ("",)
    if name in READINGS:
        return run.main(rest, experiment=READINGS[name])
    return exit_status(lambda: _refuse(name))


def _refuse(name: str) -> None:
    raise CascadeError(
        f"{name!r} is no way to read; expected one of {', '.join(READINGS)}, and then what train.run takes"
    )


if __name__ == "__main__":
    sys.exit(main())
