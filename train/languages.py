"""Trains adapters of single languages: `python -m train.languages --build-on adapters/multilingual --out shelf`.

`--data-root CORPORA` is the folder of the mixture's corpora. Each language gets two adapters (or one, with `--stages
extractor`) that are small differences to the multilingual ones. `train.run` trains them on the mixture's entries that
name the language, and on those for replay. Existing adapters are kept, so that an interrupted run continues. At the end
a table shows dev F1 before and after.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cascade.adapters.card import CARD, STAGES, read_adapter
from cascade.commands.exit_status import exit_status
from cascade.commands.option_types import named_path, positive, positive_number
from cascade.errors import CascadeError
from train.corpora.mixtures import read_mixture
from train.option_checks import check_apart_from_shipped
from train.option_parsers import names
from train.options import options_from

MIXTURE = Path(__file__).resolve().parent / "languages.yaml"


@dataclass(frozen=True, kw_only=True)
class LanguagesOptions:
    """How the adapters of each language are trained; other options are as in `train.options`.

    out: the folder for the new folders of two adapters, one for each language. languages: the languages to train, or
    all of the mixture if none is named. start_from: the folder of such folders, to train these further.
    """

    build_on: Path
    out: Path
    start_from: Path | None = None
    data: Path = MIXTURE
    data_root: Path | None = None
    work: Path = Path("runs/languages")
    languages: tuple[str, ...] = ()
    stages: tuple[str, ...] = STAGES
    max_steps: int = 400
    scorings: int = 4
    rank: int = 4
    batch: int = 1
    learning_rate: float = 1e-3
    seed: int = 1
    compile: bool = False


def arguments() -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = argparse.ArgumentParser(prog="python -m train.languages", description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--data",
        type=named_path,
        default=LanguagesOptions.data,
        help="mixture whose entries name languages (default: %(default)s)",
    )
    parser.add_argument(
        "--data-root", type=named_path, help="folder that the mixture's paths start from (default: the mixture's)"
    )
    parser.add_argument(
        "--build-on",
        type=named_path,
        required=True,
        help="folder of the two adapters that the new ones build on",
    )
    parser.add_argument(
        "--start-from",
        type=named_path,
        metavar="FOLDER",
        help="folder with a folder of each language's adapters, differences to --build-on that are trained further",
    )
    parser.add_argument(
        "--out",
        type=named_path,
        required=True,
        help="folder for the new folders of two adapters, one for each language",
    )
    parser.add_argument(
        "--work",
        type=named_path,
        default=LanguagesOptions.work,
        help="folder of prepared data, checkpoints and logs (default: %(default)s)",
    )
    parser.add_argument(
        "--languages",
        type=names,
        default=LanguagesOptions.languages,
        metavar="CODES",
        help="codes separated by commas (default: all of the mixture)",
    )
    parser.add_argument(
        "--stages",
        type=names,
        default=LanguagesOptions.stages,
        metavar="STAGES",
        help="extractor,classifier (default) or one of them",
    )
    parser.add_argument(
        "--max-steps",
        type=positive,
        default=LanguagesOptions.max_steps,
        help="most steps of a stage (default: %(default)s)",
    )
    parser.add_argument(
        "--scorings",
        type=positive,
        default=LanguagesOptions.scorings,
        help="how often a stage is scored on dev and saved (default: %(default)s)",
    )
    parser.add_argument("--rank", type=positive, default=LanguagesOptions.rank)
    parser.add_argument(
        "--batch",
        type=positive,
        default=LanguagesOptions.batch,
        help="bundles of 512 tokens a step; more on a GPU (default: %(default)s)",
    )
    parser.add_argument("--learning-rate", type=positive_number, default=LanguagesOptions.learning_rate)
    parser.add_argument("--seed", type=int, default=LanguagesOptions.seed)
    parser.add_argument("--compile", action="store_true", help="compile the layers (needs a C++ compiler)")
    return parser


def is_done(folder: Path, root: Path, stages: Sequence[str]) -> bool:
    """Whether the adapters of the stages exist and build on the requested ones."""
    if not all((folder / stage / CARD).is_file() for stage in stages):
        return False
    return all(read_adapter(folder / stage).card.builds_on == read_adapter(root / stage).checksum() for stage in stages)


def scores(folder: Path) -> tuple[float, float]:
    """Dev F1 of an adapter's stage before training and of the kept checkpoint, as fractions, from log and card."""
    entries = [json.loads(line) for line in (folder / "log.jsonl").read_text(encoding="utf-8").splitlines()]
    before = next((entry["eval_f1"] for entry in entries if "eval_f1" in entry and not entry.get("step")), float("nan"))
    return before, read_adapter(folder).card.scores["dev_f1"]


def table(out: Path, languages: Sequence[str], stages: Sequence[str]) -> str:
    """Dev F1 of each language and stage in percent, before and after; languages without adapters yet, or with ones that
    were moved and not trained, are left out.
    """
    lines = [f"{'language':<10}" + "".join(f"{stage + ' before':>20}{'after':>8}" for stage in stages)]
    for language in languages:
        if all((out / language / stage / file).is_file() for stage in stages for file in (CARD, "log.jsonl")):
            pairs = [scores(out / language / stage) for stage in stages]
            lines.append(
                f"{language:<10}" + "".join(f"{100 * before:>20.1f}{100 * after:>8.1f}" for before, after in pairs)
            )
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    return exit_status(
        lambda: _train_all(options_from(LanguagesOptions, arguments().parse_args(argv))),
        interrupted="interrupted; the same command goes on from there",
    )


def _train_all(options: LanguagesOptions) -> None:
    known, stages = read_mixture(options.data).languages, options.stages
    if not stages or set(stages) - set(STAGES):
        unknown = sorted(set(stages) - set(STAGES))
        raise CascadeError(
            f"--stages: {', '.join(unknown) or 'none'}; expected {' and/or '.join(STAGES)}, separated by a comma"
        )
    check_apart_from_shipped(options.out)
    wanted = options.languages or known
    if unknown := sorted(set(wanted) - set(known)):
        raise CascadeError(f"--languages: {', '.join(unknown)}; expected some of {', '.join(known)}")
    for language in wanted:
        if is_done(options.out / language, options.build_on, stages):
            print(f"{language}: is there", flush=True)
            continue
        done = subprocess.run([sys.executable, "-m", "train.run", *_run_arguments(language, options)], check=False)
        if done.returncode:
            raise CascadeError(
                f"training the adapters of {language!r} ended with status {done.returncode}; its messages are above"
            )
    print(table(options.out, wanted, stages), flush=True)


def _run_arguments(language: str, options: LanguagesOptions) -> list[str]:
    """The arguments of `train.run` for one language."""
    named: list[tuple[str, object]] = [
        ("--data", options.data),
        ("--language", language),
        ("--build-on", options.build_on),
        ("--out", options.out / language),
        ("--work", options.work / language),
        *([("--data-root", options.data_root)] if options.data_root is not None else []),
        ("--demonstrations", read_adapter(options.build_on / STAGES[0]).card.demonstrations),
        ("--stages", ",".join(options.stages)),
        ("--max-steps", options.max_steps),
        ("--scorings", options.scorings),
        *([("--rank", options.rank)] if options.start_from is None else []),
        *([("--start-from", options.start_from / language)] if options.start_from is not None else []),
        ("--batch", options.batch),
        ("--learning-rate", options.learning_rate),
        ("--seed", options.seed),
    ]
    return [str(part) for pair in named for part in pair] + (["--compile"] if options.compile else [])


if __name__ == "__main__":
    sys.exit(main())
