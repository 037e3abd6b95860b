"""The cascade: documents in, the same documents with typed entities out."""

from __future__ import annotations

import copy
import logging
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal, Unpack, cast, overload

from cascade.adapters.card import AdapterShelf
from cascade.adapters.retrieval import Retriever
from cascade.concurrency.processes import reading
from cascade.document import Document
from cascade.languages.identification import likely_language, named_language
from cascade.pipeline.annotation import Annotator
from cascade.pipeline.asked_depth import check_depth
from cascade.pipeline.asked_taxonomy import AskedTaxonomy, as_read
from cascade.pipeline.counts import Counts
from cascade.pipeline.given_documents import as_document, check_several
from cascade.pipeline.hand_back import HandBack
from cascade.pipeline.loading import loaded_parts, lowest_asked_for
from cascade.pipeline.min_score import MIN_SCORE, MinScore, check_min_score
from cascade.pipeline.paragraphs import apart, check_paragraphs, in_chunks, in_paragraphs
from cascade.pipeline.ready_stages import ReadyStages
from cascade.pipeline.reloading import Loaded, again, loading_of
from cascade.pipeline.settings import BATCH_SIZE, CallOptions, CallSettings, Many, Types, tokens_of_batches
from cascade.pipeline.type_alone import check_one_level
from cascade.stages.classifier import Classifier
from cascade.stages.extractor import Extractor
from cascade.stages.extractor_types import COMMON_TYPES
from cascade.taxonomy.parsing import as_taxonomy
from cascade.taxonomy.tree import Taxonomy
from cascade.text.encoded import EncodedText, fits_window

if TYPE_CHECKING:
    from cascade.model.base_model import BaseModel

DEFAULT_TYPES = COMMON_TYPES
_log = logging.getLogger(__name__)


