"""What a job does where things go wrong, on purpose: `python tests/faults_of_jobs.py`.

Each fault strikes a job of `infer.py` amid its work; then what went wrong is put right, and the same command is given
again. Printed is a row for each: what has to happen, and what did. Where a model matters, the shipped adapters are used
on the real base model (`--without-model` leaves these out); elsewhere a stand-in reads.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from fault_cases import FAULTS, Fault, Place
from forked_commands import Ended, Forked

from cascade import CascadeError
from cascade.commands.exit_status import exit_status

_TELLING = ("error:", "interrupted", "out of memory", "memory suffices")  # of what a command says


def arguments() -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = argparse.ArgumentParser(prog="faults_of_jobs.py", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", metavar="a,b", help="names of faults, separated by commas")
    parser.add_argument("--without-model", action="store_true", help="leave out those that need the real base model")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    return exit_status(lambda: _all(arguments().parse_args(argv)))


def _all(options: argparse.Namespace) -> None:
    named = None if options.only is None else set(options.only.split(","))
    chosen = [each for each in FAULTS if named is None or each.name in named]
    if options.without_model:
        chosen = [each for each in chosen if not each.needs_model]
    broken = [each.name for each in chosen if not row(each, print)]
    if broken:
        raise CascadeError(f"not as promised: {', '.join(broken)}")


def row(fault: Fault, say: Callable[[str], None]) -> bool:
    """Tries a fault and says what came of it; returns whether that is what was promised."""
    with tempfile.TemporaryDirectory() as name:
        place = Place.made(Path(name), needs_model=fault.needs_model, small_disk=fault.small_disk)
        try:
            expected = _output(place, "undisturbed.jsonl")
            first = _ended(place, "out.jsonl", lambda: fault.strike(place))
            fault.mend(place)
            second = _ended(place, "out.jsonl", lambda: None)
            out = place.disk / "out.jsonl"
            found = out.read_bytes() if out.is_file() else b""
        finally:
            fault.mend(place)
            place.left()
    lines = first.said.strip().replace(f"{name}/", "").splitlines()
    told = "; ".join(line for line in lines if line.startswith(_TELLING)) or "(nothing)"
    same = found == expected if fault.same_bytes else _ids(found) == _ids(expected)
    what = "bytes" if fault.same_bytes else "documents"
    traced = "Traceback" in first.said + second.said
    good = first.status in fault.statuses and not traced and second.status == 0 and same
    say(f"{fault.name}: {'as promised' if good else 'NOT as promised'}")
    say(
        f"  must: exit status {' or '.join(map(str, fault.statuses))}, no traceback; then the same command ends the job"
    )
    say(f"  did: exit status {first.status}: {told}")
    say(f"  then: exit status {second.status}, output {f'the same {what}' if same else f'NOT the same {what}'}")
    return good


def _output(place: Place, name: str) -> bytes:
    """The output of a job that nothing disturbs."""
    ended = _ended(place, name, lambda: None)
    if ended.status:
        raise CascadeError(f"the undisturbed job failed: {ended.said}")
    return (place.disk / name).read_bytes()


def _ended(place: Place, out: str, prepare: Callable[[], object]) -> Ended:
    return Forked.started(place.ner, place.command(out), place.folder / "said", prepare).ended(300)


def _ids(lines: bytes) -> list[str]:
    return [json.loads(line)["id"] for line in lines.splitlines()]


if __name__ == "__main__":
    sys.exit(main())
