"""Options of jobs that go on after being cut off, and when a command becomes such a job."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence

from cascade.commands.option_types import natural, positive
from cascade.commands.output_options import chosen_format
from cascade.errors import CascadeError
from data_formats.output_files import is_new_or_regular
from data_formats.registry import Input
from data_formats.text_files import STANDARD_STREAM

LARGE = 8 << 20  # bytes of inputs: 30 to 90 minutes of sentences on two cores (docs/results/speed.md)
SHARD = 1024  # documents: about a minute on two cores


def add_job_options(parser: argparse.ArgumentParser) -> None:
    """Adds --job, --restart, --max-failures and --shard-size to a command."""
    given = parser.add_argument_group("jobs that go on after they were cut off (need -o OUT)")
    given.add_argument(
        "--job",
        action=argparse.BooleanOptionalAction,
        help="keep results in OUT.job, so that the same command, after anything, goes on where it was (default: for "
        f"inputs of {LARGE >> 20} MB and more, but for pages and --show)",
    )
    given.add_argument("--restart", action="store_true", help="throw away what is in OUT.job and start anew")
    given.add_argument(
        "--max-failures",
        metavar="N",
        type=natural,
        help="put up to N documents that cannot be processed into OUT.failed.jsonl and go on (default: 0, stop at the "
        "first)",
    )
    given.add_argument(
        "--shard-size",
        metavar="N",
        type=positive,
        help=f"documents that are kept at a time, the most that is read twice (default: {SHARD})",
    )


def add_ray_options(parser: argparse.ArgumentParser) -> None:
    """Adds --ray, --concurrency and --actor-cores to a command."""
    given = parser.add_argument_group("many machines (the extra scale)")
    given.add_argument(
        "--ray",
        nargs="?",
        const="",
        metavar="ADDRESS",
        help="work on the cluster of Ray at ADDRESS, auto for the one of this machine; without an address on this "
        "machine alone",
    )
    given.add_argument(
        "--concurrency", metavar="N", type=positive, help="processes that read, each with a model (default: 1)"
    )
    given.add_argument(
        "--actor-cores", metavar="N", type=positive, help="cores of each of these processes (default: 1)"
    )


def check_ray_is_asked(asked: argparse.Namespace) -> None:
    """Raises CascadeError for options of --ray without it."""
    for name in ("concurrency", "actor_cores"):
        if asked.ray is None and getattr(asked, name) is not None:
            raise CascadeError(f"--{name.replace('_', '-')} is given without --ray; expected both")


def check_ray_options(asked: argparse.Namespace) -> None:
    """Raises CascadeError for options of a job that need --ray and those that do not go with it."""
    check_ray_is_asked(asked)
    if asked.ray is None:
        return
    if asked.ray and os.path.exists(asked.ray):
        raise CascadeError(
            f"--ray {asked.ray} names a file; expected the address of a cluster, or none: give the input first"
        )
    for name in ("show", "paragraphs", "whole_files", "demonstrations", "protocol"):
        if getattr(asked, name):
            raise CascadeError(f"--{name.replace('_', '-')} does not go with --ray; leave one of them out")
    if asked.job is False:
        raise CascadeError("--no-job does not go with --ray, which is always a job; leave one of them out")
    if asked.output == STANDARD_STREAM or ("://" not in asked.output and not is_new_or_regular(asked.output)):
        raise CascadeError(f"--ray is given with the output {asked.output!r}; expected a file to write: -o OUT")
    if chosen_format(asked.output, asked.output_format).in_folder:
        raise CascadeError(f"--ray is given with --to {asked.output_format}, which is several files; expected one file")


def wants_job(asked: argparse.Namespace, inputs: Sequence[Input]) -> bool:
    """Whether a command is a job; raises CascadeError for one that cannot be."""
    options = {
        "--job": asked.job,
        "--restart": asked.restart,
        "--max-failures": asked.max_failures is not None,
        "--shard-size": asked.shard_size is not None,
    }
    named = [name for name, given in options.items() if given]
    if named and asked.job is False:
        raise CascadeError(f"--no-job and {named[-1]} are both given; expected one of them")
    in_folder = chosen_format(asked.output, asked.output_format).in_folder
    able = asked.output != STANDARD_STREAM and is_new_or_regular(asked.output) and not asked.show and not in_folder
    if named and not able:
        found = "--show, which shows what is read now" if asked.show else f"the output {asked.output!r}"
        found = f"--to {asked.output_format}, which is several files" if in_folder else found
        raise CascadeError(f"{named[0]} is given with {found}; expected a file to write: -o OUT")
    if named:
        return True
    is_page = chosen_format(asked.output, asked.output_format).name == "html"
    return able and asked.job is None and not is_page and _are_large([each.source.path for each in inputs])


def _are_large(paths: Sequence[str]) -> bool:
    """Whether inputs are files that are large together; no stream is, as it cannot be read a second time."""
    return (
        all(map(os.path.exists, paths))
        and all(os.path.isfile(path) or os.path.isdir(path) for path in paths)
        and sum(map(_size, paths)) >= LARGE
    )


def _size(path: str) -> int:
    """The bytes of a file, or of all files of a folder."""
    if not os.path.isdir(path):
        return os.path.getsize(path)
    files = (os.path.join(folder, name) for folder, _, names in os.walk(path) for name in names)
    return sum(os.path.getsize(file) for file in files if os.path.isfile(file))
