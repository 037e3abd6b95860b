"""Where a stage's training starts: from nothing, from an adapter to train further, or from one to build on; or from a
difference to that one, to train further.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cascade.adapters.card import CARD, PROMPT_VERSIONS, Adapter, read_adapter
from cascade.adapters.lora_config import read_lora_config
from cascade.errors import CascadeError
from train.options import TrainingOptions
from train.sft import best_checkpoint


@dataclass(frozen=True, slots=True)
class StartingPoint:
    """Where a training starts.

    root: the adapter that the new one builds on, or None. adapter: the folder of the adapter whose weights are trained
    further, or None.
    """

    root: Adapter | None
    adapter: Path | None

    def in_words(self) -> str:
        """A description for the user."""
        if self.root is not None:
            new = "a new adapter" if self.adapter is None else f"the adapter in {self.adapter}"
            return f"{new}, which is a difference to {self.root.folder}"
        return "a new adapter" if self.adapter is None else f"the adapter in {self.adapter}"


def starting_point(stage: str, options: TrainingOptions) -> StartingPoint:
    """Where a stage starts: as the options ask; otherwise the classifier starts from the extractor's adapter.

    Raises CascadeError if the adapter does not exist or does not fit.
    """
    if options.build_on is not None:
        root = _root_of(stage, options.build_on, options)
        return StartingPoint(root, None if options.start_from is None else _difference(stage, options.start_from, root))
    if options.start_from is not None:
        return StartingPoint(None, usable_adapter(stage, options.start_from, "--start-from").folder)
    if stage != "classifier" or options.cold_classifier:
        return StartingPoint(None, None)
    # of a run in the same work folder, or else the one that reads the texts
    extractor = best_checkpoint(options.work_folder / "extractor") or text_extractor(options)[1].folder
    return StartingPoint(None, extractor)


def _root_of(stage: str, folder: Path, options: TrainingOptions) -> Adapter:
    root = usable_adapter(stage, folder, "--build-on")
    if root.card.demonstrations != options.demonstrations:
        raise CascadeError(
            f"{root.folder}: was trained with demonstrations {root.card.demonstrations!r}; expected the same for what "
            "builds on it, "
            f"so name --demonstrations {root.card.demonstrations}"
        )
    return root


def _difference(stage: str, folder: Path, root: Adapter) -> Path:
    """The folder of a stage's difference to `root`, to be trained further."""
    adapter = read_adapter((folder / stage).resolve())
    read_lora_config(adapter.folder)
    card = adapter.card
    if (card.stage, card.prompt_version, card.builds_on) != (stage, root.card.prompt_version, root.checksum()):
        raise CascadeError(
            f"{adapter.folder}: {card.stage} of prompt version {card.prompt_version} that builds on "
            f"{card.builds_on[:12] or 'no other adapter'}; expected a difference to {root.folder} "
            f"({root.checksum()[:12]}), as --start-from and --build-on are both given. `python -m train.rebase` puts "
            "one onto another adapter"
        )
    return adapter.folder


def usable_adapter(stage: str, folder: Path, option: str) -> Adapter:
    """A stage's adapter of the pair in `folder`, which the option `option` names.

    Raises CascadeError for an adapter that cannot be trained further or built on.
    """
    adapter = read_adapter((folder / stage).resolve())
    read_lora_config(adapter.folder)
    card = adapter.card
    version = PROMPT_VERSIONS[stage]
    # one of an older version is a good place to start from, as its knowledge of types stays
    newest = card.prompt_version <= version if option == "--start-from" else card.prompt_version == version
    if not newest or card.stage != stage:
        raise CascadeError(
            f"{adapter.folder}: a {card.stage} of prompt version {card.prompt_version}; expected a {stage} of version "
            f"{version} for {option}"
        )
    if card.builds_on:
        raise CascadeError(
            f"{adapter.folder}: is itself a difference to another adapter ({card.builds_on[:12]}); name that one with "
            f"{option}"
        )
    return adapter


def text_extractor(options: TrainingOptions) -> tuple[Adapter, Adapter]:
    """The extractor that reads the texts on which the classifier is trained, and the adapter that it builds on, or
    itself.

    Raises CascadeError where there is none, and for a difference whose root is not at hand.
    """
    pairs = [folder for folder in (options.out, options.start_from, options.build_on) if folder is not None]
    places = [options.extractor] if options.extractor is not None else [pair / "extractor" for pair in pairs]
    found = next((place for place in places if (place / CARD).is_file()), None)
    if found is None:
        raise CascadeError(
            f"there is no extractor in {' or '.join(map(str, places))} to read the texts on which the classifier is "
            "trained; train both stages, or name one with --extractor"
        )
    adapter = read_adapter(found.resolve())
    if adapter.card.stage != "extractor":
        raise CascadeError(f"{found}: is a {adapter.card.stage}; expected an extractor to read the classifier's texts")
    if not adapter.card.builds_on:
        return adapter, adapter
    for pair in pairs:
        if ((root := pair / "extractor") / CARD).is_file():
            other = read_adapter(root.resolve())
            if other.checksum() == adapter.card.builds_on:
                return adapter, other
    raise CascadeError(
        f"{found}: is a difference to another extractor ({adapter.card.builds_on[:12]}); expected that one in the pair "
        "named with --build-on"
    )
