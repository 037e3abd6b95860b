"""What the server takes at most, and how long it waits."""

from __future__ import annotations

from dataclasses import dataclass

from cascade.errors import CascadeError


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of a server.

    queue: texts that wait to be read, of all requests together.  characters: of all texts of a request.
    batch_texts, batch_characters: of texts that are read together; a longer text is read by itself, in a thread of its
    own.  wait_s: how long a text waits for others when nothing is being read.  body_s: the time in which a request must
    have arrived, its headers and its body each, and in which a client must take its answer.  shutdown_s: the time in
    which accepted requests are finished when the server is stopped.  connections: of all clients; each may hold a body
    in memory.

    Raises CascadeError for values out of range.
    """

    queue: int = 256
    characters: int = 200_000
    batch_texts: int = 32
    batch_characters: int = 16_000
    wait_s: float = 0.005
    body_s: float = 20.0
    shutdown_s: float = 30.0
    connections: int = 512

    def __post_init__(self) -> None:
        for name in ("queue", "characters", "batch_texts", "batch_characters", "connections"):
            if getattr(self, name) < 1:
                raise CascadeError(f"{name} is {getattr(self, name)!r}; expected a whole number, 1 or more")
        for name in ("wait_s", "body_s", "shutdown_s"):
            if getattr(self, name) < 0:
                raise CascadeError(f"{name} is {getattr(self, name)!r}; expected a time in seconds, 0 or more")

    @property
    def body_bytes(self) -> int:
        """The bytes of a request's body: JSON may spell a character in six, and types stand beside the texts."""
        return 6 * self.characters + 262_144
