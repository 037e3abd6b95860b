"""Stage 2: the classifier types spans in texts that the extractor has read, by queries on what that reading left.

A query is a span's own tokens between two marks.  It sees the text's states as the extractor left them, and answers at
its close mark with one of the allowed types, so that no text is read twice.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from cascade.reading.batches import ReadingTask
from cascade.reading.passage import Passage, Read
from cascade.reading.queries import Query, read_queries
from cascade.reading.reader import Reader
from cascade.stages.decisions import Floats
from cascade.stages.extractor import Readings
from cascade.stages.type_trie import TypeTrie, build_trie
from cascade.text.encoded import EncodedText
from cascade.text.pieces import covering
from cascade.text.tokens import Marks, PieceTokens

_FEW_BRANCH_TOKENS = 6  # a span: so many are read with the query; of more, only what the best type hangs on, after it
MOST_SPAN_TOKENS = 16  # of a span in its query: of a longer one its first and last 8; the text holds all of them

PieceSpan = tuple[int, int]
Answers = list[Floats | None]


def query_passage(
    pieces: Sequence[tuple[int, ...]],
    spans: Sequence[PieceSpan],
    trie: TypeTrie,
    marks: Marks,
    answers: Sequence[int] | None = None,
    *,
    branches_of: Sequence[Collection[int]] | None = None,
    before: int = 0,
) -> tuple[Passage, list[list[int]]]:
    """The queries for `spans` (first and last piece) on a text of pieces given by their tokens.

    answers: the right name of each span as an index into `trie.names`, for training.  branches_of: for each span, which
    of the trie's branches are read (all).  before: number of tokens in front of the text, of demonstrations.  Also
    returns, for each span, the read of each of the trie's questions, -1 where there is none.
    """
    begins = list(accumulate(map(len, pieces), initial=before))
    wanted = [range(len(trie.branches))] * len(spans) if branches_of is None else branches_of
    if answers is not None:  # in training only the branches of the right answer teach
        asked = [{question for question, _ in trie.routes[answer]} for answer in answers]
        wanted = [
            [number for number in numbers if trie.questions_of(number) & asked[span]]
            for span, numbers in enumerate(wanted)
        ]
    made = _Queries(trie, [[-1] * len(trie.questions) for _ in spans])
    for span, (first, last) in enumerate(spans):
        inside = [
            (token, begins[piece] + offset + 1)
            for piece in range(first, last + 1)
            for offset, token in enumerate(pieces[piece])
        ]
        if len(inside) > MOST_SPAN_TOKENS:
            half = MOST_SPAN_TOKENS // 2
            inside = [*inside[:half], *inside[-half:]]
        close = begins[last + 1] + 1
        made.query(span, [(marks.open, begins[first]), *inside, (marks.close, close)])
        made.branches(span, close, wanted[span])
    right = None
    if answers is not None:
        candidate = [dict(trie.routes[answer]) for answer in answers]
        by_read = {
            read: candidate[span].get(question, -1)
            for span, row in enumerate(made.read_of)
            for question, read in enumerate(row)
            if read >= 0
        }
        right = tuple(by_read[read] for read in range(len(made.reads)))
    return made.passage(right), made.read_of


class _Queries:
    """Queries as they are put together; read_of: for each span the read of each question, -1 where there is none."""

    def __init__(self, trie: TypeTrie, read_of: list[list[int]], *, first_read: int = 0) -> None:
        self.trie, self.read_of, self.first_read = trie, read_of, first_read
        self.tokens: list[tuple[int, int, int, int]] = []  # id, position, query, branch
        self.reads: list[Read] = []

    def query(self, span: int, tokens: Sequence[tuple[int, int]]) -> None:
        """Adds a span's query, tokens with their positions, the last of which answers the question at the mark."""
        self.tokens += [(token, position, span + 1, 0) for token, position in tokens]
        if self.trie.at_mark is not None:
            self._read(span, self.trie.at_mark, len(self.tokens) - 1)

    def branches(self, span: int, close: int, wanted: Collection[int]) -> None:
        """Adds branches of a span's query; close: the position of its close mark."""
        for number in sorted(wanted):
            branch = self.trie.branches[number]
            for offset, question in branch.reads:
                self._read(span, question, len(self.tokens) + offset)
            self.tokens += [
                (token, position, span + 1, number + 1) for position, token in enumerate(branch.tokens, start=close + 1)
            ]

    def _read(self, span: int, question: int, token: int) -> None:
        self.read_of[span][question] = self.first_read + len(self.reads)
        self.reads.append(Read(token, question))

    def passage(self, answers: tuple[int, ...] | None = None) -> Passage:
        """What was put together."""
        ids, positions, queries, branches = zip(*self.tokens, strict=True) if self.tokens else ((), (), (), ())
        return Passage(ids, positions, queries, branches, tuple(self.reads), answers)


