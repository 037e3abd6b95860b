"""The command `train`: labelled documents in, a pair of adapters out; the same as `python -m train.run`."""

from __future__ import annotations

import argparse
import importlib.util
import sys
from collections.abc import Callable, Sequence
from importlib import import_module

from cascade.commands.exit_status import exit_status
from cascade.errors import CascadeError

NEEDED = {"swift": "ms-swift", "datasets": "datasets", "peft": "peft", "yaml": "PyYAML", "matplotlib": "matplotlib"}
"""The packages that training needs beside those of inference, by the names that they are imported by."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the training; returns its exit status, 2 where packages for it are missing."""
    if status := exit_status(check_packages):
        return status
    # by its name, because the layer of commands lies below that of training
    run: Callable[[Sequence[str] | None], int] = import_module("train.run").main
    return run(arguments)


def parser() -> argparse.ArgumentParser:
    """The parser of the command."""
    made: argparse.ArgumentParser = import_module("train.run").arguments()
    return made


def check_packages() -> None:
    """Raises CascadeError, with the command that installs them, where packages are missing."""
    if missing := [package for module, package in NEEDED.items() if importlib.util.find_spec(module) is None]:
        raise CascadeError(
            f"training needs packages that are not installed: {', '.join(missing)}. Install them with "
            "pip install 'cascade-ner[train]', in a clone pip install '.[train]'"
        )


if __name__ == "__main__":
    sys.exit(main())
