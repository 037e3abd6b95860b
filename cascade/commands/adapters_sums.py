"""The command `adapters sums`: writes the list of checksums that `adapters verify` compares with."""

from __future__ import annotations

import argparse

from cascade.commands.option_types import named_path
from cascade.pipeline.checks.adapter_files import shipped_adapters, write_sums


def add_options(parser: argparse.ArgumentParser) -> None:
    """Adds the options of the command."""
    parser.add_argument(
        "folder", metavar="FOLDER", nargs="?", type=named_path, help="folder of adapters (default: the shipped ones)"
    )


def run(asked: argparse.Namespace) -> int:
    """Writes SHA256SUMS into the folder; returns the exit status 0."""
    file, number = write_sums(asked.folder or shipped_adapters())
    print(f"wrote {file}: {number} files")
    return 0
