"""Measures accuracy on public corpora: `python -m benchmarks.quality --data FOLDER`.

The table shows strict F1 with 95 % intervals. FOLDER holds corpora as JSON lines (`NAME/dev.jsonl`, `NAME/test.jsonl`);
others come from the hub (`hub:unimelb-nlp/wikiann:de:test`). The whole cascade runs in one process and is scored as
`evaluate.py` does, on the requested types. Below the row of a whole test split come figures that papers print for it.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.hub_corpora import MARK, read_hub
from benchmarks.published import CROSSNER, published
from benchmarks.reading_options import add_measuring_options, asked_cascade
from cascade import Cascade, Document
from cascade.adapters.card import AdapterShelf
from cascade.adapters.retrieval import Retriever
from cascade.commands.exit_status import exit_status
from cascade.pipeline.facade import DEFAULT_TYPES
from cascade.scoring.report import ScoreReport
from cascade.scoring.scores import score
from cascade.whole_files import write_whole
from data_formats import read
from train.corpora.deduplication import key, keys
from train.corpora.loading import renamed

# corpus/split of the results table: natural text first, then tokenised silver data from Wikipedia
CORPORA = (
    *(f"uner_{name}/dev" for name in ("en-ewt", "pt-bosque", "zh-gsdsimp", "hr-set", "sv-talbanken")),
    *(f"panx_{language}/test" for language in ("de", "en", "es", "nl", "pl", "ru")),
)
FAMILIES = {"crossner": CROSSNER}  # families whose mean papers print, with their corpora


def arguments() -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path(), help="folder of the corpora")
    parser.add_argument(
        "--corpora",
        default=",".join(CORPORA),
        help="corpus/split or hub:..., separated by commas (default: those of the results table)",
    )
    parser.add_argument(
        "--types",
        default=",".join(DEFAULT_TYPES),
        help="separated by commas; `corpus` asks for each corpus' own (default: %(default)s)",
    )
    parser.add_argument("--sentences", type=int, help="sentences drawn from each corpus by --seed (default: all)")
    parser.add_argument(
        "--paragraphs",
        action="store_true",
        help="read neighbouring sentences together, as `infer.py --paragraphs` does",
    )
    add_measuring_options(parser)
    parser.add_argument("--markdown", type=Path, help="also write a table here, with the figures that papers print")
    return parser


def corpus(name: str, data: Path) -> list[Document]:
    """The documents of `NAME/SPLIT` below a folder, or of a corpus on the hub; types without commas."""
    return list(without_commas(read_hub(name) if name.startswith(MARK) else read(data / f"{name}.jsonl")))


def without_commas(documents: Iterable[Document]) -> Iterator[Document]:
    """The documents with `or` in the place of commas in types, as mixtures name them: no prompt can hold commas."""
    for document in documents:
        names = {entity.type: entity.type.replace(",", " or") for entity in document.entities if "," in entity.type}
        yield renamed(document, names) if names else document


def training_texts(name: str, data: Path) -> set[str]:
    """The texts of a corpus' training split, in the form in which they are compared; empty if there is no such file."""
    file = data / f"{name.partition('/')[0]}/train.jsonl"
    return keys(read(file)) if not name.startswith(MARK) and not name.endswith("/train") and file.is_file() else set()


def own_types(documents: Sequence[Document]) -> list[str]:
    """The types of a corpus, in alphabetical order."""
    return sorted({entity.type for document in documents for entity in document.entities})


def family(name: str) -> str:
    """The family that a corpus is averaged with.

    It is `panx` for `panx_de/test`, and `wikiann` for `hub:unimelb-nlp/wikiann:de:test`.
    """
    return name.removeprefix(MARK).split(":")[0].split("/")[-1] if name.startswith(MARK) else name.split("_")[0]


