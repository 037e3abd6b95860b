"""Stage 2: the classifier reads the text with all spans marked and answers, at each close mark, with one of the allowed
types.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from cascade.reading.batches import read_passages
from cascade.reading.passage import Passage, Read
from cascade.reading.reader import Reader
from cascade.stages.decisions import Floats
from cascade.stages.type_trie import TypeTrie, build_trie
from cascade.text.encoded import EncodedText, as_encoded
from cascade.text.pieces import covering
from cascade.text.tokens import Marks, PieceTokens
from cascade.text.windows import WINDOW_TOKENS, Window

_FEW_BRANCH_TOKENS = 6  # a span: so many are read with the text; of more, only what the best type hangs on, after it
MOST_NESTED = 3  # spans around one place that are marked in one passage; what is deeper is marked in another one

PieceSpan = tuple[int, int]


def classification_passage(
    pieces: Sequence[tuple[int, ...]],
    spans: Sequence[PieceSpan],
    trie: TypeTrie,
    marks: Marks,
    answers: Sequence[int] | None = None,
    *,
    branches_of: Sequence[Collection[int]] | None = None,
    before: Sequence[int] = (),
) -> tuple[Passage, list[list[int]]]:
    """The passage of pieces given by their tokens, with `spans` (first and last piece, properly nested) marked.

    answers: the right name of each span as an index into `trie.names`, for training.  branches_of: for each span, which
    of the trie's branches are read (all). before: tokens in front of the text, of demonstrations. Also returns, for
    each span, the read of each of the trie's questions, -1 where there is none.
    """
    marked, close_at = _marked_text(pieces, spans, marks)
    ids, close_at = [*before, *marked], [len(before) + close for close in close_at]
    read_of = [[-1] * len(trie.questions) for _ in spans]
    reads: list[Read] = []
    for span, close in enumerate(close_at):
        if trie.at_mark is not None:
            read_of[span][trie.at_mark] = len(reads)
            reads.append(Read(close, trie.at_mark))
    wanted = [range(len(trie.branches))] * len(spans) if branches_of is None else branches_of
    if answers is not None:  # in training only the branches of the right answer teach
        asked = [{question for question, _ in trie.routes[answer]} for answer in answers]
        wanted = [
            [number for number in numbers if trie.questions_of(number) & asked[span]]
            for span, numbers in enumerate(wanted)
        ]
    more = branches_after(len(ids), close_at, trie, wanted, read_of, first_read=len(reads))
    reads += more.reads
    right = None
    if answers is not None:
        candidate = [dict(trie.routes[answer]) for answer in answers]
        by_read = {
            read: candidate[span].get(question, -1)
            for span, row in enumerate(read_of)
            for question, read in enumerate(row)
            if read >= 0
        }
        right = tuple(by_read[read] for read in range(len(reads)))
    positions = (*range(len(ids)), *more.positions)
    return Passage((*ids, *more.ids), positions, (*(0 for _ in ids), *more.branches), tuple(reads), right), read_of


def _marked_text(
    pieces: Sequence[tuple[int, ...]], spans: Sequence[PieceSpan], marks: Marks
) -> tuple[list[int], list[int]]:
    """The tokens of the pieces with all spans marked, and where each span's close mark stands."""
    opening: dict[int, list[int]] = {}
    closing: dict[int, list[int]] = {}
    for index in sorted(range(len(spans)), key=lambda index: (spans[index][0], -spans[index][1], index)):
        opening.setdefault(spans[index][0], []).append(index)
        closing.setdefault(spans[index][1], []).insert(0, index)
    ids: list[int] = []
    close_at = [0] * len(spans)
    for number, piece in enumerate(pieces):
        ids += [marks.open] * len(opening.get(number, ()))
        ids += piece
        for index in closing.get(number, ()):
            close_at[index] = len(ids)
            ids.append(marks.close)
    return ids, close_at


def branches_after(
    tokens: int,
    close_at: Sequence[int],
    trie: TypeTrie,
    wanted: Sequence[Collection[int]],
    read_of: Sequence[list[int]],
    *,
    first_read: int,
) -> Passage:
    """The branches `wanted` of each span as a passage of their own, whose tokens come after `tokens` others.

    Notes in `read_of` where each span's questions are read, counting from `first_read`.
    """
    ids: list[int] = []
    positions: list[int] = []
    branches: list[int] = []
    reads: list[Read] = []
    for span, close in enumerate(close_at):
        for number in sorted(wanted[span]):
            branch = trie.branches[number]
            for offset, question in branch.reads:
                read_of[span][question] = first_read + len(reads)
                reads.append(Read(tokens + len(ids) + offset, question))
            ids += branch.tokens
            positions += range(close + 1, close + 1 + len(branch.tokens))
            branches += [branches[-1] + 1 if branches else 1] * len(branch.tokens)
    return Passage(tuple(ids), tuple(positions), tuple(branches), tuple(reads))


def layers(spans: Sequence[PieceSpan]) -> list[list[int]]:
    """Indices of the spans of each passage, so that within one passage no two cross and at most MOST_NESTED nest; most
    texts need one.

    Equal spans nest.  Spans are placed outermost first, each into the first layer where it fits.
    """
    result: list[list[int]] = []
    for index in sorted(range(len(spans)), key=lambda i: (spans[i][0], -spans[i][1], i)):
        for layer in result:
            if _fits(spans[index], [spans[other] for other in layer]):
                layer.append(index)
                break
        else:
            result.append([index])
    return result


def _fits(span: PieceSpan, others: Sequence[PieceSpan]) -> bool:
    first, last = span
    crossing = any(other[0] < first <= other[1] < last for other in others)
    around = sum(other[0] <= first and last <= other[1] for other in others)
    return not crossing and around < MOST_NESTED


