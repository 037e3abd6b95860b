"""Splits a corpus by the levels of a taxonomy, in the way that inference descends it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cascade.document import Document
from cascade.errors import CascadeError
from cascade.taxonomy.tree import EntityType, Taxonomy
from train.corpora.listed_types import LISTED, listed_for
from train.corpora.loading import Corpus


def by_level(corpus: Corpus, taxonomy: Taxonomy, stage: str) -> list[Corpus]:
    """The corpora that a corpus becomes for the levels of its taxonomy; with one level, the corpus itself.

    The extractor is asked for the roots, as in inference. The classifier is asked for the roots, and at each inner node
    with entities for its children, with only the entities below that node. Children without entities are sometimes
    asked for as absent types. Both stages are also asked for the corpus' own types, whatever their level, so that a
    flat list works as well. A part may have only dev documents. Raises CascadeError for a type that the taxonomy lacks.
    """
    paths = {label: path for path, label in taxonomy.labels().items()}
    for document in (*corpus.documents, *corpus.dev):
        for entity in document.entities:
            if entity.type not in paths:
                raise CascadeError(
                    f"corpus {corpus.name!r}: document {document.id!r} has an entity {document.text_of(entity)!r} of "
                    f"type {entity.type!r}, which the taxonomy "
                    "has not; expected types named as in results, such as "
                    f"{', '.join(repr(label) for label in list(paths)[-3:])}: rename it or add it there"
                )
    if taxonomy.depth == 1:
        return [corpus]
    for document in (*corpus.documents, *corpus.dev):
        if listed_for(document, f"corpus {corpus.name!r}"):
            raise CascadeError(
                f"corpus {corpus.name!r}: document {document.id!r} lists its types ({LISTED}), which stand beside each "
                "other; train it without --taxonomy"
            )
    # a name of one level must not count as absent from another
    elsewhere = [name for name in corpus.absent if not any(name in path for path in paths.values())]
    nodes: list[tuple[tuple[str, ...], Sequence[EntityType]]] = [((), taxonomy.roots)]
    if stage == "classifier":
        nodes += [
            (tuple(node.name for node in path), path[-1].children) for path in taxonomy.paths() if path[-1].children
        ]
    parts = [replace(corpus, absent=tuple(elsewhere))]
    for above, children in nodes:
        documents, dev = (_below(documents, above, paths) for documents in (corpus.documents, corpus.dev))
        if any(document.entities for document in (*documents, *dev)):
            name = "/".join((corpus.name, *(above or ("roots",))))
            names, found = (
                tuple(child.name for child in children),
                {entity.type for document in documents for entity in document.entities},
            )
            absent = (*elsewhere, *(child for child in names if child not in found))
            roots = tuple(root.name for root in taxonomy.roots) if above else ()
            parts.append(
                replace(corpus, name=name, documents=documents, absent=absent, dev=dev, dev_types=names, roots=roots)
            )
    return parts


def _below(
    documents: Sequence[Document], above: tuple[str, ...], paths: dict[str, tuple[str, ...]]
) -> tuple[Document, ...]:
    """The documents with only the entities below a path of names, typed by the next name.

    With an empty path all documents are returned, otherwise those with such entities.
    """
    depth = len(above)
    result = []
    for document in documents:
        inside = [
            replace(entity, type=paths[entity.type][depth])
            for entity in document.entities
            if paths[entity.type][:depth] == above and len(paths[entity.type]) > depth
        ]
        if inside or not above:
            result.append(document.with_entities(inside))
    return tuple(result)
