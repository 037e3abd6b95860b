"""What an experiment puts in the place of ours for one training, to compare ways to read: for measuring alone."""

from __future__ import annotations

from dataclasses import dataclass

from cascade.text.tokens import PieceTokens

TRAINER = "train.swift_plugin.trainer.DecisionTrainer"


@dataclass(frozen=True, slots=True)
class Experiment:
    """Another way to read, by which a stage is trained and scored on dev documents.

    name: which one, as a later run goes on only from what was trained in the same way.  tokens: makes tokens of texts.
    trainer: the class, by its dotted name, as ms-swift takes ten seconds to import; its own `tokens_class` is the same
    as `tokens`.  No temperature is fitted to what is trained so, as nothing else reads in this way.
    """

    name: str
    tokens: type[PieceTokens] = PieceTokens
    trainer: str = TRAINER
