"""Measures what retrieval of adapters is worth: `python -m benchmarks.retrieval --data-root CORPORA`.

Dev documents of all languages of a mixture are shuffled into one job. The job is read with several choices of adapters:

- retrieved: by retrieval, without being told any language;
- centroid: those whose training texts are most like a document, by centroid alone, without language identification;
- oracle: those of the language that the corpus names;
- multilingual: the multilingual ones alone;
- wrong: those of another language on purpose.

Further rows: texts of at most 40 characters, two documents of different languages as one text, and languages that no
adapter was trained on.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.quality import asked_for, read_by, with_languages
from benchmarks.reading_options import add_measuring_options, asked_cascade
from cascade import Cascade, Document, Entity
from cascade.adapters.card import STAGES
from cascade.adapters.centroid import Nearest, read_centroid
from cascade.adapters.retrieval import Retriever
from cascade.commands.exit_status import exit_status
from cascade.errors import AdapterError, CascadeError
from cascade.languages.identification import language_code
from cascade.pipeline.facade import DEFAULT_TYPES
from cascade.scoring.scores import score
from cascade.whole_files import write_whole
from data_formats import read
from train.corpora.loading import unseen_dev
from train.corpora.mixture_entry import name_of
from train.corpora.mixtures import read_mixture
from train.languages import MIXTURE

SHORT = 40  # characters
MostLike = Callable[[str], str]
CONDITIONS = ("retrieved", "centroid", "oracle", "multilingual", "wrong")


@dataclass(frozen=True, slots=True)
class Job:
    """Documents with gold entities, all of one language or of many.

    Each document names the language whose adapters are the right ones.
    """

    name: str
    documents: tuple[Document, ...]


def arguments() -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.retrieval", description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--data",
        type=Path,
        default=MIXTURE,
        help="mixture whose entries name languages and dev documents (default: %(default)s)",
    )
    parser.add_argument(
        "--data-root", type=Path, help="folder that the mixture's paths start from (default: the mixture's)"
    )
    parser.add_argument(
        "--unsupported", default="", help="files of documents in languages without adapters, separated by commas"
    )
    parser.add_argument(
        "--documents", type=int, default=100, help="most documents of each language (default: %(default)s)"
    )
    parser.add_argument("--types", default=",".join(DEFAULT_TYPES))
    add_measuring_options(parser)
    parser.add_argument(
        "--multilingual",
        default="multilingual",
        help="pair for many languages; it and those that build on it are chosen from (default: %(default)s)",
    )
    return parser


def jobs(by_language: Mapping[str, Sequence[Document]], unsupported: Sequence[Document], *, seed: int) -> list[Job]:
    """The jobs of the table, that of all languages first; jobs without documents are left out."""
    source = random.Random(seed)
    mixed = [document for documents in by_language.values() for document in documents]
    source.shuffle(mixed)
    pairs = zip(mixed[::2], mixed[1::2], strict=False)
    switching = [_one_text(left, right) for left, right in pairs if left.language != right.language]
    made = [
        Job("all languages", tuple(mixed)),
        Job(f"up to {SHORT} characters", tuple(document for document in mixed if len(document.text) <= SHORT)),
    ]
    made += [Job("two languages a text", tuple(switching)), Job("unsupported languages", tuple(unsupported))]
    made += [Job(language, tuple(documents)) for language, documents in by_language.items()]
    return [job for job in made if job.documents]


def _one_text(left: Document, right: Document) -> Document:
    """Both documents as one, in the language of the longer one."""
    shift = len(left.text) + 1
    moved = [Entity(entity.start + shift, entity.end + shift, entity.type) for entity in right.entities]
    longer = max((left, right), key=lambda document: len(document.text))
    return Document(f"{left.id} {right.id}", f"{left.text} {right.text}", longer.language, (*left.entities, *moved))


def measure(
    cascade: Cascade, job: Job, types: Sequence[str], languages: Sequence[str], widest: Retriever, most_like: MostLike
) -> dict[str, Any]:
    """Strict F1 for each choice of adapters, and how often retrieval chose which.

    The latter are shares of documents that got the oracle's adapters, the multilingual ones instead, or others. widest:
    gives all documents the adapters for the most languages. most_like: from `by_centroid`; `right` in the figures of
    that choice is the share of documents that got the oracle's adapters. If no language has other adapters than a
    document's own, the wrong ones are the same.
    """
    by_language = cascade.retriever
    names = {adapter.name for adapter in widest.named(None)}
    asked = {
        "retrieved": [replace(document, language=None, entities=()) for document in job.documents],
        "centroid": [replace(document, language=most_like(document.text), entities=()) for document in job.documents],
        "oracle": [replace(document, entities=()) for document in job.documents],
        "multilingual": [replace(document, entities=()) for document in job.documents],
        "wrong": [
            replace(document, language=another(document.language, languages, by_language), entities=())
            for document in job.documents
        ],
    }
    figures: dict[str, Any] = {
        "documents": len(job.documents),
        "entities": sum(len(document.entities) for document in job.documents),
    }
    found: dict[str, list[Document]] = {}
    for condition in CONDITIONS:
        with read_by(cascade, widest if condition == "multilingual" else by_language):
            found[condition] = cascade(asked[condition], types)
        report = score(job.documents, found[condition])
        figures[condition] = {
            "f1": report.strict.f1,
            "interval": [report.f1_interval.low, report.f1_interval.high] if report.f1_interval else None,
        }
    near = sum(
        answer.adapters == right.adapters for answer, right in zip(found["centroid"], found["oracle"], strict=True)
    )
    figures["centroid"]["right"] = near / len(job.documents)
    counts = dict.fromkeys(("right", "multilingual", "other"), 0)
    for answer, right in zip(found["retrieved"], found["oracle"], strict=True):
        same = answer.adapters == right.adapters
        counts["right" if same else "multilingual" if set(answer.adapters) <= names else "other"] += 1
    return figures | {"adapters": {name: count / len(job.documents) for name, count in counts.items()}}


def by_centroid(cascade: Cascade, widest: Retriever) -> MostLike:
    """A function that names a language of the extractor whose training texts a text is most like.

    The extractors for the most languages are left out. Raises AdapterError if an extractor has no centroid, or if there
    are no other extractors.
    """
    others = [
        adapter
        for adapter in cascade.retriever.shelf.of_stage("extractor")
        if adapter not in widest.adapters and adapter.languages
    ]
    if not others:
        raise AdapterError(
            f"{cascade.shelf.folder}: there is no extractor of single languages; expected some, as `python -m "
            "train.languages` makes them"
        )
    nearest = Nearest([read_centroid(adapter.folder) for adapter in others])
    return lambda text: min(others[nearest(cascade.base.embedding_of(text))].languages)


def another(language: str | None, languages: Sequence[str], retriever: Retriever) -> str | None:
    """The next language of the list whose adapters are neither the language's own nor those for the most languages.

    The same language if there is none.
    """
    code, own = language_code(language or ""), retriever.named(language)
    codes = [each.split("+")[0] for each in languages]
    place = next((index for index, each in enumerate(languages) if code in each.split("+")), -1)
    for other in (*codes[place + 1 :], *codes[: place + 1]):
        others = retriever.named(other)
        if others not in (own, retriever.named(None)):
            return other
    return language


def head() -> str:
    """The header of the table."""
    return f"{'job':<24}{'docs':>7}{'right':>8}{'multil.':>8}{'other':>7}{'right by c.':>13}" + "".join(
        f"{condition:>14}" for condition in CONDITIONS
    )


def line(name: str, figures: Mapping[str, Any]) -> str:
    """A row of the table: shares and F1 in percent."""
    shares = figures["adapters"]
    return (
        f"{name:<24}{figures['documents']:>7,}{100 * shares['right']:>8.1f}"
        + f"{100 * shares['multilingual']:>8.1f}{100 * shares['other']:>7.1f}"
        + f"{100 * figures['centroid']['right']:>13.1f}"
        + "".join(f"{100 * figures[condition]['f1']:>14.1f}" for condition in CONDITIONS)
    )


def dev_documents(options: argparse.Namespace, types: Sequence[str]) -> dict[str, list[Document]]:
    """Dev documents of each language of the mixture, with the gold entities of the given types.

    If possible, these are documents by which no checkpoint was chosen.
    """
    found: dict[str, list[Document]] = {}
    mixture = read_mixture(options.data)
    for language in mixture.languages:
        code, documents = language.partition("+")[0], list[Document]()
        for entry in mixture.entries:
            if entry.get("language") == language and {"dev", "hold_out"} & set(entry):
                unseen, _ = unseen_dev(entry, options.data_root or options.data.parent)
                documents += [
                    replace(document, id=f"{name_of(entry)}/{document.id}") for document in asked_for(unseen, types)
                ]
        random.Random(options.seed).shuffle(documents)
        found[language] = [
            replace(document, language=document.language or code) for document in documents[: options.documents]
        ]
    return found


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    return exit_status(lambda: _measure_all(arguments().parse_args(argv)))


def _measure_all(options: argparse.Namespace) -> None:
    types = options.types.split(",")
    by_language = dev_documents(options, types)
    unsupported: list[Document] = []
    for file in filter(None, options.unsupported.split(",")):
        documents = list(read(file))
        if any(not language_code(document.language or "") for document in documents):
            raise CascadeError(
                f"{file}: a document names no language; expected all to, as by that they are known to be unsupported"
            )
        drawn = random.Random(options.seed).sample(documents, min(options.documents, len(documents)))
        unsupported += [replace(document, id=f"{file}/{document.id}") for document in asked_for(drawn, types)]
    cascade = asked_cascade(options)
    if not cascade.retriever.chooses:
        raise CascadeError(
            f"{cascade.shelf.folder}: holds one adapter of each of {' and '.join(STAGES)}; expected adapters of "
            "languages to choose from"
        )
    widest = Retriever(cascade.shelf, by_hand=options.multilingual)
    cascade.retriever = with_languages(cascade.shelf, widest)
    most_like = by_centroid(cascade, widest)
    print(head(), flush=True)
    results: dict[str, dict[str, Any]] = {}
    for job in jobs(by_language, unsupported, seed=options.seed):
        results[job.name] = measure(cascade, job, types, list(by_language), widest, most_like)
        print(line(job.name, results[job.name]), flush=True)
        if options.json is not None:  # after each job, so that an interrupted run keeps its results
            write_whole(options.json, json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main())
