"""What a training starts from where nobody says so: few documents from the shipped pair, many from nothing."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import replace
from itertools import islice
from pathlib import Path

from cascade.adapters.card import AdapterShelf, shipped_adapters
from cascade.adapters.retrieval import Retriever
from cascade.model.named_bases import EMBEDDED
from cascade.pipeline.asked_taxonomy import as_read
from cascade.stages.extractor_types import COMMON_TYPES
from cascade.taxonomy.parsing import read_taxonomy
from cascade.taxonomy.tree import Taxonomy
from data_formats import read
from train.console import console
from train.corpora.mixtures import is_mixture
from train.options import TrainingOptions
from train.recipe_values import recipe_values
from train.tuner_arguments import FREE

NOTHING = Path("nothing")  # as --start-from
# Fewer documents start from the shipped pair. Sixty sentences from nothing end at F1 0; 6,593 Swahili sentences from
# the pair reach 87.6 (2026-11). How many documents from nothing are as good was not measured.
FEW = 5000
_LEARNING_RATE = 3e-4  # of trainings from a pair, as in docs/results/few-shot.md


def without_start_from_nothing(options: TrainingOptions) -> TrainingOptions:
    """The options with `--start-from nothing` as they say it to the rest: no pair, and no choice of one."""
    return replace(options, start_from=None, anew=True) if options.start_from == NOTHING else options


def with_starting_pair(options: TrainingOptions) -> TrainingOptions:
    """The options with the pair that the training starts from; says so where it was chosen here."""
    if not _is_open(options):
        return options
    documents, types = 0, set[str]()
    for document in islice(read(options.data, language=options.language), FEW):
        documents += 1
        types.update(entity.type for entity in document.entities)
    if documents >= FEW:
        return options
    pair = _reading(options, types)
    console().say(
        f"{documents:,} documents are few, so the training starts from the shipped pair {pair.name} "
        f"(--start-from {NOTHING} starts anew)"
    )
    rate = _LEARNING_RATE if options.learning_rate is None else options.learning_rate
    return replace(options, start_from=pair, learning_rate=rate)


def _reading(options: TrainingOptions, types: Set[str]) -> Path:
    """The folder of the shipped pair that reads these types of documents in a language without adapters of its own."""
    asked = sorted(types - set(options.without_types)) or COMMON_TYPES
    taxonomy = read_taxonomy(options.taxonomy) if options.taxonomy is not None else Taxonomy.flat(asked)
    _, among = as_read(taxonomy, Retriever(AdapterShelf(shipped_adapters())))
    return among.named(None)[0].folder.parent


def _is_open(options: TrainingOptions) -> bool:
    """Whether nothing in the options says where to start, and the shipped pair fits them."""
    said = options.anew or options.start_from is not None or options.build_on is not None or options.cold_classifier
    shaped = options.rank is not None or bool({*FREE, "init_weights"} & set(recipe_values(options.recipe_values)))
    other = (
        options.base not in (None, EMBEDDED) or options.demonstrations != "none" or options.stages == ("classifier",)
    )
    return not (said or shaped or other or is_mixture(options.data))
