"""A self-check: scores of a few texts as this machine computes them, beside those that the project was tested with.

Libraries below change how a model is computed without a word, and a wrong kernel gives plausible answers.
"""

from __future__ import annotations

import json
import logging
import os
import platform
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cascade.document import Document
from cascade.model.conversion_cache import cache_folder
from cascade.pipeline.min_score import MIN_SCORE
from cascade.version import __version__

if TYPE_CHECKING:
    from cascade.pipeline.facade import Cascade

GOLDEN = Path(__file__).resolve().with_suffix(".json")
_LIBRARIES = ("torch", "transformers", "tokenizers", "numpy")
_NOT_FOUND = -1.0  # further from any score than a tolerance
_log = logging.getLogger(__name__)

Found = tuple[int, int, str]  # start, end, type


@dataclass(frozen=True, slots=True)
class SelfCheck:
    """What came of a self-check.

    applies: False where golden scores are of another base model or other adapters; nothing was compared then.
    computed: False where the result of an earlier check with the same versions on the same kind of machine was read.
    differences: a line each, empty where all is as expected.
    """

    applies: bool
    computed: bool = False
    differences: tuple[str, ...] = ()


def self_check(ner: Cascade, *, report: Callable[[str], None] = _log.warning, golden: Path = GOLDEN) -> SelfCheck:
    """Compares the scores of a few texts with those that this version was tested with; says so where they differ.

    It is done once for each version of this project and of the libraries below it, each kind of processor and each
    precision; the result is kept in the cache folder, and read from there in 40 ms.  Scores are probabilities; by how
    much they may differ is in the file of golden scores: 0.01 in fp32, 0.05 in bf16, 0.1 in int8.

    report: called with a line of text where scores differ, also where that was found before.
    """
    expected = json.loads(golden.read_text(encoding="utf-8"))
    languages = [document["language"] for document in expected["documents"]]
    adapters = adapters_checksum(ner, languages, expected["types"])
    if (ner.base.fingerprint, adapters) != (expected["base"], expected["adapters"]):
        return SelfCheck(applies=False)
    here = circumstances(ner) | {"golden": sha256(golden.read_bytes()).hexdigest()}
    name = sha256(json.dumps(here, sort_keys=True).encode()).hexdigest()[:16]
    marker = cache_folder() / "self-checks" / f"{here['precision']}-{name}.json"
    differences = _kept(marker)
    computed = differences is None
    if differences is None:
        differences = _differences(ner, expected)
        _keep(marker, here | {"differences": differences})
    if differences:
        versions = ", ".join(f"{library} {here[library]}" for library in _LIBRARIES)
        report(
            f"self-check: {len(differences)} results differ from those that this version was tested with, first: "
            f"{differences[0]}. Answers may be wrong with {versions} in {here['precision']} on "
            f"{here['processor']}; try other versions or another --precision"
        )
    return SelfCheck(applies=True, computed=computed, differences=tuple(differences))


def adapters_checksum(ner: Cascade, languages: Iterable[str], types: Iterable[str]) -> str:
    """A checksum of the adapters that read texts in some languages for some types, and of their temperatures."""
    retriever = ner.retriever.for_types(list(types))
    chosen = {adapter.folder: adapter for language in languages for adapter in retriever.named(language)}
    used = chosen | {root.folder: root for root in map(ner.shelf.root, chosen.values())}
    lines = {f"{adapter.checksum()} {adapter.card.temperature}" for adapter in used.values()}
    return sha256("\n".join(sorted(lines)).encode()).hexdigest()


def precision_name(ner: Cascade) -> str:
    """The name of the precision that a cascade computes in."""
    from cascade.model.precision import Precision

    return Precision(ner.base.dtype, ner.base.int8).name


def answers(ner: Cascade, documents: Sequence[Document], types: Sequence[str]) -> list[dict[Found, float]]:
    """The score of each entity, by its place and type, of each document."""
    found = ner.fresh(min_score=MIN_SCORE)(list(documents), list(types))
    return [{(each.start, each.end, each.type): float(each.score or 0) for each in one.entities} for one in found]


def circumstances(ner: Cascade) -> dict[str, str]:
    """What scores may depend on, by name."""
    import torch

    from cascade.model.precision import instructions

    device = ner.base.device
    if device.type == "cuda":
        processor = torch.cuda.get_device_name(device)
    else:
        processor = f"{platform.machine()} {instructions()}" if device.type == "cpu" else device.type
    return {
        "cascade": __version__,
        **{library: version(library) for library in _LIBRARIES},
        "processor": processor,
        "precision": precision_name(ner),
    }


def _differences(ner: Cascade, golden: Mapping[str, Any]) -> list[str]:
    """What is found otherwise than expected, a line each."""
    precision = precision_name(ner)
    tolerance = golden["tolerance"][precision]
    documents = [
        Document(str(number), each["text"], each["language"]) for number, each in enumerate(golden["documents"])
    ]
    differences = []
    for answer, expected in zip(answers(ner, documents, golden["types"]), golden["documents"], strict=True):
        scores = {
            (each["start"], each["end"], each["type"]): each["scores"][precision] for each in expected["entities"]
        }
        for place in sorted(scores.keys() | answer.keys()):
            if abs(scores.get(place, _NOT_FOUND) - answer.get(place, _NOT_FOUND)) > tolerance:
                start, end, kind = place
                differences.append(
                    f"{expected['text'][start:end]!r} as {kind} {_shown(answer.get(place))}, "
                    f"expected {_shown(scores.get(place))} (tolerance {tolerance:g})"
                )
    return differences


def _shown(score: float | None) -> str:
    return "not found" if score is None else f"{score:.3f}"


def _kept(marker: Path) -> list[str] | None:
    """The differences that an earlier check found, None where there was none, or its file cannot be read."""
    try:
        kept = json.loads(marker.read_text(encoding="utf-8"))["differences"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return [str(line) for line in kept] if isinstance(kept, list) else None


def _keep(marker: Path, content: Mapping[str, Any]) -> None:
    """Writes the result where it can be written; where not, the next run checks again."""
    with suppress(OSError):
        marker.parent.mkdir(parents=True, exist_ok=True)
        scratch = marker.with_suffix(f".{os.getpid()}.partial")
        scratch.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        scratch.replace(marker)