@dataclass(frozen=True, slots=True)
class _Asked:
    """The query for one span: the text's index, the span's in it, the query, and the read of each question, -1 where
    there is none.
    """

    text: int
    member: int
    query: Query
    reads: list[int]


@dataclass(frozen=True, slots=True)
class Classifier:
    """Types spans from the types asked for; one reader, one pass over the spans' queries, and where many types begin
    alike a few tokens more for the spans that hang on them.
    """

    reader: Reader
    tokens: PieceTokens
    batch_tokens: int

    def __call__(
        self, readings: Readings, spans: Sequence[Sequence[tuple[int, int]]], types: Sequence[str]
    ) -> list[list[Floats]]:
        """For each span (characters start..end) of each text that was read, the log-probabilities of the types, in the
        order asked for, then of `none of these`.
        """
        trie, answered = self.answers(readings, spans, types)
        return log_probabilities(trie, readings.texts, answered)

    def answers(
        self, readings: Readings, spans: Sequence[Sequence[tuple[int, int]]], types: Sequence[str]
    ) -> tuple[TypeTrie, list[list[Answers | None]]]:
        """The trie of the types, and for each span of each text the answers to its questions; None for a span of white
        space alone.
        """
        trie = build_trie(types, self.tokens)
        few = trie.at_mark is None or sum(len(branch.tokens) for branch in trie.branches) <= _FEW_BRANCH_TOKENS
        asked: list[_Asked] = []
        window = 0
        for index, (text, wanted) in enumerate(zip(readings.texts, spans, strict=True)):
            asked += self._asked(index, text, window, wanted, trie, range(len(trie.branches)) if few else ())
            window += len(text.windows)

        def unsettled(number: int, answers: list[Floats]) -> Passage | None:
            reads, passage = asked[number].reads, asked[number].query.passage
            # also what an attempt that ran out of memory noted
            reads[:] = [0 if question == trie.at_mark else -1 for question in range(len(trie.questions))]
            more = _Queries(trie, [reads], first_read=1)
            more.branches(0, passage.positions[passage.reads[0].token], trie.unsettled(answers[0]))
            return more.passage() if more.tokens else None

        found = read_queries(
            ReadingTask(self.reader, self.tokens.prefix(types), trie.questions, self.batch_tokens),
            readings.kept,
            [part.query for part in asked],
            ask_on=None if few else unsettled,
        )
        results: list[list[Answers | None]] = [[None] * len(wanted) for wanted in spans]
        for part, answer in zip(asked, found, strict=True):
            results[part.text][part.member] = [answer[read] if read >= 0 else None for read in part.reads]
        return trie, results

    def _asked(
        self,
        index: int,
        text: EncodedText,
        first_window: int,
        wanted: Sequence[tuple[int, int]],
        trie: TypeTrie,
        branches: Collection[int],
    ) -> Iterator[_Asked]:
        """The queries for the spans of a text, each on the window that keeps its first piece; first_window: the index
        of the text's first one among all.
        """
        for number, members in by_window(text, wanted).items():
            window = text.windows[number]
            for member in members:
                covered = covering(text.pieces, *wanted[member])
                if covered is None:
                    continue
                first, last = covered
                passage, [reads] = query_passage(
                    text.ids[window.first : max(window.last, last + 1)],
                    [(first - window.first, last - window.first)],
                    trie,
                    self.tokens.marks,
                    branches_of=[branches],
                    before=len(text.before),
                )
                query = Query(first_window + number, passage, text.classifier.adapter)
                yield _Asked(index, member, query, reads)


def log_probabilities(
    trie: TypeTrie, texts: Sequence[EncodedText], answered: Sequence[Sequence[Answers | None]]
) -> list[list[Floats]]:
    """For each span of each text the log-probabilities of the trie's names, given its answers, at the temperature of
    the text's route.
    """
    nothing = np.log(np.append(np.full(len(trie.names) - 1, 1e-12), 1.0))  # a span of white space alone is no entity
    return [
        [
            nothing if answer is None else trie.log_probabilities(answer, temperature=text.classifier.temperature)
            for answer in of_text
        ]
        for text, of_text in zip(texts, answered, strict=True)
    ]


def by_window(text: EncodedText, wanted: Sequence[tuple[int, int]]) -> dict[int, list[int]]:
    """Indices of the spans by the window that keeps their first piece; spans of white space alone are in none."""
    keeps = [window.keep_first for window in text.windows]
    result: dict[int, list[int]] = {}
    for member, (start, end) in enumerate(wanted):
        if (covered := covering(text.pieces, start, end)) is not None:
            result.setdefault(max(0, bisect_right(keeps, covered[0]) - 1), []).append(member)
    return result
