"""An experiment: replaces our way to read for one training, only to compare ways."""

from __future__ import annotations

from dataclasses import dataclass

from cascade.text.tokens import PieceTokens

TRAINER = "train.swift_plugin.trainer.DecisionTrainer"


@dataclass(frozen=True, slots=True)
class Experiment:
    """Another way to read, in which a stage is trained and scored on dev documents.

    name: of the way to read; a later run continues only trainings of the same name. tokens: makes the tokens of texts.
    trainer: the dotted name of the trainer class, because importing ms-swift takes ten seconds; its own `tokens_class`
    must be the same as `tokens`. No temperature is fitted to the result, because nothing else reads in this way.
    """

    name: str
    tokens: type[PieceTokens] = PieceTokens
    trainer: str = TRAINER