class Cascade:
    """Named entity recognition in two stages: an extractor finds the spans, a classifier types them.

    min_score: entities less likely than this, a probability, are left out, unless a call says otherwise.  Spans that
    are so already before they are typed are not marked in what the classifier reads, which may change its answers on
    others a little.  Of a taxonomy of several levels an entity gets the deepest name that is likely enough.
    alone: each text is read by itself.  batch_tokens: of a batch, padding included (by the device).

    `counts` says what all calls together read and left out.  `languages`, `adapters` and `trained_types` say what the
    adapters were made for.

    Threads and processes: any number of threads may call one cascade, and each call gets what it would get alone.
    Copies share the weights and count for themselves.  A cascade that `load` made can be pickled, and so be handed to
    processes, which load the same files again, once a process.  One put together by hand cannot, and raises
    ProcessError.  A forked process reads with its parent's cascade on one thread, but raises ProcessError on a GPU, on
    macOS, and where it was forked while a thread was reading; processes that were spawned read everywhere.
    """

    loaded: Loaded | None = None
    shows_demonstrations = False

    def __init__(
        self,
        base: BaseModel,
        retriever: Retriever | AdapterShelf,
        *,
        alone: bool = False,
        min_score: MinScore = MIN_SCORE,
        batch_tokens: int | None = None,
    ) -> None:
        self.min_score = check_min_score(min_score)
        self.base = base
        self.retriever = retriever if isinstance(retriever, Retriever) else Retriever(retriever)
        self._own_retriever, self.shelf = self.retriever, self.retriever.shelf
        self.counts = Counts()
        self.alone = alone
        self.batch_tokens = 1 if alone else tokens_of_batches(batch_tokens, base.device.type)
        self.stages = ReadyStages(base, self.shelf, self.batch_tokens)
        self._asked = AskedTaxonomy(base)
        self._memory = HandBack(base)
        self._counting = Lock()

    @property
    def languages(self) -> list[str]:
        """The codes of the languages that some adapter was trained on, in alphabetical order."""
        return sorted({code for adapter in self.retriever.adapters for code in adapter.languages})

    @property
    def adapters(self) -> list[str]:
        """The names of the adapters that may be chosen, in alphabetical order."""
        return sorted(adapter.name for adapter in self.retriever.adapters)

    @property
    def trained_types(self) -> list[str]:
        """The types that some classifier was trained on, in alphabetical order; any others may be asked for."""
        classifiers = [adapter for adapter in self.retriever.adapters if adapter.card.stage == "classifier"]
        return sorted({name for adapter in classifiers for name in adapter.card.types})

    def __reduce__(self) -> tuple[Any, ...]:
        return again, (type(self).load, loading_of(self, self.retriever is self._own_retriever), self.min_score)

    def __copy__(self) -> Cascade:
        other = self.fresh()
        other.retriever, other.counts = self.retriever, self.counts.copy()
        return other

    def __deepcopy__(self, memo: dict[int, Any]) -> Cascade:
        return copy.copy(self)

    def fresh(self, *, min_score: MinScore | None = None) -> Cascade:
        """Another cascade on the same base model, adapters and stages, which has counted nothing yet."""
        other = type(self).__new__(type(self))
        other.__dict__.update(self.__dict__)
        other.min_score = self.min_score if min_score is None else check_min_score(min_score)
        other.retriever, other._counting = self._own_retriever, Lock()
        other.counts = Counts()
        return other

    @classmethod
    def load(
        cls,
        base: str | None = None,
        *,
        adapters: str | Path | None = None,
        pair: str | None = None,
        device: str | None = None,
        precision: str = "auto",
        exact: bool = False,
        min_score: MinScore | Literal["stored"] = MIN_SCORE,
        report: Callable[[str], None] | None = None,
        batch_tokens: int | None = None,
        adapter: str | None = None,
    ) -> Cascade:
        """A cascade of a base model (None: the embedded one) and the adapters below a folder (None: the shipped ones).

        pair: the name of the pair that reads all documents, such as multilingual; left out, each document is read by
        the adapters of its language.  precision: `int8`, `bf16`, `fp32`, or the fastest that the device has (auto).
        exact: fp32 and each text by itself, so that a result depends on nothing but the text, the types and the
        adapters.  min_score: entities less likely than this are left out; 0 keeps all; scores by type are possible too;
        `stored` takes those that stand in the classifier's card.  report: called with a line of text before anything
        slow (goes to the log).  batch_tokens: as of the class.  adapter: what `pair` was called before.

        Raises BaseModelError and AdapterError where something is missing or does not fit.
        """
        if adapter is not None:
            warnings.warn("Cascade.load(adapter=...) is now called pair", DeprecationWarning, stacklevel=2)
        lowest = lowest_asked_for(min_score, adapters, pair or adapter)  # before anything slow
        parts = loaded_parts(base, adapters, pair or adapter, device, precision, exact, report or _log.info)
        cascade = cls(*parts, alone=exact, min_score=lowest, batch_tokens=batch_tokens)
        cascade.stages.make_single()
        options: dict[str, Any] = {"base": base, "adapters": adapters, "pair": pair or adapter, "device": device}
        options |= {"precision": precision, "exact": exact, "batch_tokens": batch_tokens}
        cascade.loaded = Loaded.of(cascade, options)
        return cascade

    @overload
    def __call__(self, documents: str | Document, types: Types = None, **options: Unpack[CallOptions]) -> Document: ...

    @overload
    def __call__(self, documents: Many, types: Types = None, **options: Unpack[CallOptions]) -> list[Document]: ...

    def __call__(
        self,
        documents: str | Document | Many,
        types: Types = None,
        *,
        language: str | None = None,
        paragraphs: bool = False,
        min_score: MinScore | None = None,
        top_k: int | None = None,
        counts: Counts | None = None,
        unsure_from: float | None = None,
        multi_label: bool = False,
        verify_below: float | None = None,
        depth: int = 1,
    ) -> Document | list[Document]:
        """The document with its entities, or a list of them for several, in order.

        documents: a text, a document or an iterable of either; entities already there are replaced.  types: a taxonomy,
        names, or nested ones as `parse_taxonomy` reads them; person, organization and location by default.  language:
        for documents that name none, a code or an English name.  paragraphs: the documents are the sentences of running
        text, in order; neighbours that name one language, or none, are read together as far as they are read whole
        (WHOLE_TOKENS), and each gets its own entities.  min_score: in place of the cascade's own.  top_k: the number of
        likeliest types that each entity lists as `alternatives`.  counts: gets the counts of this call added.
        unsure_from: entities below their lowest score, but not below this, are kept and marked `unsure`.  multi_label:
        each type is asked for alone, and a span gets all that are likely enough.  verify_below: entities less likely
        than this are kept only if their type, asked for alone, is likelier than `none of these`.  depth: the layers of
        entities, each within those of the one before; no more than the extractor was trained for.
        """
        one = isinstance(documents, str | Document)
        results = list(
            self.stream(
                [documents] if isinstance(documents, str | Document) else documents,
                types,
                language=language,
                paragraphs=paragraphs and not one,
                min_score=min_score,
                top_k=top_k,
                counts=counts,
                unsure_from=unsure_from,
                multi_label=multi_label,
                verify_below=verify_below,
                depth=depth,
            )
        )
        return results[0] if one else results

    def stream(
        self,
        documents: Iterable[str | Document],
        types: Types = None,
        *,
        language: str | None = None,
        paragraphs: bool = False,
        min_score: MinScore | None = None,
        top_k: int | None = None,
        batch_size: int | None = None,
        progress: Callable[[int], None] | None = None,
        counts: Counts | None = None,
        unsure_from: float | None = None,
        multi_label: bool = False,
        verify_below: float | None = None,
        depth: int = 1,
    ) -> Iterator[Document]:
        """As calling it, lazily and in input order, so that memory does not grow with the input.

        batch_size: documents that are read ahead (256).  progress: called with the number done so far, after a batch.

        Raises at the call, before anything is read, TaxonomyError where the classifier could not answer with a name on
        any level, or not tell it from another, LanguageError for a language that is not known, AdapterError for a depth
        that an extractor lacks, CascadeError for settings out of range; DocumentError for no document, when reached.
        """
        check_several(documents)
        named = named_language(language)
        asked = {"min_score": min_score, "top_k": top_k, "batch_size": batch_size, "unsure_from": unsure_from}
        asked |= {"multi_label": multi_label, "verify_below": verify_below, "depth": depth}
        settings = CallSettings(self.min_score, BATCH_SIZE).changed(**asked)
        check_depth(depth, self.retriever)
        if paragraphs:
            check_paragraphs(alone=self.alone, demonstrations=self.shows_demonstrations)
        taxonomy = self._asked(as_taxonomy(DEFAULT_TYPES if types is None else types))
        if multi_label:
            check_one_level(taxonomy)
        source = (as_document(item, number, named) for number, item in enumerate(documents, start=1))
        fits = partial(fits_window, self.base.tokens)
        groups = in_paragraphs(source, fits) if paragraphs else ([each] for each in source)
        return self._stream(groups, taxonomy, settings, progress, counts)

    def _stream(
        self,
        groups: Iterable[list[Document]],
        taxonomy: Taxonomy,
        settings: CallSettings,
        progress: Callable[[int], None] | None,
        counts: Counts | None,
    ) -> Iterator[Document]:
        in_front = self.in_front if self.shows_demonstrations else None
        taxonomy, retriever = as_read(taxonomy, self.retriever)
        annotate, done = Annotator(self.base, retriever, self.stages, in_front), 0
        for chunk in in_chunks(groups, settings.batch_size):
            with reading():
                annotated, counted = annotate(chunk, taxonomy, settings)
            with self._counting:
                self.counts.add(counted)
                if counts is not None:
                    counts.add(counted)
            for group, document in zip(chunk, annotated, strict=True):
                yield from apart(document, group)
            done += counted.documents
            if progress is not None:
                progress(done)
            with reading():
                self._memory.read(len(chunk))

    def in_front(self, texts: Sequence[EncodedText], names: Mapping[str, str]) -> Sequence[EncodedText]:
        """The texts as they are read for some types; as they are, but for wrappers that put something in front.

        names: what each label in results is called among the types that are asked for.
        """
        del names
        return texts

    def language_of(self, text: str) -> str | None:
        """The code of the language that the text is in; None where no language is likelier than all others together."""
        return likely_language(self.retriever.identify(text))

    def extractor(self, language: str | None = None) -> Extractor:
        """Stage 1 as documents of `language` are read by it, without what stands beside it for the language alone."""
        return cast("Extractor", self.stages.of(self.retriever.for_types(None).named(named_language(language))[0]))

    def classifier(self, language: str | None = None) -> Classifier:
        """Stage 2 as documents of `language` are read by it, without what stands beside it for the language alone."""
        return cast("Classifier", self.stages.of(self.retriever.for_types(None).named(named_language(language))[1]))
