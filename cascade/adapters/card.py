"""Adapters: PEFT folders, each with a card that says what the adapter is for and how it was made."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import asdict, dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

from cascade.adapters.card_values import DEMONSTRATIONS as DEMONSTRATIONS
from cascade.adapters.card_values import STAGES as STAGES
from cascade.adapters.card_values import wrong_value
from cascade.adapters.lora_config import CONFIG, read_lora_config
from cascade.errors import AdapterError, shown
from cascade.languages.identification import language_code
from cascade.whole_files import write_whole

CARD = "card.json"
WEIGHTS = "adapter_model.safetensors"
_PICKLED = "adapter_model.bin"
# Raise these when the prompt, the pieces, the labels or the marks change: an adapter of another version would see input
# that it was not trained on.  The classifier of version 1 read texts itself, with spans marked in them.
PROMPT_VERSIONS = {"extractor": 1, "classifier": 2}


@dataclass(frozen=True, slots=True)
class Card:
    """What an adapter's card says: stage, base model, prompt version, languages, types and how it was trained.

    builds_on: SHA-256, in hexadecimal, of the weights of the adapter that this one builds on as a small difference.
    Such a difference changes how texts are read, not the types. Empty for other adapters. temperature:
    log-probabilities are divided by it before they become scores; fitted on dev documents. demonstrations: the kind of
    examples that preceded texts in training, one of DEMONSTRATIONS. reads: of a classifier, the SHA-256 of the weights
    of the extractor that read the texts in its training. descriptions: whether prompts in training described types.
    thresholds: of a classifier, lowest scores by type that were fitted on documents, "*" for others; used when asked.
    depth: of an extractor, the layers of nested spans that it was trained to find.
    asked_alone: of a classifier, the `scale` and `shift` of the log-odds of a type that is asked for alone, fitted on
    dev documents after the temperature; empty where they were not.
    known_failures: sentences on what the adapter is known to do wrong, for its users to read.
    only_types: the types that the adapter is for; it reads where nothing else is asked for. Empty if it is for any.
    """

    stage: str
    base: str
    base_fingerprint: str
    prompt_version: int
    languages: Sequence[str]
    types: Sequence[str]
    data: Sequence[Mapping[str, Any]] = ()
    training: Mapping[str, Any] = field(default_factory=dict)
    scores: Mapping[str, float] = field(default_factory=dict)
    builds_on: str = ""
    temperature: float = 1.0
    demonstrations: str = "none"
    reads: str = ""
    descriptions: bool = False
    thresholds: Mapping[str, float] = field(default_factory=dict)
    depth: int = 1
    asked_alone: Mapping[str, float] = field(default_factory=dict)
    known_failures: Sequence[str] = ()
    only_types: Sequence[str] = ()

    @property
    def for_types(self) -> frozenset[str]:
        """The types that the adapter is for, in the form in which they are compared; none if it is for any."""
        return frozenset(name.casefold() for name in self.only_types)

    def write(self, folder: Path) -> None:
        """Writes the card into an adapter's folder in one step: an interruption leaves the old card or the new one."""
        values = asdict(self)
        for later in ("thresholds", "asked_alone", "known_failures", "only_types"):  # which old versions do not know
            if not values[later]:
                del values[later]
        if self.depth == 1:
            del values["depth"]
        write_whole(folder / CARD, json.dumps(values, indent=1, ensure_ascii=False) + "\n")


class Base(Protocol):
    """What adapters need to know of a base model: its name and its fingerprint, in today's form and in the first one.

    Old cards hold the fingerprint in its first form.
    """

    @property
    def name(self) -> str: ...  # noqa: D102 - said above

    @property
    def fingerprint(self) -> str: ...  # noqa: D102

    @property
    def first_fingerprint(self) -> str: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Adapter:
    """An adapter's folder and card; `name` is what results and messages call it, such as multilingual/extractor."""

    folder: Path
    card: Card
    name: str

    @property
    def languages(self) -> frozenset[str]:
        """The codes of the languages that the adapter was trained on."""
        return frozenset(code for code in map(language_code, self.card.languages) if code)

    def checksum(self) -> str:
        """SHA-256 of the weights, in hexadecimal."""
        return sha256((self.folder / WEIGHTS).read_bytes()).hexdigest()

    def check_fits(self, base: Base) -> None:
        """Raises AdapterError if the adapter was made for another base model or prompt version."""
        if self.card.prompt_version != (version := PROMPT_VERSIONS[self.card.stage]):
            pair, stage = self.folder.parent, self.card.stage
            raise AdapterError(
                f"{self.folder}: made for prompt version {self.card.prompt_version}, this program has {version}; train "
                f"it again (python -m train.run --stages {stage} --start-from {pair} --out {pair} --data ...) or use "
                "the program it came with"
            )
        wanted = self.card.base_fingerprint
        if wanted != (base.fingerprint if ":" in wanted else base.first_fingerprint):
            raise AdapterError(
                f"{self.folder}: made for base model {self.card.base!r} ({shortened(wanted)}), "
                f"loaded is {base.name!r} ({shortened(base.fingerprint)}). "
                f"Name the right one with --base, or adapters of this one with --adapters"
            )


def shortened(fingerprint: str) -> str:
    """The first 12 hexadecimal digits of a fingerprint, for messages and folder names."""
    return fingerprint.rpartition(":")[2][:12]


