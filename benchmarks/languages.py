"""Measures what adapters of single languages gain: `python -m benchmarks.languages --data-root CORPORA`.

For each language of the mixture that has its own adapters, its corpora are read by these and by the multilingual ones,
with the types of each corpus. Of dev splits only documents are read by which no checkpoint was chosen; a star marks
corpora that have no such documents. `--also` names further files, such as other kinds of text, on which nothing should
be lost.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.quality import ends, measure, own_types, read_by, training_texts, with_languages, without_commas
from benchmarks.reading_options import add_measuring_options, asked_cascade
from cascade import Cascade, Document
from cascade.adapters.retrieval import Retriever
from cascade.commands.exit_status import exit_status
from cascade.errors import CascadeError
from cascade.languages.identification import language_code
from cascade.whole_files import write_whole
from data_formats import read
from train.corpora.loading import renamed, unseen_dev
from train.corpora.mixture_entry import name_of
from train.corpora.mixtures import Mixture, read_mixture, spoken_in
from train.languages import MIXTURE

WORSE = 0.003  # least loss of F1, as a fraction, that is reported; less is a handful of entities


@dataclass(frozen=True, slots=True)
class Corpus:
    """The documents to read.

    also: whether they are further documents, which do not count in the mean. mark: a star if checkpoints were chosen by
    these documents.
    """

    language: str
    name: str
    documents: tuple[Document, ...]
    mark: str = ""
    also: bool = False


def arguments() -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.languages", description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--data", type=Path, default=MIXTURE, help="mixture whose entries name languages (default: %(default)s)"
    )
    parser.add_argument(
        "--data-root", type=Path, help="folder that the mixture's paths start from (default: the mixture's)"
    )
    parser.add_argument(
        "--split",
        choices=("dev", "test"),
        default="test",
        help="dev documents, or test.jsonl beside each file (default: %(default)s)",
    )
    parser.add_argument(
        "--also", nargs="*", type=Path, default=[], help="further files of documents that name a language"
    )
    parser.add_argument(
        "--languages",
        help="languages as the mixture names them, separated by commas (default: all with adapters of their own)",
    )
    parser.add_argument("--sentences", type=int, help="sentences drawn from each corpus by --seed (default: all)")
    add_measuring_options(parser)
    parser.add_argument(
        "--multilingual",
        default="multilingual",
        help="pair for many languages, which is compared with those that build on it (default: %(default)s)",
    )
    return parser


def corpora_of(mixture: Mixture, language: str, root: Path, split: str) -> tuple[list[Corpus], list[str]]:
    """The corpora of a language that have the split, and the names of those that do not.

    Types are called as in training.
    """
    found, missing = list[Corpus](), list[str]()
    for entry in mixture.entries:
        if entry.get("language") != language:
            continue
        file = (root / entry["path"]).with_name("test.jsonl")
        if split == "test" and file.is_file():
            documents, mark = (
                [renamed(document, entry.get("rename", {})) for document in read(file, language=spoken_in(entry))],
                "",
            )
        elif split == "dev" and ("dev" in entry or "hold_out" in entry):
            documents, unseen = unseen_dev(entry, root)
            mark = "" if unseen else "*"
        else:
            missing.append(name_of(entry))
            continue
        found.append(Corpus(language, f"{name_of(entry)}/{split}", tuple(documents), mark))
    return found, missing


def further(files: Sequence[Path]) -> list[Corpus]:
    """Files of documents as corpora of the languages that their documents name."""
    found = []
    for file in files:
        documents = tuple(without_commas(read(file)))
        found.append(
            Corpus(
                "+".join(sorted({document.language or "none" for document in documents})),
                f"{file.parent.name}/{file.stem}",
                documents,
                also=True,
            )
        )
    return found


def compare(
    cascade: Cascade,
    documents: Sequence[Document],
    types: Sequence[str],
    widest: Retriever,
    own: Retriever,
    trained_on: Collection[str] = (),
) -> dict[str, Any]:
    """The figures of the multilingual adapters and of the language's own, and what the latter gain.

    The gain is a fraction of F1. trained_on: as in `quality.measure`.
    """
    figures: dict[str, Any] = {}
    for which, retriever in (("multilingual", widest), ("own", own)):
        with read_by(cascade, retriever):
            figures[which] = measure(cascade, documents, types, trained_on=trained_on)
    return figures | {"gain": figures["own"]["f1"] - figures["multilingual"]["f1"]}


def line(corpus: Corpus, figures: Mapping[str, Any]) -> str:
    """A row of the table, in percent."""
    parts = [f"{corpus.language:<15} {corpus.name + corpus.mark:<24}{figures['own']['sentences']:>7,}"]
    for which in ("multilingual", "own"):
        row = figures[which]
        parts.append(
            f"{100 * row['f1']:>14.1f}  "
            f"{ends(row['interval']):<13}{100 * row['span_f1']:>6.1f}{100 * row['type_accuracy']:>6.1f}"
        )
    return "".join(parts) + f"{100 * figures['gain']:>+8.1f}"


def summary(results: Mapping[str, Mapping[str, Any]]) -> str:
    """The mean gain over languages, and the corpora that lose, including those of `--also`.

    The gain of a language is the mean over its corpora.
    """
    by_language: dict[str, list[float]] = {}
    for row in results.values():
        if not row["also"]:
            by_language.setdefault(row["language"], []).append(row["gain"])
    means = [sum(gains) / len(gains) for gains in by_language.values()]
    worse = [f"{name} {100 * row['gain']:+.1f}" for name, row in results.items() if row["gain"] < -WORSE]
    mean = f"{100 * sum(means) / len(means):+.1f}" if means else "of no corpus"
    return (
        f"mean gain of {len(means)} languages: {mean}; worse by more than {100 * WORSE:.1f}: "
        f"{', '.join(worse) or 'none'}"
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    return exit_status(lambda: _measure_all(arguments().parse_args(argv)))


def _measure_all(options: argparse.Namespace) -> None:
    mixture, root = read_mixture(options.data), options.data_root or options.data.parent
    cascade = asked_cascade(options)
    widest = Retriever(cascade.shelf, by_hand=options.multilingual)
    own = with_languages(cascade.shelf, widest)

    def has_own(language: str | None) -> bool:
        return bool(language_code(language or "")) and own.named(language) != widest.named(None)

    known = [language for language in mixture.languages if any(map(has_own, language.split("+")))]
    wanted = options.languages.split(",") if options.languages else known
    if not wanted or set(wanted) - set(known):
        held, expected = ", ".join(known) or "none", ", ".join(wanted) or "some"
        raise CascadeError(
            f"{cascade.shelf.folder}: of the mixture's languages has adapters of {held}; expected those of {expected}"
        )
    corpora, missing = list[Corpus](), list[str]()
    for language in wanted:
        found, without = corpora_of(mixture, language, root, options.split)
        corpora, missing = corpora + found, missing + without
    if not corpora:
        raise CascadeError(
            f"{root}: {', '.join(missing)} have no {options.split} split there; expected one at least, or another "
            "--data-root"
        )
    corpora += further(options.also)
    for corpus in corpora:
        if odd := sorted(
            {document.language or "none" for document in corpus.documents if not has_own(document.language)}
        ):
            raise CascadeError(
                f"{corpus.name}: documents are in {', '.join(odd)}; expected languages with adapters of their own, "
                f"such as {', '.join(known)}"
            )
        if [each.name for each in corpora].count(corpus.name) > 1:
            raise CascadeError(
                f"{corpus.name}: two corpora are called so; expected files in folders of different names"
            )
    columns = "".join(f"{which:>14}  {'95 %':<13}{'spans':>6}{'types':>6}" for which in ("multilingual", "own"))
    print(f"{'language':<15} {'corpus':<24}{'sents':>7}{columns}{'gain':>8}", flush=True)
    results: dict[str, dict[str, Any]] = {}
    for corpus in corpora:
        drawn = random.Random(options.seed).sample(
            corpus.documents, min(options.sentences or len(corpus.documents), len(corpus.documents))
        )
        trained_on = set() if corpus.also else training_texts(corpus.name, root)
        figures = compare(cascade, drawn, own_types(corpus.documents), widest, own, trained_on)
        results[corpus.name] = {
            "language": corpus.language,
            "also": corpus.also,
            "chosen_by": bool(corpus.mark),
            **figures,
        }
        print(line(corpus, figures), flush=True)
        if options.json is not None:  # after each corpus, so that an interrupted run keeps its results
            write_whole(options.json, json.dumps(results, indent=1) + "\n")
    if missing:
        print(f"left out, without {options.split} documents: {', '.join(missing)}", flush=True)
    print(summary(results), flush=True)


if __name__ == "__main__":
    sys.exit(main())
