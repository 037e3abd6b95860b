"""Is it memory? `python -m benchmarks.memorisation --train T --dev D --test X --out FOLDER --taxonomy TYPES`.

A probe of LLMs4NER's (arXiv 2601.17898): systems are trained and measured with types called by their names, by letters
that stand beside what they mean, and by bare letters. What a system loses by letters it had remembered of the names.
What is trained and read is kept in FOLDER, as by `python -m benchmarks.systems`, which this command is made of.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from benchmarks.quality import ends
from benchmarks.systems.__main__ import add_data_options
from benchmarks.systems.compared_documents import Compared, compared_documents
from benchmarks.systems.methods import chosen, methods
from cascade import EntityType, Taxonomy
from cascade.commands.asked_types import asked_taxonomy
from cascade.commands.exit_status import exit_status
from cascade.commands.option_types import named_path
from cascade.commands.thread_settings import share_cores
from cascade.whole_files import write_whole
from train.lettered_types import dealt, lettered

if TYPE_CHECKING:
    from collections.abc import Iterator

NAMES, DEFINED, BARE = "names", "letters with definitions", "letters"


def settings(compared: Compared, *, seed: int) -> Iterator[tuple[str, Compared, bool]]:
    """Each setting's name, its documents and types, and whether our stages learn what types mean.

    Types are asked for without levels. There is no setting with definitions where none is known.
    """
    nodes = compared.taxonomy.flattened().roots
    mapping = dealt([node.name for node in nodes], seed=seed)
    bare = Taxonomy(tuple(EntityType(node.name) for node in nodes))
    yield NAMES, replace(compared, taxonomy=bare), False
    train, dev, test = (tuple(lettered(part, mapping)) for part in (compared.train, compared.dev, compared.test))
    for setting, told in ((DEFINED, True), (BARE, False)):
        if told and not any(node.description for node in nodes):
            continue
        letters = {mapping[node.name]: node.description if told else None for node in nodes}
        types = tuple(EntityType(name, letters[name]) for name in sorted(letters, key=lambda name: (len(name), name)))
        yield setting, Compared(train, dev, test, Taxonomy(types), compared.nested, compared.notes), told


def table(rows: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    """F1 of each system by setting, in percent, and the difference to names."""
    lines = [f"| system | {' | '.join(rows)} |", "|---" * (1 + len(rows)) + "|"]
    for place, first in enumerate(rows[NAMES]):
        cells = [first["told"]]
        for setting, some in rows.items():
            if place < len(some):
                gain = "" if setting == NAMES else f" ({100 * (some[place]['f1'] - first['f1']):+.1f})"
                cells.append(f"{100 * some[place]['f1']:.1f} {ends(some[place]['interval'])}{gain}")
            else:
                cells.append("")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def arguments() -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.memorisation",
        description="Trains and compares systems on types called by names, by letters with definitions, by letters.",
    )
    add_data_options(parser)
    parser.add_argument(
        "--only", metavar="a,b", default="ours,bracketed", help="systems to compare (default: %(default)s)"
    )
    parser.add_argument("--types", metavar="a,b,c", help="types to compare (default: those of the training documents)")
    parser.add_argument(
        "--taxonomy",
        metavar="FILE",
        type=named_path,
        help="types with their definitions (default: no such setting)",
    )
    parser.set_defaults(flat=False, gliner=None, nested=False)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    share_cores()
    return exit_status(
        lambda: _probe(arguments().parse_args(argv)), interrupted="interrupted; the same command goes on from there"
    )


def _probe(asked: argparse.Namespace) -> None:
    from benchmarks.systems.comparing import Comparison, compare  # torch, after the threads are set

    systems = chosen(methods(), asked.only, gliner=False)
    named = asked_taxonomy(asked)
    compared = compared_documents(
        asked.train,
        asked.dev,
        asked.test,
        None if named is None else named.flattened(),
        test_sentences=asked.test_sentences,
        seed=asked.seed,
    )
    rows: dict[str, list[dict[str, Any]]] = {}
    every = list(settings(compared, seed=asked.seed))
    # prompts of described types are drawn, so all are: otherwise the settings would differ in more than names
    drawn = any(described for *_, described in every)
    for setting, documents, described in every:
        folder = asked.out / setting.replace(" ", "-")
        own = argparse.Namespace(**{**vars(asked), "out": folder})
        print(f"{setting}: {', '.join(documents.taxonomy.labels().values())}", file=sys.stderr, flush=True)
        rows[setting] = compare(Comparison.on(documents, systems, own, described=described, drawn_types=drawn), folder)
        about = {"seed": asked.seed, "train_tokens": asked.train_tokens, "settings": rows}
        write_whole(asked.out / "memorisation.json", json.dumps(about, indent=1, ensure_ascii=False) + "\n")
        write_whole(asked.out / "memorisation.md", table(rows))
    print(table(rows), flush=True)


if __name__ == "__main__":
    sys.exit(main())
