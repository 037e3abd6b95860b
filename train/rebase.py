"""Puts an adapter of a language onto another adapter: `python -m train.rebase DIFFERENCE --onto ADAPTER --out FOLDER`.

DIFFERENCE is a small difference to an adapter, as `python -m train.languages` makes it. ADAPTER is another of the same
stage, such as that one trained further. What a language needs often lies in the difference alone, so that it may be
added to weights it was not trained with (Ilharco et al., "Editing models with task arithmetic", arXiv 2212.04089).
Measure before you use it. The weights stay; the card is that of DIFFERENCE, without the scores, and names both.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from cascade.adapters.card import Adapter, read_adapter
from cascade.adapters.lora_config import CONFIG
from cascade.commands.exit_status import exit_status
from cascade.commands.option_types import named_path
from cascade.errors import AdapterError


def rebase(difference: Adapter, onto: Adapter, target: Path) -> Adapter:
    """Writes the difference as one to the adapter `onto`; returns it.

    Raises AdapterError for an adapter that is no difference, for one to put it onto that is itself one or is of another
    stage, base model or prompt version, and for a folder that is there.
    """
    if target.exists():
        raise AdapterError(f"{target}: is there already; expected a new folder")
    if not difference.card.builds_on:
        raise AdapterError(
            f"{difference.folder}: builds on no other adapter; expected a difference to one, as `python -m "
            "train.languages` makes it"
        )
    if onto.card.builds_on:
        raise AdapterError(f"{onto.folder}: is itself a difference to another adapter; expected a whole one")
    for name, one, other in (
        ("stage", difference.card.stage, onto.card.stage),
        ("base model", difference.card.base_fingerprint, onto.card.base_fingerprint),
        ("prompt version", difference.card.prompt_version, onto.card.prompt_version),
    ):
        if one != other:
            raise AdapterError(
                f"{difference.folder} and {onto.folder}: {name} {one!r} and {other!r}; expected the same"
            )
    target.mkdir(parents=True)
    for file in sorted(difference.folder.iterdir()):  # not the log and its curve, which are of other weights
        if file.name == CONFIG or file.suffix == ".safetensors":
            shutil.copyfile(file, target / file.name)
    moved = {"from": difference.card.builds_on, "onto": onto.checksum()}
    card = replace(
        difference.card,
        builds_on=onto.checksum(),
        only_types=onto.card.only_types,
        training={**difference.card.training, "rebased": moved},
        scores={},
        thresholds={},  # this and the next were fitted on other scores
        asked_alone={},
        known_failures=[],  # tried with other weights
    )
    card.write(target)
    return Adapter(target, card, difference.name)


def arguments() -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = argparse.ArgumentParser(prog="python -m train.rebase", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("difference", type=named_path, metavar="DIFFERENCE", help="folder of a language's adapter")
    parser.add_argument("--onto", type=named_path, required=True, metavar="ADAPTER", help="folder of a whole adapter")
    parser.add_argument("--out", type=named_path, required=True, metavar="FOLDER", help="new folder")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""

    def run() -> None:
        asked = arguments().parse_args(argv)
        made = rebase(read_adapter(asked.difference), read_adapter(asked.onto), asked.out)
        print(f"{made.card.stage}: {asked.difference} put onto {asked.onto}; in {asked.out}")

    return exit_status(run)


if __name__ == "__main__":
    sys.exit(main())
