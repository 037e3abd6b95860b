"""Model cards: what the cards of a pair say, as a README.md for people and for model hubs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cascade.adapters.card import STAGES, Adapter, read_adapter
from cascade.errors import AdapterError
from cascade.languages.identification import language_code
from cascade.whole_files import write_whole

README = "README.md"
# base models by the names that model hubs have for them, and the licence of what derives from them
_ON_HUBS = {
    "gemma-3-270m": ("google/gemma-3-270m", "gemma"),
    "qwen2.5-coder-0.5b": ("Qwen/Qwen2.5-Coder-0.5B", "apache-2.0"),
    "qwen2.5-coder-1.5b": ("Qwen/Qwen2.5-Coder-1.5B", "apache-2.0"),
}
_TYPES_SHOWN = 40
_LICENCE_OF_OTHERS = "other"


@dataclass(frozen=True, slots=True)
class AdapterPair:
    """An extractor and a classifier that belong together."""

    folder: Path
    extractor: Adapter
    classifier: Adapter

    @property
    def base(self) -> str:
        """The name of the base model."""
        return self.extractor.card.base


def read_pair(folder: Path) -> AdapterPair:
    """The pair in a folder, as `train.run --out` writes it; raises AdapterError for anything else."""
    if not folder.is_dir():
        raise AdapterError(f"{str(folder)!r} is not a folder; expected one with {' and '.join(STAGES)} in it")
    extractor, classifier = (read_adapter(folder / stage) for stage in STAGES)
    for adapter, stage in zip((extractor, classifier), STAGES, strict=True):
        if adapter.card.stage != stage:
            raise AdapterError(f"{adapter.folder}: is an adapter of the {adapter.card.stage}; expected the {stage}")
        if adapter.card.builds_on:
            raise AdapterError(
                f"{adapter.folder}: is a difference to another adapter ({adapter.card.builds_on[:12]}); expected a "
                "whole pair, trained without --build-on"
            )
    one, other = extractor.card, classifier.card
    if (one.base, one.base_fingerprint) != (other.base, other.base_fingerprint):
        raise AdapterError(
            f"{folder}: its stages are for two base models, {one.base!r} and {other.base!r}; expected one"
        )
    return AdapterPair(folder, extractor, classifier)


def licence_of_derivatives(base: str) -> str:
    """The licence of adapters to the base model of that name, as model hubs name it; "other" where it is not known."""
    return _ON_HUBS[base][1] if base in _ON_HUBS else _LICENCE_OF_OTHERS


def write_model_card(folder: Path) -> Path:
    """Writes README.md beside the adapters of a pair; returns the file."""
    pair = read_pair(folder)
    write_whole(folder / README, model_card(pair, folder.resolve().name))
    return folder / README


def model_card(pair: AdapterPair, name: str) -> str:
    """The model card of a pair that is called `name`: YAML for hubs in front, then data, scores and limits."""
    front = "".join(f"{key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in _front(pair).items())
    return f"---\n{front}---\n\n" + "\n".join(_sections(pair, name)) + "\n"


def _front(pair: AdapterPair) -> dict[str, Any]:
    """What hubs read of a model card, by their names; JSON values are YAML as well."""
    cards = (pair.extractor.card, pair.classifier.card)
    base, licence = _ON_HUBS.get(pair.base, (pair.base,))[0], licence_of_derivatives(pair.base)
    languages = sorted({code for card in cards for each in card.languages if (code := language_code(each))})
    datasets = sorted({str(corpus["name"]) for card in cards for corpus in card.data if corpus.get("name")})
    front = {
        "base_model": base,
        "base_model_relation": "adapter",
        "language": languages,
        "license": licence,
        "datasets": datasets,
        "metrics": ["precision", "recall", "f1"],
        "library_name": "cascade-ner",
        "pipeline_tag": "token-classification",
        "tags": ["cascade-ner", "named-entity-recognition", "lora"],
    }
    return {key: value for key, value in front.items() if value != []}


def _sections(pair: AdapterPair, name: str) -> Iterator[str]:
    types = list(pair.classifier.card.types)
    more = f", and {len(types) - _TYPES_SHOWN} more" if len(types) > _TYPES_SHOWN else ""
    yield f"# {name}\n"
    yield (
        "Two LoRA adapters for cascade-ner: the extractor finds spans, the classifier gives each one of the types that "
        "are named at run time.\n"
    )
    yield f"- Base model: {pair.base} (fingerprint `{pair.extractor.card.base_fingerprint[:15]}`). They fit no other."
    languages = ", ".join(dict.fromkeys([*pair.extractor.card.languages, *pair.classifier.card.languages]))
    yield f"- Languages: {languages or 'none named'}"
    yield f"- Types in training: {', '.join(types[:_TYPES_SHOWN])}{more}\n"
    depth = pair.extractor.card.depth
    layers = f" --depth {depth}" if depth > 1 else ""
    yield f'## Use\n\n```bash\ncascade-ner infer texts.txt --pair {name} --types "{",".join(types[:3])}"{layers}\n```\n'
    yield "## Data\n"
    yield from _data((pair.extractor, pair.classifier))
    yield "\n## Scores\n"
    yield from _scores(pair.extractor.card.scores, pair.classifier.card.scores)
    yield "\n## Limits\n"
    yield (
        "- Scores are of dev documents, by which the checkpoints were chosen, from the same source as the training "
        "data. Other texts give less."
    )
    nested = f"Nested entities are found in up to {depth} layers, if asked for with `--depth`."
    yield f"- {nested if depth > 1 else 'Spans are flat: of nested entities one layer is found.'}"
    for failure in dict.fromkeys([*pair.extractor.card.known_failures, *pair.classifier.card.known_failures]):
        yield f"- {failure}"
    yield "- Whoever uses the adapters has to keep to the licences of the base model and of the data."


def _data(adapters: Sequence[Adapter]) -> Iterator[str]:
    yield "| stage | data | documents | entities | licence |\n|---|---|---|---|---|"
    for adapter in adapters:
        for corpus in adapter.card.data:
            cells = (adapter.card.stage, corpus.get("name"), corpus.get("documents"), corpus.get("entities"))
            yield f"| {' | '.join(map(_cell, cells))} | {_cell(corpus.get('licence') or 'not stated')} |"
    yield "\nWhat each stage started from is in its `card.json`, under `training`."


def _cell(value: object) -> str:
    return str("" if value is None else value).replace("|", "\\|").replace("\n", " ")


def _scores(extractor: Mapping[str, float], classifier: Mapping[str, float]) -> Iterator[str]:
    """The lines of the scores that cards hold, in percent."""
    if (both := classifier.get("dev_pair_f1")) is not None:
        low, high = classifier.get("dev_pair_f1_low", 0.0), classifier.get("dev_pair_f1_high", 0.0)
        before = classifier.get("dev_pair_f1_before")
        started = "" if before is None else f"; {100 * before:.1f} before the training"
        yield f"- Both stages, exact spans and types: F1 {100 * both:.1f} [{100 * low:.1f}, {100 * high:.1f}]{started}"
    for stage, scores, what in (
        ("Extractor", extractor, "F1 of spans"),
        ("Classifier", classifier, "accuracy on gold spans"),
    ):
        if "dev_f1" in scores:
            yield f"- {stage}: {what} {100 * scores['dev_f1']:.1f}"
