"""The command `adapters sums`: writes the list of checksums that `adapters verify` compares with."""

from __future__ import annotations

import argparse

from cascade.commands.option_types import named_path
from cascade.errors import AdapterError
from cascade.pipeline.checks.adapter_files import shipped_adapters
from cascade.pipeline.checks.checksum_list import SUMS, sums_of
from cascade.whole_files import write_whole


def add_options(parser: argparse.ArgumentParser) -> None:
    """Adds the options of the command."""
    parser.add_argument(
        "folder", metavar="FOLDER", nargs="?", type=named_path, help="folder of adapters (default: the shipped ones)"
    )


def run(asked: argparse.Namespace) -> int:
    """Writes SHA256SUMS into the folder; returns the exit status 0."""
    folder = asked.folder or shipped_adapters()
    try:
        listed = sums_of(folder)
        write_whole(folder / SUMS, listed)
    except OSError as error:
        raise AdapterError(
            f"{folder}: its list of checksums cannot be made: {error}; expected files that can be read, and a folder "
            "that can be written"
        ) from error
    print(f"wrote {folder / SUMS}: {len(listed.splitlines())} files")
    return 0
