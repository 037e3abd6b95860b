"""Document ids: each may occur once in a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from hashlib import blake2b
from typing import Any

from cascade.document import Document
from cascade.errors import FormatError

# Ids that are held in memory; further ones go to a temporary file, 50 bytes each. Both take 8 MB, however many there
# are, and a million of them 9 s. With 100,000 and a cache of 16 MB they took 50 MB, and 8 s.
IN_MEMORY = 20_000
_CACHE = 2048  # kB of the file
_HASH = 16  # bytes: two of 10^10 ids are alike with a probability of 10^-19


class KnownIds:
    """Ids with a note on each: in memory while there are few, then in a temporary file, so that memory stays as it is.

    The file is SQLite's, in the folder for temporary files, and vanishes with the process; it holds a hash in the place
    of each id. Where Python was built without SQLite, all ids are held in memory.
    """

    def __init__(self, in_memory: int = IN_MEMORY) -> None:
        self._notes: dict[str, str] = {}
        self._in_memory = in_memory
        self._file: Any = None

    def noted(self, identifier: str) -> str | None:
        """The note on an id; None for one that is not known."""
        if identifier in self._notes or self._file is None:
            return self._notes.get(identifier)
        row = self._file.execute("SELECT note FROM ids WHERE id = ?", (_hashed(identifier),)).fetchone()
        return None if row is None else str(row[0])

    def add(self, identifier: str, note: str) -> str | None:
        """Adds an id with its note; returns the note of one that is known already, which stays as it is."""
        earlier = self.noted(identifier)
        if earlier is None:
            self._notes[identifier] = note
            if len(self._notes) >= self._in_memory:
                self._move()
        return earlier

    def _move(self) -> None:
        """Moves the ids in memory to the file."""
        with suppress(ImportError):
            import sqlite3  # only where there are many ids

            if self._file is None:
                self._file = sqlite3.connect("", isolation_level=None)  # a file without a name, which SQLite removes
                self._file.execute(f"PRAGMA cache_size = -{_CACHE}")
                self._file.execute("CREATE TABLE ids (id BLOB PRIMARY KEY, note TEXT) WITHOUT ROWID")
            try:
                self._file.execute("BEGIN")
                rows = sorted((_hashed(identifier), note) for identifier, note in self._notes.items())
                self._file.executemany("INSERT INTO ids VALUES (?, ?)", rows)
                self._file.execute("COMMIT")
            except sqlite3.Error as error:
                raise FormatError(
                    f"the ids of {len(self._notes):,} documents cannot be written to the folder for temporary files: "
                    f"{error}; make room there, or name another with the variable TMPDIR"
                ) from error
            self._notes = {}


class SeenIds:
    """The ids seen so far, with their places; memory is bounded (`KnownIds`)."""

    def __init__(self) -> None:
        self._places = KnownIds()

    def add(self, identifier: str, where: str) -> None:
        """Records an id; raises FormatError if it was seen before."""
        earlier = self._places.add(identifier, where)
        if earlier is not None:
            raise FormatError(
                f"{where}: the document id {identifier!r} was used before, at {earlier}; expected each id once"
            )


def with_unique_ids(documents: Iterable[Document]) -> Iterator[Document]:
    """The same documents; raises FormatError at the first repeated id."""
    seen = SeenIds()
    for number, document in enumerate(documents, start=1):
        seen.add(document.id, f"document {number}")
        yield document


def line_id(number: int) -> str:
    """The id of a document whose file gives it none: the line where it starts."""
    return f"line-{number}"


def _hashed(identifier: str) -> bytes:
    return blake2b(identifier.encode("utf-8", "surrogatepass"), digest_size=_HASH).digest()
