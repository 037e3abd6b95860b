"""Fits the lowest score of each type on dev documents: `python -m train.thresholds DEV.jsonl -o thresholds.json`.

`infer.py --thresholds thresholds.json` then leaves out entities that are less likely. By default each type's F1 is the
highest that a threshold gives; with `--precision-wanted P` the recall is, among thresholds with that precision. Types
with few entities share one threshold.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cascade import Cascade, Document
from cascade.adapters.card import Adapter
from cascade.commands.exit_status import exit_status
from cascade.commands.option_types import named_path, positive, probability
from cascade.commands.output_options import check_written
from cascade.errors import AdapterError, CascadeError
from cascade.pipeline.loading import named_retriever
from cascade.pipeline.min_score import MIN_SCORE, OTHER_TYPES, lowest_scores
from cascade.scoring.report import Counts
from cascade.scoring.scores import mention
from cascade.text.type_spelling import spelled
from cascade.whole_files import write_whole
from data_formats import read

FEWEST = 20  # entities, gold or found, that a type has at least to get a threshold of its own (not tuned)
_FOLDS = 5
_MOST_LISTED = 20  # types in a message


@dataclass(frozen=True, slots=True)
class Found:
    """An entity that was found in document number `document`: its type, its score, and whether it is right."""

    document: int
    type: str
    score: float
    right: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was found in some documents without leaving anything out, and the types of their gold entities.

    gold: (document number, type) of each gold entity.
    """

    found: Sequence[Found]
    gold: Sequence[tuple[int, str]]

    def of(self, documents: set[int]) -> Outcome:
        """The part of some documents."""
        return Outcome(
            [each for each in self.found if each.document in documents],
            [each for each in self.gold if each[0] in documents],
        )

    def f1(self, thresholds: Mapping[str, float]) -> float:
        """Micro-F1 of the entities that are left."""
        lowest = lowest_scores(thresholds, {each.type for each in self.found})
        kept = [each for each in self.found if each.score >= lowest[each.type]]
        return micro_f1(sum(each.right for each in kept), len(kept), len(self.gold))


def micro_f1(right: int, found: int, gold: int) -> float:
    """F1 of so many right entities among those found and those to find."""
    return Counts(tp=right, fp=found - right, fn=gold - right).f1


def outcome(gold: Sequence[Document], found: Iterable[Document]) -> Outcome:
    """What was found, compared with the gold documents, which are in the same order."""
    hits: list[Found] = []
    types: list[tuple[int, str]] = []
    for number, (right, document) in enumerate(zip(gold, found, strict=True)):
        answers = {mention(entity, ignore_case=False) for entity in right.entities}
        types += [(number, name) for _, _, name in sorted(answers)]
        for entity in document.entities:
            is_right = mention(entity, ignore_case=False) in answers
            hits.append(Found(number, entity.type, 1.0 if entity.score is None else entity.score, is_right))
    return Outcome(hits, types)


def of_types(documents: Iterable[Document], types: Sequence[str]) -> list[Document]:
    """The documents with their entities of these types alone, under these names: PER and person are the same words."""
    same_words = {spelled(name): name for name in types} | {name: name for name in types}
    return [
        document.with_entities(
            replace(entity, type=name)
            for entity in document.entities
            if (name := same_words.get(entity.type) or same_words.get(spelled(entity.type)))
        )
        for document in documents
    ]


def best_threshold(found: Sequence[tuple[float, bool]], gold: int, *, precision: float | None = None) -> float:
    """The threshold with the highest F1, or with the highest recall among those with a precision.

    found: score and rightness of each entity. gold: the number of entities to find. It lies half-way between the
    lowest score that is kept and the highest that is not. Where no threshold has the precision, nothing is kept.
    """
    ordered = sorted(found, key=lambda each: -each[0])
    best, kept, hits = 0.0, 0, 0
    for count, (score, right) in enumerate(ordered, start=1):
        hits += right
        if count < len(ordered) and ordered[count][0] == score:
            continue  # entities with one score are kept or left out together
        value = micro_f1(hits, count, gold)
        if precision is not None:
            value = float(hits) if hits >= precision * count else -1.0
        if value > best:
            best, kept = value, count
    above = ordered[kept - 1][0] if kept else 1.0
    below = ordered[kept][0] if kept < len(ordered) else 0.0
    middle = round((above + below) / 2, 4)
    return (middle if below < middle <= above else above) if kept else 1.0


def fitted(seen: Outcome, types: Iterable[str], *, precision: float | None = None) -> dict[str, float]:
    """The threshold of each type, and under "*" the one of all types together, which types share that have few
    entities, or none that are right.
    """
    scored = [(each.score, each.right) for each in seen.found]
    thresholds = {OTHER_TYPES: best_threshold(scored, len(seen.gold), precision=precision) if scored else MIN_SCORE}
    for name in types:
        own = [(each.score, each.right) for each in seen.found if each.type == name]
        gold = sum(other == name for _, other in seen.gold)
        if gold and own and max(len(own), gold) >= FEWEST:
            thresholds[name] = best_threshold(own, gold, precision=precision)
    return thresholds


