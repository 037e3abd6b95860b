"""The command `doctor`: checks the installation, the machine, the cache and the scores, and says what to do."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator, Sequence

from cascade.commands.command_parser import command_parser
from cascade.commands.exit_status import FAILED, exit_status
from cascade.commands.lean_imports import unused_left_out
from cascade.commands.option_types import named_path
from cascade.commands.thread_settings import share_cores, usable_cores
from cascade.pipeline.checks.outcome import FAIL, OK, WARN, Outcome

_COLOURS = {OK: 32, WARN: 33, FAIL: 31}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status: 2 if a check fails."""
    share_cores()
    asked = parser().parse_args(arguments)
    outcomes: list[Outcome] = []
    status = exit_status(lambda: _doctor(asked, outcomes))
    return status or (FAILED if any(each.status == FAIL for each in outcomes) else 0)


def parser() -> argparse.ArgumentParser:
    """The parser of the command."""
    made = command_parser(
        "cascade-ner doctor",
        description="Checks what is installed, the machine, the cache folder, the adapters and a few scores. Each line "
        "is ok, warn or fail; below it stands what to do. The exit status is 2 if a check fails, else 0.",
    )
    made.add_argument("--json", action="store_true", help="one JSON object with all checks, in place of lines")
    made.add_argument(
        "--without-scores", action="store_true", help="leave out the scores, for which the model is loaded"
    )
    made.add_argument(
        "--adapters", metavar="FOLDER", type=named_path, help="folder of adapters (default: the shipped ones)"
    )
    made.add_argument("--device", metavar="NAME", help="cpu, cuda, ... (default: a GPU where there is one)")
    return made


def outcomes_of(asked: argparse.Namespace) -> Iterator[Outcome]:
    """The outcome of each check, as it is done."""
    from cascade.pipeline.checks.installation import check_extras, check_packages, check_python, stated_requirements

    yield from check_python()
    stated = stated_requirements()
    packages = list(check_packages(stated))
    yield from packages
    yield from check_extras(stated)
    if any(each.status == FAIL for each in packages):
        return  # what follows needs them
    from cascade.pipeline.checks import cache, machine, models

    yield from machine.check_device(asked.device)
    yield from machine.check_kernels()
    yield check_threads()
    yield from cache.check_folder()
    yield from cache.check_models()
    yield from cache.check_parts_of_models()
    yield from models.check_adapters(asked.adapters)
    if not asked.without_scores:
        with unused_left_out():
            yield from models.check_scores(asked.device, asked.adapters)


def check_threads() -> Outcome:
    """How many threads compute, beside the cores that this process may use."""
    import torch

    threads, cores = torch.get_num_threads(), usable_cores()
    found = f"{threads} on {cores} usable core{'s' if cores > 1 else ''} of {os.cpu_count()}"
    if threads > cores:
        return Outcome("threads", WARN, f"{found}: they wait for each other", f"set OMP_NUM_THREADS={cores}")
    return Outcome("threads", OK, found)


def _doctor(asked: argparse.Namespace, outcomes: list[Outcome]) -> None:
    from cascade.document.terminal import takes_colour

    for outcome in outcomes_of(asked):
        outcomes.append(outcome)
        if not asked.json:
            print(_line(outcome, colour=takes_colour(sys.stdout)), flush=True)
    counts = {status: sum(each.status == status for each in outcomes) for status in (OK, WARN, FAIL)}
    if asked.json:
        print(json.dumps({"checks": [each.to_dict() for each in outcomes], "counts": counts}, ensure_ascii=False))
    else:
        print(f"{counts[OK]} ok, {counts[WARN]} warn, {counts[FAIL]} fail")


def _line(outcome: Outcome, *, colour: bool) -> str:
    """A check's line, and what to do on a second one."""
    status = f"\x1b[{_COLOURS[outcome.status]}m{outcome.status:<4}\x1b[0m" if colour else f"{outcome.status:<4}"
    line = f"{status}  {outcome.check}: {outcome.found}"
    return f"{line}\n      -> {outcome.remedy}" if outcome.remedy else line


if __name__ == "__main__":
    sys.exit(main())
