"""Measures what a few labelled sentences are worth: `python -m benchmarks.few_shot --train T --test X --out FOLDER`.

For each number of sentences, drawn from T, `train.run` trains the adapters of `--start-from` further, such as
adapters/multilingual. A fifth of the sentences is held out to choose the checkpoint. Then the whole of X is read and
scored. The first row shows the adapters without further training. Existing results are kept, so that an interrupted run
continues.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.quality import ends, measure, own_types, without_commas
from benchmarks.trainings import drawn, sizes_of, trained
from cascade import Cascade
from cascade.commands.exit_status import exit_status
from cascade.whole_files import write_whole
from data_formats import read


def arguments() -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.few_shot", description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--train", type=Path, required=True, help="labelled sentences in any read format, of which some are drawn"
    )
    parser.add_argument("--test", type=Path, required=True, help="labelled sentences to score on")
    parser.add_argument("--sizes", default="20,50,100,200", help="numbers of sentences (default: %(default)s)")
    parser.add_argument("--start-from", type=Path, required=True, help="folder of the two adapters to train further")
    parser.add_argument(
        "--out", type=Path, required=True, help="folder for adapters, work, few-shot.json and few-shot.png"
    )
    parser.add_argument("--types", help="separated by commas (default: those of the test sentences)")
    parser.add_argument("--steps", type=int, default=100, help="steps a stage (default: %(default)s)")
    parser.add_argument("--learning-rate", type=float, default=3e-4)
    parser.add_argument("--base")
    parser.add_argument("--seed", type=int, default=1, help="seed of the draw and the training (default: %(default)s)")
    return parser


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """The curve as a table: sentences, minutes of training, and F1 with its interval in percent."""
    lines = [f"{'sentences':>10}{'minutes':>9}{'F1':>8}  {'95 % interval':<14}{'span F1':>9}{'types':>8}"]
    for row in rows:
        minutes = "" if row["train_seconds"] is None else f"{row['train_seconds'] / 60:.1f}"
        scores = f"{100 * row['span_f1']:>9.1f}{100 * row['type_accuracy']:>8.1f}"
        lines.append(f"{row['size']:>10}{minutes:>9}{100 * row['f1']:>8.1f}  {ends(row['interval']):<14}{scores}")
    return "\n".join(lines)


def picture(rows: Sequence[Mapping[str, Any]], file: Path) -> None:
    """Plots F1 over the number of sentences."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axis = pyplot.subplots(figsize=(6, 3.2), layout="constrained")
    places = [row["size"] for row in rows]
    axis.plot(places, [100 * row["f1"] for row in rows], "o-", color="tab:blue", label="strict F1")
    axis.plot(places, [100 * row["span_f1"] for row in rows], "s--", color="tab:orange", label="span F1")
    axis.set_xticks(places, [f"{place:,}" for place in places])
    axis.set_xlabel("labelled sentences")
    axis.set_ylabel("F1 on the test sentences (%)")
    axis.grid(alpha=0.3)
    axis.legend()
    figure.savefig(file, dpi=110)
    pyplot.close(figure)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    return exit_status(
        lambda: _measure_all(arguments().parse_args(argv)),
        interrupted="interrupted; the same command goes on from there",
    )


def _measure_all(options: argparse.Namespace) -> None:
    sentences, test = list(without_commas(read(options.train))), list(without_commas(read(options.test)))
    types = options.types.split(",") if options.types else own_types(test)
    chosen = {"start_from": options.start_from, "max_steps": options.steps, "epochs": options.steps, "scorings": 2}
    chosen |= {"learning_rate": options.learning_rate, "seed": options.seed, "base": options.base}
    rows: list[dict[str, Any]] = []
    for size in (0, *sizes_of(options.sizes, len(sentences))):
        folder = options.out / f"{size}-sentences-{options.steps}-steps-seed-{options.seed}"
        seconds = trained(folder, drawn(sentences, size, options.seed), chosen) if size else None
        cascade = Cascade.load(options.base, adapters=folder / "adapters" if size else options.start_from)
        rows.append({"size": size, "train_seconds": seconds, **measure(cascade, test, types)})
        print(table(rows), flush=True)
        options.out.mkdir(parents=True, exist_ok=True)
        write_whole(options.out / "few-shot.json", json.dumps(rows, indent=1) + "\n")
        picture(rows, options.out / "few-shot.png")


if __name__ == "__main__":
    sys.exit(main())
