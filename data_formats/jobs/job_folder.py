"""The folder of a job: its shards, what was asked for and what is done; a job that was cut off goes on from there."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from cascade.errors import FormatError, not_written
from data_formats.jobs.durable_files import UNFINISHED, sync_folder, write_durably
from data_formats.jobs.manifest import FORM, Manifest, differences, object_of
from data_formats.jobs.shards import Shard

ASKED, MANIFEST, LOCK, RESULT = "job.json", "manifest.json", "lock", "result"
_OURS = re.compile(rf"({ASKED}|{MANIFEST}|{LOCK}|\d{{9}}(\.failed)?\.jsonl)({re.escape(UNFINISHED)})?")


@dataclass(slots=True)
class JobFolder:
    """A job's folder, locked by this process: `manifest` says what is done.

    asked, loaded: what has to be the same where the job goes on, as the command line says it, and as it is known once
    the models are loaded.
    """

    path: str
    asked: Mapping[str, Any]
    manifest: Manifest
    loaded: Mapping[str, Any] | None = None

    def begin(self, loaded: Mapping[str, Any]) -> None:
        """Notes what a new job was asked for; raises FormatError where one that goes on had other models."""
        if self.loaded is None:
            content = {"form": FORM, "asked": self.asked, "loaded": loaded}
            with self.writing():
                write_durably(os.path.join(self.path, ASKED), json.dumps(content).encode())
            self.loaded = loaded
        else:
            _check_same(self.path, self.loaded, loaded)

    @contextmanager
    def shard(self) -> Iterator[Shard]:
        """A new shard, which is part of the job when the block succeeds: first its files, then the manifest."""
        with self.writing():
            with Shard.opened(self.path, self.manifest.shards) as shard:
                yield shard
            manifest = shard.added_to(self.manifest)
            write_durably(os.path.join(self.path, MANIFEST), manifest.to_bytes())
            self.manifest = manifest

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Turns what the system says of a full disk and the like into a FormatError."""
        try:
            yield
        except OSError as error:
            raise FormatError(f"{self.path}: {not_written(error)}") from error

    def remove(self) -> None:
        """Removes the folder when the output is in place; what says that there is a job goes first."""
        with self.writing():
            _emptied(self.path)
            _remove_folder(self.path)


@contextmanager
def opened_job(target: str, asked: Mapping[str, Any], *, restart: bool = False) -> Iterator[JobFolder]:
    """The job beside `target`, in TARGET.job: a new one, or the one that is there if the same is asked for.

    restart: throws what is done away. Raises FormatError where something else is asked for, where another process works
    at the job, and where the folder is not a job's.
    """
    path = f"{target}.job"
    with ExitStack() as locked:
        try:
            if not os.path.isdir(path):
                os.mkdir(path)
                sync_folder(os.path.dirname(path))
            strangers = [name for name in os.listdir(path) if not _OURS.fullmatch(name) and name != RESULT]
            if strangers:
                raise FormatError(f"{path}: holds {strangers[0]!r}, which is no file of a job; move it away")
            locked.enter_context(_locked(path))
            job = _job(path, asked, restart=restart)
        except OSError as error:
            raise FormatError(f"{path}: {not_written(error)}") from error
        try:
            yield job
        finally:
            if job.loaded is None:  # it never began
                _remove_folder(path)


def _job(path: str, asked: Mapping[str, Any], *, restart: bool) -> JobFolder:
    """The job in a folder; the files of a shard that the manifest does not name yet are removed."""
    whole = {name: os.path.join(path, name) for name in (ASKED, MANIFEST)}
    if restart or not all(map(os.path.exists, whole.values())):  # nothing is done that could be kept
        _emptied(path)
        return JobFolder(path, asked, Manifest())
    with open(whole[ASKED], "rb") as file:
        before = object_of(file.read(), whole[ASKED])
    if before["form"] != FORM:
        raise FormatError(f"{path}: is of another version; start anew with --restart, or use that version")
    if not isinstance(before.get("asked"), dict) or not isinstance(before.get("loaded"), dict | None):
        raise FormatError(f"{whole[ASKED]}: is damaged; start anew with --restart")
    _check_same(path, before["asked"], asked)
    manifest = Manifest()
    if os.path.exists(whole[MANIFEST]):
        with open(whole[MANIFEST], "rb") as file:
            manifest = Manifest.of_bytes(file.read(), whole[MANIFEST])
    there = set(os.listdir(path))
    wanted = {name for number in range(manifest.shards) for name in Shard.names(number)[:1]}
    if missing := sorted(wanted - there):
        raise FormatError(f"{path}: {missing[0]} is missing, which the manifest names; start anew with --restart")
    done = range(manifest.shards)
    _emptied(path, kept={ASKED, MANIFEST, *(name for number in done for name in Shard.names(number))})
    return JobFolder(path, asked, manifest, before["loaded"])


def _emptied(path: str, kept: Collection[str] = ()) -> None:
    """Removes a job's files but the lock and those to be kept; the one that says that there is a job goes first."""
    names = sorted(set(os.listdir(path)) - {LOCK, *kept}, key=lambda name: (name != ASKED, name))
    for name in names:
        place = os.path.join(path, name)
        if name == RESULT:
            shutil.rmtree(place)
        else:
            os.unlink(place)
        if name == ASKED:
            sync_folder(path)


def _remove_folder(path: str) -> None:
    """Removes a job's folder that holds nothing but the lock."""
    with suppress(OSError):  # someone put a file there
        if set(os.listdir(path)) <= {LOCK}:
            os.unlink(os.path.join(path, LOCK))
            os.rmdir(path)


def _check_same(path: str, before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    if found := differences(before, now):
        raise FormatError(
            f"{path}: holds a job that was asked for something else: {found}. Ask for the same to go on with it, or "
            "start anew with --restart"
        )


@contextmanager
def _locked(path: str) -> Iterator[None]:
    """Keeps other processes out of a folder; the system lets go when the process ends, however it ends."""
    try:
        import fcntl
    except ImportError:  # Windows
        yield
        return
    with open(os.path.join(path, LOCK), "wb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise FormatError(f"{path}: another process works at this job; wait for it, or end it") from error
        except OSError as error:
            if error.errno not in (errno.ENOLCK, errno.ENOTSUP):  # a file system without locks
                raise
        yield
