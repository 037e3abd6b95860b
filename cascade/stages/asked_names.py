"""What the stages are asked for: types by their names, which come with their descriptions."""

from __future__ import annotations

from collections.abc import Iterable

from cascade.taxonomy.tree import EntityType
from cascade.text.described import DescribedName


def asked_names(nodes: Iterable[EntityType]) -> list[str]:
    """The names of types, in order, with their descriptions."""
    return [DescribedName(node.asked_name, node.description) if node.description else node.asked_name for node in nodes]