def read_adapter(folder: Path) -> Adapter:
    """The adapter in `folder`; raises AdapterError if its card or weights are missing or have an unknown form."""
    file = folder / CARD
    try:
        value = json.loads(file.read_text(encoding="utf-8"))
        if not isinstance(value, dict):
            raise AdapterError(f"{file}: is {shown(value)}; expected the object of an adapter card")
        card = Card(**value)
    except FileNotFoundError as error:
        raise AdapterError(
            f"{folder}: has no {CARD}; expected an adapter folder as `python -m train.run` writes it"
        ) from error
    except (OSError, RecursionError, ValueError, TypeError) as error:
        raise AdapterError(f"{file}: is no adapter card: {error}") from error
    if wrong := wrong_value(value):
        raise AdapterError(f"{file}: {wrong}")
    try:
        json.dumps(value, allow_nan=False, ensure_ascii=False).encode()
    except ValueError as error:  # NaN, or half of a UTF-16 pair
        raise AdapterError(
            f"{file}: could not be written again: {error}; expected finite numbers and whole characters alone"
        ) from error
    if not (folder / WEIGHTS).is_file():
        raise AdapterError(f"{folder}: {_without_weights(folder)}")
    # An unsupported config is refused here, before the first text; a missing one only when the weights are read.
    if (folder / CONFIG).is_file():
        read_lora_config(folder)
    return Adapter(folder, card, "/".join(folder.resolve().parts[-2:]))


def _without_weights(folder: Path) -> str:
    """What an adapter's folder holds instead of its weights, and what the user can do."""
    again = "Save the adapter with PEFT's save_pretrained"
    if (folder / _PICKLED).is_file():
        return (
            f"has {_PICKLED} and no {WEIGHTS}; expected the latter, as reading the former may run foreign code. "
            f"{again} (safe_serialization=True)"
        )
    if shards := sorted(file.name for file in folder.glob(f"{Path(WEIGHTS).stem}[-.]*") if file.is_file()):
        found = ", ".join(shards)
        return f"has {found} and no {WEIGHTS}; expected one file with all weights. {again}, which writes one"
    return f"has no {WEIGHTS}; expected the adapter's weights beside its card"


class AdapterShelf:
    """All adapters below a folder; `cascade.adapters.retrieval` chooses among them."""

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise AdapterError(
                f"{str(folder)!r} is not a folder; expected one with adapters below it, as `python -m train.run "
                "--out` writes them"
            )
        self.folder = folder
        self.adapters = [self._named(read_adapter(card.parent)) for card in sorted(folder.rglob(CARD))]
        named: dict[str, Adapter] = {}
        for adapter in self.adapters:
            if (other := named.setdefault(adapter.name, adapter)) is not adapter:
                raise AdapterError(
                    f"{other.folder} and {adapter.folder} are both called {adapter.name}; expected names that differ, "
                    "so rename a folder"
                )
        for stage in STAGES:
            if not self.whole(stage):
                raise AdapterError(
                    f"{folder}: holds no {stage} adapter among {[adapter.name for adapter in self.adapters]}; "
                    "expected one of each stage"
                )
        differences = [adapter for adapter in self.adapters if adapter.card.builds_on]
        by_checksum = (
            {(stage, root.checksum()): root for stage in STAGES for root in self.whole(stage)} if differences else {}
        )
        self._roots: dict[Path, Adapter] = {}
        for adapter in differences:
            try:
                self._roots[adapter.folder] = by_checksum[adapter.card.stage, adapter.card.builds_on]
            except KeyError:
                raise AdapterError(
                    f"{adapter.folder}: is a difference to an adapter ({adapter.card.builds_on[:12]}) that is not "
                    f"below {folder}. "
                    f"Put that one there too, or train this one again on what is there"
                ) from None

        for adapter, root in ((each, self.root(each)) for each in differences):
            if adapter.card.for_types != root.card.for_types:
                raise AdapterError(
                    f"{adapter.folder}: is for other types (only_types) than {root.folder}, which it is a difference "
                    "to; expected the same in both cards"
                )

    def among(self, adapters: Sequence[Adapter]) -> AdapterShelf:
        """The shelf with some of its adapters alone; what they build on has to be among them."""
        other = copy(self)
        other.adapters = list(adapters)
        return other

    def _named(self, adapter: Adapter) -> Adapter:
        """The adapter, named by its path below the shelf if that path has two parts or more."""
        below = adapter.folder.relative_to(self.folder).parts
        return replace(adapter, name="/".join(below)) if len(below) > 1 else adapter

    def root(self, adapter: Adapter) -> Adapter:
        """The adapter that `adapter` builds on, or `adapter` itself if it builds on none."""
        return self._roots.get(adapter.folder, adapter)

    def whole(self, stage: str) -> list[Adapter]:
        """The adapters of `stage` that do not build on another adapter."""
        return [adapter for adapter in self.of_stage(stage) if not adapter.card.builds_on]

    def of_stage(self, stage: str) -> list[Adapter]:
        """All adapters of `stage`."""
        return [adapter for adapter in self.adapters if adapter.card.stage == stage]


def shipped_adapters() -> Path:
    """The folder of the shipped adapters: beside the package in a clone, inside the package when installed."""
    inside = Path(__file__).resolve().parents[1] / "shipped_adapters"
    return inside if inside.is_dir() else Path(__file__).resolve().parents[2] / "adapters"