def cross_validated_f1(seen: Outcome, types: Sequence[str], documents: int) -> float:
    """Micro-F1 where each fifth of the documents is read with thresholds that were fitted on the others."""
    right, kept = 0, 0
    for fold in range(_FOLDS):
        held = set(range(fold, documents, _FOLDS))
        thresholds = fitted(seen.of(set(range(documents)) - held), types)
        lowest = lowest_scores(thresholds, types)
        left = [each for each in seen.of(held).found if each.score >= lowest[each.type]]
        right, kept = right + sum(each.right for each in left), kept + len(left)
    return micro_f1(right, kept, len(seen.gold))


def lines(seen: Outcome, types: Sequence[str], thresholds: Mapping[str, float]) -> Iterator[str]:
    """A table of the types: gold entities, threshold, and precision and recall with it on these documents."""
    yield f"{'type':28} {'gold':>6} {'threshold':>9} {'precision':>9} {'recall':>7}"
    lowest = lowest_scores(thresholds, types)
    for name in types:
        gold = sum(other == name for _, other in seen.gold)
        kept = [each.right for each in seen.found if each.type == name and each.score >= lowest[name]]
        precision = f"{100 * sum(kept) / len(kept):.1f}" if kept else "-"
        recall = f"{100 * sum(kept) / gold:.1f}" if gold else "-"
        shared = " " if name in thresholds else "*"
        yield f"{name:28} {gold:6} {lowest[name]:8.3f}{shared} {precision:>9} {recall:>7}"
    yield "* of all types together, as there are few entities, or none is right"


def arguments() -> argparse.ArgumentParser:
    """The command's options."""
    parser = argparse.ArgumentParser(prog="python -m train.thresholds", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("dev", type=named_path, help="labelled documents that no adapter was trained on")
    parser.add_argument("-o", "--output", type=Path, help="JSON file to write, for --thresholds")
    parser.add_argument(
        "--store",
        metavar="PAIR",
        help="read by this pair, and write the thresholds into its classifier's card, for --thresholds stored",
    )
    parser.add_argument("--types", help="types to ask for, with commas between (default: those of the documents)")
    parser.add_argument("--precision-wanted", type=probability, metavar="P", help="precision that each type must have")
    parser.add_argument(
        "--depth", type=positive, default=1, metavar="N", help="also find entities within others, in N layers"
    )
    parser.add_argument("--base", help="base model (default: the embedded one)")
    parser.add_argument("--adapters", type=named_path, help="folder of adapters (default: the shipped ones)")
    parser.add_argument("--pair", help="name of the pair that reads all documents (default: by language)")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    return exit_status(lambda: _run(arguments().parse_args(argv)))


def classifier_of(adapters: Path | None, pair: str) -> Adapter:
    """The classifier of a pair; raises AdapterError if the pair has none of its own."""
    for adapter in named_retriever(adapters, pair).adapters:
        if adapter.card.stage == "classifier" and f"/{adapter.name}".endswith(f"/{pair}/{adapter.folder.name}"):
            return adapter
    raise AdapterError(
        f"--store {pair}: this pair has no classifier, in whose card thresholds are stored; expected one that has"
    )


def _storing(options: argparse.Namespace) -> Adapter | None:
    """The adapter in whose card the thresholds go, if they do; raises CascadeError for options that do not fit."""
    if options.output is None and options.store is None:
        raise CascadeError("neither -o nor --store is given; expected where to write the thresholds")
    if options.store is None:
        return None
    if options.pair not in (None, options.store):
        raise CascadeError(
            f"--pair {options.pair} and --store {options.store} are given; expected one pair, as thresholds are "
            "those of the pair that read"
        )
    return classifier_of(options.adapters, options.store)


def _run(options: argparse.Namespace) -> None:
    check_written([options.output], [options.dev])
    storing = _storing(options)
    documents = list(read(options.dev))
    if not any(document.entities for document in documents):
        raise CascadeError(f"{options.dev}: no document has entities; expected labelled documents to fit thresholds on")
    own = sorted({entity.type for document in documents for entity in document.entities})
    types = [name.strip() for name in options.types.split(",")] if options.types else own
    gold = of_types(documents, types)
    if not any(document.entities for document in gold):
        some = ", ".join(own[:_MOST_LISTED])
        raise CascadeError(f"{options.dev}: no entity has a type of --types {options.types}; expected some of {some}")
    cascade = Cascade.load(options.base, adapters=options.adapters, pair=options.store or options.pair, min_score=0.0)
    seen = outcome(gold, cascade.stream(documents, types, depth=options.depth))
    thresholds = fitted(seen, types, precision=options.precision_wanted)
    if options.output is not None:
        write_whole(options.output, json.dumps(thresholds, ensure_ascii=False, indent=1) + "\n")
    if storing is not None:
        replace(storing.card, thresholds=thresholds).write(storing.folder)
    print("\n".join(lines(seen, types, thresholds)))
    print(f"F1 with {MIN_SCORE} for all types: {100 * seen.f1(dict.fromkeys(types, MIN_SCORE)):.1f}")
    if options.precision_wanted is None:
        print(f"F1 with fitted thresholds, cross-validated: {100 * cross_validated_f1(seen, types, len(gold)):.1f}")
    if options.output is not None:
        print(f"wrote {options.output}")
    if storing is not None:
        print(f"stored in the card of {storing.name}, for --thresholds stored")


if __name__ == "__main__":
    sys.exit(main())
