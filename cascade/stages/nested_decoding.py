"""Decoding of nested spans: the best way to open and close spans at each piece, with a stack of bounded depth.

Every layer has its own decision among O, B, I, E and S at each piece.  What is decoded is a run of an automaton whose
states are stacks of open spans, so that every span lies in one of the layer before, and none can cross another.  The
dynamic programs over it are exact.  With one layer it is `cascade.stages.decisions`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product

import numpy as np

from cascade.stages.decisions import B, E, Floats, I, Ints, O, S
from cascade.stages.nesting import Places

# Of each open span, from the outermost: whether it began at the same piece as the one around it. If both then ended at
# the same piece, they would be one span.
Stack = tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Automaton:
    """Stacks as states, the empty one first, and the steps between them that one piece may take.

    labels: (steps, layers); before, after: (steps,), states.  Steps are ordered by the state that they lead to;
    `arrivals` holds the first step to each state, so that a reduction over steps gives one value a state.
    """

    states: int
    labels: Ints
    before: Ints
    after: Ints
    arrivals: Ints

    def step_scores(self, log_probabilities: Floats) -> Floats:
        """The sum over layers of the log-probabilities of each step's labels, (pieces, steps)."""
        layers = self.labels.shape[1]
        result: Floats = log_probabilities[:, self.labels + 5 * np.arange(layers)].sum(axis=2)
        return result


@cache
def automaton(depth: int) -> Automaton:
    """The automaton of so many layers: with one, 2 states and 5 steps, with four, 16 states and 83 steps."""
    stacks = sorted(
        (stack for size in range(depth + 1) for stack in product((False, True), repeat=size) if not any(stack[:1])),
        key=lambda stack: (len(stack), stack),
    )
    number = {stack: state for state, stack in enumerate(stacks)}
    steps = sorted(
        ((number[after], number[stack], labels) for stack in stacks for labels, after in _steps(stack, depth)),
    )
    after, before, labels = (np.array(column, dtype=np.int64) for column in zip(*steps, strict=True))
    return Automaton(len(stacks), labels, before, after, np.searchsorted(after, np.arange(len(stacks))))


def _steps(stack: Stack, depth: int) -> Iterator[tuple[tuple[int, ...], Stack]]:
    """What one piece may do with the spans that are open before it: the label in each layer, and what is open behind.

    Of the open spans those from some layer on end.  Then new ones begin, in the innermost that goes on, and one of this
    piece alone may stand in whatever is there.
    """
    for kept in range(len(stack) + 1):
        if any(stack[layer] for layer in range(kept + 1, len(stack))):
            continue  # would end together with the span that it began with
        open_labels = [I] * kept + [E] * (len(stack) - kept)
        room = depth - len(stack)
        for begun in range(room + 1 if kept == len(stack) else 1):
            for single in range(2 if begun < room else 1):
                labels = [*open_labels, *[B] * begun, *[S] * single]
                new = (False, *[True] * (begun - 1)) if begun else ()
                yield tuple(labels + [O] * (depth - len(labels))), stack[:kept] + new


def best_steps(log_probabilities: Floats) -> list[int]:
    """The steps with the greatest sum of log-probabilities, from nothing open to nothing open, by their numbers.

    log_probabilities: (pieces, 5 x layers), of O, B, I, E and S in the first layer, then in the second, and so on.
    """
    machine = automaton(log_probabilities.shape[1] // 5)
    scores = machine.step_scores(log_probabilities)
    best = _only_nothing_open(machine)
    back = np.zeros((len(scores), machine.states), dtype=np.int64)
    ends = [*machine.arrivals[1:].tolist(), len(machine.after)]
    for index, of_steps in enumerate(scores):
        reached = best[machine.before] + of_steps
        back[index] = [
            first + int(reached[first:end].argmax()) for first, end in zip(machine.arrivals.tolist(), ends, strict=True)
        ]
        best = reached[back[index]]
    state, steps = 0, list[int]()
    for row in back[::-1]:
        step = int(row[state])
        steps.append(step)
        state = int(machine.before[step])
    return steps[::-1]


def nested_spans(log_probabilities: Floats) -> list[Places]:
    """The spans (first, last) of the best steps, in text order, each before those that lie in it."""
    machine = automaton(log_probabilities.shape[1] // 5)
    steps, found = best_steps(log_probabilities), list[Places]()
    for labels in machine.labels[steps].T.tolist():
        first = 0
        for index, label in enumerate(labels):
            if label in (B, S):
                first = index
            if label in (E, S):
                found.append((first, index))
    return sorted(found, key=lambda span: (span[0], -span[1]))


def is_open_before(log_probabilities: Floats) -> list[bool]:
    """Whether the best steps leave a span open before each piece."""
    machine = automaton(log_probabilities.shape[1] // 5)
    return [bool(machine.before[step] > 0) for step in best_steps(log_probabilities)]


def nested_probabilities(log_probabilities: Floats, spans: Sequence[Places]) -> list[float]:
    """The probability of each span, in whatever layer, among all runs of the automaton, in [0, 1]."""
    if not spans:
        return []
    machine = automaton(log_probabilities.shape[1] // 5)
    scores = machine.step_scores(log_probabilities)
    forward, backward = _forward(machine, scores), _backward(machine, scores)
    total = forward[-1, 0]
    result = []
    for first, last in spans:
        ways = [
            _through(machine, scores, forward[first], layer, (first, last)) + backward[last + 1]
            for layer in range(machine.labels.shape[1])
        ]
        result.append(float(min(1.0, np.exp(np.logaddexp.reduce(np.concatenate(ways)) - total))))
    return result


def _only_nothing_open(machine: Automaton) -> Floats:
    result = np.full(machine.states, -np.inf)
    result[0] = 0.0
    return result


def _arriving(machine: Automaton, of_steps: Floats) -> Floats:
    """The log-sum of steps by the state that they lead to."""
    result: Floats = np.logaddexp.reduceat(of_steps, machine.arrivals)
    return result


def _forward(machine: Automaton, scores: Floats) -> Floats:
    """Log-sums of all ways to each state before each piece and behind the last, (pieces + 1, states)."""
    rows = [_only_nothing_open(machine)]
    for of_steps in scores:
        rows.append(_arriving(machine, rows[-1][machine.before] + of_steps))
    return np.array(rows)


def _backward(machine: Automaton, scores: Floats) -> Floats:
    """Log-sums of all ways on from each state to nothing open behind the last piece, (pieces + 1, states)."""
    rows = [_only_nothing_open(machine)]
    for of_steps in scores[::-1]:
        onward = np.full(machine.states, -np.inf)
        np.logaddexp.at(onward, machine.before, of_steps + rows[-1][machine.after])
        rows.append(onward)
    return np.array(rows[::-1])


def _through(machine: Automaton, scores: Floats, start: Floats, layer: int, span: Places) -> Floats:
    """Log-sums of the ways to each state behind a span of a layer; start: to the states before it."""
    first, last = span
    wanted = [S] if first == last else [B, *[I] * (last - first - 1), E]
    ways = start
    for index, label in zip(range(first, last + 1), wanted, strict=True):
        allowed = np.where(machine.labels[:, layer] == label, scores[index], -np.inf)
        ways = _arriving(machine, ways[machine.before] + allowed)
    return ways
