"""A cascade that puts labelled examples in front of each text, for adapters that were trained that way."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from cascade.demonstrations.examples import Demonstrations, as_asked_for, demonstration_tokens, kind_of
from cascade.document import Document
from cascade.document.only_documents import only_documents
from cascade.pipeline.facade import Cascade
from cascade.text.encoded import EncodedText


class DemonstratedCascade(Cascade):
    """A cascade, made by `with_demonstrations`, that shows examples from labelled documents in front of each text."""

    shows_demonstrations = True
    demonstrations: Demonstrations
    _plain: Cascade
    _documents: tuple[Document, ...]

    def __reduce__(self) -> tuple[Any, ...]:
        return with_demonstrations, (self._plain.fresh(min_score=self.min_score), self._documents)

    def in_front(self, texts: Sequence[EncodedText], names: Mapping[str, str]) -> Sequence[EncodedText]:
        """The texts with their examples in front; the examples call types by the names in `names`."""
        found = [as_asked_for(self.demonstrations.find(text.text), names) for text in texts]
        return [
            replace(text, before=demonstration_tokens(examples, self.base.tokens))
            for text, examples in zip(texts, found, strict=True)
        ]


def with_demonstrations(cascade: Cascade, documents: Iterable[Document]) -> DemonstratedCascade:
    """The cascade with labelled examples in front of each text; it shares the weights and has its own counts.

    Raises DemonstrationError if the adapters were not all trained with the same kind of examples, or if no document has
    entities.
    """
    shown = tuple(only_documents(documents))
    kind = kind_of(cascade.retriever.demonstrations)
    other = DemonstratedCascade.__new__(DemonstratedCascade)
    other.__dict__.update(copy.copy(cascade).fresh().__dict__)
    other.demonstrations, other._plain, other._documents = Demonstrations(shown, kind), cascade, shown
    return other
