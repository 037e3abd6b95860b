"""Measures what each choice of the recipe is worth: `python -m benchmarks.ablations --data MIXTURE --out FOLDER`.

Each variant in a file (`train/ablations.yaml`) changes one thing. It is trained from the same seed for the same number
of steps, and scored on the mixture's dev documents as `train.run` scores them: span F1 of the extractor, accuracy on
gold spans of the classifier. Existing results are kept, so that an interrupted run continues.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from benchmarks.other_readings import READINGS
from benchmarks.trainings import trained_on
from cascade.adapters.card import STAGES, read_adapter, shipped_adapters
from cascade.commands.exit_status import exit_status
from cascade.commands.option_types import positive
from cascade.errors import CascadeError
from cascade.whole_files import write_whole
from train.corpora.mixtures import read_mixture
from train.recipe_values import recipe_values

_KEYS = ("recipe", "prompts", "entries", "corpus_temperature", "reading", "seed")


def arguments() -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ablations", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="mixture (.yaml) that names dev documents")
    parser.add_argument(
        "--data-root", type=Path, help="folder that the mixture's paths start from (default: the mixture's)"
    )
    parser.add_argument(
        "--variants",
        type=Path,
        default=Path(__file__).resolve().parents[1] / "train" / "ablations.yaml",
        help="default: %(default)s",
    )
    parser.add_argument(
        "--only",
        help="names of variants, separated by commas; the others are compared with the first (default: all)",
    )
    parser.add_argument("--stage", choices=STAGES, default=STAGES[0])
    parser.add_argument(
        "--extractor",
        type=Path,
        help="folder of the extractor that reads the texts of a classifier's variants (default: the shipped one for "
        "names)",
    )
    parser.add_argument("--steps", type=positive, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--base")
    parser.add_argument("--compile", action="store_true", help="compile the layers (needs a C++ compiler)")
    parser.add_argument(
        "--out", type=Path, required=True, help="folder for mixtures, adapters, work and ablations.json"
    )
    return parser


def variants_of(file: Path) -> dict[str, dict[str, Any]]:
    """The changes of each variant, by its name; raises CascadeError for a file of another form."""
    variants = yaml.safe_load(file.read_text(encoding="utf-8"))
    if not isinstance(variants, dict) or not all(
        isinstance(each, dict) and set(each) <= set(_KEYS) for each in variants.values()
    ):
        raise CascadeError(
            f"{file}: expected variants by name, each with any of {', '.join(_KEYS)}, as in train/ablations.yaml"
        )
    for name, each in variants.items():
        recipe_values(each.get("recipe", ()))
        if each.get("reading", "descriptions") not in READINGS:
            raise CascadeError(f"{file}: {name}: reading {each['reading']!r}; expected one of {', '.join(READINGS)}")
        power = each.get("corpus_temperature", 1)
        if not isinstance(power, int | float) or not 0 <= power <= 1:
            raise CascadeError(
                f"{file}: {name}: corpus_temperature {power!r}; expected a number from 0, all corpora alike, to 1, as "
                "the mixture has them"
            )
    return variants


def changed(mixture: Mapping[str, Any], variant: Mapping[str, Any]) -> dict[str, Any]:
    """The mixture with a variant's prompt shares, values of all entries and numbers of documents."""
    result = {**mixture, "corpora": [{**entry, **variant.get("entries", {})} for entry in mixture["corpora"]]}
    if "corpus_temperature" in variant:
        if missing := [entry["path"] for entry in mixture["corpora"] if "documents" not in entry]:
            raise CascadeError(
                f"corpus_temperature: {', '.join(missing)}: no documents, the number that are drawn; expected one in "
                "every entry of the mixture"
            )
        numbers = tempered([entry["documents"] for entry in mixture["corpora"]], variant["corpus_temperature"])
        result["corpora"] = [
            {**entry, "documents": number} for entry, number in zip(result["corpora"], numbers, strict=True)
        ]
    if "prompts" in variant:
        result["prompts"] = {**mixture.get("prompts", {}), **variant["prompts"]}
    return result


def tempered(numbers: Sequence[int], temperature: float) -> list[int]:
    """Numbers of documents in proportion to their power of `temperature`, with about the same sum.

    1 leaves them as they are, 0 makes them all equal.
    """
    powers = [float(number) ** temperature for number in numbers]
    return [max(1, round(sum(numbers) * power / sum(powers))) for power in powers]


def line(name: str, score: float, first: float) -> str:
    """A row of the table: the dev score in percent and its difference to the first variant's."""
    return f"{name:<32}{100 * score:>8.1f}{100 * (score - first):>+12.1f}"


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    return exit_status(
        lambda: _measure_all(arguments().parse_args(argv)),
        interrupted="interrupted; the same command goes on from there",
    )


def _measure_all(options: argparse.Namespace) -> None:
    if options.extractor is not None and options.stage == "extractor":
        raise CascadeError(f"--extractor {options.extractor}: for --stage classifier; leave it out")
    variants = variants_of(options.variants)
    wanted = options.only.split(",") if options.only else list(variants)
    if unknown := sorted(set(wanted) - set(variants)):
        raise CascadeError(f"--only: {', '.join(unknown)}; expected some of {', '.join(variants)}")
    if read_mixture(options.data).extended:
        raise CascadeError(f"--data: {options.data} extends another mixture; expected a whole one, to be changed")
    mixture = yaml.safe_load(options.data.read_text(encoding="utf-8"))
    scores: dict[str, float] = {}
    print(f"{options.stage:<32}{'dev F1':>8}{'difference':>12}", flush=True)
    for name in wanted:
        scores[name] = _trained(options, name, changed(mixture, variants[name]), variants[name])
        print(line(name, scores[name], scores[wanted[0]]), flush=True)
        about = {"stage": options.stage, "steps": options.steps, "seed": options.seed, "dev_f1": scores}
        write_whole(options.out / "ablations.json", json.dumps(about, indent=1) + "\n")


def _trained(options: argparse.Namespace, name: str, mixture: Mapping[str, Any], variant: Mapping[str, Any]) -> float:
    """The dev score of a variant; trains it if that was not done yet."""
    folder = options.out / f"{options.stage}-{options.steps}-steps-seed-{options.seed}" / name.replace(" ", "-")
    text = yaml.safe_dump(dict(mixture), allow_unicode=True, sort_keys=False)
    chosen = {
        "data_root": options.data_root or options.data.parent,
        "stages": options.stage,
        "max_steps": options.steps,
        "scorings": 2,
    }
    chosen |= {
        "seed": variant.get("seed", options.seed),
        "recipe_values": list(variant.get("recipe", ())),
        "base": options.base,
        "compile": options.compile,
    }
    if options.stage == "classifier":
        chosen["extractor"] = options.extractor or shipped_adapters() / "multilingual" / "extractor"
    data, made_from, module = folder / "mixture.yaml", {"mixture": text}, ["train.run"]
    if "reading" in variant:
        made_from["reading"], module = variant["reading"], ["benchmarks.other_readings", variant["reading"]]
    trained_on(
        data,
        chosen,
        made_from=made_from,
        write_data=lambda: data.write_text(text, encoding="utf-8"),
        stages=[options.stage],
        module=module,
    )
    return read_adapter(folder / "adapters" / options.stage).card.scores["dev_f1"]


if __name__ == "__main__":
    sys.exit(main())
