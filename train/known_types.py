"""Types of documents by the names of a taxonomy, where these may be in other letters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable


def known_types(names: Iterable[str]) -> Callable[[str], str | None]:
    """What tells which of these names a type has; in other letters where that leaves one of them.

    CascadeNER's category.json names the type `Author` that its GEIC files call `author`.
    """
    own = set(names)
    in_small_letters = Counter(name.casefold() for name in own)
    alike = {name.casefold(): name for name in own if in_small_letters[name.casefold()] == 1}
    return lambda name: name if name in own else alike.get(name.casefold())
