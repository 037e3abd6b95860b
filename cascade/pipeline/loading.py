"""Loading: the base model and the adapters of a cascade, by what its caller names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from cascade.adapters.card import AdapterShelf, shipped_adapters
from cascade.adapters.retrieval import Retriever
from cascade.errors import AdapterError, BaseModelError

if TYPE_CHECKING:
    from cascade.model.base_model import BaseModel


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
    return model, retriever


def named_retriever(adapters: str | Path | None, pair: str | None) -> Retriever:
    """What chooses among the adapters below a folder (None: the shipped ones), or the pair that reads all documents.

    Raises AdapterError where something is missing or does not fit.
    """
    if isinstance(adapters, str) and not adapters.strip():
        raise AdapterError(
            f"adapters {adapters!r} name no folder; expected one with adapters below it, or None for the shipped ones"
        )
    return Retriever(AdapterShelf(Path(adapters) if adapters is not None else shipped_adapters()), by_hand=pair)
