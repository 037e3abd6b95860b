"""Typed options of the training commands; the command-line parsers build them, and all other code takes them.

Each default is defined only here.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from cascade.adapters.card import STAGES

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Options = TypeVar("Options", bound="DataclassInstance")


@dataclass(frozen=True, kw_only=True)
class CorpusOptions:
    """Which documents are read.

    data: documents in any read format, or a mixture (.yaml). data_root: the folder that a mixture's paths start from;
    None for the mixture's own. language: of documents that name none; with a mixture, only entries that name it and
    those for replay are read.
    """

    data: Path
    data_root: Path | None = None
    language: str | None = None
    seed: int = 1

    def as_texts(self) -> dict[str, str]:
        """Each option's value as it would be written on a command line; "None" and "False" for options not given."""
        return {each.name: _text(each.name, getattr(self, each.name)) for each in fields(self)}


@dataclass(frozen=True, kw_only=True)
class AdapterFolderOptions(CorpusOptions):
    """Options of commands that measure documents and write the result beside existing adapters.

    adapters: the folder of the adapters.
    """

    adapters: Path
    base: str | None = None


@dataclass(frozen=True, kw_only=True)
class PreparationOptions(CorpusOptions):
    """How documents become training data.

    dev: dev documents; None for a fifth of `data`, or for those that a mixture names. dev_documents: at most this many
    are scored; 1000 take about 20 seconds each time. without_corpora: names of the mixture's entries that are left out.
    without_types: types that nothing is trained on. taxonomy: a file, to train on the names of all its levels.
    annotation_faults: "use" or "refuse" annotation that cannot be learnt as it is. depth: layers of nested entities
    that the extractor learns. fixed_types: whether all prompts ask for the documents' own types, as they are. base: the
    base model by name, folder or GGUF file; None for the embedded one. epochs: passes over the data.
    """

    dev: Path | None = None
    dev_documents: int = 1000
    without_corpora: tuple[str, ...] = ()
    without_types: tuple[str, ...] = ()
    taxonomy: Path | None = None
    demonstrations: str = "none"
    annotation_faults: str = "use"
    depth: int = 1
    fixed_types: bool = False
    base: str | None = None
    epochs: int = 1


@dataclass(frozen=True, kw_only=True)
class TrainingOptions(PreparationOptions):
    """How both stages are trained.

    out: the folder of the two adapters. work: the folder of prepared data, checkpoints and logs. batch: bundles of 512
    tokens a step. scorings: how often a stage is scored on dev documents and saved. save_every: steps between two
    checkpoints; None for as often as it is scored. start_from: folder of two adapters
    to train further. build_on: folder of two adapters that the new ones build on. learning_rate, rank: None for the
    recipe's. recipe_values: NAME=VALUE, replacing the recipe's values. extractor: folder of the extractor that reads
    the classifier's texts; None for the one in `out`, or else in `start_from` or `build_on`. minutes: for all stages
    together; None for as many steps as asked for. quiet: show results and warnings alone. anew: start from nothing,
    even where a shipped pair would be chosen.
    """

    out: Path
    work: Path | None = None
    stages: tuple[str, ...] = STAGES
    max_steps: int | None = None
    batch: int = 1
    scorings: int = 8
    save_every: int | None = None
    learning_rate: float | None = None
    compile: bool = False
    start_from: Path | None = None
    build_on: Path | None = None
    rank: int | None = None
    recipe_values: tuple[str, ...] = ()
    cold_classifier: bool = False
    extractor: Path | None = None
    minutes: float | None = None
    quiet: bool = False
    anew: bool = False

    @property
    def work_folder(self) -> Path:
        """The folder of prepared data, checkpoints and logs; by default a folder below `runs` in the current one."""
        return self.work or Path("runs") / self.out.name


def options_from(kind: type[Options], parsed: argparse.Namespace) -> Options:
    """The parsed options as an object of class `kind`; the parser has an argument for each of its fields."""
    values: dict[str, Any] = {each.name: getattr(parsed, each.name) for each in fields(kind)}
    return kind(**{name: tuple(value) if isinstance(value, list) else value for name, value in values.items()})


def _text(name: str, value: object) -> str:
    if isinstance(value, tuple):
        return (" " if name == "recipe_values" else ",").join(value)
    return str(value)
