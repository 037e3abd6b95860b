"""What changed lists of types bring CascadeNER's classifier: `python -m benchmarks.dynamic_categories --train T ...`.

It is trained twice for as many tokens, on questions as they are and on those that `train.dynamic_categories` changes
(DynamicNER, arXiv 2409.11022). Each then types the gold spans of the test documents, with types called by their own
names and by synonyms. What is trained is kept in FOLDER, where `python -m benchmarks.systems` finds it too.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from benchmarks.quality import ends, scores_of
from benchmarks.systems.__main__ import add_data_options
from benchmarks.systems.compared_documents import Compared, compared_documents
from benchmarks.systems.methods import Method
from benchmarks.systems.token_budget import DYNAMIC
from cascade import EntityType, Taxonomy
from cascade.commands.asked_types import asked_taxonomy
from cascade.commands.exit_status import exit_status
from cascade.commands.option_types import named_path
from cascade.commands.thread_settings import share_cores
from cascade.published.generator import ChatModel
from cascade.published.two_stages import PublishedCascade
from cascade.scoring.scores import score
from cascade.whole_files import write_whole
from train.corpora.type_words import OTHER_NAMES
from train.published_rows import TYPES

TRAINED = (Method(TYPES, "as they are", (TYPES,)), Method(DYNAMIC, "changed", (DYNAMIC,)))


def with_synonyms(taxonomy: Taxonomy) -> Taxonomy:
    """The taxonomy with the first synonym of each type that has one, where that is no type's name already."""
    taken = {path[-1].name.casefold() for path in taxonomy.paths()}

    def called(node: EntityType) -> str:
        others = [name for name in OTHER_NAMES.get(node.name.lower(), ()) if name.casefold() not in taken]
        taken.update(name.casefold() for name in others[:1])
        return others[0] if others else node.name

    def renamed(nodes: Sequence[EntityType]) -> tuple[EntityType, ...]:
        return tuple(EntityType(called(node), children=renamed(node.children)) for node in nodes)

    return Taxonomy(renamed(taxonomy.roots))


def on_gold_spans(model: ChatModel, compared: Compared, asked: Taxonomy) -> dict[str, Any]:
    """The scores of the types that a classifier gives to gold spans; asked: the taxonomy, by whatever names."""
    reader = PublishedCascade(model, model)
    spans = [(document, entity) for document in compared.test for entity in document.entities]
    texts = [document.text for document, _ in spans]
    labels = reader.typed(texts, [(entity.start, entity.end, "") for _, entity in spans], asked)
    own = dict(zip(asked.labels().values(), compared.taxonomy.labels().values(), strict=True))
    typed = iter(labels)
    found = []
    for document in compared.test:
        pairs = [(entity, next(typed)) for entity in document.entities]
        found.append(document.with_entities(replace(entity, type=own[label]) for entity, label in pairs if label))
    return {**scores_of(score(compared.test, found)), "spans": len(spans), "lost": dict(reader.losses.counts)}


def table(rows: Sequence[dict[str, Any]]) -> str:
    """F1 of the types by training and by what types are called, in percent."""
    lines = ["| trained on questions | own names | synonyms | tokens trained |", "|---|---|---|---|"]
    for row in rows:
        cells = [f"{100 * row[name]['f1']:.1f} {ends(row[name]['interval'])}" for name in ("names", "synonyms")]
        lines.append(f"| {' | '.join([row['told'], *cells, format(row['tokens'], ',')])} |")
    return "\n".join(lines) + "\n"


def arguments() -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.dynamic_categories",
        description="Trains CascadeNER's classifier on questions as they are and on changed ones, and compares them.",
    )
    add_data_options(parser)
    parser.add_argument("--types", metavar="a,b,c", help="types to ask for (default: those of the training documents)")
    parser.add_argument("--taxonomy", metavar="FILE", type=named_path, help="types with levels, of which some merge")
    parser.set_defaults(flat=False, gliner=None)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    share_cores()
    return exit_status(
        lambda: _compare(arguments().parse_args(argv)), interrupted="interrupted; the same command goes on from there"
    )


def _compare(asked: argparse.Namespace) -> None:
    from benchmarks.systems.comparing import Comparison, say  # torch, after the threads are set
    from benchmarks.systems.kept_folders import alone_in
    from benchmarks.systems.reading_systems import generator_of
    from benchmarks.systems.trained_models import trained

    compared = compared_documents(
        asked.train,
        asked.dev,
        asked.test,
        asked_taxonomy(asked),
        test_sentences=asked.test_sentences,
        seed=asked.seed,
    )
    comparison = Comparison.on(compared, TRAINED, asked)
    rows = []
    with alone_in(asked.out) as lock:
        for note in compared.notes:
            say(f"note: {note}")
        for method in TRAINED:
            models = trained(method, comparison.plan, say=say, lock=lock)
            model = generator_of(method.name, comparison.plan, device=comparison.device, precision=comparison.precision)
            called = {"names": compared.taxonomy, "synonyms": with_synonyms(compared.taxonomy)}
            scores = {name: on_gold_spans(model, compared, taxonomy) for name, taxonomy in called.items()}
            rows.append({"told": method.told, "tokens": models[method.name]["tokens"], **scores})
            about = {"seed": asked.seed, "test_sentences": len(compared.test), "rows": rows}
            write_whole(asked.out / "dynamic-categories.json", json.dumps(about, indent=1, ensure_ascii=False) + "\n")
    print(table(rows), flush=True)


if __name__ == "__main__":
    sys.exit(main())
