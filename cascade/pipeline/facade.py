"""The cascade: documents in, the same documents with typed entities out."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple, cast, overload

import numpy as np

from cascade.adapters.card import STAGES, AdapterShelf, shipped_adapters
from cascade.adapters.retrieval import Retriever
from cascade.concurrency.one_lock import MAKING
from cascade.concurrency.processes import reading
from cascade.demonstrations.examples import (
    DemonstrationError,
    Demonstrations,
    Examples,
    as_asked_for,
    demonstration_tokens,
)
from cascade.document import Document, Entity
from cascade.errors import AdapterError, BaseModelError, ProcessError
from cascade.languages.identification import is_known_language, language_code, named_language
from cascade.layers.stacked_lora import AdapterStack
from cascade.pipeline.given_documents import as_document, check_several
from cascade.pipeline.paragraphs import apart, check_paragraphs, in_paragraphs, joined
from cascade.pipeline.reloading import Loaded, again
from cascade.stages.classifier import Classifier
from cascade.stages.descent import Candidate, Descent, Shown
from cascade.stages.extractor import Extractor
from cascade.stages.extractor_types import COMMON_TYPES, asked_of_extractor
from cascade.stages.min_score import MIN_SCORE, check_min_score
from cascade.stages.type_trie import check_names
from cascade.taxonomy.parsing import as_taxonomy
from cascade.taxonomy.tree import Taxonomy
from cascade.text.pieces import cut
from cascade.text.windows import is_read_whole

if TYPE_CHECKING:
    from cascade.adapters.card import Adapter
    from cascade.model.base_model import BaseModel

DEFAULT_TYPES = COMMON_TYPES
CHUNK_DOCUMENTS = 256  # documents read ahead: enough to fill batches with rows of like length
_BATCH_TOKENS = {"cpu": 1024, "cuda": 32768}

Types = Taxonomy | Iterable[str] | Mapping[str, object] | None
Many = list[str] | list[Document] | list[str | Document] | tuple[str | Document, ...] | Iterator[str | Document]


@dataclass(slots=True)
class _Answer:
    """The entities of a text, how many spans were `none of these`, and how many were left out as unsure."""

    entities: list[Entity]
    rejected: int = 0
    unsure: int = 0


class _Through(NamedTuple):
    """A stage and, for each text that it reads, the number of the adapter in its reader's stack and the adapter's
    temperature; the types it was trained on.
    """

    stage: Extractor | Classifier
    adapters: list[int]
    temperatures: list[float]
    known_types: Sequence[str]


class Cascade:
    """Named entity recognition in two stages: an extractor finds the spans, a classifier types them.

    min_score: entities less likely than this, a probability, are left out.  Spans that are so already before they are
    typed are not marked in what the classifier reads, which may change its answers on others a little.  Of a taxonomy
    of several levels an entity gets the deepest name that is likely enough.

    `rejected` counts the spans that the classifier answered with `none of these`, `unsure` those that min_score left
    out; `untrained` counts documents, by the language that they or the caller named, which the adapters that read them
    were not trained on; `unknown_languages` those whose own language is none that is known, by what they call it: they
    are read as if they named none.

    Threads and processes: any number of threads may call one cascade, and each call gets what it would get alone.
    Copies share the weights and count for themselves.  A cascade that `load` made can be pickled, and so be handed to
    processes, which load the same files again, once a process; one put together by hand raises ProcessError.  A forked
    process reads with its parent's cascade on one thread, but raises ProcessError on a GPU, on macOS, and where it was
    forked while a thread was reading.  Spawned processes read everywhere.
    """

    loaded: Loaded | None = None

    def __init__(
        self,
        base: BaseModel,
        retriever: Retriever | AdapterShelf,
        *,
        alone: bool = False,
        demonstrations: Demonstrations | None = None,
        min_score: float = MIN_SCORE,
    ) -> None:
        check_min_score(min_score)
        self.base = base
        self.retriever = retriever if isinstance(retriever, Retriever) else Retriever(retriever)
        self._own_retriever = self.retriever
        self.shelf = self.retriever.shelf
        self._demonstrations = demonstrations
        self.min_score = min_score
        self.rejected: Counter[str] = Counter()
        self.unsure = 0
        self.untrained: Counter[str] = Counter()
        self.unknown_languages: Counter[str] = Counter()
        device = base.model.device.type
        self._alone = alone
        self._batch_tokens = 1 if alone else _BATCH_TOKENS.get(device, _BATCH_TOKENS["cuda"])
        self._stages: dict[Path, Extractor | Classifier] = {}
        self._last_checked: Taxonomy | None = None
        self._not_handed_back = 0  # documents
        self._counting = Lock()

    def __reduce__(self) -> tuple[Any, ...]:
        if self.loaded is None:
            why = "it was put together by hand, so that nothing says how another process could make it"
        elif self.retriever is not self._own_retriever:
            why = "its retriever was exchanged after it was loaded"
        else:
            return again, (type(self), self.loaded, self.min_score)
        remedy = "Make it by Cascade.load, or make it in the process that reads"
        raise ProcessError(f"this Cascade cannot be pickled: {why}. {remedy}")

    def __copy__(self) -> Cascade:
        other = self.fresh(min_score=self.min_score)
        other.retriever = self.retriever
        other.rejected, other.unsure, other.untrained = Counter(self.rejected), self.unsure, Counter(self.untrained)
        other.unknown_languages = Counter(self.unknown_languages)
        return other

    def __deepcopy__(self, memo: dict[int, Any]) -> Cascade:
        return copy.copy(self)

    def fresh(self, *, min_score: float) -> Cascade:
        """Another cascade on the same base model, adapters and stages, which has counted nothing yet."""
        check_min_score(min_score)
        other = type(self).__new__(type(self))
        other.__dict__.update(self.__dict__)
        other.min_score, other.retriever, other._counting = min_score, self._own_retriever, Lock()
        other.rejected, other.unsure, other.untrained, other._not_handed_back = Counter(), 0, Counter(), 0
        other.unknown_languages = Counter()
        return other

    @classmethod
    def load(
        cls,
        base: str | None = None,
        *,
        adapters: str | Path | None = None,
        adapter: str | None = None,
        device: str | None = None,
        precision: str = "auto",
        exact: bool = False,
        demonstrations: Iterable[Document] | None = None,
        min_score: float = MIN_SCORE,
        report: Callable[[str], None] = lambda message: None,
    ) -> Cascade:
        """A cascade of a base model (None: the embedded one) and the adapters below a folder (None: the shipped ones).

        adapter: the name of the pair that reads all documents, such as multilingual; left out, each document is read by
        the adapters of its language. precision: `int8`, `bf16`, `fp32`, or the fastest that the device has (auto).
        exact: fp32 and each text by itself, so that a result depends on nothing but the text, the types and the
        adapters.  demonstrations: labelled documents, of which examples are put in front of each text, for adapters
        that were trained with such.  min_score: entities less likely than this are left out; 0 keeps all.  report:
        called with a line of text before anything slow.

        Raises BaseModelError, AdapterError and DemonstrationError where something is missing or does not fit.
        """
        check_min_score(min_score)
        if isinstance(adapters, str) and not adapters.strip():
            raise AdapterError(
                f"adapters {adapters!r} name no folder; "
                "expected one with adapters below it, or None for the shipped ones"
            )
        shelf = AdapterShelf(Path(adapters) if adapters is not None else shipped_adapters())
        shown = None if demonstrations is None else tuple(demonstrations)
        retriever = Retriever(
            shelf, by_hand=adapter
        )  # what may be wrong with it is said before the base model is loaded, which takes longer
        index = None if shown is None else index_for(retriever, shown)
        from cascade.model.base_model import BaseModel

        if exact and precision not in ("auto", "fp32"):
            raise BaseModelError(
                f"exact results and precision {precision!r} are both asked for; exact ones are computed in fp32"
            )
        model = BaseModel.load(base, device=device, precision="fp32" if exact else precision, report=report)
        for each in shelf.adapters:
            each.check_fits(model)
        cascade = cls(model, retriever, alone=exact, demonstrations=index, min_score=min_score)
        whole = [shelf.whole(stage) for stage in STAGES]
        if all(
            len(adapters) == 1 for adapters in whole
        ):  # of several only what the documents' languages need is made ready, when it is
            for [each] in whole:
                cascade._stage(each)
        options = {"base": base, "adapters": adapters, "adapter": adapter, "device": device, "precision": precision}
        cascade.loaded = Loaded.of(cascade, {**options, "exact": exact, "demonstrations": shown})
        return cascade

    @overload
    def __call__(
        self, documents: str | Document, types: Types = None, *, language: str | None = None, paragraphs: bool = False
    ) -> Document: ...

    @overload
    def __call__(
        self, documents: Many, types: Types = None, *, language: str | None = None, paragraphs: bool = False
    ) -> list[Document]: ...

    def __call__(
        self,
        documents: str | Document | Many,
        types: Types = None,
        *,
        language: str | None = None,
        paragraphs: bool = False,
    ) -> Document | list[Document]:
        """The document with its entities, or a list of them for several, in order.

        documents: a text, a document or an iterable of either; entities already there are replaced.  types: a taxonomy,
        names, or nested ones as `parse_taxonomy` reads them; person, organization and location by default.
        language: for documents that name none, a code or an English name.  paragraphs: the documents are the sentences
        of running text, in order; neighbours that name one language, or none, are read together as far as they are read
        whole (WHOLE_TOKENS), and each gets its own entities.
        """
        if isinstance(documents, str | Document):
            [document] = self.stream([documents], types, language=language)
            return document
        return list(self.stream(documents, types, language=language, paragraphs=paragraphs))

    def stream(
        self,
        documents: Iterable[str | Document],
        types: Types = None,
        *,
        language: str | None = None,
        paragraphs: bool = False,
    ) -> Iterator[Document]:
        """As calling it, lazily: reads CHUNK_DOCUMENTS ahead and yields in input order, so that memory does not grow
        with the input.

        Raises, before anything is read, TaxonomyError where the classifier could not answer with a name on any level or
        not tell it from another, and LanguageError for a language that is not known; DocumentError for what is no
        document, when it is reached.
        """
        check_several(documents)
        language = named_language(language)
        if paragraphs:
            check_paragraphs(alone=self._alone, demonstrations=self._demonstrations is not None)
        taxonomy = self._checked(as_taxonomy(DEFAULT_TYPES if types is None else types))
        source = (as_document(item, number, language) for number, item in enumerate(documents, start=1))
        for chunk in _chunks(in_paragraphs(source, self._fits) if paragraphs else ([document] for document in source)):
            with reading():
                annotated = self._annotated(chunk, taxonomy)
            for group, document in zip(chunk, annotated, strict=True):
                yield from apart(document, group)
            with reading():
                self._hand_back(len(chunk))

    def _hand_back(self, documents: int) -> None:
        """Hands memory back after so many documents more, or it would grow with the batches of many sizes and with the
        rows of the embedding that were read.

        Not after each of many calls with one text, as it takes longer than the text.
        """
        with self._counting:
            self._not_handed_back += documents
            due = documents > 1 or self._not_handed_back >= CHUNK_DOCUMENTS
            if due:
                self._not_handed_back = 0
        if due:
            self.base.hand_back()

    def _checked(self, taxonomy: Taxonomy) -> Taxonomy:
        """The taxonomy, its names checked: a wrong one deep down would end a job of hours when a span first gets
        there.
        """
        if (
            taxonomy != self._last_checked
        ):  # 40 ms with 5,000 names (2026-11), too much for each of many calls with one text
            check_names(taxonomy, self.base.tokens, positions=self.base.positions)
            self._last_checked = taxonomy
        return taxonomy

    def _fits(self, text: str) -> bool:
        """Whether the extractor reads a text in one window."""
        return is_read_whole([len(ids) for ids in self.base.tokens.pieces(text, cut(text))])

    def _annotated(self, neighbours: list[list[Document]], taxonomy: Taxonomy) -> list[Document]:
        """What is found in the text of each group of neighbours, joined to a document."""
        documents = [joined(group) for group in neighbours]
        groups: dict[tuple[Path, Path], list[tuple[int, Adapter, Adapter]]] = {}
        untrained: list[str] = []
        unknown: list[str] = []
        for place, document in enumerate(documents):
            extractor, classifier = self.retriever(document.text, document.language, self.base.embedding_of)
            unknown += [
                each.language for each in neighbours[place] if each.language and not is_known_language(each.language)
            ]
            if (
                document.language
                and language_code(document.language)
                and not self.retriever.is_trained(document.language, (extractor, classifier))
            ):
                untrained += [each.language for each in neighbours[place] if each.language]
            groups.setdefault((self.shelf.root(extractor).folder, self.shelf.root(classifier).folder), []).append(
                (place, extractor, classifier)
            )
        results, rejected, unsure = list(documents), 0, 0
        for members in groups.values():
            alike: dict[
                tuple[str, Path, Path], tuple[Adapter, Adapter, list[int]]
            ] = {}  # a question with its places, answered once
            for place, extractor, classifier in members:
                alike.setdefault(
                    (documents[place].text, extractor.folder, classifier.folder), (extractor, classifier, [])
                )[2].append(place)
            stages = (
                self._through([extractor for extractor, _, _ in alike.values()]),
                self._through([classifier for _, classifier, _ in alike.values()]),
            )
            answers = self._entities([text for text, _, _ in alike], taxonomy, *stages)
            for (extractor, classifier, places), answer in zip(alike.values(), answers, strict=True):
                rejected += answer.rejected * len(places)
                unsure += answer.unsure * len(places)
                names = (extractor.name, classifier.name) if self.retriever.chooses else ()
                for place in places:
                    results[place] = documents[place].with_entities(answer.entities, names)
        with self._counting:
            self.rejected["none of these"] += rejected
            self.unsure += unsure
            self.untrained.update(untrained)
            self.unknown_languages.update(unknown)
        return results

    def _through(self, adapters: Sequence[Adapter]) -> _Through:
        """The stage of adapters with one root, and for each its number in the reader's stack and its temperature."""
        stage = self._stage(self.shelf.root(adapters[0]))
        stack = stage.reader.stack
        numbers = [
            stack.number_of(adapter) if isinstance(stack, AdapterStack) and adapter.card.builds_on else 0
            for adapter in adapters
        ]
        return _Through(
            stage, numbers, [adapter.card.temperature for adapter in adapters], self.shelf.root(adapters[0]).card.types
        )

    def _entities(self, texts: list[str], taxonomy: Taxonomy, extract: _Through, classify: _Through) -> list[_Answer]:
        """What was found in each text.  A span that is unsure already is not typed, as typing it only makes it less
        sure.
        """
        extractor, classifier, names = (
            cast("Extractor", extract.stage),
            cast("Classifier", classify.stage),
            [root.name for root in taxonomy.roots],
        )
        examples = None if self._demonstrations is None else [self._demonstrations.find(text) for text in texts]

        def before(places: Sequence[int], above: tuple[str, ...]) -> Shown:
            return None if examples is None else self._tokens_of([examples[place] for place in places], taxonomy, above)

        asked = asked_of_extractor(names, extract.known_types)
        found = extractor(
            texts,
            asked,
            adapters=extract.adapters,
            temperatures=extract.temperatures,
            before=before(range(len(texts)), ()),
        )
        candidates = [
            Candidate(place, span, (), float(np.log(max(span.score, 1e-12))))
            for place, spans in enumerate(found)
            for span in spans
        ]
        sure = [candidate for candidate in candidates if candidate.score >= self.min_score]
        answers = [_Answer([]) for _ in texts]
        labels = taxonomy.labels()
        descent = Descent(texts, taxonomy, classifier, classify.adapters, classify.temperatures, before, self.min_score)
        for candidate in descent(sure):
            answer, span = answers[candidate.place], candidate.span
            if not candidate.path:
                answer.rejected += 1
            elif candidate.score >= self.min_score:
                answer.entities.append(Entity(span.start, span.end, labels[candidate.path], candidate.score))
        for answer, spans in zip(answers, found, strict=True):
            answer.unsure = len(spans) - len(answer.entities) - answer.rejected
        return answers

    def _tokens_of(
        self, examples: Sequence[Examples], taxonomy: Taxonomy, above: tuple[str, ...]
    ) -> list[tuple[int, ...]]:
        """The tokens of each text's examples, whose types are called as the nodes just below a path that they
        belong to.
        """
        depth = len(above)
        names = {
            label: path[depth]
            for path, label in taxonomy.labels().items()
            if len(path) > depth and path[:depth] == above
        }
        return [demonstration_tokens(as_asked_for(each, names), self.base.tokens) for each in examples]

    def extractor(self, language: str | None = None) -> Extractor:
        """Stage 1 as documents of `language` are read by it, without what stands beside it for the language alone."""
        return cast("Extractor", self._stage(self.shelf.root(self.retriever.named(named_language(language))[0])))

    def classifier(self, language: str | None = None) -> Classifier:
        """Stage 2 as documents of `language` are read by it, without what stands beside it for the language alone."""
        return cast("Classifier", self._stage(self.shelf.root(self.retriever.named(named_language(language))[1])))

    def _stage(self, adapter: Adapter) -> Extractor | Classifier:
        """The stage that reads through `adapter`, merged at first use."""
        if adapter.folder not in self._stages:
            with MAKING:
                self._make_stage(adapter)
        return self._stages[adapter.folder]

    def _make_stage(self, adapter: Adapter) -> None:
        if adapter.folder not in self._stages:  # another thread may have been first
            kind = Extractor if adapter.card.stage == "extractor" else Classifier
            beside = any(other.card.builds_on and self.shelf.root(other) is adapter for other in self.shelf.adapters)
            reader = self.base.reader(adapter, stacked=beside)
            self._stages[adapter.folder] = kind(reader, self.base.tokens, self._batch_tokens)


def _chunks(groups: Iterable[list[Document]]) -> Iterator[list[list[Document]]]:
    """Groups of neighbours, as many at a time as hold CHUNK_DOCUMENTS documents."""
    chunk: list[list[Document]] = []
    held = 0
    for group in groups:
        chunk.append(group)
        held += len(group)
        if held >= CHUNK_DOCUMENTS:
            yield chunk
            chunk, held = [], 0
    if chunk:
        yield chunk


def index_for(retriever: Retriever, documents: Iterable[Document]) -> Demonstrations:
    """The demonstrations of the kind that the adapters were trained with; raises DemonstrationError where they were
    not, or not all alike.
    """
    kinds = {adapter.card.demonstrations for adapter in retriever.adapters}
    if len(kinds) > 1 or "none" in kinds:
        trained = ", ".join(f"{adapter.name}: {adapter.card.demonstrations}" for adapter in retriever.adapters)
        raise DemonstrationError(
            f"demonstrations need adapters that were all trained with the same kind of them; these were with {trained}"
        )
    return Demonstrations(documents, kinds.pop())
