"""CascadeNER's protocol: one model marks the entities of a sentence, another types them level by level."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from cascade import Document, Entity, EntityType, Taxonomy
from cascade.published.errors import PublishedError
from cascade.published.generator import Generator
from cascade.published.losses import UNKNOWN_TYPE, Losses
from cascade.published.marked_sentence import SYSTEM_PROMPT, question, read_marks
from cascade.published.spans import Span, longest

if TYPE_CHECKING:
    from cascade.published.chat_turns import Messages

_TOGETHER = 64  # documents whose questions are asked together
_LONGEST = 512  # tokens of an answer, as their infer.py allows


class PublishedCascade:
    """Two models that are asked in turn, as CascadeNER asks them.

    extractions: how often a sentence is marked; the first time by the likeliest answer, then by drawn ones; what they
    mark is united, the longest of spans that overlap. `losses` counts what could not be used.
    """

    def __init__(self, extractor: Generator, classifier: Generator, *, extractions: int = 1, seed: int = 0) -> None:
        if extractions < 1:
            raise PublishedError(f"a sentence is to be marked {extractions} times; expected at least once")
        self.extractor, self.classifier = extractor, classifier
        self.extractions, self.seed = extractions, seed
        self.losses = Losses()

    def stream(self, documents: Iterable[Document], taxonomy: Taxonomy) -> Iterator[Document]:
        """The documents, in order, with the entities that were found in them."""
        waiting = iter(documents)
        while some := list(islice(waiting, _TOGETHER)):
            spans = self.marked([document.text for document in some])
            texts = [document.text for document, found in zip(some, spans, strict=True) for _ in found]
            every = [span for found in spans for span in found]
            labels = iter(self.typed(texts, every, taxonomy))
            for document, found in zip(some, spans, strict=True):
                typed = [(start, end, next(labels)) for start, end, _ in found]
                yield document.with_entities(Entity(start, end, label) for start, end, label in typed if label)

    def marked(self, texts: Sequence[str]) -> list[list[Span]]:
        """The spans that the extractor marks in each text, without types."""
        prompts = [_asked(text) for text in texts]
        found: list[list[Span]] = [[] for _ in texts]
        for turn in range(self.extractions):
            seed = None if turn == 0 else self.seed + turn
            for spans, text, answer in zip(
                found, texts, self.extractor.answers(prompts, longest=_LONGEST, seed=seed), strict=True
            ):
                with self.losses.of_answer(finished=answer.finished):
                    spans += read_marks(answer.text, text, self.losses)
        return [longest(spans)[0] for spans in found]

    def typed(self, texts: Sequence[str], spans: Sequence[Span], taxonomy: Taxonomy) -> list[str | None]:
        """The label of each span, each in the text at its place; None where an answer is no type of its list."""
        labels = taxonomy.labels()
        paths: list[tuple[str, ...]] = [() for _ in spans]
        below: list[tuple[EntityType, ...]] = [taxonomy.roots for _ in spans]
        while open_ := [index for index, nodes in enumerate(below) if nodes]:
            prompts = []
            for index in open_:
                (start, end, _), names = spans[index], [node.name for node in below[index]]
                prompts.append(_asked(question(texts[index][start:end], texts[index], names, level=len(paths[index]))))
            for index, answer in zip(open_, self.classifier.answers(prompts, longest=_LONGEST), strict=True):
                with self.losses.of_answer(finished=answer.finished):
                    node = chosen(answer.text, below[index])
                    self.losses.lose(UNKNOWN_TYPE, node is None)
                paths[index] = (*paths[index], node.name) if node else ()
                below[index] = node.children if node else ()
        return [labels[path] if path else None for path in paths]


def chosen(answer: str, nodes: Sequence[EntityType]) -> EntityType | None:
    """The type that an answer names, in whatever case and with blanks around it; None if it is another text."""
    named = answer.strip().casefold()
    return next((node for node in nodes if node.name.casefold() == named), None)


def _asked(content: str) -> Messages:
    return [{"role": "system", "content": SYSTEM_PROMPT}, {"role": "user", "content": content}]
