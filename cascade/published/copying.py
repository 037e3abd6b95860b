"""Which tokens may come next where an answer copies its text and adds marks: answers are legal by construction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from cascade.published.inline import InlineFormat
from cascade.published.token_bytes import TokenBytes

Begun = tuple[int, str]  # where an entity begins, and its type, which may be empty until the entity closes
# characters copied so far, the entities that are open, and those closed here that began where an open one did
Settled = tuple[int, tuple[Begun, ...], frozenset[Begun]]
# bytes that have to be written before a settled state is reached, and that state
State = tuple[bytes, Settled]
_NONE: frozenset[Begun] = frozenset()


class Copying:
    """The legal answers for one text, as states between bytes; a token is legal if its bytes lead to a state.

    At each character the answer copies it, opens an entity before it, or closes one behind the last. An entity begins
    and ends with a character that is no blank, and no entity is told twice. depth: how many entities may be open at
    once; 1 for flat answers. As a token may end anywhere within a mark or a character, several states are possible at
    once until a later byte decides.
    """

    def __init__(self, form: InlineFormat, text: str, types: Sequence[str], tokens: TokenBytes, *, depth: int) -> None:
        self.text, self.tokens, self.depth = text, tokens, depth
        self.end = len(text.rstrip())  # behind it stand blanks alone, in which no entity can end
        self.copies = [form.escaped(character).encode() for character in text]
        names = [form.escaped(name) for name in types]
        self.opens = {form.opens(name).encode(): name if form.opens(name) != form.opens("") else "" for name in names}
        self.closes = {name: form.closes(name).encode() for name in names}
        self.states: set[State] = {(b"", (0, (), _NONE))}

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

    def place(self) -> int | None:
        """The character that is copied next if no mark is written; None within a mark or a character."""
        return max((settled[0] for pending, settled in self.states if not pending), default=None)

    def may_end(self) -> bool:
        """Whether the text is copied and no entity is open."""
        return (b"", (len(self.text), (), _NONE)) in self.states

    def most_tokens(self) -> int:
        """More tokens than any legal answer has: a byte each, all marks at all characters."""
        opening = max(map(len, self.opens), default=0)
        marks = (opening + max(map(len, self.closes.values()), default=0)) * self.depth
        return sum(map(len, self.copies)) + marks * (len(self.text) + 1) + 1

    def _options(self, settled: Settled) -> Iterator[State]:
        """What may be written after a settled state, and the state that it leads to."""
        place, opened, closed = settled
        if place < len(self.text) and not (opened and place >= self.end):
            if self._can_close(place + 1, opened):
                yield self.copies[place], (place + 1, opened, _NONE)
            if len(opened) < self.depth and not self.text[place].isspace():
                for mark, name in self.opens.items():
                    begun = (*opened, (place, name))
                    if not (name and (place, name) in opened) and self._can_close(place, begun):
                        yield mark, (place, begun, _NONE)
        if opened and opened[-1][0] < place and not self.text[place - 1].isspace():
            (start, named), left = opened[-1], opened[:-1]
            begun_with_open = {other for other, _ in left}
            for name, mark in self.closes.items():
                if named in ("", name) and (start, name) not in closed:
                    here = {*closed, (start, name)}
                    yield mark, (place, left, frozenset(each for each in here if each[0] in begun_with_open))

    def _can_close(self, place: int, opened: tuple[Begun, ...]) -> bool:
        """Whether each open entity can still get a type that no other one of the same offsets has.

        Where opening marks name no type, a place can close as many entities that begin together as there are types. To
        close as many as possible at each place leaves the others the most room. Once there are no more open entities
        than types, all could close at the last place.
        """
        waiting, types = [start for start, name in opened if not name], len(self.closes)
        while len(waiting) > types and place <= self.end:
            if not self.text[place - 1].isspace():
                free = Counter({start: types for start in waiting if start < place})
                while waiting and free[waiting[-1]]:
                    free[waiting.pop()] -= 1
            place += 1
        return not waiting or place <= self.end


def _after(states: set[State], options: Callable[[Settled], Iterator[State]]) -> dict[int, set[State]]:
    """The states after each byte that may come next."""
    following: dict[int, set[State]] = {}
    for pending, settled in states:
        for rest, reached in [(pending, settled)] if pending else options(settled):
            following.setdefault(rest[0], set()).add((rest[1:], reached))
    return following


class CopyingRows:
    """The tokens that may come next in the answers for several texts, each at its place in the list of prompts.

    usual: picks, for each text, some of the tokens that are legal; without it, all may come.
    """

    def __init__(
        self, rows: Sequence[Copying], ends: Sequence[int], usual: Sequence[Callable[[list[int]], list[int]]] = ()
    ) -> None:
        self.rows, self.ends, self.usual = rows, list(ends), usual
        self.taken = [0] * len(rows)

    def __call__(self, place: int, tokens: Sequence[int]) -> list[int]:
        """The tokens that may follow `tokens` in the answer at a place; an end alone after the end."""
        row = self.rows[place]
        if any(end in tokens for end in self.ends):
            return self.ends
        for token in tokens[self.taken[place] :]:
            row.take(token)
        self.taken[place] = len(tokens)
        allowed = self.usual[place](row.allowed()) if self.usual else row.allowed()
        return [*allowed, *(self.ends if row.may_end() else [])]