def means(figures: Mapping[str, Mapping[str, Any]]) -> dict[str, float]:
    """The mean F1, as a fraction, of each family with more than one corpus."""
    families: dict[str, list[float]] = {}
    for name, row in figures.items():
        families.setdefault(family(name), []).append(row["f1"])
    return {name: sum(scores) / len(scores) for name, scores in sorted(families.items()) if len(scores) > 1}


def markdown(figures: Mapping[str, Mapping[str, Any]], *, whole: bool = True) -> str:
    """The figures as a Markdown table, in percent.

    whole: whether whole splits were read; quoted rows then follow them, in italics.
    """
    lines = [
        "| corpus | sentences | strict F1 [95 % interval] | spans | types | calibration error |",
        "|---|---|---|---|---|---|",
    ]
    for name, row in figures.items():
        error = "" if row["calibration_error"] is None else f"{100 * row['calibration_error']:.1f}"
        measured = (
            f"**{100 * row['f1']:.1f}** {ends(row['interval'])} | {100 * row['span_f1']:.1f} | "
            f"{100 * row['type_accuracy']:.1f} | {error}"
        )
        lines += [
            f"| {name} | {row['sentences']:,} | {measured} |",
            *(_quoted(name) if whole and not row["not_asked_for"] else []),
        ]
    for name, mean in means(figures).items():
        members = {each: row for each, row in figures.items() if family(each) == name}
        complete = (
            whole
            and set(FAMILIES.get(name, ())) == set(members)
            and not any(row["not_asked_for"] for row in members.values())
        )
        lines += [f"| {name} mean | | **{100 * mean:.1f}** | | | |", *(_quoted(f"{name} mean") if complete else [])]
    return "\n".join(lines) + "\n"


def drawn(documents: Sequence[Document], count: int, source: random.Random, *, neighbours: bool) -> list[Document]:
    """`count` documents: from anywhere, or a run of neighbours."""
    if not neighbours:
        return source.sample(documents, count)
    first = source.randrange(len(documents) - count + 1)
    return list(documents[first : first + count])


def _quoted(name: str) -> list[str]:
    return [
        f"| *{each.system}, {each.setting}, quoted from {each.source}* | | *{each.f1}* | | | |"
        for each in published(name)
    ]


def asked_for(documents: Sequence[Document], types: Sequence[str]) -> list[Document]:
    """The documents with only the entities of the given types."""
    return [
        document.with_entities(entity for entity in document.entities if entity.type in types) for document in documents
    ]


def unlabelled(documents: Sequence[Document]) -> list[Document]:
    """The documents without entities, as a user would give them."""
    return [Document(document.id, document.text, document.language) for document in documents]


def measure(
    cascade: Cascade,
    documents: Sequence[Document],
    types: Sequence[str],
    *,
    paragraphs: bool = False,
    trained_on: Collection[str] = (),
) -> dict[str, Any]:
    """Strict and span F1 with intervals, type accuracy, calibration error and sentences a second for one corpus.

    Gold entities of other types are left out of the score and counted as `not_asked_for`. trained_on: texts of the
    corpus' training split, in the form of `train.corpora.deduplication`; if they include some of the documents,
    `unseen` has the scores of the others.
    """
    gold = asked_for(documents, types)
    started = time.monotonic()
    predicted = cascade(unlabelled(documents), types, paragraphs=paragraphs)
    seconds = time.monotonic() - started
    report = score(gold, predicted)
    pairs = [(truth, found) for truth, found in zip(gold, predicted, strict=True) if key(truth.text) not in trained_on]
    unseen = (
        {"sentences": len(pairs), **scores_of(score(*map(list, zip(*pairs, strict=True))))}
        if 0 < len(pairs) < len(gold)
        else None
    )
    return {
        "sentences": len(documents),
        "entities": report.strict.gold,
        "not_asked_for": sum(len(document.entities) for document in documents) - report.strict.gold,
        **scores_of(report),
        "sentences_per_second": len(documents) / seconds,
        **({"unseen": unseen} if unseen is not None else {}),
    }


