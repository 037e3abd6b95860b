"""Pairs that are shared: a pair in, one file out, and such a file in, one of the user's own pairs out."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cascade.adapters.card import Card, read_adapter, shipped_adapters
from cascade.adapters.model_card import AdapterPair, read_pair
from cascade.adapters.pair_archive import ENDING, contents, left_out, pack, unpack
from cascade.adapters.user_folder import check_name, user_adapters, user_pairs
from cascade.errors import AdapterError, not_written

_ANY_SHIPPED = "multilingual/classifier"  # whose card tells the fingerprint of the embedded base model


@dataclass(frozen=True, slots=True)
class SharedPair:
    """A pair that was packed or added.

    place: the file or folder that was written. left_out: files that are no part of a pair. without_licence: the number
    of data, by stage, whose licence the card does not state. types: those of the classifier's training.
    """

    name: str
    base: str
    place: Path
    size: int
    left_out: Sequence[str]
    without_licence: dict[str, int]
    types: Sequence[str]


def pack_pair(pair: str, output: Path | None = None, *, name: str | None = None) -> SharedPair:
    """Writes the file of a pair, which is named by its folder or as one of the user's.

    output: the file; None for NAME.pair.zip in the current folder. name: None for the folder's. Raises AdapterError for
    what is no whole pair, and for files in it that may run code when read.
    """
    folder = Path(pair) if Path(pair).is_dir() else user_pairs().get(pair, Path(pair))
    read, others = read_pair(folder), left_out(folder)
    name = folder.resolve().name if name is None else name
    check_name(name)
    target = output or Path(f"{name}{ENDING}")
    if target.is_dir():
        raise AdapterError(f"{target}: is a folder; expected a file to write, such as {target / f'{name}{ENDING}'}")
    if not target.parent.is_dir():
        raise AdapterError(f"{target}: its folder is not there; expected one that exists")
    size = sum(size for size, _ in pack(folder, target, name=name).files.values())
    return _shared(read, name, target, others, size)


def add_pair(
    source: Path,
    *,
    name: str | None = None,
    replace: bool = False,
    base: str | None = None,
    report: Callable[[str], None] = lambda line: None,
) -> SharedPair:
    """Puts the pair of a file or a folder into the user's folder of adapters, in one step.

    name: None for its own. replace: whether it may take the place of another one. base: the base model that it will be
    used with; None for the embedded one. report: called with a line before a base model is loaded.
    Raises AdapterError for a pair that is damaged, does not fit, or has a name that is taken; then nothing has changed.
    """
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
        name = said if name is None else name
        check_name(name)
        pair = _checked(new, base, source, report)
        target = home / name
        if target.exists() and not replace:
            raise AdapterError(f"{target}: is there already; expected another --name, or --replace")
        size = sum(file.stat().st_size for file in new.rglob("*") if file.is_file())
        _put(new, target, Path(scratch) / "old")
    return _shared(pair, name, target, others, size)


def _shared(pair: AdapterPair, name: str, place: Path, others: Sequence[str], size: int) -> SharedPair:
    counts = {
        each.card.stage: sum(not corpus.get("licence") for corpus in each.card.data)
        for each in (pair.extractor, pair.classifier)
    }
    unstated = {stage: count for stage, count in counts.items() if count}
    return SharedPair(name, pair.base, place, size, others, unstated, pair.classifier.card.types)


def _put(new: Path, target: Path, old: Path) -> None:
    """Moves the folder `new` to its place; what was there is moved to `old`, and back if that fails."""
    if target.exists():
        target.rename(old)
    try:
        new.rename(target)
    except OSError as error:
        if old.exists():
            old.rename(target)
        raise AdapterError(f"{target}: {not_written(error)}") from error


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


def _checked(folder: Path, base: str | None, source: Path, report: Callable[[str], None]) -> AdapterPair:
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
    _check_base(pair.extractor.card, base, source, report)
    return pair


def _check_base(card: Card, base: str | None, source: Path, report: Callable[[str], None]) -> None:
    """Raises AdapterError if a pair is for another base model than the one that it is to be used with."""
    wanted = card.base_fingerprint
    if base is None:
        embedded = read_adapter(shipped_adapters() / _ANY_SHIPPED).card
        if wanted == embedded.base_fingerprint:
            return
        raise AdapterError(
            f"{source}: was made for base model {card.base!r} ({wanted[:15]}), not for the embedded "
            f"{embedded.base!r} ({embedded.base_fingerprint[:15]}); name the base model that you will use it with, by "
            "--base"
        )
    from cascade.model.base_model import BaseModel

    model = BaseModel.load(base, report=report)
    if wanted != (model.fingerprint if ":" in wanted else model.first_fingerprint):
        raise AdapterError(
            f"{source}: was made for base model {card.base!r} ({wanted[:15]}), not for {base!r} "
            f"({model.fingerprint[:15]}); expected the one it was made for, as --base"
        )
