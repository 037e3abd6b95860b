"""The taxonomy as the stages are asked for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cascade.adapters.retrieval import Retriever
from cascade.pipeline.asked_early import refuse_any_beside_others
from cascade.stages.common_names import by_common_names
from cascade.stages.type_trie import check_names
from cascade.taxonomy.tree import Taxonomy
from cascade.text.type_spelling import spelled

if TYPE_CHECKING:
    from cascade.model.base_model import BaseModel


def plain_names(taxonomy: Taxonomy) -> list[str] | None:
    """The names of a taxonomy of one level as the model reads them; None if it has levels or descriptions."""
    if taxonomy.depth > 1 or taxonomy.is_described:
        return None
    return [spelled(each.asked_name) for each in taxonomy.roots]


def as_read(taxonomy: Taxonomy, retriever: Retriever) -> tuple[Taxonomy, Retriever]:
    """A taxonomy as it is asked for, and the choice among the adapters for it.

    Persons, organizations and locations that are called otherwise, such as people, are asked for by these names where
    there are adapters for them alone.
    """
    renamed = by_common_names(taxonomy)
    if renamed is not taxonomy:
        names = plain_names(renamed) or []
        among = retriever.for_types(names)
        if all(adapter.card.for_types.issuperset(names) for adapter in among.adapters):
            return renamed, among
    return taxonomy, retriever.for_types(plain_names(taxonomy))


class AskedTaxonomy:
    """Checks the names of taxonomies and puts them in order; the last one is remembered, for calls with one text."""

    def __init__(self, base: BaseModel) -> None:
        self._base = base
        self._last: tuple[Taxonomy | None, Taxonomy | None] = None, None

    def __call__(self, taxonomy: Taxonomy) -> Taxonomy:
        """The taxonomy with each level in alphabetical order, so that results do not depend on the given one.

        Raises TaxonomyError for names that the classifier could not answer with: a wrong one deep down would end a job
        when a span first gets there.
        """
        given, ordered = self._last
        if ordered is None or taxonomy != given:  # 40 ms with 5,000 names (2026-11)
            refuse_any_beside_others(taxonomy)
            check_names(taxonomy, self._base.tokens, positions=self._base.positions)
            ordered = taxonomy.in_order()
            self._last = taxonomy, ordered
        return ordered
