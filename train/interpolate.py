"""Writes the weights between two adapters: `python -m train.interpolate BEFORE AFTER --share 0.7 --out FOLDER`.

AFTER was trained from BEFORE, on other data. Weights between theirs often keep what BEFORE could do and most of what
AFTER learned (Wortsman et al., "Robust fine-tuning of zero-shot models", arXiv 2109.01903). The new adapter is one to
train further from; its card is that of AFTER, without the scores, and says what was interpolated.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from safetensors.torch import load_file, save_file

from cascade.adapters.card import WEIGHTS, Adapter, read_adapter
from cascade.adapters.lora_config import CONFIG, read_lora_config
from cascade.commands.exit_status import exit_status
from cascade.commands.option_types import named_path
from cascade.errors import AdapterError
from cascade.whole_files import whole_file


def interpolate(
    before: Adapter, after: Adapter, share: float, target: Path, *, extractor: Adapter | None = None
) -> Adapter:
    """Writes the adapter whose weights are (1 - share) of `before` and share of `after`; returns it.

    extractor: of a classifier, the one that it is to stand behind, such as that which was interpolated by the same
    share; its card names that of `after` otherwise.  Raises AdapterError for adapters of different stages, base models,
    layers or ranks, for which weights between theirs mean nothing, for an extractor that is none or stands before one,
    and for a folder that is there.
    """
    if extractor is not None and (before.card.stage, extractor.card.stage) != ("classifier", "extractor"):
        raise AdapterError(
            f"{extractor.folder}: is of stage {extractor.card.stage!r}, and what is interpolated of "
            f"{before.card.stage!r}; expected an extractor, for a classifier"
        )
    if target.exists():
        raise AdapterError(f"{target}: is there already; expected a new folder")
    for name, one, other in (
        ("stage", before.card.stage, after.card.stage),
        ("base model", before.card.base_fingerprint, after.card.base_fingerprint),
        ("adapter that they build on", before.card.builds_on, after.card.builds_on),
        ("rank and scaling", _scaling(before), _scaling(after)),
    ):
        if one != other:
            raise AdapterError(
                f"{before.folder} and {after.folder}: {name} {one!r} and {other!r}; expected the same, as one was "
                "trained from the other"
            )
    first, second = load_file(before.folder / WEIGHTS), load_file(after.folder / WEIGHTS)
    if unlike := sorted(
        name
        for name in first.keys() | second.keys()
        if name not in first or name not in second or first[name].shape != second[name].shape
    ):
        raise AdapterError(
            f"{before.folder} and {after.folder}: weights of {unlike[0]} and {len(unlike) - 1} others differ in shape "
            "or are in one alone; expected the same layers and rank"
        )
    target.mkdir(parents=True)
    mixed = {name: first[name].float().lerp(second[name].float(), share).to(second[name].dtype) for name in second}
    with whole_file(target / WEIGHTS) as unfinished:
        save_file(mixed, unfinished, metadata={"format": "pt"})
        unfinished.chmod(0o644)  # safetensors writes files that only their owner may read
    for file in sorted(after.folder.iterdir()):  # not the log and its curve, which are of other weights
        if file.name == CONFIG or file.suffix == ".safetensors" and file.name != WEIGHTS:
            shutil.copyfile(file, target / file.name)
    made = {"before": before.checksum(), "after": after.checksum(), "share": share}
    training = {**after.card.training, "interpolated": made}
    # the rest was fitted on other scores
    card = replace(after.card, training=training, scores={}, thresholds={}, asked_alone={}, known_failures=[])
    if extractor is not None:
        card = replace(card, reads=extractor.checksum())
    card.write(target)
    return Adapter(target, card, after.name)


def _scaling(adapter: Adapter) -> tuple[object, ...]:
    """What the weights are multiplied by, which has to be the same for both."""
    config = read_lora_config(adapter.folder)
    return config.rank, config.alpha, config.by_root, dict(config.rank_pattern), dict(config.alpha_pattern)


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1
    if not 0 <= share <= 1:
        raise argparse.ArgumentTypeError(f"{text!r}; expected a number from 0 (all BEFORE) to 1 (all AFTER)")
    return share


def arguments() -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = argparse.ArgumentParser(prog="python -m train.interpolate", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("before", type=named_path, metavar="BEFORE", help="folder of an adapter, such as of one stage")
    parser.add_argument("after", type=named_path, metavar="AFTER", help="folder of the adapter trained from it")
    parser.add_argument("--share", type=_share, required=True, help="share of AFTER, from 0 to 1")
    parser.add_argument("--out", type=named_path, required=True, help="new folder for the adapter between them")
    parser.add_argument(
        "--extractor",
        type=named_path,
        metavar="FOLDER",
        help="the extractor that a classifier is to stand behind (default: the one that AFTER was trained on)",
    )
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""

    def run() -> None:
        asked = arguments().parse_args(argv)
        extractor = None if asked.extractor is None else read_adapter(asked.extractor)
        before, after = read_adapter(asked.before), read_adapter(asked.after)
        made = interpolate(before, after, asked.share, asked.out, extractor=extractor)
        print(f"{made.card.stage}: {asked.share:g} of the way from {asked.before} to {asked.after}; in {asked.out}")

    return exit_status(run)


if __name__ == "__main__":
    sys.exit(main())
