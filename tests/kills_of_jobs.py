"""Kills a job of `infer.py` at random moments: `python tests/kills_of_jobs.py --kills 100`.

A job of 2,000 documents is killed (kill -9), started again by the same command, killed again, and so on, until it is
done; then the next job begins, until there were enough kills. Each output is compared with that of a job that nobody
disturbed. `--base` says what reads: a stand-in without a model, which takes a millisecond a document, a tiny model with
random weights, or the real one. It is loaded once, and each command runs in a process that is forked from there.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from forked_commands import Forked, facade, tiny_base, write_texts

from cascade import CascadeError, Document
from cascade.commands.exit_status import exit_status

if TYPE_CHECKING:
    from cascade import Cascade


@dataclass(slots=True)
class Tally:
    """What happened: kills, jobs, documents that outputs lack or hold twice, outputs whose bytes differ, and the most
    documents that a command read again.
    """

    kills: int = 0
    jobs: int = 0
    lost: int = 0
    doubled: int = 0
    different: int = 0
    most_again: int = 0


def arguments() -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = argparse.ArgumentParser(prog="kills_of_jobs.py", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--documents", type=int, default=2000)
    parser.add_argument("--shard-size", type=int, default=16)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--base", choices=("none", "random", "real"), default="none")
    parser.add_argument("--not-exact", action="store_true", help="without --exact")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to a file too")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    return exit_status(lambda: _tried(arguments().parse_args(argv)))


def _tried(options: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tally = kills(folder, options)
    line = (
        f"{tally.kills} kills in {tally.jobs} jobs of {options.documents:,} documents: {tally.lost} lost, "
        f"{tally.doubled} doubled, {tally.different} outputs with other bytes; at most {tally.most_again} documents "
        f"read again after a kill (shards of {options.shard_size})"
    )
    print(line)
    if options.json is not None:
        values = {name: getattr(tally, name) for name in Tally.__slots__}
        named = {"base": options.base, "exact": not options.not_exact, "shard_size": options.shard_size}
        options.json.write_text(json.dumps(values | named, indent=1) + "\n", encoding="utf-8")
    if tally.lost or tally.doubled or tally.different or tally.most_again > options.shard_size:
        raise CascadeError("a job did not keep its promise; the figures are above")


def kills(folder: Path, options: argparse.Namespace) -> Tally:
    """Kills jobs in a folder until there were as many kills as asked for."""
    source = random.Random(options.seed)
    texts = write_texts(folder / "texts.jsonl", options.documents, options.seed)
    exact = not options.not_exact
    ner, adapters = _loaded(options.base, folder, exact=exact)
    command = [str(texts), "--job", "--shard-size", str(options.shard_size), "--min-score", "0", "--adapters", adapters]
    command += ["--exact"] if exact else []
    started = time.monotonic()
    undisturbed = folder / "undisturbed.jsonl"
    ended = Forked.started(ner, [*command, "-o", str(undisturbed)], folder / "said").ended(3600)
    if ended.status:
        raise CascadeError(f"the undisturbed job failed: {ended.said}")
    seconds = time.monotonic() - started
    tally = Tally()
    while tally.kills < options.kills:
        out = folder / f"killed-{tally.jobs}.jsonl"
        _one_job(ner, [*command, "-o", str(out)], folder, tally, source, options, seconds)
        _compare(undisturbed, out, tally)
        tally.jobs += 1
    return tally


def _loaded(base: str, folder: Path, *, exact: bool) -> tuple[Cascade | None, str]:
    """What reads, None being the stand-in, and the folder of the adapters."""
    from cascade.adapters.card import shipped_adapters

    if base == "none":
        return None, str(shipped_adapters() / "multilingual")
    from cascade.pipeline.facade import Cascade

    if base == "real":
        return Cascade.load(device="cpu", exact=exact, min_score=0.0), str(shipped_adapters())
    adapters = tiny_base(folder / "base") / "adapters"
    return Cascade.load(str(folder / "base"), adapters=adapters, device="cpu", exact=exact), str(adapters)


def _one_job(
    ner: Cascade | None,
    command: Sequence[str],
    folder: Path,
    tally: Tally,
    source: random.Random,
    options: argparse.Namespace,
    seconds: float,
) -> None:
    """Starts and kills a job until it is done, or there were enough kills."""
    read = folder / "read"
    read.write_text("")
    while True:
        job = Forked.started(ner, command, folder / "said", lambda: _note_reading(read))
        if tally.kills == options.kills:
            if (ended := job.ended(3600)).status:
                raise CascadeError(f"the last command of a job failed: {ended.said}")
            break
        if not job.killed_after(source.random() * seconds / 5):
            break
        tally.kills += 1
    tally.most_again = max(tally.most_again, _read_again(read.read_text(encoding="utf-8")))


def _note_reading(file: Path) -> None:
    """Has this process note in a file which documents the models read, a mark at its beginning."""
    stream = facade().stream
    noted = file.open("a", encoding="utf-8")
    noted.write("START\n")
    noted.flush()

    def noting(self: object, documents: list[Document], *rest: object, **options: object) -> object:
        noted.write("".join(f"{document.id}\n" for document in documents))
        noted.flush()
        return stream(self, documents, *rest, **options)

    facade().stream = noting


def _read_again(noted: str) -> int:
    """The most documents that one command read which an earlier one had read."""
    before: set[str] = set()
    most = 0
    for part in noted.split("START\n"):
        read = set(part.split())
        most = max(most, len(read & before))
        before |= read
    return most


def _compare(undisturbed: Path, out: Path, tally: Tally) -> None:
    expected, found = undisturbed.read_bytes(), out.read_bytes()
    ids = [json.loads(line)["id"] for line in expected.splitlines()]
    got = [json.loads(line)["id"] for line in found.splitlines()]
    tally.lost += len(set(ids) - set(got))
    tally.doubled += len(got) - len(set(got))
    tally.different += expected != found


if __name__ == "__main__":
    sys.exit(main())
