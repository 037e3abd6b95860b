"""Loading: the base model and the adapters of a cascade, by what its caller names."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from cascade.adapters.card import AdapterShelf
from cascade.adapters.retrieval import Retriever
from cascade.adapters.user_folder import folder_of
from cascade.errors import AdapterError, BaseModelError, CascadeError
from cascade.pipeline.min_score import STORED, MinScore, check_min_score

if TYPE_CHECKING:
    from cascade.model.base_model import BaseModel

_log = logging.getLogger(__name__)


def loaded_parts(
    base: str | None,
    adapters: str | Path | None,
    pair: str | None,
    device: str | None,
    precision: str,
    exact: bool,
    report: Callable[[str], None],
) -> tuple[BaseModel, Retriever]:
    """The base model and what chooses the adapters, as `Cascade.load` is asked for them.

    What may be wrong with adapters is said before the base model is loaded, which takes longer.
    Raises BaseModelError and AdapterError where something is missing or does not fit.
    """
    retriever = named_retriever(adapters, pair)
    from cascade.model.base_model import BaseModel

    if exact and precision not in ("auto", "fp32"):
        raise BaseModelError(
            f"exact results and precision {precision!r} are both asked for; exact ones are computed in fp32"
        )
    model = BaseModel.load(base, device=device, precision="fp32" if exact else precision, report=report)
    for each in retriever.shelf.adapters:
        each.check_fits(model)
    _warn_of_strangers(retriever.shelf)
    return model, retriever


def _warn_of_strangers(shelf: AdapterShelf) -> None:
    """Warns of classifiers that were trained on what another extractor read than any below the folder."""
    extractors = sorted(shelf.of_stage("extractor"), key=lambda each: bool(each.card.builds_on))
    for classifier in shelf.of_stage("classifier"):
        own = sorted(extractors, key=lambda each: each.folder.parent != classifier.folder.parent)
        if classifier.card.reads and not any(each.checksum() == classifier.card.reads for each in own):
            _log.warning(
                "classifier %s was trained on texts that another extractor read (%s), which is not below %s; its types "
                "may be less right. Put that one there, or train the classifier further: python -m train.run --stages "
                "classifier",
                classifier.name,
                classifier.card.reads[:12],
                shelf.folder,
            )


def named_retriever(adapters: str | Path | None, pair: str | None) -> Retriever:
    """What chooses among the adapters below a folder (None: the shipped ones), or the pair that reads all documents.

    Without a folder, the pair may also be one of the user's own.

    Raises AdapterError where something is missing or does not fit.
    """
    if isinstance(adapters, str) and not adapters.strip():
        raise AdapterError(
            f"adapters {adapters!r} name no folder; expected one with adapters below it, or None for the shipped ones"
        )
    return Retriever(AdapterShelf(Path(adapters) if adapters is not None else folder_of(pair)), by_hand=pair)


def base_and_device(base: str | None, device: str | None, *, report: Callable[[str], None]) -> tuple[str | None, str]:
    """The folder of a base model by its name, None without a name, and the device to compute on.

    For models that are read by others than our stages; raises BaseModelError as `Cascade.load` does.
    """
    from cascade.model.base_folder import base_folder
    from cascade.model.devices import usable_device

    return base_folder(base, report=report) if base is not None else None, str(usable_device(device))


def named_base_folder(name: object, *, report: Callable[[str], None]) -> str | None:
    """The folder of a named base model; None for what is not the name of one."""
    from cascade.model.base_folder import base_folder
    from cascade.model.named_bases import NAMED_BASES

    return base_folder(name, report=report) if isinstance(name, str) and name in NAMED_BASES else None


def lowest_asked_for(min_score: MinScore | str, adapters: str | Path | None, pair: str | None) -> MinScore:
    """The lowest scores that a cascade is loaded with, checked; those in a card where these are asked for."""
    if min_score == STORED:
        return stored_min_score(named_retriever(adapters, pair))
    if isinstance(min_score, str):
        raise CascadeError(
            f"the lowest score is {min_score!r}; expected a probability within 0..1, scores by type, or {STORED!r} for "
            "those in the classifier's card"
        )
    return check_min_score(min_score)


def stored_min_score(retriever: Retriever) -> Mapping[str, float]:
    """The lowest scores by type that stand in the card of the classifier; raises AdapterError if there is no such
    classifier, or if there are several.
    """
    classifiers = [adapter for adapter in retriever.adapters if adapter.card.stage == "classifier"]
    names = ", ".join(adapter.name for adapter in classifiers)
    if len(classifiers) > 1:
        raise AdapterError(
            f"stored thresholds are asked for, and {names} may read the documents; expected one classifier. Name a pair"
        )
    [classifier] = classifiers
    if not classifier.card.thresholds:
        raise AdapterError(
            f"{classifier.folder}: its card holds no thresholds; expected some that were stored there. Fit them: "
            "python -m train.thresholds DEV.jsonl --adapters FOLDER --store PAIR"
        )
    return classifier.card.thresholds
