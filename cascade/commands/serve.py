"""The command `serve`: a page and an HTTP interface."""

from __future__ import annotations

import argparse
import os
import sys
import threading
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from cascade.commands.command_parser import command_parser
from cascade.commands.exit_status import exit_status
from cascade.commands.job_options import add_ray_options, check_ray_is_asked
from cascade.commands.model_options import add_model_options, loaded_cascade
from cascade.commands.option_types import named_path, positive, positive_number, probability
from cascade.commands.thread_settings import share_cores
from cascade.errors import CascadeError
from cascade.pipeline.golden_scores import self_check

TOKEN_VARIABLE = "CASCADE_NER_TOKEN"
_NEEDED = ("fastapi", "uvicorn", "prometheus_client")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    asked = parser().parse_args(arguments)
    if asked.threads is not None:  # read when torch is imported
        os.environ |= {"OMP_NUM_THREADS": str(asked.threads), "MKL_NUM_THREADS": str(asked.threads)}
    share_cores()
    status = exit_status(lambda: _serve(asked), interrupted="stopped")
    if _model_reads():
        # the interpreter would end the thread inside of compiled code, which aborts the process
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    return status


def _model_reads() -> bool:
    """Whether a thread of the model still reads a text: nobody waits for the answer any more."""
    if "cascade.serving.reading_queue" not in sys.modules:
        return False
    from cascade.serving.reading_queue import THREADS

    return any(thread.name in THREADS for thread in threading.enumerate())


def _serve(asked: argparse.Namespace) -> None:
    check_ray_is_asked(asked)
    if missing := [name for name in _NEEDED if find_spec(name) is None]:
        raise CascadeError(
            f"the package {missing[0].replace('_', '-')} is not installed; run pip install 'cascade-ner[serve]'"
        )
    from cascade.serving.http_server import access_of, page_address, serve, taken_port
    from cascade.serving.limits import Limits

    limits = Limits(
        queue=asked.max_queue,
        characters=asked.max_characters,
        batch_texts=asked.batch_texts,
        wait_s=asked.max_wait_ms / 1000,
        body_s=asked.client_timeout,
        shutdown_s=asked.shutdown_timeout,
    )
    access = access_of(asked.host, _token(asked.token_file), asked.allow_host)
    if asked.ray is not None:
        from cascade.commands.serve_ray import serve_replicas

        serve_replicas(asked, limits, access, _say)
        return
    listening = taken_port(asked.host, asked.port)
    address = page_address(asked.host, listening.getsockname()[1])
    try:
        _say("loading the model ...")
        lowest = {} if asked.min_score is None else {"min_score": asked.min_score}
        ner = loaded_cascade(asked, report=_say, **lowest)
        from cascade.pipeline.ready_stages import make_ready
        from cascade.serving.application import application

        make_ready(ner, None)  # or the first request for names would wait for it
        self_check(ner, report=_say)
        serve(
            application(ner, limits=limits, access=access),
            listening,
            limits,
            started=lambda: _say(f"listening at {address} (Ctrl-C stops the server)"),
        )
    finally:
        listening.close()


def _token(file: Path | None) -> str | None:
    """The token of a file, or of the environment; None where neither is given."""
    if file is None:
        return os.environ.get(TOKEN_VARIABLE, "").strip() or None
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise CascadeError(f"{file}: cannot be read: {why}; expected a file that holds the token alone") from error


def _say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


def _milliseconds(text: str) -> float:
    return _number(text, "a number of milliseconds, 0 or more")


def _seconds(text: str) -> float:
    return _number(text, "a number of seconds, 0 or more")


def _number(text: str, expected: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0.0 <= number <= 86_400_000.0:
        raise argparse.ArgumentTypeError(f"found {text!r}; expected {expected}")
    return number


def _port(text: str) -> int:
    number = int(text) if text.strip().isdecimal() else -1
    if not 0 <= number <= 65_535:
        raise argparse.ArgumentTypeError(f"found {text!r}; expected a port within 0..65535, 0 for any that is free")
    return number


def parser() -> argparse.ArgumentParser:
    """The parser of the command."""
    made = command_parser(
        "cascade-ner serve",
        description="Serves a page and an HTTP interface that find entities: POST /v1/entities, and /analyze for "
        "clients of Presidio.",
    )
    where = made.add_argument_group("where it listens")
    where.add_argument("--host", default="127.0.0.1", help="address (default: 127.0.0.1, this machine alone)")
    where.add_argument("--port", type=_port, default=8000, help="port, 0 for any that is free (default: 8000)")
    where.add_argument(
        "--token-file",
        metavar="FILE",
        type=named_path,
        help=f"file with the token that clients must send; needed for other hosts (default: ${TOKEN_VARIABLE})",
    )
    where.add_argument(
        "--allow-host",
        metavar="NAME",
        action="append",
        default=[],
        help="further name under which clients reach it, such as that of a reverse proxy; may be repeated",
    )
    model = made.add_argument_group("what it reads with")
    add_model_options(model)
    add_ray_options(made)
    model.add_argument(
        "--min-score", metavar="P", type=probability, help="lowest score unless a request says otherwise"
    )
    model.add_argument("--threads", metavar="N", type=positive, help="threads that compute (default: all cores)")
    most = made.add_argument_group("how much it takes")
    most.add_argument("--max-queue", metavar="N", type=positive, default=256, help="texts that may wait (default: 256)")
    most.add_argument(
        "--max-characters", metavar="N", type=positive, default=200_000, help="of a request's texts (default: 200000)"
    )
    most.add_argument("--batch-texts", metavar="N", type=positive, default=32, help="read together (default: 32)")
    most.add_argument(
        "--max-wait-ms", metavar="N", type=_milliseconds, default=5.0, help="wait for texts to join (default: 5)"
    )
    most.add_argument(
        "--client-timeout",
        metavar="S",
        type=positive_number,
        default=20.0,
        help="time for a request to arrive (default: 20)",
    )
    most.add_argument(
        "--shutdown-timeout", metavar="S", type=_seconds, default=30.0, help="time to finish when stopped (default: 30)"
    )
    return made
