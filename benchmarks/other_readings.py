"""Ways to read that are not ours, trained to be compared with it: `python -m benchmarks.other_readings NAME`, and the
rest as for `train.run`.

Each changes one thing for a training and its scores alone, so that the library itself has no switch for it; what is
trained so cannot be read otherwise, and its temperature is not fitted.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from typing import Any
from unittest.mock import patch

import torch
from torch import Tensor, nn

from cascade.commands.exit_status import exit_status
from cascade.errors import CascadeError
from cascade.stages.decisions import Floats, labels_of
from cascade.stages.extractor import Span, decode
from cascade.text.pieces import Piece
from cascade.text.tokens import PieceTokens
from train import run

Change = Callable[[ExitStack], None]
Layers = Callable[[int, list[str]], Iterable[int]]

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


def _read_one_way(
    layer: nn.Module, arguments: tuple[Any, ...], named: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    states: Tensor = named["hidden_states"] if "hidden_states" in named else arguments[0]
    return arguments, {**named, "attention_mask": one_way(named["attention_mask"], states.shape[1])}


def one_way_in(chosen: Layers) -> Change:
    """Text is read from left to right alone in some layers: chosen by the number of layers and their kinds."""

    def change(stack: ExitStack) -> None:
        from train.swift_plugin.trainer import DecisionTrainer  # takes ten seconds, as ms-swift comes with it

        class Trainer(DecisionTrainer):
            def __init__(self, *args: Any, **kwargs: Any) -> None:
                super().__init__(*args, **kwargs)
                body = self._base().model
                for number in chosen(len(body.layers), list(body.config.layer_types)):
                    body.layers[number].register_forward_pre_hook(_read_one_way, with_kwargs=True)

        stack.enter_context(patch("train.swift_plugin.trainer.DecisionTrainer", Trainer))

    return change


def labelled(words: Sequence[str], columns: Sequence[int]) -> Change:
    """The extractor decides among `words`; columns: for each of O, B, I, E, S the place of the word that stands for
    it.
    """

    def trained_labels(spans: Iterable[tuple[int, int]], pieces: int) -> list[int]:
        return [columns[label] for label in labels_of(spans, pieces)]

    def decoded(pieces: Sequence[Piece], log_probabilities: Floats, *, temperature: float = 1.0) -> list[Span]:
        return decode(pieces, log_probabilities[:, list(columns)], temperature=temperature)

    def change(stack: ExitStack) -> None:
        stack.enter_context(patch("cascade.text.tokens.LABELS", tuple(words)))
        stack.enter_context(patch("train.prepare.labels_of", trained_labels))
        stack.enter_context(patch("cascade.stages.extractor.decode", decoded))

    return change


def described(stack: ExitStack) -> None:
    """Types that are known have what they mean in brackets behind their names in the prompt."""
    plain = PieceTokens.prefix

    def prefix(tokens: PieceTokens, types: Sequence[str] | None) -> tuple[int, ...]:
        return plain(
            tokens,
            None
            if types is None
            else [f"{name} ({DESCRIPTIONS[name]})" if name in DESCRIPTIONS else name for name in types],
        )

    stack.enter_context(patch.object(PieceTokens, "prefix", prefix))


READINGS: Mapping[str, Change] = {
    "from left to right": one_way_in(lambda layers, _: range(layers)),
    "both ways in full attention alone": one_way_in(
        lambda _, kinds: [number for number, kind in enumerate(kinds) if kind == "sliding_attention"]
    ),
    "both ways in the lower half": one_way_in(lambda layers, _: range(layers // 2, layers)),
    "both ways in the upper half": one_way_in(lambda layers, _: range(layers // 2)),
    "label words": labelled(("outside", "begin", "inside", "end", "single"), range(5)),
    "BIO": labelled(("O", "B", "I"), (0, 1, 2, 2, 1)),
    "brackets": labelled(("O", "B", "E", "S"), (0, 1, 0, 2, 3)),
    "descriptions": described,
}


def main(argv: Sequence[str] | None = None) -> int:
    """The command; returns its exit status."""
    return exit_status(lambda: _train(sys.argv[1:] if argv is None else argv))


def _train(arguments: Sequence[str]) -> None:
    name, *rest = arguments or ("",)
    if name not in READINGS:
        raise CascadeError(
            f"{name!r} is no way to read; expected one of {', '.join(READINGS)}, and then what train.run takes"
        )
    with ExitStack() as stack:
        READINGS[name](stack)
        stack.enter_context(patch("train.calibrate.temperature_of", lambda *_: 1.0))
        if status := run.main(rest):
            raise SystemExit(status)


if __name__ == "__main__":
    sys.exit(main())
