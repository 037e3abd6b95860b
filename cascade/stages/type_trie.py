"""The answers of the classifier as a trie of their tokens, so that every answer is a legal type with a proper
probability.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cascade.errors import TaxonomyError, shown
from cascade.stages.asked_names import asked_names
from cascade.stages.temperature import at_temperature
from cascade.taxonomy.tree import PATH_SEPARATOR, Taxonomy
from cascade.text.tokens import PieceTokens
from cascade.text.windows import WINDOW_TOKENS

NONE_OF_THESE = "none of these"
_LEFT_FOR_TEXT = 2 * WINDOW_TOKENS  # a window with its marks and what is read behind them
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Branch:
    """Tokens to read after the close mark, and the questions answered at some of them: (index into `tokens`,
    question).
    """

    tokens: tuple[int, ...]
    reads: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class TypeTrie:
    """Where each answer's probability is read.

    names: the types, then `none of these`.  questions: for each node with a choice, the vocabulary ids of its children.
    at_mark: the question read at the close mark itself, None where all answers begin alike.  branches: the
    continuations that reach the other nodes. routes: for each name its (question, candidate)s.
    """

    names: tuple[str, ...]
    questions: tuple[tuple[int, ...], ...]
    at_mark: int | None
    branches: tuple[Branch, ...]
    routes: tuple[tuple[tuple[int, int], ...], ...]

    def log_probabilities(self, answers: Sequence[Floats | None], *, temperature: float = 1.0) -> Floats:
        """Log-probability of every name, (names,); answers: for each question (candidates,), log-probabilities, or None
        where it was not read.

        The names below a question that was not read share its probability in equal parts.  At a temperature each answer
        is flattened by itself, so that a name's score does not depend on what else was read; but where another name
        would become the best, the names are flattened, with what is known of them.
        """
        plain = self._along_routes(answers)
        if temperature == 1.0:
            return plain
        flattened = self._along_routes(
            [None if answer is None else at_temperature(answer, temperature) for answer in answers]
        )
        return flattened if flattened.argmax() == plain.argmax() else at_temperature(plain, temperature)

    def _along_routes(self, answers: Sequence[Floats | None]) -> Floats:
        tables = self._tables
        flat = np.zeros(tables.first[-1] + 1)  # the last entry is for steps past a route's end
        read = np.zeros(len(self.questions) + 1, dtype=bool)
        for question, answer in enumerate(answers):
            if answer is not None:
                flat[tables.first[question] : tables.first[question + 1]] = answer
                read[question] = True
        reached = np.logical_and.accumulate(read[tables.asked], axis=1)
        result: Floats = np.where(reached, flat[tables.candidate], 0.0).sum(axis=1)
        stopped = ~reached & (tables.asked < len(self.questions))
        short = stopped.any(axis=1)
        first_unread = tables.asked[np.arange(len(result)), stopped.argmax(axis=1)]
        result[short] -= np.log(tables.names_below[first_unread[short]])
        return result

    def unsettled(self, at_mark: Floats) -> list[int]:
        """Branches (indices) that the best name may hang on, given the answer at the mark alone: those no less probable
        than the best name settled there.
        """
        if self.at_mark is None:
            return list(range(len(self.branches)))
        tables = self._tables
        bar = at_mark[tables.settled].max(initial=-np.inf)
        return [index for index, candidate in enumerate(tables.of_branch) if at_mark[candidate] >= bar]

    def questions_of(self, branch: int) -> set[int]:
        """The questions read on a branch."""
        return {question for _, question in self.branches[branch].reads}

    @cached_property
    def _tables(self) -> _Tables:
        questions, depth = len(self.questions), max(1, *map(len, self.routes))
        first = np.cumsum([0, *map(len, self.questions)])
        asked, candidate = np.full((len(self.routes), depth), questions), np.full((len(self.routes), depth), first[-1])
        for name, route in enumerate(self.routes):
            for step, (question, choice) in enumerate(route):
                asked[name, step], candidate[name, step] = question, first[question] + choice
        names_below = np.array([(asked == question).any(axis=1).sum() for question in range(questions)])
        at_first = {question: route[0][1] for route in self.routes if route for question, _ in route[1:]}
        of_branch = [] if self.at_mark is None else [at_first[branch.reads[0][1]] for branch in self.branches]
        return _Tables(
            first, asked, candidate, names_below, [route[0][1] for route in self.routes if len(route) == 1], of_branch
        )


class _Tables(NamedTuple):
    """The routes as arrays.

    first: where each question's candidates begin in a flat list of all; asked, candidate: (names, steps), the question
    and the place in the flat list of each step of a route, past its end one more than there are; names_below:
    (questions,); settled: candidates at the mark that end a name; of_branch: for each branch the candidate at the mark
    that it goes on from.
    """

    first: NDArray[np.int64]
    asked: NDArray[np.int64]
    candidate: NDArray[np.int64]
    names_below: NDArray[np.int64]
    settled: list[int]
    of_branch: list[int]


def check_names(taxonomy: Taxonomy, tokens: PieceTokens, *, positions: int | None = None) -> None:
    """Raises TaxonomyError, which says where, for names on any level that the classifier could not answer with or not
    tell apart, and for more of them than a prompt can hold.

    positions: the tokens that the base model can tell the places of, None for any number.
    """
    _check_level(asked_names(taxonomy.roots), tokens, positions)
    for path in taxonomy.paths():
        if path[-1].children:
            try:
                _check_level(asked_names(path[-1].children), tokens, positions)
            except TaxonomyError as error:
                raise TaxonomyError(
                    f"below type {PATH_SEPARATOR.join(node.name for node in path)!r}: {error}"
                ) from error


def _check_level(names: Sequence[str], tokens: PieceTokens, positions: int | None) -> None:
    build_trie(names, tokens)
    size = len(tokens.prefix(names))
    if positions is not None and size > (room := positions - _LEFT_FOR_TEXT):
        longest = max(names, key=lambda name: len(tokens.prefix([name])))
        more = len(tokens.prefix([longest, longest])) - len(tokens.prefix([longest]))  # with the comma
        raise TaxonomyError(
            f"the prompt that names {len(names):,} types has {size:,} tokens, "
            f"{more - 1:,} of them for {shown(longest)}; "
            f"expected at most {room:,} with this base model. "
            "Ask for fewer types at once, or for shorter names or descriptions, or put them into a taxonomy of levels"
        )


def build_trie(types: Sequence[str], tokens: PieceTokens) -> TypeTrie:
    """The trie of `types` and `none of these`; raises TaxonomyError for names with the same tokens or none."""
    for name in types:
        if name.casefold() == NONE_OF_THESE:
            raise TaxonomyError(
                f"{name!r} is what the classifier answers for everything else; expected a type of another name"
            )
        ids = tokens.name(name)
        if ids == (tokens.end_id,) or set(tokens.marks) & set(ids):
            what = "has no token" if ids == (tokens.end_id,) else "has the tokens by which spans are marked"
            raise TaxonomyError(f"type name {name!r} {what} in the base model; expected a name in letters")
    names = (*types, NONE_OF_THESE)
    spelled: dict[tuple[int, ...], str] = {}
    for name in names:
        ids = tokens.name(name)
        if ids in spelled:
            raise TaxonomyError(
                f"types {spelled[ids]!r} and {name!r} are the same to the base model; expected names that differ"
            )
        spelled[ids] = name
    children: dict[tuple[int, ...], dict[int, int]] = {}  # the place of each token that may follow
    for ids in spelled:
        for depth in range(len(ids)):
            following = children.setdefault(ids[:depth], {})
            following.setdefault(ids[depth], len(following))
    for ids in spelled:
        if ids in children:  # a name that is the beginning of another one needs a token that says it ends here
            children[ids].setdefault(tokens.end_id, len(children[ids]))
    nodes = sorted((path for path, options in children.items() if len(options) > 1), key=lambda path: (len(path), path))
    question_of = {path: index for index, path in enumerate(nodes)}
    routes = []
    for ids in spelled:
        spelling = (*ids, tokens.end_id) if ids in children else ids
        routes.append(
            tuple(
                (question_of[spelling[:depth]], children[spelling[:depth]][spelling[depth]])
                for depth in range(len(spelling))
                if spelling[:depth] in question_of
            )
        )
    return TypeTrie(
        names,
        tuple(tuple(children[path]) for path in nodes),
        question_of.get(()),
        _branches(question_of),
        tuple(routes),
    )


def _branches(question_of: dict[tuple[int, ...], int]) -> tuple[Branch, ...]:
    """As few branches as reach every node but the root: a node on the way to another is read on that one's branch."""
    branches = []
    unread = {path for path in question_of if path}
    for path in sorted(unread, key=lambda path: (-len(path), path)):
        if path not in unread:
            continue
        reads = tuple(
            (depth - 1, question_of[path[:depth]]) for depth in range(1, len(path) + 1) if path[:depth] in unread
        )
        unread -= {path[:depth] for depth in range(1, len(path) + 1)}
        branches.append(Branch(path, reads))
    return tuple(branches)