@contextmanager
def read_by(cascade: Cascade, retriever: Retriever) -> Iterator[None]:
    """A context in which another retriever chooses the adapters."""
    own, cascade.retriever = cascade.retriever, retriever
    try:
        yield
    finally:
        cascade.retriever = own


def with_languages(shelf: AdapterShelf, widest: Retriever) -> Retriever:
    """What chooses among the adapters of `widest` and those that build on them, and takes no other pair."""
    folders = {adapter.folder for adapter in widest.adapters}
    return Retriever(shelf.among([each for each in shelf.adapters if shelf.root(each).folder in folders]), tells=True)


def scores_of(report: ScoreReport) -> dict[str, Any]:
    """The figures of a report that tables show: fractions, and the ends of the interval of F1."""
    interval = report.f1_interval
    return {
        "f1": report.strict.f1,
        "interval": [interval.low, interval.high] if interval else None,
        "precision": report.strict.precision,
        "recall": report.strict.recall,
        "span_f1": report.span.f1,
        "type_accuracy": report.type_accuracy,
        "calibration_error": report.calibration_error,
    }


def ends(interval: Sequence[float] | None) -> str:
    """An interval of fractions as `[low, high]` in percent; "" for None."""
    return "" if interval is None else f"[{100 * interval[0]:.1f}, {100 * interval[1]:.1f}]"


def line(name: str, row: Mapping[str, Any]) -> str:
    """A row of the table; fractions in percent."""
    error = "" if row["calibration_error"] is None else f"{100 * row['calibration_error']:.1f}"
    return (
        f"{name:<24}{row['sentences']:>8,}{row['entities']:>9,}{100 * row['f1']:>9.1f}  {ends(row['interval']):<12}"
        f"{100 * row['span_f1']:>9.1f}{100 * row['type_accuracy']:>8.1f}{error:>7}{row['sentences_per_second']:>10.1f}"
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    return exit_status(lambda: _measure_all(arguments().parse_args(argv)))


def _measure_all(options: argparse.Namespace) -> None:
    figures: dict[str, dict[str, Any]] = {}
    cascade = asked_cascade(options)
    print(
        f"{'corpus':<24}{'sents':>8}{'entities':>9}{'F1':>9}  "
        f"{'95 % interval':<12}{'span F1':>9}{'types':>8}{'ECE':>7}{'sents/s':>10}",
        flush=True,
    )
    for name in options.corpora.split(","):
        documents = corpus(name, options.data)
        types = own_types(documents) if options.types == "corpus" else options.types.split(",")
        if options.sentences is not None and options.sentences < len(documents):
            documents = drawn(documents, options.sentences, random.Random(options.seed), neighbours=options.paragraphs)
        figures[name] = measure(
            cascade, documents, types, paragraphs=options.paragraphs, trained_on=training_texts(name, options.data)
        )
        print(line(name, figures[name]), flush=True)
        if unseen := figures[name].get("unseen"):
            others = len(documents) - unseen["sentences"]
            print(
                f"  without the {others:,} sentences that its training split has too: {100 * unseen['f1']:.1f} "
                f"{ends(unseen['interval'])}",
                flush=True,
            )
        if figures[name]["not_asked_for"]:
            print(
                f"  {figures[name]['not_asked_for']:,} gold entities are of types that were not asked for, and not "
                "scored",
                flush=True,
            )
        for each in published(name) if options.sentences is None and not figures[name]["not_asked_for"] else ():
            print(f"  quoted: {each.system}, {each.setting}: {each.f1} ({each.source})", flush=True)
        for file, content in (
            (options.json, json.dumps(figures, indent=1) + "\n"),
            (options.markdown, markdown(figures, whole=options.sentences is None)),
        ):
            if file is not None:  # after each corpus, so that an interrupted run keeps its results
                write_whole(file, content)
    for name, mean in means(figures).items():
        print(f"{name + ' mean':<24}{100 * mean:>26.1f}")


if __name__ == "__main__":
    sys.exit(main())
