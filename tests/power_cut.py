"""A disk that forgets what was not brought to it: what is left after a power cut, at its worst."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

STEPS = ("fsync", "replace", "unlink", "mkdir", "rmdir")


class PowerCut(BaseException):
    """The power is gone."""


class Disk:
    """What a folder's disk is sure to hold: of files what they had at their last fsync, of folders their names then.

    The steps are those of the system that change names or bring something to the disk; after `steps` of them the power
    is cut, and no further one has an effect.
    """

    def __init__(self, root: Path, steps: int, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root, self.left, self.dead = root, steps, False
        self._names: dict[int, dict[str, int]] = {}
        self._contents: dict[int, bytes] = {}
        self._folders: set[int] = set()
        self._open: list[int] = []  # so that no number is given to another file
        self._fsync = os.fsync
        for folder, _, files in os.walk(root):
            self._note_folder(folder)
            for name in files:
                path = Path(folder, name)
                self._contents[self._number(str(path))] = path.read_bytes()
        for name in STEPS:
            monkeypatch.setattr(os, name, self._counted(name, getattr(os, name)))

    def _number(self, path: str) -> int:
        descriptor = os.open(path, os.O_RDONLY)
        self._open.append(descriptor)
        return os.fstat(descriptor).st_ino

    def _note_folder(self, path: str) -> None:
        own = self._number(path)
        self._folders.add(own)
        self._names[own] = {name: self._number(os.path.join(path, name)) for name in os.listdir(path)}

    def _counted(self, name: str, step: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*given: Any, **named: Any) -> Any:
            if self.dead:
                raise PowerCut
            result = step(*given, **named)
            if name == "fsync":
                path = os.readlink(f"/proc/self/fd/{given[0]}")
                if os.path.isdir(path):
                    self._note_folder(path)
                else:
                    self._contents[self._number(path)] = Path(path).read_bytes()
            self.left -= 1
            if self.left == 0:
                self.dead = True
                raise PowerCut
            return result

        return counted

    def restart(self, monkeypatch: pytest.MonkeyPatch, *, forgets: bool) -> None:
        """Makes the folder what the disk holds; forgets: what it need not hold is gone, rather than all there."""
        monkeypatch.undo()
        if forgets:
            number = self._number(str(self.root))
            for entry in list(self.root.iterdir()):
                if entry.is_dir():
                    shutil.rmtree(entry)
                else:
                    entry.unlink()
            self._write(self.root, number)
        for descriptor in self._open:
            os.close(descriptor)
        self._open = []

    def _write(self, folder: Path, number: int) -> None:
        for name, own in self._names.get(number, {}).items():
            if own in self._folders or self._is_folder(own):
                (folder / name).mkdir()
                self._write(folder / name, own)
            else:
                (folder / name).write_bytes(self._contents.get(own, b""))

    def _is_folder(self, number: int) -> bool:
        return any(os.fstat(each).st_ino == number and os.path.isdir(f"/proc/self/fd/{each}") for each in self._open)