class _Marked(NamedTuple):
    """A part of a text with spans to mark: the text and its number, the spans' indices in it, pieces by their tokens,
    and the spans as pieces of these.
    """

    number: int
    text: EncodedText
    members: list[int]
    pieces: Sequence[tuple[int, ...]]
    spans: list[PieceSpan]


@dataclass(frozen=True, slots=True)
class Classifier:
    """Types spans from the types asked for; one reader, one pass, and where many types begin alike a few tokens more
    for the spans that hang on them.
    """

    reader: Reader
    tokens: PieceTokens
    batch_tokens: int

    def __call__(
        self, texts: Sequence[str | EncodedText], spans: Sequence[Sequence[tuple[int, int]]], types: Sequence[str]
    ) -> list[list[Floats]]:
        """For each span (characters start..end) of each text, the log-probabilities of the types, in the order asked
        for, then of `none of these`.
        """
        encoded = as_encoded(texts, self.tokens)
        trie, answered = self.answers(encoded, spans, types)
        nothing = np.log(np.append(np.full(len(types), 1e-12), 1.0))  # a span of white space alone is no entity
        return [
            [
                nothing if answer is None else trie.log_probabilities(answer, temperature=text.classifier.temperature)
                for answer in of_text
            ]
            for text, of_text in zip(encoded, answered, strict=True)
        ]

    def answers(
        self, texts: Sequence[str | EncodedText], spans: Sequence[Sequence[tuple[int, int]]], types: Sequence[str]
    ) -> tuple[TypeTrie, list[list[list[Floats | None] | None]]]:
        """The trie of the types, and for each span of each text the answers to its questions; None for a span of white
        space alone.
        """
        trie = build_trie(types, self.tokens)
        marked = [
            part
            for index, (text, wanted) in enumerate(zip(as_encoded(texts, self.tokens), spans, strict=True))
            if wanted
            for part in _marked(index, text, wanted)
        ]
        results: list[list[list[Floats | None] | None]] = [[None] * len(wanted) for wanted in spans]
        for part, by_span in zip(marked, self._read(marked, types, trie), strict=True):
            for member, by_question in zip(part.members, by_span, strict=True):
                results[part.number][member] = by_question
        return trie, results

    def _read(self, marked: Sequence[_Marked], types: Sequence[str], trie: TypeTrie) -> list[list[list[Floats | None]]]:
        """For each part, span and question of the trie the answer, None where it was not read."""
        few = trie.at_mark is None or sum(len(branch.tokens) for branch in trie.branches) <= _FEW_BRANCH_TOKENS
        first = range(len(trie.branches)) if few else ()
        made = [
            classification_passage(
                part.pieces,
                part.spans,
                trie,
                self.tokens.marks,
                branches_of=[first] * len(part.spans),
                before=part.text.before,
            )
            for part in marked
        ]

        def unsettled(index: int, answers: list[Floats]) -> Passage | None:
            passage, read_of = made[index]
            for reads in read_of:  # what an attempt that ran out of memory noted
                reads[:] = [read if question == trie.at_mark else -1 for question, read in enumerate(reads)]
            open_branches = [trie.unsettled(answers[reads[trie.at_mark or 0]]) for reads in read_of]
            close_at = [read.token for read in passage.reads]
            return (
                branches_after(0, close_at, trie, open_branches, read_of, first_read=len(answers))
                if any(open_branches)
                else None
            )

        answers = read_passages(
            self.reader,
            self.tokens.prefix(types),
            trie.questions,
            [passage for passage, _ in made],
            batch_tokens=self.batch_tokens,
            adapters=[part.text.classifier.adapter for part in marked],
            ask_on=None if few else unsettled,
        )
        return [
            [[answer[read] if read >= 0 else None for read in reads] for reads in read_of]
            for (_, read_of), answer in zip(made, answers, strict=True)
        ]


def _marked(index: int, text: EncodedText, wanted: Sequence[tuple[int, int]]) -> Iterator[_Marked]:
    """What is read of one text: its windows with spans, in as many layers as they need."""
    covered = [covering(text.pieces, start, end) for start, end in wanted]
    known = [place for place, span in enumerate(covered) if span is not None]
    token_counts = [len(ids) for ids in text.ids]
    places = [_clipped(span, token_counts) for span in covered if span is not None]
    for group, first, last in _focus(places, text.windows):
        for layer in layers([places[place] for place in group]):
            members = [group[place] for place in layer]
            shifted = [(places[member][0] - first, places[member][1] - first) for member in members]
            yield _Marked(index, text, [known[member] for member in members], text.ids[first:last], shifted)


def _clipped(span: PieceSpan, token_counts: Sequence[int]) -> PieceSpan:
    """A span of more than half a window's tokens is typed by its beginning, so that no text makes a passage grow
    without bound.
    """
    first, last = span
    tokens = 0
    for index in range(first, last + 1):
        tokens += token_counts[index]
        if tokens > WINDOW_TOKENS // 2 and index > first:
            return first, index - 1
    return span


def _focus(spans: Sequence[PieceSpan], text_windows: Sequence[Window]) -> list[tuple[list[int], int, int]]:
    """Groups of spans with the pieces first..last (half-open) that they are read in: the window that keeps their first
    piece, as far as they reach.
    """
    keeps = [window.keep_first for window in text_windows]
    groups: dict[int, list[int]] = {}
    for index, (first, _) in enumerate(spans):
        groups.setdefault(bisect_right(keeps, first) - 1, []).append(index)
    return [
        (group, text_windows[number].first, max(text_windows[number].last, *(spans[index][1] + 1 for index in group)))
        for number, group in sorted(groups.items())
    ]
