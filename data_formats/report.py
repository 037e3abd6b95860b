"""The report of a conversion: how much was written, and what a format could not carry."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from cascade.document import Document, Entity
from cascade.errors import FormatError, in_one_line

NESTED_ENTITIES = "entities nested in, crossing or equal to a longer one that was kept"
UNALIGNED_ENTITIES = "entities that do not begin and end at token boundaries"
BLANK_EDGES = "entities that begin or end in white space, which is in no token"
BLANKS_IN_TYPES = "types with blanks around them or several between their words (read without)"
CUT_TOKENS = "tokens of the source that an entity begins or ends inside of (cut there)"
ENTITY_SPACING = "entities whose white space is not the one that their tokens give"
WIDENED_ENTITIES = "entities widened to the contraction that they are part of"
CONTRACTION_LABELS = "labels of contractions whose words have none (labels are read from the words)"
UNLOCATED_ENTITIES = "entities whose string is not in their sentence (or not that often)"
MOVED_ENTITIES = "entities whose string leads to another place in the sentence"
TYPES = "types of entities"
SCORES = "scores of entities"
UNSURE = "marks of entities as unsure"
ALTERNATIVES = "entities whose other likely types are left out"
ALL_ENTITIES = "entities (the format is text only)"
TYPES_LIKE_LABELS = "types that a column would hold as several labels (written with blanks between them)"
ODD_TYPES = "types with white space that columns cannot hold (written as single blanks)"
LANGUAGES = "languages of documents"
IDS = "ids of documents"
TOKENS = "token offsets of documents"
ADAPTERS = "names of the adapters that found a document's entities"
SPACING = "documents whose white space is not the one that their tokens give"
ODD_TOKENS = "tokens with tabs or line breaks (written as blanks)"
LINE_BREAKS = "documents with tabs or line breaks in the text (written as blanks)"
INLINE_MARKS = "lines with marks of entities among their words, as in <START:person> or Ada/PERSON (read as text)"
EMPTY_FILES = "files without text (read as documents without entities)"
FIELDS = "documents with further columns (fields)"
EMPTY_DOCUMENTS = "documents without tokens or text"
WIDE_COMMENTS = (
    "lines read as comments that could be tokens: a word that begins with #, and as many columns as the others"
)
LABELS_OF_MISC = "labels read from {key}= in the column MISC, as column 3 holds none"
OTHER_LABELS = "columns of labels that are not read (--label-column names others, or all)"
ENTITIES_OVER_ENDS = "ends of sentences inside an entity (read on to the next end)"
PARTS_OF_TOKENS = "mentions that are a part of their token (read as the whole token)"
LIKE_OUTSIDE = "labels {label!r} read as a type, which looks like the mark for no entity"
TOKEN_NUMBERS = "digits behind single characters, as in 科0 (left out)"
DOCUMENT_MARKS = "tokens -DOCSTART-, which are read as the beginning of a document"
HEADER_ROWS = "header rows that name the columns"
UNSEPARATED_SENTENCES = "sentences without an empty line before them (told by their index, id or comments)"
ONE_SENTENCE = "sentence boundaries (there is no empty line, so all tokens are one document)"
CUSTOM_LAYERS = "files whose entities are read from the layer {layer}, as they have none of named entities"
MARKS_FOR_OUTSIDE = "labels -, 0 or _ (read as O)"
TOKEN_PREFIXES = "language codes before tokens, as in en:London"
UNKNOWN_KEYS = "further unknown keys of {of}"
EMPTY_TOKENS = "empty tokens"
CUT_FILES = "files that end inside a line (the last document may be cut off)"
SHORT_SENTENCES = "sentences whose tokens end before their text does (the file may be cut off)"
REPEATED_ENTITIES = "entities that stand more than once (read once)"
AMBIGUOUS_MARKS = "documents whose text cannot be told from ## marks"

_Span = TypeVar("_Span", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Failure:
    """A document that cannot be read or processed: its place and id, its text as far as it is known, and why."""

    place: str
    id: str
    text: str
    error: str


@dataclass(slots=True)
class Report:
    """Counts of what was written and of what was lost, by kind, with the first place of each kind.

    aside: takes documents that cannot be read, in the place of an error that ends the reading.
    """

    documents: int = 0
    entities: int = 0
    losses: Counter[str] = field(default_factory=Counter)
    first: dict[str, str] = field(default_factory=dict)
    aside: Callable[[Failure], None] | None = None

    def lose(self, kind: str, where: str, count: int = 1) -> None:
        """Counts something that was lost; `where` is kept for the first of its kind."""
        if count:
            self.losses[kind] += count
            self.first.setdefault(kind, where)

    def set_aside(self, error: FormatError, place: str, identifier: str, text: str) -> None:
        """Sets a document that cannot be read aside; raises the error where nothing takes it."""
        if self.aside is None:
            try:
                raise error
            finally:
                del error  # the error holds this frame, and would keep the files that are read open if it were in it
        self.aside(Failure(place, identifier, text, str(error)))

    def lose_entity(self, kind: str, document: Document, entity: Entity) -> None:
        """Counts an entity that was lost or changed."""
        self.lose(kind, f"{document.id}: {document.text_of(entity)!r} at {entity.start}..{entity.end} ({entity.type})")

    def each_once(self, entities: Iterable[_Span], where: str) -> tuple[_Span, ...]:
        """The entities in their order, without those that equal one before; these are counted."""
        listed = tuple(entities)
        once = tuple(dict.fromkeys(listed))
        self.lose(REPEATED_ENTITIES, where, len(listed) - len(once))
        return once

    def lose_annotations(
        self,
        document: Document,
        *,
        language: bool = True,
        scores: bool = True,
        tokens: bool = True,
        entities: bool = True,
    ) -> None:
        """Counts what a format has no room for among a document's language, scores, tokens, fields, names of adapters,
        and what its entities tell beyond span, type and score.

        Only JSON lines and Parquet hold fields, names of adapters, marks as unsure and other likely types. entities:
        whether the format holds entities at all, so that what they tell is lost apart from them.
        """
        if language and document.language is not None:
            self.lose(LANGUAGES, f"{document.id}: {document.language!r}")
        if entities:
            if scores:
                self.lose(SCORES, document.id, sum(entity.score is not None for entity in document.entities))
            self.lose(UNSURE, document.id, sum(entity.unsure for entity in document.entities))
            self.lose(ALTERNATIVES, document.id, sum(bool(entity.alternatives) for entity in document.entities))
        if tokens and document.tokens is not None:
            self.lose(TOKENS, document.id)
        if document.fields:
            self.lose(FIELDS, document.id)
        if document.adapters:
            self.lose(ADAPTERS, document.id)

    def wrote(self, entities: int) -> None:
        """Counts a written document with this many entities."""
        self.documents += 1
        self.entities += entities

    def lines(self) -> list[str]:
        """One line for each kind of loss, as commands print them; empty if nothing was lost."""
        return [in_one_line(f"{kind}: {count:,} (first: {self.first[kind]})") for kind, count in self.losses.items()]
