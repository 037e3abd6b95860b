"""Documents in, the same documents with their entities replaced out; what cannot be replaced exactly is withheld."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from cascade import Document, Entity, Taxonomy, as_taxonomy
from cascade.errors import RedactionError, shown
from cascade.integrations.redaction.leftovers import is_named_in, leftovers
from cascade.integrations.redaction.operators import DEFAULT_OPERATOR, OF_ONE_JOB, Operators, operators
from cascade.integrations.redaction.patterns import Patterns
from cascade.integrations.redaction.spans import Found, check_borders, occurrences, one_layer
from cascade.integrations.redaction.tally import Tally
from cascade.integrations.redaction.withheld import Withheld

if TYPE_CHECKING:
    from cascade import Cascade

PERSONAL_TYPES = (
    "person",
    "address",
    "phone number",
    "email",
    "date of birth",
    "identity number",
    "bank account number",
)
MIN_SCORE = 0.3
UNSURE_FROM = 0.2
_BATCH = 64


@dataclass(frozen=True, slots=True)
class Redacted:
    """A redacted document; `replaced` says where replacements stand in its text, and what stood there before.

    found: the spans of the text as it was.
    """

    document: Document
    replaced: tuple[tuple[int, int, str], ...]
    found: tuple[Found, ...]

    @property
    def leftovers(self) -> list[tuple[int, int]]:
        """Where something is left of a replaced text, such as in a longer word."""
        return leftovers(self.document.text, self.replaced)


class Redactor:
    """Replaces the entities of types in documents; `tally` counts what it did.

    types: what is looked for; PERSONAL_TYPES by default.  operator: as for `operators`.  patterns: structured kinds
    that are found without the model; None for none.  min_score: entities less likely than this are not replaced.
    unsure_from: of those, one that is at least this likely stops its document; None or 1: none does.  Another value of
    min_score or more raises RedactionError, but for the default: it would stop none, whatever was meant.
    repeats: further occurrences of a replaced text, as whole words, are replaced too.  check: the result is read once
    more, and what is found then, or is left of a replaced text, stops the document.

    A document that cannot be redacted exactly raises RedactionError, whose message holds nothing of the text; one whose
    id does is called by its number among those that were given.
    """

    def __init__(
        self,
        ner: Cascade,
        types: Taxonomy | Mapping[str, Any] | Sequence[str] | None = None,
        *,
        operator: str | Mapping[str, str] = DEFAULT_OPERATOR,
        patterns: Patterns | None = None,
        min_score: float = MIN_SCORE,
        unsure_from: float | None = UNSURE_FROM,
        repeats: bool = True,
        check: bool = False,
        language: str | None = None,
        keep_fields: bool = False,
        key: bytes | None = None,
        seed: int | None = None,
        locale: str = "en_US",
    ) -> None:
        if patterns is not None and not isinstance(patterns, Patterns):
            raise RedactionError(
                f"patterns are {shown(patterns)}; expected a value of the class Patterns of cascade.integrations, "
                "such as Patterns() for all kinds, or None"
            )
        self.ner, self.types = ner, list(PERSONAL_TYPES) if types is None else types
        self.patterns, self.repeats, self.check = patterns, repeats, check
        self.language, self.keep_fields = language, keep_fields
        able = possible_types(self.types, patterns)
        self.operator: Operators = operators(operator, types=able, key=key, seed=seed, locale=locale)
        check_doubt(unsure_from, min_score)
        doubt = unsure_from if unsure_from is not None and unsure_from < min_score else None
        self._min_score, self._unsure_from = min_score, doubt
        self.tally = Tally()
        self._operator = operator
        self._options = {
            "operator": operator,
            "patterns": patterns,
            "min_score": min_score,
            "unsure_from": unsure_from,
            "repeats": repeats,
            "check": check,
            "language": language,
            "keep_fields": keep_fields,
            "key": key,
            "seed": seed,
            "locale": locale,
        }

    def __reduce__(self) -> tuple[Any, ...]:
        """As another process makes it again, with a tally of its own; the key of `hash` goes with it.

        Raises RedactionError where numbers or invented names are asked for: two processes would give one text two of
        them, and two texts the same.
        """
        names = [self._operator] if isinstance(self._operator, str) else list(self._operator.values())
        if counted := [name for name in names if name in OF_ONE_JOB]:
            raise RedactionError(
                f"the operator {counted[0]} gives names within one job, and a redactor with it cannot be handed to "
                "another process; expected replace, mask or hash there"
            )
        return _made_again, (type(self), self.ner, self.types, self._options)

    def __call__(self, document: str | Document) -> Redacted:
        """One document, redacted; raises RedactionError where it cannot be."""
        return next(self.stream([document]))

    def stream(
        self, documents: Iterable[str | Document], *, withheld: Callable[[Document, RedactionError], None] | None = None
    ) -> Iterator[Redacted]:
        """The documents, redacted, in order.

        withheld: called with each document that cannot be redacted, in place of raising its RedactionError.
        """
        read = self.ner.stream(
            documents,
            self.types,
            language=self.language,
            min_score=self._min_score,
            unsure_from=self._unsure_from,
        )
        first = 1
        while some := list(islice(read, _BATCH)):
            numbers = range(first, first := first + len(some))
            redacted = [self._tried(document, number) for document, number in zip(some, numbers, strict=True)]
            if self.check:
                redacted = self._read_again(redacted, numbers)
            for document, result in zip(some, redacted, strict=True):
                if isinstance(result, Redacted):
                    self._count(document, result)
                    yield result
                elif withheld is None:
                    raise result
                else:
                    self.tally.withheld.append((result.called, str(result)))
                    withheld(document, result)

    def _tried(self, document: Document, number: int) -> Redacted | Withheld:
        try:
            return self._redacted(document)
        except RedactionError as error:
            spans = [(each.start, each.end) for each in document.entities]
            if self.patterns is not None:
                spans += [(each.start, each.end) for each in self.patterns(document.text)]
            return Withheld.of(document, number, spans, str(error))

    def _redacted(self, document: Document) -> Redacted:
        found, within = one_layer(self._found(document))
        check_borders(document.text, found)
        if self.repeats:
            found = self._with_repeats(document.text, found)
        for each in found:
            if is_named_in(document.id, document.text[each.start : each.end]):
                raise RedactionError(
                    "its id holds a text that is replaced; expected an id without it, such as a number"
                )
        self.tally.within += within
        return self._replaced(document, found)

    def _found(self, document: Document) -> Iterator[Found]:
        for entity in document.entities:
            here = Found(entity.start, entity.end, entity.type, "model", entity.score)
            if entity.unsure:
                raise RedactionError(
                    f"{here.where} has a score of {entity.score:.2f}, which is neither high enough to be replaced nor "
                    "low enough to be left. Lower the lowest score (--min-score, min_score), or raise the end of doubt "
                    "(--unsure-from, unsure_from)"
                )
            yield here
        if self.patterns is not None:
            yield from self.patterns(document.text)

    def _with_repeats(self, text: str, found: Sequence[Found]) -> list[Found]:
        """The spans and those of further occurrences of their texts, which take the place of spans within them.

        Raises RedactionError where one crosses a span that was found.
        """
        types = {text[each.start : each.end]: each.type for each in reversed(found)}
        further = [
            Found(start, end, types[text[start:end]], "repeat")
            for start, end in occurrences(text, list(types))
            if not any(each.start <= start and end <= each.end for each in found)
        ]
        return one_layer([*found, *further])[0]

    def _replaced(self, document: Document, found: Sequence[Found]) -> Redacted:
        text, pieces, entities, replaced = document.text, list[str](), list[Entity](), list[tuple[int, int, str]]()
        position = length = 0
        for each in found:
            original = text[each.start : each.end]
            new = self.operator(each.type)(original, each.type, text)
            if new == original:
                raise RedactionError(f"what would stand in the place of {each.where} is the same text")
            pieces += [text[position : each.start], new]
            start = length + each.start - position
            length = start + len(new)
            entities.append(Entity(start, length, each.type, each.score))
            replaced.append((start, length, original))
            position = each.end
        whole = "".join([*pieces, text[position:]])
        fields = document.fields if self.keep_fields else None
        result = Document(document.id, whole, document.language, tuple(entities), fields=fields)
        return Redacted(result, tuple(replaced), tuple(found))

    def _read_again(self, results: Sequence[Redacted | Withheld], numbers: Sequence[int]) -> list[Redacted | Withheld]:
        """The results, those in which a second reading finds something replaced by an error."""
        texts = [each.document for each in results if isinstance(each, Redacted)]
        read = iter(list(self.ner.stream(texts, self.types, language=self.language, min_score=self._min_score)))
        return [
            self._checked(each, next(read), number) if isinstance(each, Redacted) else each
            for each, number in zip(results, numbers, strict=True)
        ]

    def _checked(self, result: Redacted, read: Document, number: int) -> Redacted | Withheld:
        replaced = {place for start, end, _ in result.replaced for place in range(start, end)}
        again = [Found(each.start, each.end, each.type) for each in read.entities]
        again += self.patterns(read.text) if self.patterns is not None else []
        # also what goes on beside a replacement, as in `Ann <PERSON>`
        new = [
            each
            for each in again
            if any(read.text[place].isalnum() for place in range(each.start, each.end) if place not in replaced)
        ]
        if new:
            why = f"a second reading finds {new[0].where} in the result"
        elif left := result.leftovers:
            why = f"a replaced text is left at {left[0][0]}..{left[0][1]} of the result"
        else:
            return result
        return Withheld.of(read, number, [(each.start, each.end) for each in new], why)

    def _count(self, document: Document, result: Redacted) -> None:
        self.tally.documents += 1
        self.tally.leftovers += len(result.leftovers)
        self.tally.fields += len(document.fields or ()) if not self.keep_fields else 0
        for each in result.found:
            (self.tally.repeats if each.origin == "repeat" else self.tally.replaced)[each.type] += 1


def _made_again(made: type[Redactor], ner: Cascade, types: Any, options: Mapping[str, Any]) -> Redactor:
    return made(ner, types, **options)


def check_doubt(unsure_from: float | None, min_score: float) -> None:
    """Raises RedactionError for doubt from `min_score` on: such entities are replaced, so that it would stop none."""
    if unsure_from not in (None, UNSURE_FROM) and min_score <= unsure_from < 1:
        raise RedactionError(
            f"documents with entities from a score of {unsure_from:g} on are to be withheld, but such entities are "
            f"replaced, as those from {min_score:g} on are; expected less, 1 to withhold none, or a higher lowest score"
        )


def possible_types(types: Taxonomy | Mapping[str, Any] | Sequence[str], patterns: Patterns | None) -> list[str]:
    """The types that there can be in results; raises TaxonomyError for what is none."""
    return [*as_taxonomy(types).labels().values(), *(patterns.kinds if patterns is not None else ())]


def redact(
    text: str | Document,
    ner: Cascade,
    types: Taxonomy | Mapping[str, Any] | Sequence[str] | None = None,
    **options: Any,
) -> str:
    """A text with its entities replaced; options are those of `Redactor`.  Raises RedactionError where it cannot be."""
    return Redactor(ner, types, **options)(text).document.text
