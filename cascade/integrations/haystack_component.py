"""A component of Haystack that puts entities into the meta of documents."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from cascade.integrations.column_reading import read_column
from cascade.integrations.loaded_cascades import loaded_cascade
from cascade.integrations.optional_packages import optional_package

optional_package("haystack", "haystack", "the component CascadeEntityExtractor")

from haystack import Document, component, default_from_dict, default_to_dict  # noqa: E402


@component
class CascadeEntityExtractor:
    """Gives documents a list of entities, as dicts, as `meta["entities"]`; documents without a text get an empty one.

    load: options of `Cascade.load`; the cascade is loaded by `warm_up`, or when first run.
    """

    def __init__(self, types: Any = None, load: dict[str, Any] | None = None) -> None:
        self.types, self.load = types, dict(load or {})

    def to_dict(self) -> dict[str, Any]:
        """The component as pipelines are saved."""
        return dict(default_to_dict(self, types=self.types, load=self.load))

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> CascadeEntityExtractor:
        """The component of a saved pipeline."""
        made: CascadeEntityExtractor = default_from_dict(cls, data)
        return made

    def warm_up(self) -> None:
        """Loads the cascade, once a process."""
        loaded_cascade(self.load)

    @component.output_types(documents=list[Document])  # type: ignore[untyped-decorator]  # no types
    def run(self, documents: list[Document]) -> dict[str, list[Document]]:
        """The documents with their entities; the given ones stay as they are."""
        texts = [document.content for document in documents]
        found = read_column(loaded_cascade(self.load), texts, column="the documents", types=self.types).entities
        return {
            "documents": [
                replace(document, meta={**document.meta, "entities": entities})
                for document, entities in zip(documents, found, strict=True)
            ]
        }
