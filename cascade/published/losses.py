"""What generated answers hold that cannot be used, counted by reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

TEXT_CHANGED = "answers changed the text"
CUT_OFF = "answers were cut off, as they were too long"
UNBALANCED = "marks have no partner"
EMPTY = "entities are empty"
NOT_FOUND = "entities are not found in the text"
SEVERAL_PLACES = "entities could stand at several places"
OUT_OF_ORDER = "entities do not come in the order of the text"
AMBIGUOUS = "answers can be read in more than one way, as their text holds marks"
UNKNOWN_TYPE = "entities got a type that was not asked for"
NESTED = "entities lie in or across a longer one"
REPEATED = "entities were told more often than they occur"
ILLEGAL_JSON = "answers are no JSON of the form asked for"
ILLEGAL_ITEM = "items of answers are no entities of the form asked for"
OUT_OF_RANGE = "entities name an occurrence that the text does not have"
WRONG_OFFSETS = "entities have offsets at which the text is another one"
# not lost, but placed by a rule: told beside the losses
LEFTMOST = "entities occur more often than they are told; the leftmost places were taken"
# of writers
NOT_WRITTEN = "entities cannot be written in this format"
# of a whole answer, whose entities are used as far as they can be: told beside the losses too
NOT_LOST = (LEFTMOST, TEXT_CHANGED, CUT_OFF)
# what an answer of the asked form may still hold, or what the text is to blame for
_LEGAL = (NESTED, LEFTMOST, AMBIGUOUS)


class Losses:
    """Counts of losses by reason.

    answers: how many were read. legal: how many of them have the form that was asked for, repeat the text where they
    should, and tell entities of the text with types that were asked for.
    """

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.answers = self.legal = 0

    @contextmanager
    def of_answer(self, *, finished: bool) -> Iterator[None]:
        """Counts the answer that is read in the block; finished: whether it ended before the longest length."""
        before = self._of_models()
        self.lose(CUT_OFF, not finished)
        yield
        self.answers += 1
        self.legal += self._of_models() == before

    def _of_models(self) -> int:
        return self.counts.total() - sum(self.counts[reason] for reason in _LEGAL)

    def lose(self, reason: str, times: int = 1) -> None:
        """Counts a loss, `times` times."""
        if times:
            self.counts[reason] += times

    def lines(self) -> Iterator[str]:
        """A line for each reason, the most frequent first."""
        for reason, times in sorted(self.counts.items(), key=lambda pair: (-pair[1], pair[0])):
            yield f"{times:,} {reason}"
