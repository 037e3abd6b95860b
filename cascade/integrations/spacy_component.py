"""The component `cascade_ner` of spaCy: `nlp.add_pipe("cascade_ner", config={"types": ["person", "company"]})`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from cascade import Entity
from cascade.errors import IntegrationError
from cascade.integrations.loaded_cascades import loaded_cascade
from cascade.integrations.optional_packages import optional_package

if TYPE_CHECKING:
    from cascade import Cascade

optional_package("spacy", "spacy", "the component cascade_ner")  # or the next line's error would not say so

from spacy.language import Language  # noqa: E402
from spacy.tokens import Doc, Span  # noqa: E402

ALIGNMENT_MODES = ("strict", "contract", "expand")  # of Doc.char_span
UNALIGNED, OVERLAPPING = "unaligned", "overlapping"
_LOAD_OPTIONS = ("base", "adapters", "pair", "device", "precision", "exact", "min_score")

if not Doc.has_extension("cascade_lost"):
    Doc.set_extension("cascade_lost", default=[])
if not Doc.has_extension("cascade_scores"):
    Doc.set_extension("cascade_scores", default={})
if not Span.has_extension("cascade_score"):  # by their types too: spans of several components may be on one place
    Span.set_extension("cascade_score", getter=lambda span: span.doc._.cascade_scores.get(_key(span)))


def _key(span: Span) -> str:
    """A span's place and type as one text, which all of spaCy's own files can hold."""
    return f"{span.start_char} {span.end_char} {span.label_}"


class CascadeComponent:
    """Puts the entities that a cascade finds into `doc.ents`, or into the spans of a key.

    depth: the layers of entities within others; they go into the spans of a key, as `doc.ents` holds none that overlap.
    The cascade is loaded with the first doc, in each process for itself.  `lost` counts the entities that could not be
    kept, by reason: `unaligned` where token borders do not fit, `overlapping` where `doc.ents` has no room for a
    second one.  `doc._.cascade_lost` lists those of a doc.  Scores are in `span._.cascade_score`, and with a key in
    `doc.spans[key].attrs["scores"]`.
    """

    def __init__(
        self,
        *,
        types: Any = None,
        language: str | None = None,
        spans_key: str | None = None,
        alignment_mode: str = "strict",
        overwrite: bool = False,
        depth: int = 1,
        load: Mapping[str, Any] | None = None,
    ) -> None:
        if alignment_mode not in ALIGNMENT_MODES:
            raise IntegrationError(
                f"alignment_mode is {alignment_mode!r}; expected one of {', '.join(ALIGNMENT_MODES)}"
            )
        self.types, self.language, self.spans_key = types, language, spans_key
        self.alignment_mode, self.overwrite = alignment_mode, overwrite
        if isinstance(depth, bool) or not isinstance(depth, int) or depth < 1:
            raise IntegrationError(f"depth is {depth!r}; expected a whole number of layers, 1 or more")
        if depth > 1 and spans_key is None:
            raise IntegrationError(
                f"depth is {depth} and no spans_key is given; expected one, as doc.ents holds no entity within another"
            )
        self.depth, self.load_options = depth, dict(load or {})
        self.lost: Counter[str] = Counter()
        self._ner: Cascade | None = None

    @property
    def ner(self) -> Cascade:
        """The cascade that reads; it is loaded here if it is not yet."""
        if self._ner is None:
            self._ner = loaded_cascade(self.load_options)
        return self._ner

    def __call__(self, doc: Doc) -> Doc:
        """The doc with its entities."""
        return next(self.pipe([doc]))

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 256) -> Iterator[Doc]:
        """The docs with their entities, in order, read in batches."""
        docs = iter(stream)
        while batch := list(islice(docs, batch_size)):
            found = self.ner.stream([doc.text for doc in batch], self.types, language=self.language, depth=self.depth)
            for doc, document in zip(batch, list(found), strict=True):
                self._set(doc, document.entities)
                yield doc

    def _set(self, doc: Doc, entities: Sequence[Entity]) -> None:
        spans = []
        for entity in entities:
            span = doc.char_span(entity.start, entity.end, entity.type, alignment_mode=self.alignment_mode)
            if span is None or not len(span):
                self._lose(doc, entity, UNALIGNED)
            else:
                spans.append((entity, span))
        kept = spans if self.spans_key is not None else self._apart(doc, spans)
        doc._.cascade_scores = doc._.cascade_scores | {_key(span): entity.score for entity, span in kept}
        if self.spans_key is not None:
            there = doc.spans.get(self.spans_key, ())
            earlier = [] if self.overwrite else list(there)
            scores = list(getattr(there, "attrs", {}).get("scores", ()))[: len(earlier)]
            scores += [None] * (len(earlier) - len(scores))  # of spans that another component put there
            doc.spans[self.spans_key] = [*earlier, *(span for _, span in kept)]
            doc.spans[self.spans_key].attrs["scores"] = [*scores, *(entity.score for entity, _ in kept)]
        else:
            own = [] if self.overwrite else list(doc.ents)
            doc.set_ents([*own, *(span for _, span in kept)], default="outside")

    def _apart(self, doc: Doc, spans: Sequence[tuple[Entity, Span]]) -> list[tuple[Entity, Span]]:
        """Those that share no token with a likelier one, nor with an entity that the doc has already."""
        taken = set() if self.overwrite else {token.i for span in doc.ents for token in span}
        kept = []
        for entity, span in sorted(spans, key=lambda pair: (-(pair[0].score or 0.0), pair[0].start, -pair[0].end)):
            tokens = set(range(span.start, span.end))
            if tokens & taken:
                self._lose(doc, entity, OVERLAPPING)
            else:
                taken |= tokens
                kept.append((entity, span))
        return sorted(kept, key=lambda pair: pair[0].start)

    def _lose(self, doc: Doc, entity: Entity, why: str) -> None:
        self.lost[why] += 1
        doc._.cascade_lost = [*doc._.cascade_lost, {**entity.to_dict(), "why": why}]

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_ner": None}  # another process loads it with its first doc


@Language.factory(  # type: ignore[untyped-decorator]  # no types
    "cascade_ner",
    assigns=["doc.ents", "doc.spans"],
    default_config={
        "types": None,
        "language": None,
        "spans_key": None,
        "alignment_mode": "strict",
        "overwrite": False,
        "depth": 1,
        "base": None,
        "adapters": None,
        "pair": None,
        "device": None,
        "precision": "auto",
        "exact": False,
        "min_score": 0.3,
    },
)
def make_component(
    nlp: Language,
    name: str,
    types: Any,
    language: str | None,
    spans_key: str | None,
    alignment_mode: str,
    overwrite: bool,
    depth: int,
    base: str | None,
    adapters: str | None,
    pair: str | None,
    device: str | None,
    precision: str,
    exact: bool,
    min_score: Any,
) -> Callable[[Doc], Doc]:
    """The component of a pipeline, by the options of `Cascade.load` and of the component itself."""
    load = dict(zip(_LOAD_OPTIONS, (base, adapters, pair, device, precision, exact, min_score), strict=True))
    return CascadeComponent(
        types=types,
        language=language,
        spans_key=spans_key,
        alignment_mode=alignment_mode,
        overwrite=overwrite,
        depth=depth,
        load=load,
    )
