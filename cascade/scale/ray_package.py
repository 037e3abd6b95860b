"""Ray, which need not be installed: imported by what needs it, or missed with a clear error; and a place to run."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from cascade.errors import IntegrationError, first_line

PURPOSE = "--ray"
HERE = ""  # the address that stands for this machine alone
# read when Ray is imported; what its parts in C++ say would stand among the command's own lines
_QUIET = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_BACKEND_LOG_LEVEL": "fatal"}


def ray_module(name: str, purpose: str) -> Any:
    """A module of Ray; raises IntegrationError where it cannot be imported. purpose: what needs it."""
    try:
        return import_module(name)
    except ImportError as error:
        raise IntegrationError(
            f"{purpose} needs the module {name}, which cannot be imported ({error}); install it with "
            "pip install 'cascade-ner[scale]'"
        ) from error


@contextmanager
def connected(address: str, purpose: str, *, cores: float = 1) -> Iterator[Any]:
    """Ray, connected to the cluster at `address`, or, for HERE, started on this machine; left again at the end.

    cores: that this machine is said to have at least where Ray is started here, so that what is asked for can start.
    Where the program is connected already, that is used, and stays. Raises IntegrationError where there is no cluster.
    """
    os.environ |= {name: os.environ.get(name, value) for name, value in _QUIET.items()}
    ray = ray_module("ray", purpose)
    if ray.is_initialized():
        yield ray
        return
    logging.getLogger("ray").setLevel(logging.ERROR)
    found = {"num_cpus": max(cores, os.cpu_count() or 1), "include_dashboard": False} if address == HERE else {}
    try:
        ray.init(
            "local" if address == HERE else address,
            log_to_driver=False,
            logging_level=logging.ERROR,
            **found,
        )
    except (ConnectionError, ValueError, RuntimeError, OSError) as error:
        told = first_line(error).removesuffix(".")
        raise IntegrationError(
            f"no cluster of Ray answers at {address or 'this machine'!r}: {told}. Start one with ray start --head and "
            "name its address, with RAY_AUTH_MODE=token if it wants a token, or leave the address out to use this "
            "machine alone"
        ) from error
    try:
        yield ray
    finally:
        ray.shutdown()
