"""Cascades in other processes: what was loaded is loaded there again, once a process, and checked to be the same."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from weakref import WeakValueDictionary

from cascade.adapters.card import WEIGHTS
from cascade.concurrency.one_lock import MAKING
from cascade.errors import ProcessError
from cascade.model.named_bases import NAMED_BASES

if TYPE_CHECKING:
    from cascade.adapters.card import AdapterShelf, Card
    from cascade.model.base_model import BaseModel
    from cascade.pipeline.min_score import MinScore

_END = 1 << 16  # bytes: read in no time for any number of adapters


class Reloadable(Protocol):
    """What is asked of a cascade that may be loaded again."""

    base: BaseModel
    shelf: AdapterShelf
    loaded: Loaded | None

    def fresh(self, *, min_score: MinScore | None = None) -> Reloadable:
        """Another one on the same weights."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """How a cascade was loaded and what came of it.

    options: of Cascade.load, paths in full.  cards: of all adapters, by name.  token: the same for cascades that read
    the same, also in another run of a program, so that what is pickled, and caches that go by it, are the same too.
    """

    options: Mapping[str, Any]
    fingerprint: str
    cards: Mapping[str, Card]
    token: str

    @classmethod
    def of(cls, cascade: Reloadable, options: Mapping[str, Any]) -> Loaded:
        """What is noted of a cascade that was just loaded with `options`."""
        base, adapters = options["base"], options["adapters"]
        places = {"base": base if base in NAMED_BASES else _in_full(base), "adapters": _in_full(adapters)}
        cards = _cards(cascade)
        read = [{**options, **places}, cascade.base.fingerprint, _in_order(cards), _ends_of_weights(cascade)]
        known = json.dumps(read, sort_keys=True, default=str)  # devices are told by their names
        loaded = cls({**options, **places}, cascade.base.fingerprint, cards, sha256(known.encode("utf-8")).hexdigest())
        _here[loaded.token] = cascade
        return loaded


def loading_of(cascade: Reloadable, own_retriever: bool) -> Loaded:
    """How a cascade was loaded; raises ProcessError for one that cannot be loaded again.

    own_retriever: whether it has the retriever that it was loaded with.
    """
    if cascade.loaded is not None and own_retriever:
        return cascade.loaded
    why = "its retriever was exchanged after it was loaded"
    if cascade.loaded is None:
        why = "it was put together by hand, so that nothing says how another process could make it"
    remedy = "Make it by Cascade.load, or make it in the process that reads"
    raise ProcessError(f"this Cascade cannot be pickled: {why}. {remedy}")


# those of this process, a forked one's from its parent too
_here: WeakValueDictionary[str, Reloadable] = WeakValueDictionary()
# the one that was loaded again last: a pool of processes unpickles it with every task
_last: list[Reloadable] = []


def again(load: Callable[..., Reloadable], loaded: Loaded, min_score: MinScore) -> Reloadable:
    """A cascade as `load` made it elsewhere, its counts at zero; one that this process has already shares its weights.

    Raises ProcessError where the files are no longer those that were loaded.
    """
    with MAKING:
        cascade = _here.get(loaded.token)
        if cascade is None:
            cascade = load(**loaded.options)
            _check_same(cascade, loaded)
            cascade.loaded = loaded
            _here[loaded.token] = cascade
            _last[:] = [cascade]
    return cascade.fresh(min_score=min_score)


def _check_same(cascade: Reloadable, loaded: Loaded) -> None:
    if cascade.base.fingerprint != loaded.fingerprint:
        raise ProcessError(
            f"the base model {cascade.base.name!r} is not the one that the pickled cascade was loaded from "
            f"({cascade.base.fingerprint[:12]}, expected {loaded.fingerprint[:12]}). Load the cascade anew and pickle "
            "that"
        )
    cards = _cards(cascade)
    if changed := sorted(
        name for name in cards.keys() | loaded.cards.keys() if cards.get(name) != loaded.cards.get(name)
    ):
        raise ProcessError(
            f"the adapters below {cascade.shelf.folder} are not those that the pickled cascade was loaded from: "
            f"{_listed(changed)} changed. Load the cascade anew and pickle that"
        )
    if cascade.loaded is None or cascade.loaded.token != loaded.token:
        raise ProcessError(
            f"the weights of adapters below {cascade.shelf.folder} are not those that the pickled cascade was loaded "
            "from. Load the cascade anew and pickle that"
        )


def _cards(cascade: Reloadable) -> dict[str, Card]:
    return {adapter.name: adapter.card for adapter in cascade.shelf.adapters}


def _in_order(cards: Mapping[str, Card]) -> list[tuple[str, dict[str, Any]]]:
    return [(name, asdict(cards[name])) for name in sorted(cards)]


def _ends_of_weights(cascade: Reloadable) -> list[str]:
    """A checksum of the last bytes of each adapter's weights: trained anew they differ, also under the same card."""
    ends = []
    for adapter in cascade.shelf.adapters:
        with (adapter.folder / WEIGHTS).open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _END))
            ends.append(sha256(file.read()).hexdigest())
    return ends


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _in_full(place: str | Path | None) -> str | None:
    """A folder or file by its whole path, as another process may stand elsewhere; another name as it is."""
    if place is None:
        return None
    return os.path.abspath(place) if os.path.exists(place) else str(place)
