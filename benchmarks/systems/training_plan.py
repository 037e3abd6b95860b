"""What all models of a comparison are trained on, and how."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from benchmarks.systems.compared_documents import Compared
from benchmarks.systems.kept_folders import digest_of, kept_folder
from benchmarks.systems.methods import OURS
from cascade import Document, EntityType
from train.corpora.prompts import MOST_TYPES
from train.rows.chat_rows import RowTokens, row_tokens

CHECKPOINT_STEPS = 20  # between two checkpoints: one or two minutes on two cores

Say = Callable[[str], None]
Run = Callable[[str, Sequence[object]], None]  # a module with its arguments, in a process of its own


@dataclass(frozen=True)
class TrainingPlan:
    """The documents, the base model and the length of all trainings.

    tokens: of each system, for all its models together. described: whether our stages learn what types mean.
    drawn_types: whether each of our prompts draws its types, also where all could be asked for. compile: whether layers
    are compiled, which changes nothing but the time.
    """

    compared: Compared
    out: Path
    base: str | None
    tokens: int
    batch: int
    seed: int
    described: bool = False
    drawn_types: bool = False
    compile: bool = False

    @cached_property
    def own_documents(self) -> tuple[Document, ...]:
        """The first documents that hold twice the tokens, counted as words of one token each, or all."""
        some, words = [], 2 * self.tokens
        for document in self.compared.train:
            if words <= 0:
                break
            some.append(document)
            words -= len(document.text.split())
        return tuple(some)

    @property
    def fixed_types(self) -> bool:
        """Whether our stages are asked for all types in each prompt, as other systems are.

        If one prompt holds them, and each has an entity in our documents.
        """
        types = self.compared.taxonomy
        if self.described or self.drawn_types or types.depth > 1 or len(types.roots) > MOST_TYPES:
            return False
        known = {entity.type for document in self.own_documents for entity in document.entities}
        return known == {root.name for root in types.roots}

    @cached_property
    def base_folder(self) -> str:
        """The base model's folder in Hugging Face form."""
        from cascade.model.base_folder import base_folder

        return base_folder(self.base)

    @cached_property
    def tokens_of(self) -> RowTokens:
        """What counts the tokens of a row."""
        return row_tokens(self.base_folder)

    def made_from(self, model: str) -> dict[str, Any]:
        """What a model is made from, beside the code."""
        compared = self.compared
        own = self._of_our_own if model == OURS else {"batch": self.batch}
        return own | {
            "train": digest_of(compared.train),
            "types": as_values(compared.taxonomy.roots),
            "nested": compared.nested,
            "base": self.base,
            "tokens": self.tokens,
            "seed": self.seed,
        }

    @property
    def _of_our_own(self) -> dict[str, Any]:
        fixed = {"fixed_types": True} if self.fixed_types else {}
        return {"dev": digest_of(self.compared.dev), "described": self.described} | fixed

    def folder_of(self, model: str) -> Path:
        """The folder of a model, made if it is missing."""
        return kept_folder(self.out / "models", model, self.made_from(model))


def as_values(types: Sequence[EntityType]) -> list[Any]:
    """Types with their descriptions and subtypes, as values of JSON."""
    return [[node.name, node.description, as_values(node.children)] for node in types]
