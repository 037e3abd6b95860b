"""What the stages are asked for: types by their names, which come with their descriptions."""

from __future__ import annotations

from collections.abc import Iterable

from cascade.taxonomy.tree import EntityType
from cascade.text.described import DescribedName


def asked_names(nodes: Iterable[EntityType]) -> list[str]:
    """The names of types, in order, with their descriptions."""
    named = ((node.asked_as or node.name, node.description) for node in nodes)
    return [DescribedName(name, description) if description else name for name, description in named]
