"""Sentences as lists of tokens with a label each, wherever they stand: texts and entities as columns give them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from cascade.document import Document, Entity
from cascade.errors import DocumentError, FormatError
from data_formats.columns.labels import OUTSIDE, Span
from data_formats.columns.reading import MANY_TOKENS
from data_formats.columns.spellings import OUTSIDE_MARKS, ColumnLabels, decoded_cells
from data_formats.identifiers import SeenIds
from data_formats.read_options import NO_LABELS, ReadOptions
from data_formats.report import EMPTY_TOKENS, MARKS_FOR_OUTSIDE, ONE_SENTENCE, Report
from data_formats.spacing import JoinRule, joined

OTHER_TEXTS = "texts that their tokens are not in (the tokens, joined, are read as the text)"
Offsets = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence's id, its place as error messages name it, its tokens, and a label for each.

    labels: None if they are not read. places: that of each token; None: it is named by its number. text: the file's
    own, if it has one.
    """

    id: str
    where: str
    tokens: Sequence[str]
    labels: Sequence[str] | None
    places: Sequence[str] | None = None
    text: str | None = None
    language: str | None = None

    def place(self, position: int) -> str:
        """The place of a token."""
        return f"{self.where}: token {position + 1}" if self.places is None else self.places[position]


Read = Callable[[Report], Iterator[Sentence]]


def labels_wanted(options: ReadOptions) -> bool:
    """Whether labels are read."""
    return options.entities and options.label_column != NO_LABELS


def documents_of_sentences(read: Read, name: str, report: Report, options: ReadOptions) -> Iterator[Document]:
    """A document for each sentence that `read` gives; it is called twice, as all labels tell their scheme, and all
    tokens how they are joined.

    name: that of the file. Marks in place of O and empty tokens are counted. A text of the file is kept if the tokens
    are in it with only white space between them; other texts are counted. Raises FormatError for labels that are none.
    """
    labels, join, sentences, tokens = ColumnLabels(), JoinRule(), 0, 0
    for sentence in _whole(read, Report(aside=lambda failure: None)):
        join.add(sentence.tokens)
        labels.add(sentence.labels or ())
        sentences, tokens = sentences + 1, tokens + len(sentence.tokens)
    report.lose(ONE_SENTENCE, f"{name}: {tokens:,} tokens", sentences == 1 and tokens > MANY_TOKENS)
    spelling = labels.spelling(options.scheme)
    scheme = labels.scheme(spelling, name) if options.scheme == "auto" else options.scheme
    between = join.join if options.join == "auto" else options.join
    seen = SeenIds()
    for sentence in _whole(read, report):
        labels_here = sentence.labels or ()
        try:
            seen.add(sentence.id, sentence.where)
            marks = [position for position, label in enumerate(labels_here) if label in OUTSIDE_MARKS]
            report.lose(MARKS_FOR_OUTSIDE, sentence.place(marks[0]) if marks else "", len(marks))
            spans = decoded_cells(labels_here, spelling, scheme, repair=options.repair, place=sentence.place)
            document = _document(sentence, spans, between, report)
        except FormatError as error:
            report.set_aside(error, sentence.where, sentence.id, " ".join(sentence.tokens))
        else:
            yield document


def _document(sentence: Sentence, spans: Iterable[Span], join: str, report: Report) -> Document:
    text, offsets = text_of_tokens(sentence, join, report)
    found = report.each_once(
        ((offsets[span.start][0], offsets[span.end - 1][1], span.type) for span in spans), sentence.where
    )
    try:
        return Document(sentence.id, text, sentence.language, tuple(Entity(*each) for each in found), offsets)
    except DocumentError as error:
        raise FormatError(f"{sentence.where}: {error}") from error


def _whole(read: Read, report: Report) -> Iterator[Sentence]:
    """The sentences without their empty tokens, which are counted; raises FormatError for one that has a label."""
    for sentence in read(report):
        kept = [position for position, token in enumerate(sentence.tokens) if token]
        if len(kept) == len(sentence.tokens):
            yield sentence
            continue
        labels = sentence.labels
        for position in sorted(set(range(len(sentence.tokens))) - set(kept)):
            report.lose(EMPTY_TOKENS, sentence.place(position))
            if labels is not None and labels[position] not in (OUTSIDE, *OUTSIDE_MARKS):
                raise FormatError(
                    f"{sentence.place(position)}: the token is empty, but its label is {labels[position]!r}; expected "
                    "a token for it"
                )
        yield replace(
            sentence,
            tokens=[sentence.tokens[position] for position in kept],
            labels=None if labels is None else [labels[position] for position in kept],
            places=[sentence.place(position) for position in kept],
        )


def text_of_tokens(sentence: Sentence, join: str, report: Report) -> tuple[str, Offsets]:
    """The file's own text, if the tokens are in it, or the tokens joined; and the offsets of each token."""
    if sentence.text is not None:
        placed = _placed(sentence.tokens, sentence.text)
        if placed is not None or sentence.labels is None:
            return sentence.text, placed or ()
        report.lose(OTHER_TEXTS, sentence.where)
    return joined(sentence.tokens, join)


def _placed(tokens: Sequence[str], text: str) -> Offsets | None:
    """The offsets of tokens in their text, with only white space around them; None if there is anything else."""
    offsets, position = [], 0
    for token in tokens:
        start = text.find(token, position)
        if start < 0:
            return None
        position = start + len(token)
        offsets.append((start, position))
    gaps = pairwise([(0, 0), *offsets, (len(text), len(text))])
    return None if any(text[left[1] : right[0]].strip() for left, right in gaps) else tuple(offsets)
