"""Which tokens may come next where an answer copies its text and adds marks: answers are legal by construction."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from cascade.published.inline import InlineFormat
from cascade.published.token_bytes import TokenBytes

# characters copied so far, and the entities that are open: where each begins and its type (empty until it closes)
Settled = tuple[int, tuple[tuple[int, str], ...]]
# bytes that have to be written before a settled state is reached, and that state
State = tuple[bytes, Settled]


class Copying:
    """The legal answers for one text, as states between bytes; a token is legal if its bytes lead to a state.

    At each character the answer copies it, opens an entity before it, or closes one behind the last; an entity begins
    and ends with a character that is no blank. depth: how many entities may be open at once; 1 for flat answers. As a
    token may end anywhere within a mark or a character, several states are possible at once until a later byte decides.
    """

    def __init__(self, form: InlineFormat, text: str, types: Sequence[str], tokens: TokenBytes, *, depth: int) -> None:
        self.text, self.tokens, self.depth = text, tokens, depth
        self.end = len(text.rstrip())  # behind it stand blanks alone, in which no entity can end
        self.copies = [form.escaped(character).encode() for character in text]
        names = [form.escaped(name) for name in types]
        self.opens = {form.opens(name).encode(): name if form.opens(name) != form.opens("") else "" for name in names}
        self.closes = {name: form.closes(name).encode() for name in names}
        self.states: set[State] = {(b"", (0, ()))}

    def take(self, token: int) -> None:
        """Goes on by a token, which has to be one of those that are allowed."""
        for byte in self.tokens.of_token[token]:
            self.states = _after(self.states, self._options).get(byte, set())

    def allowed(self) -> list[int]:
        """The tokens that may come next; none if only the end may come."""
        found: list[int] = []
        waiting = [(b"", self.states)]
        while waiting:
            prefix, states = waiting.pop()
            for byte, following in _after(states, self._options).items():
                spelled = prefix + bytes([byte])
                some, token = self.tokens.begins(spelled)
                if token is not None:
                    found.append(token)
                if some:
                    waiting.append((spelled, following))
        return found

    def may_end(self) -> bool:
        """Whether the text is copied and no entity is open."""
        return (b"", (len(self.text), ())) in self.states

    def most_tokens(self) -> int:
        """More tokens than any legal answer has: a byte each, all marks at all characters."""
        opening = max(map(len, self.opens), default=0)
        marks = (opening + max(map(len, self.closes.values()), default=0)) * self.depth
        return sum(map(len, self.copies)) + marks * (len(self.text) + 1) + 1

    def _options(self, settled: Settled) -> Iterator[State]:
        """What may be written after a settled state, and the state that it leads to."""
        place, opened = settled
        if place < len(self.text) and not (opened and place >= self.end):
            yield self.copies[place], (place + 1, opened)
            if len(opened) < self.depth and not self.text[place].isspace():
                for mark, name in self.opens.items():
                    if not (name and (place, name) in opened):
                        yield mark, (place, (*opened, (place, name)))
        if opened and opened[-1][0] < place and not self.text[place - 1].isspace():
            for name, mark in self.closes.items():
                if opened[-1][1] in ("", name):
                    yield mark, (place, opened[:-1])


def _after(states: set[State], options: Callable[[Settled], Iterator[State]]) -> dict[int, set[State]]:
    """The states after each byte that may come next."""
    following: dict[int, set[State]] = {}
    for pending, settled in states:
        for rest, reached in [(pending, settled)] if pending else options(settled):
            following.setdefault(rest[0], set()).add((rest[1:], reached))
    return following


class CopyingRows:
    """The tokens that may come next in the answers for several texts, each at its place in the list of prompts."""

    def __init__(self, rows: Sequence[Copying], ends: Sequence[int]) -> None:
        self.rows, self.ends = rows, list(ends)
        self.taken = [0] * len(rows)

    def __call__(self, place: int, tokens: Sequence[int]) -> list[int]:
        """The tokens that may follow `tokens` in the answer at a place; an end alone after the end."""
        row = self.rows[place]
        if any(end in tokens for end in self.ends):
            return self.ends
        for token in tokens[self.taken[place] :]:
            row.take(token)
        self.taken[place] = len(tokens)
        return [*row.allowed(), *(self.ends if row.may_end() else [])]
