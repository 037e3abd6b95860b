"""What is told of the adapters below a folder: names, languages, sizes, and the licences of their corpora."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cascade.adapters.card import WEIGHTS, shipped_adapters
from cascade.adapters.card import Adapter as Adapter
from cascade.adapters.card import AdapterShelf as AdapterShelf
from cascade.adapters.lora_config import read_lora_config
from cascade.adapters.user_folder import folder_of, user_pairs
from cascade.errors import AdapterError, meant


def shelf_of(folder: Path | None) -> AdapterShelf:
    """The adapters below a folder; None: the shipped ones."""
    return AdapterShelf(folder or shipped_adapters())


def shelf_with(name: str, folder: Path | None) -> AdapterShelf:
    """The adapters below a folder; None: those among which an adapter or a pair of that name is, the user's or the
    shipped ones.
    """
    return AdapterShelf(folder or folder_of(name.partition("/")[0]))


def shelves(folder: Path | None) -> list[AdapterShelf]:
    """The adapters below a folder; None: the shipped ones, and each pair of the user's."""
    return [shelf_of(folder)] + ([] if folder is not None else [AdapterShelf(each) for each in user_pairs().values()])


def facts(adapter: Adapter, shelf: AdapterShelf) -> dict[str, Any]:
    """What is told of an adapter, by name."""
    card, root = adapter.card, shelf.root(adapter)
    return {
        "name": adapter.name,
        "stage": card.stage,
        "languages": list(card.languages),
        "rank": read_lora_config(adapter.folder).rank,
        "base": card.base,
        "bytes": (adapter.folder / WEIGHTS).stat().st_size,
        "builds_on": root.name if root is not adapter else None,
        "types": len(card.types),
        "corpora": len(card.data),
        "licences": licences(adapter),
    }


def licences(adapter: Adapter) -> list[str]:
    """The licences of the corpora that an adapter was trained on, each once, in alphabetical order."""
    return sorted({str(corpus.get("licence") or "not stated") for corpus in adapter.card.data})


def named(name: str, shelf: AdapterShelf) -> list[Adapter]:
    """The adapters of a name: one, or those of a pair; raises AdapterError, with the nearest name, for none."""
    found = [each for each in shelf.adapters if name in (each.name, each.name.rpartition("/")[0])]
    if not found:
        pairs = sorted({each.name.rpartition("/")[0] or each.name for each in shelf.adapters})
        close = meant(name, [*pairs, *(each.name for each in shelf.adapters)])
        raise AdapterError(
            f"there is no adapter {name!r} below {shelf.folder}{close}; expected {', '.join(pairs)}, or one with its "
            "stage"
        )
    return found
