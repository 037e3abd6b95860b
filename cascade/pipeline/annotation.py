"""Annotation: documents, some of them neighbours that are read together, with the entities that both stages find."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from cascade.adapters.retrieval import Retriever
from cascade.document import Document
from cascade.pipeline.counts import Counts
from cascade.pipeline.entities import Found, StagePair, find_entities
from cascade.pipeline.paragraphs import joined
from cascade.pipeline.ready_stages import ReadyStages
from cascade.pipeline.routing import Question, count_languages, questions
from cascade.pipeline.settings import CallSettings
from cascade.stages.classifier import Classifier
from cascade.stages.extractor import Extractor
from cascade.taxonomy.tree import Taxonomy
from cascade.text.encoded import EncodedText, encode

if TYPE_CHECKING:
    from cascade.model.base_model import BaseModel

InFront = Callable[[Sequence[EncodedText], Mapping[str, str]], Sequence[EncodedText]]


@dataclass(frozen=True, slots=True)
class Annotator:
    """Finds the entities of documents.

    in_front: the texts as they are read for some types, given what each label in results is called among them; None
    where nothing stands in front of any.
    """

    base: BaseModel
    retriever: Retriever
    stages: ReadyStages
    in_front: InFront | None = None

    def __call__(
        self, neighbours: Sequence[Sequence[Document]], taxonomy: Taxonomy, settings: CallSettings
    ) -> tuple[list[Document], Counts]:
        """What is found in the text of each group of neighbours, joined to a document, and the counts of it."""
        documents = [joined(group) for group in neighbours]
        undescribed, described = taxonomy.undescribed(), taxonomy.most_described
        results, counts = list(documents), Counts(documents=sum(map(len, neighbours)))
        for group in questions(documents, self.retriever, self.base.embedding_of):
            asked = taxonomy if self._reads_descriptions(group[0]) else undescribed
            if asked is taxonomy:
                counts.described = described
            for question, found in zip(group, self._found(group, asked, settings), strict=True):
                adapters = (question.extractor.name, question.classifier.name) if self.retriever.tells else ()
                for place in question.places:
                    results[place] = documents[place].with_entities(found.entities, adapters)
                    counts.undescribed += len(neighbours[place]) if asked is not taxonomy else 0
                    if settings.asks_alone and not question.classifier.card.asked_alone:
                        counts.unfitted += len(neighbours[place])
                    count_languages(neighbours[place], question, self.retriever, counts)
                counts.entities += len(found.entities) * len(question.places)
                counts.rejected += found.rejected * len(question.places)
                counts.unsure += found.unsure * len(question.places)
                counts.unverified += found.unverified * len(question.places)
        return results, counts

    def _reads_descriptions(self, question: Question) -> bool:
        adapters = (question.extractor, question.classifier)
        return all(self.retriever.shelf.root(adapter).card.descriptions for adapter in adapters)

    def _found(self, group: Sequence[Question], taxonomy: Taxonomy, settings: CallSettings) -> list[Found]:
        """What is found in each text of a group that one pair of stages reads."""
        first = group[0]
        pair = StagePair(
            cast("Extractor", self.stages.of(first.extractor)),
            cast("Classifier", self.stages.of(first.classifier)),
            self.retriever.shelf.root(first.extractor).card.types,
        )
        texts = [
            encode(
                question.text,
                self.base.tokens,
                extractor=self.stages.route(question.extractor),
                classifier=self.stages.route(question.classifier),
            )
            for question in group
        ]
        front = self.in_front

        def in_front(some: Sequence[EncodedText], above: tuple[str, ...]) -> Sequence[EncodedText]:
            return some if front is None else front(some, taxonomy.names_below(above))

        return find_entities(texts, taxonomy, pair, settings, in_front=None if front is None else in_front)
