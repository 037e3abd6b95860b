"""Measures whole corpora that no adapter was trained on: `python -m benchmarks.unseen_types --data FOLDER`.

Each corpus is asked for all its types. The table shows strict precision, recall and F1 with 95 % intervals, and the
calibration error in ten bins of equal mass, for each corpus and for all together. The corpora were chosen before any
training on the mixture `train/any_type.yaml`, which holds none of them. They are drawn from all splits.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.quality import corpus, ends, own_types, scores_of, unlabelled
from benchmarks.reading_options import add_measuring_options, asked_cascade
from cascade import Cascade, Document
from cascade.commands.exit_status import exit_status
from cascade.errors import CascadeError
from cascade.scoring.calibration import equal_mass_error
from cascade.scoring.scores import pair_documents, score, scored_entities
from cascade.whole_files import write_whole

# excavation reports (nl), lists of references (en), key phrases of computer science (en), places in tweets on a
# hurricane (en), clinical cases with personal data (es), news on a disease (vi)
HELD_OUT = ("archaeo_nl", "bibliographic_refs", "few_tk", "harvey", "meddocan_es", "phoner_covid_vi")

# news, CVs and bills in fourteen languages, with more usual types
USUAL_TYPES = tuple(
    "conll2003_en conll_de conll_es conll_nl elner18 masakhaner2_ha masakhaner2_sw masakhaner2_wo masakhaner2_yo "
    "masakhaner2_zu nemo_he nerel_ru resume_zh ulysses_pt".split()
)


def documents_of(folder: Path, sentences: int, seed: int) -> list[Document]:
    """Documents drawn from all splits of a corpus; raises CascadeError if it has none."""
    files = sorted(folder.glob("*.jsonl"))
    every = [document for file in files for document in corpus(file.stem, folder)]
    if not every:
        raise CascadeError(f"{folder}: holds no documents; expected train.jsonl, dev.jsonl or test.jsonl")
    return random.Random(seed).sample(every, min(sentences, len(every)))


def measure(cascade: Cascade, documents: Sequence[Document], types: Sequence[str]) -> dict[str, Any]:
    """The figures of a corpus, as fractions; scores and rights: of each entity found, to be pooled."""
    found = cascade(unlabelled(documents), types)
    report = score(documents, found)
    scores, rights = scored_entities(pair_documents(documents, found))
    return {
        "documents": len(documents),
        "types": len(types),
        "gold": report.strict.gold,
        **scores_of(report),
        "span_recall": report.span.recall,
        "calibration_error": equal_mass_error(scores, rights),
        "scores": scores,
        "rights": rights,
    }


def line(name: str, row: Mapping[str, Any]) -> str:
    """A row of the table, in percent."""
    error = "" if row["calibration_error"] is None else f"{100 * row['calibration_error']:.1f}"
    return (
        f"{name:20} {row['documents']:9} {row['types']:6} {row['gold']:6} {100 * row['precision']:10.1f} "
        f"{100 * row['recall']:7.1f} {100 * row['f1']:6.1f}  {ends(row['interval']):13} "
        f"{100 * row['span_recall']:12.1f} {error:>6}"
    )


def arguments() -> argparse.ArgumentParser:
    """The command's options."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.unseen_types", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of the corpora")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--corpora", default=",".join(HELD_OUT), help="separated by commas (default: %(default)s)")
    which.add_argument("--usual-types", action="store_true", help="in place of --corpora: " + ", ".join(USUAL_TYPES))
    parser.add_argument("--sentences", type=int, default=500, help="drawn from each corpus (default: %(default)s)")
    add_measuring_options(parser)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    return exit_status(lambda: _run(arguments().parse_args(argv)))


def _run(options: argparse.Namespace) -> None:
    cascade = asked_cascade(options)
    rows: dict[str, Any] = {}
    print(
        f"{'corpus':20} {'documents':>9} {'types':>6} {'gold':>6} {'precision':>10} {'recall':>7} {'F1':>6}  "
        f"{'95 % interval':13} {'spans recall':>12} {'ECE':>6}"
    )
    for name in USUAL_TYPES if options.usual_types else options.corpora.split(","):
        documents = documents_of(options.data / name, options.sentences, options.seed)
        rows[name] = measure(cascade, documents, own_types(documents))
        print(line(name, rows[name]), flush=True)
    pooled = equal_mass_error(
        [each for row in rows.values() for each in row["scores"]],
        [each for row in rows.values() for each in row["rights"]],
    )
    mean = {key: sum(row[key] for row in rows.values()) / len(rows) for key in ("precision", "recall", "f1")}
    print(
        f"mean of {len(rows)}: precision {100 * mean['precision']:.1f}, recall {100 * mean['recall']:.1f}, "
        f"F1 {100 * mean['f1']:.1f}; calibration error of all entities together: {100 * (pooled or 0.0):.1f}"
    )
    if options.json is not None:
        kept = {
            name: {key: value for key, value in row.items() if key not in ("scores", "rights")}
            for name, row in rows.items()
        }
        write_whole(options.json, json.dumps({"corpora": kept, "mean": mean, "pooled_error": pooled}, indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main())
