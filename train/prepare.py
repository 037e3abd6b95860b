"""Prepares SWIFT data: `python -m train.prepare --stage extractor --data train.jsonl --dev dev.jsonl --out FOLDER`.

Writes `train.jsonl` (bundles of packed rows as our encoder makes them), `dev.jsonl` (documents to score) and
`texts.jsonl` (a sample of the training texts, without replay, for the adapter's centroid). `task.json` (what was made
from what) comes last, in one step: if it exists, the data are complete.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from cascade.adapters.card import STAGES
from cascade.commands.exit_status import exit_status
from cascade.commands.option_types import named_path
from cascade.commands.output_options import refuse_overwriting
from train.option_parsers import add_preparation_options
from train.options import PreparationOptions, options_from
from train.preparation import prepare_stage
from train.rows.prepared_data import FILES, notes_of


def arguments() -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = argparse.ArgumentParser(prog="python -m train.prepare", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--stage", choices=STAGES, required=True)
    add_preparation_options(parser)
    parser.add_argument("--out", type=named_path, required=True)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    return exit_status(lambda: _prepare(arguments().parse_args(argv)))


def _prepare(parsed: argparse.Namespace) -> None:
    out: Path = parsed.out
    refuse_overwriting([out / name for name in FILES], [parsed.data, parsed.dev, parsed.taxonomy])
    task = prepare_stage(options_from(PreparationOptions, parsed), parsed.stage, out)
    for note in notes_of(task):
        print(f"note: {note}")
    print(
        f"{out}: {task['bundles']} bundles, {task['tokens']:,} tokens, {task['decisions']:,} decisions, "
        f"{task['dev_documents']} dev documents"
    )


if __name__ == "__main__":
    sys.exit(main())
