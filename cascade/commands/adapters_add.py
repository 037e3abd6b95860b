"""The command `adapters add`: puts a shared pair where `--pair NAME` finds it."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from cascade.adapters.card import Card, read_adapter, shipped_adapters
from cascade.adapters.model_card import AdapterPair, read_pair
from cascade.adapters.pair_archive import contents, left_out, unpack
from cascade.adapters.user_folder import check_name, user_adapters
from cascade.commands.exit_status import exit_status
from cascade.commands.option_types import named_path
from cascade.errors import AdapterError

SUMMARY = "Adds a pair of adapters to your own, where --pair NAME finds it."
_ANY_SHIPPED = "multilingual/classifier"  # whose card tells the fingerprint of the embedded base model


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command by itself; returns its exit status."""
    parser = argparse.ArgumentParser(prog="cascade-ner adapters add", description=SUMMARY)
    add_options(parser)
    asked = parser.parse_args(arguments)
    return exit_status(lambda: _add(asked), interrupted="interrupted; nothing was added")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Adds the options of the command."""
    parser.add_argument("source", type=named_path, metavar="FILE", help="file that adapters pack wrote, or a folder")
    parser.add_argument("--name", help="what to call the pair (default: as it is called)")
    parser.add_argument("--replace", action="store_true", help="take the place of a pair of that name")
    parser.add_argument("--base", help="base model that you will use it with (default: the embedded one)")


def run(asked: argparse.Namespace) -> int:
    """Adds the pair; returns the exit status 0."""
    _add(asked)
    return 0


def _add(asked: argparse.Namespace) -> None:
    source: Path = asked.source
    if not source.exists():
        raise AdapterError(
            f"{source}: is not there; expected a file that `adapters pack` wrote, or the folder of a pair"
        )
    home = user_adapters()
    home.mkdir(parents=True, exist_ok=True)
    # beside its place, so that it gets there in one step
    with tempfile.TemporaryDirectory(prefix=".adding-", dir=home) as scratch:
        new = Path(scratch) / "pair"
        new.mkdir()
        said, others = _copied(source, new)
        name = asked.name or said
        check_name(name)
        pair = _checked(new, asked.base, source)
        target = home / name
        if target.exists() and not asked.replace:
            raise AdapterError(f"{target}: is there already; expected another --name, or --replace")
        old = Path(scratch) / "old"
        if target.exists():
            target.rename(old)
        try:
            new.rename(target)
        except OSError as error:
            if old.exists():
                old.rename(target)
            raise AdapterError(
                f"{target}: cannot be written: {error.strerror or error}; see who may write there"
            ) from error
    if others:
        print(f"note: left out, as no part of a pair: {', '.join(others)}", file=sys.stderr)
    print(f"added {name} for {pair.base}, in {target}")
    base = "" if asked.base is None else f" --base {asked.base}"
    types = ",".join(pair.classifier.card.types[:3])
    print(f"use it: cascade-ner infer texts.txt --pair {name}{base} --types {types!r}")


def _copied(source: Path, new: Path) -> tuple[str, list[str]]:
    """Puts the files of a folder or an archive into `new`; returns the pair's name and the files left out."""
    if not source.is_dir():
        return unpack(source, new).name, []
    others, name = left_out(source), source.resolve().name
    for each, content in contents(source, name).items():
        file = new / each
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(content)
    return name, others


def _checked(folder: Path, base: str | None, source: Path) -> AdapterPair:
    """The pair in `folder`, if it can be used with the base model; raises AdapterError otherwise."""
    from safetensors import SafetensorError, safe_open

    try:
        pair = read_pair(folder)
        for adapter in (pair.extractor, pair.classifier):
            for file in adapter.folder.glob("*.safetensors"):
                with safe_open(file, framework="numpy") as weights:
                    weights.keys()
    except SafetensorError as error:
        raise AdapterError(f"{source}: its weights are no safetensors: {error}; fetch it again") from error
    except AdapterError as error:  # says where the pair came from, not where it was put for a moment
        raise AdapterError(str(error).replace(str(folder), str(source))) from error
    _check_base(pair.extractor.card, base, source)
    return pair


def _check_base(card: Card, base: str | None, source: Path) -> None:
    """Raises AdapterError if a pair is for another base model than the one that it is to be used with."""
    if base is None:
        embedded = read_adapter(shipped_adapters() / _ANY_SHIPPED).card
        if card.base_fingerprint == embedded.base_fingerprint:
            return
        raise AdapterError(
            f"{source}: was made for base model {card.base!r} ({card.base_fingerprint[:15]}), not for the embedded "
            f"{embedded.base!r} ({embedded.base_fingerprint[:15]}); name the base model that you will use it with, by "
            "--base"
        )
    from cascade.model.base_model import BaseModel

    model = BaseModel.load(base, report=lambda line: print(line, file=sys.stderr))
    wanted = card.base_fingerprint
    if wanted != (model.fingerprint if ":" in wanted else model.first_fingerprint):
        raise AdapterError(
            f"{source}: was made for base model {card.base!r} ({wanted[:15]}), not for {base!r} "
            f"({model.fingerprint[:15]}); expected the one it was made for, as --base"
        )


if __name__ == "__main__":
    sys.exit(main())
