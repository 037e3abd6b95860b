"""What adapters of single languages gain: `python -m benchmarks.languages --data-root CORPORA`, each language's corpora read with them and without.

For every language of the mixture that has adapters of its own, the test splits of its corpora are read by these and by the multilingual ones, with the types
of each corpus.  `--also` names further files, such as other kinds of text, on which nothing should be lost.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from benchmarks.quality import ends, measure, own_types
from cascade import Cascade, Document
from cascade.errors import CascadeError
from cascade.language_identification import language_code
from cascade.retrieval import Retriever
from data_formats import read
from data_formats.exit_status import exit_status
from train.corpora import renamed
from train.languages import MIXTURE, languages_of

WORSE = 0.003  # F1, a fraction: what is within rounding and the draw of sentences


def arguments() -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.languages", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=MIXTURE, help="mixture whose entries name languages (default: %(default)s)")
    parser.add_argument("--data-root", type=Path, help="folder that the mixture's paths start from (default: the mixture's)")
    parser.add_argument("--split", choices=("dev", "test"), default="test", help="file beside each entry's training file (default: %(default)s)")
    parser.add_argument("--also", nargs="*", type=Path, default=[], help="further files of documents that name a language")
    parser.add_argument("--languages", help="codes separated by commas (default: all that have adapters of their own)")
    parser.add_argument("--sentences", type=int, help="draw so many sentences of each file by --seed (default: all)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--base")
    parser.add_argument("--precision", default="auto")
    parser.add_argument("--adapters", type=Path)
    parser.add_argument("--multilingual", default="multilingual", help="folder name of the adapters of most languages (default: %(default)s)")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    return parser


def corpora_of(language: str, mixture: Path, root: Path, split: str) -> Iterator[tuple[str, list[Document]]]:
    """Name and documents of each corpus of a language that has the split, types called as in training."""
    for entry in yaml.safe_load(mixture.read_text(encoding="utf-8"))["corpora"]:
        file = (root / entry["path"]).with_name(f"{split}.jsonl")
        if entry.get("language") == language and file.is_file():
            spoken = language if "+" not in language else None
            yield f"{file.parent.name}/{split}", [renamed(document, entry.get("rename", {})) for document in read(file, language=spoken)]


def compare(cascade: Cascade, documents: Sequence[Document], widest: Retriever) -> dict[str, Any]:
    """Figures of the adapters of the documents' languages and of those of most languages, and how much better the former are, a fraction of F1."""
    own, types = cascade.retriever, own_types(documents)
    figures: dict[str, Any] = {"own": measure(cascade, documents, types)}
    cascade.retriever = widest
    try:
        figures["multilingual"] = measure(cascade, documents, types)
    finally:
        cascade.retriever = own
    return figures | {"gain": figures["own"]["f1"] - figures["multilingual"]["f1"]}


def line(language: str, name: str, figures: Mapping[str, Any]) -> str:
    """One line of the table, in percent."""
    parts = [f"{language:<10}{name:<24}{figures['own']['sentences']:>7,}"]
    for which in ("multilingual", "own"):
        row = figures[which]
        parts.append(f"{100 * row['f1']:>14.1f}  {ends(row['interval']):<13}{100 * row['span_f1']:>6.1f}{100 * row['type_accuracy']:>6.1f}")
    return "".join(parts) + f"{100 * figures['gain']:>+8.1f}"


def summary(results: Mapping[str, Mapping[str, Any]]) -> str:
    """The mean gain over languages, each the mean of its own corpora, and which corpora lose, those of `--also` among them."""
    by_language: dict[str, list[float]] = {}
    for row in results.values():
        if not row["also"]:
            by_language.setdefault(row["language"], []).append(row["gain"])
    means = [sum(gains) / len(gains) for gains in by_language.values()]
    worse = [f"{name} {100 * row['gain']:+.1f}" for name, row in results.items() if row["gain"] < -WORSE]
    mean = f"{100 * sum(means) / len(means):+.1f}" if means else "of no corpus"
    return f"mean gain of {len(means)} languages: {mean}; worse by more than {100 * WORSE:.1f}: {', '.join(worse) or 'none'}"


def main(argv: Sequence[str] | None = None) -> int:
    """The command; returns its exit status."""
    return exit_status(lambda: _measure_all(arguments().parse_args(argv)))


def _measure_all(options: argparse.Namespace) -> None:
    cascade = Cascade.load(options.base, adapters=options.adapters, precision=options.precision)
    widest = Retriever(cascade.shelf, by_hand=options.multilingual)

    def has_own(language: str | None) -> bool:
        return cascade.retriever.named(language) != widest.named(None)

    known = [language for language in languages_of(options.data) if has_own(language.partition("+")[0])]
    wanted = options.languages.split(",") if options.languages else known
    if not wanted or set(wanted) - set(known):
        held, expected = ", ".join(known) or "no single language", ", ".join(wanted) or "some"
        raise CascadeError(f"{cascade.shelf.folder}: has adapters of {held}; expected those of {expected}")
    root = options.data_root or options.data.parent
    files = [(language, *each, False) for language in wanted for each in corpora_of(language, options.data, root, options.split)]
    for file in options.also:
        documents = list(read(file))
        spoken = sorted({language_code(document.language or "") or "none" for document in documents})
        if not all(has_own(language) for language in spoken):
            raise CascadeError(f"{file}: is in {', '.join(spoken)}; expected languages with adapters of their own, such as {', '.join(known)}")
        files.append(("+".join(spoken), f"{file.parent.name}/{file.stem}", documents, True))
    columns = "".join(f"{which:>14}  {'95 %':<13}{'spans':>6}{'types':>6}" for which in ("multilingual", "own"))
    print(f"{'language':<10}{'corpus':<24}{'sents':>7}{columns}{'gain':>8}", flush=True)
    results: dict[str, dict[str, Any]] = {}
    for language, name, documents, also in files:
        drawn = random.Random(options.seed).sample(documents, min(options.sentences or len(documents), len(documents)))
        results[name] = {"language": language, "also": also, **compare(cascade, drawn, widest)}
        print(line(language, name, results[name]), flush=True)
        if options.json is not None:  # after each corpus, so that an interrupted run leaves what it has
            options.json.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    print(summary(results), flush=True)


if __name__ == "__main__":
    sys.exit(main())
