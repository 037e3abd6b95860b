"""Measures F1 of each language for the page of all languages: `python -m benchmarks.language_scores --data FOLDER ...`.

Of each language that `corpora.txt` knows, the first corpora are read that have dev or test documents, asked for their
own types: by the multilingual pair, and by the language's own adapters where it has some. The figures are written for
`python -m benchmarks.language_table`. With --languages, those of other languages are kept.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.language_corpora import KnownCorpus, known_corpora, of_language
from benchmarks.language_table import SCORES, trained_on
from benchmarks.quality import ends, measure, own_types, read_by, without_commas
from benchmarks.reading_options import add_reading_options, asked_cascade
from cascade import Cascade, Document
from cascade.adapters.card import STAGES
from cascade.adapters.retrieval import Retriever
from cascade.commands.exit_status import exit_status
from cascade.commands.option_types import positive
from cascade.errors import CascadeError
from cascade.text.type_spelling import spelled
from cascade.whole_files import write_whole
from data_formats import read
from train.corpora.deduplication import key, keys

_KEPT = ("sentences", "entities", "f1", "interval", "span_f1", "type_accuracy")


def files_of(corpora: Sequence[KnownCorpus], folders: Sequence[Path], most: int) -> Iterator[tuple[KnownCorpus, Path]]:
    """The first `most` corpora of each language that are there, each with its dev documents, or else those of its test
    split.
    """
    for code in dict.fromkeys(corpus.language for corpus in corpora):
        found = 0
        for corpus in of_language(corpora, code):
            places = [folder / corpus.name / f"{split}.jsonl" for split in ("dev", "test") for folder in folders]
            if found < most and (there := next((place for place in places if place.is_file()), None)) is not None:
                found += 1
                yield corpus, there


def figures(
    cascade: Cascade, widest: Retriever, corpus: KnownCorpus, documents: Sequence[Document], types: Sequence[str]
) -> dict[str, Any]:
    """The figures of a corpus by the multilingual pair, and by the language's own adapters if it has some."""
    readers = {"multilingual": widest}
    asked = [spelled(name) for name in types]
    if cascade.retriever.for_types(asked).named(corpus.language) != widest.for_types(asked).named(None):
        readers["own"] = cascade.retriever
    made: dict[str, Any] = {"language": corpus.language, "types": len(types)}
    for which, retriever in readers.items():
        with read_by(cascade, retriever):
            row = measure(cascade, documents, types)
            made[which] = {key: row[key] for key in _KEPT}
    return made


def trained_texts(
    corpora: Sequence[KnownCorpus], code: str, folders: Sequence[Path], used: Collection[str]
) -> set[str]:
    """The texts of the training splits of a language's corpora that adapters were trained on, as they are compared.

    Corpora share texts: WikiNEuRal's and the like are in several.
    """
    files = (folder / corpus.name / "train.jsonl" for corpus in of_language(corpora, code) for folder in folders)
    return set().union(*(keys(read(file)) for file in files if file.parent.name in used and file.is_file()))


def kept(file: Path, setting: Mapping[str, Any], languages: Sequence[str]) -> dict[str, Any]:
    """The figures of a file that are not of these languages; raises CascadeError if they were measured otherwise."""
    if not languages or not file.is_file():
        return {}
    before = json.loads(file.read_text(encoding="utf-8"))
    if before.get("setting") != setting:
        raise CascadeError(
            f"{file}: holds figures measured with {before.get('setting')}, and {dict(setting)} is asked for; expected "
            "the same for all languages. Measure all of them, or write elsewhere with --json"
        )
    return {name: row for name, row in before["corpora"].items() if row["language"] not in languages}


def line(name: str, row: Mapping[str, Any]) -> str:
    """A row of the table, in percent."""
    cells = [f"{row['language']:4} {name:28} {row['multilingual']['sentences']:6,} {row['types']:6,}"]
    for which in ("multilingual", "own"):
        if which in row:
            cells.append(f"{which} {100 * row[which]['f1']:5.1f} {ends(row[which]['interval'])}")
    return "  ".join(cells)


def arguments() -> argparse.ArgumentParser:
    """The command's options."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.language_scores", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="folders of corpora as JSON lines")
    parser.add_argument("--languages", help="codes, separated by commas (default: all)")
    parser.add_argument("--most", type=positive, default=2, help="corpora of a language (default: %(default)s)")
    parser.add_argument("--sentences", type=positive, default=200, help="drawn from each (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--multilingual", help="the pair for all languages (default: the whole ones for the types)")
    parser.add_argument("--json", type=Path, default=SCORES, help="file of figures (default: %(default)s)")
    add_reading_options(parser)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    return exit_status(lambda: _run(arguments().parse_args(argv)))


def _run(options: argparse.Namespace) -> None:
    known = known_corpora()
    wanted = options.languages.split(",") if options.languages else []
    if strange := sorted(set(wanted) - {corpus.language for corpus in known}):
        raise CascadeError(f"--languages: of {', '.join(strange)} no corpus is known; expected such as de,fr")
    setting = {"sentences": options.sentences, "most": options.most, "seed": options.seed}
    setting |= {"base": options.base, "pair": options.multilingual, "min_score": options.min_score}
    setting |= {"texts": "that no adapter was trained on"}
    rows = kept(options.json, setting, wanted)
    asked = [corpus for corpus in known if not wanted or corpus.language in wanted]
    found = list(files_of(asked, options.data, options.most))
    if not found:
        folders = ", ".join(map(str, options.data))
        raise CascadeError(f"{folders}: holds no dev.jsonl or test.jsonl of a known corpus; expected NAME/dev.jsonl")
    cascade = asked_cascade(options)
    whole = [adapter for stage in STAGES for adapter in cascade.shelf.whole(stage)]
    shelf = cascade.shelf if options.multilingual else cascade.shelf.among(whole)
    widest = Retriever(shelf, by_hand=options.multilingual, tells=True)
    used = trained_on(cascade.shelf.adapters)
    for corpus, file in found:
        known_texts = trained_texts(known, corpus.language, options.data, used)
        every = list(without_commas(read(file, language=corpus.language)))
        unknown = [document for document in every if key(document.text) not in known_texts]
        name = f"{corpus.name}/{file.stem}"
        if not unknown:
            print(f"{name}: left out, as adapters were trained on each of its texts", flush=True)
            continue
        documents = random.Random(options.seed).sample(unknown, min(options.sentences, len(unknown)))
        rows[name] = figures(cascade, widest, corpus, documents, own_types(every))
        print(line(name, rows[name]), flush=True)
        # after each corpus, so that an interrupted run keeps its results
        write_whole(options.json, json.dumps({"setting": setting, "corpora": rows}, indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main())
