"""Writes rows to train a published system on: `python -m train.published_rows DATA --answers NAME -o rows.jsonl`.

Each row is `{"messages": [system, user, assistant]}`, as `swift sft` reads it and as `infer.py --protocol` asks. With
`--answers marked` the assistant marks the entities of a sentence (CascadeNER's extractor); with `types` it names the
type of one entity, in a row for each level of the taxonomy (its classifier); otherwise it answers in a format of
LLMs4NER's, such as `bracketed`.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from cascade import CascadeError, Document, EntityType, Taxonomy
from cascade.commands.asked_types import asked_taxonomy
from cascade.commands.exit_status import exit_status
from cascade.commands.option_types import named_path, positive
from cascade.commands.output_options import check_written
from cascade.errors import TaxonomyError
from cascade.published.answer_formats import FORMATS, answer_format, write_answer
from cascade.published.losses import AMBIGUOUS, UNKNOWN_TYPE, Losses
from cascade.published.marked_sentence import SYSTEM_PROMPT, marked, question
from cascade.published.one_stage import asked as asked_for
from cascade.published.one_stage import described, instruction
from cascade.published.spans import Span, flat
from cascade.taxonomy.tree import compared, type_name
from data_formats.output_files import open_output
from data_formats.registry import read
from data_formats.report import Report
from train.known_types import known_types

MARKED, TYPES = "marked", "types"
Row = dict[str, list[dict[str, str]]]


def extractor_rows(documents: Iterable[Document], losses: Losses, taxonomy: Taxonomy | None = None) -> Iterator[Row]:
    """A row for each document, whose answer marks the longest entities; texts whose marks would mislead are counted.

    taxonomy: the types of the entities to mark (all); entities of other types are counted.
    """
    known = None if taxonomy is None else known_types(taxonomy.labels().values())
    for document in documents:
        wanted = [entity for entity in document.entities if known is None or known(entity.type) is not None]
        losses.lose(UNKNOWN_TYPE, len(document.entities) - len(wanted))
        spans = flat(sorted({(entity.start, entity.end, "") for entity in wanted}), losses)
        answer = marked(document.text, [(start, end) for start, end, _ in spans])
        if answer is None:
            losses.lose(AMBIGUOUS)
        else:
            yield _row(document.text, answer)


def classifier_rows(documents: Iterable[Document], taxonomy: Taxonomy, losses: Losses) -> Iterator[Row]:
    """A row for each entity and level on the way to its type; entities of no type of the taxonomy are counted."""
    ways: dict[str, list[tuple[Sequence[EntityType], EntityType]]] = {}
    labels = taxonomy.labels()
    for path in taxonomy.paths():
        siblings: list[Sequence[EntityType]] = [taxonomy.roots, *(node.children for node in path)]
        ways[labels[tuple(node.name for node in path)]] = list(zip(siblings, path, strict=False))
    known = known_types(ways)
    for document in documents:
        for entity in document.entities:
            way = ways.get(known(entity.type) or "", [])
            losses.lose(UNKNOWN_TYPE, not way)
            for level, (nodes, node) in enumerate(way):
                names = [each.name for each in nodes]
                yield _row(question(document.text_of(entity), document.text, names, level=level), node.name.lower())


def one_stage_rows(
    documents: Iterable[Document], taxonomy: Taxonomy, form: str, losses: Losses, *, nested: bool
) -> Iterator[Row]:
    """A row for each document, whose answer is in the format; entities of other types are counted."""
    types = described(taxonomy)
    known = known_types(types)
    instructed = instruction(form, types)
    for document in documents:
        spans: list[Span] = []
        for entity in document.entities:
            if (name := known(entity.type)) is None:
                losses.lose(UNKNOWN_TYPE)
            else:
                spans.append((entity.start, entity.end, name))
        answer = write_answer(answer_format(form), document.text, spans, list(types), losses, nested=nested)
        yield {
            "messages": [*asked_for(instructed, document.text, system=True), {"role": "assistant", "content": answer}]
        }


def types_of(documents: Iterable[Document], file: str) -> Taxonomy:
    """The types of the documents of a file, in alphabetical order.

    Raises CascadeError, which names the file and a document, for types that cannot be asked for, or not together.
    """
    found: dict[str, str] = {}  # the first document of each type
    for document in documents:
        for entity in document.entities:
            found.setdefault(entity.type, document.id)
    others = "Rename it in the data, or name the types to ask for with --types"
    alike: dict[str, str] = {}
    for name in sorted(found):
        where = f"{file}: document {found[name]!r}"
        try:
            type_name(name)
        except TaxonomyError as error:
            raise CascadeError(f"{where}: {error}. {others}") from error
        if (other := alike.setdefault(compared(name), name)) != name:
            raise CascadeError(
                f"{where}: the type {name!r} is {other!r} of document {found[other]!r} in other letters; expected one "
                f"spelling of each type. {others}"
            )
    return Taxonomy.flat(sorted(found))


def balanced(rows: Sequence[Row], most: int, source: random.Random) -> list[Row]:
    """As many rows of each answer, drawn at random, up to `most` in all, in their order; fewer if an answer is rare.

    The rule of CascadeNER's sampling: the share of `most` that each answer could have, or the number of rows that the
    rarest answer has.
    """
    places = defaultdict(list)
    for place, row in enumerate(rows):
        places[row["messages"][-1]["content"]].append(place)
    each = min(most // max(1, len(places)), min(map(len, places.values()), default=0))
    drawn = [place for _, found in sorted(places.items()) for place in source.sample(found, each)]
    return [rows[place] for place in sorted(drawn)]


def _row(asked: str, answer: str) -> Row:
    contents = {"system": SYSTEM_PROMPT, "user": asked, "assistant": answer}
    return {"messages": [{"role": role, "content": content} for role, content in contents.items()]}


def arguments() -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = argparse.ArgumentParser(
        prog="python -m train.published_rows", description=(__doc__ or "").partition(":")[0] + "."
    )
    parser.add_argument("data", metavar="DATA", help="labelled documents in any format that can be read, such as GEIC")
    parser.add_argument("--answers", choices=(MARKED, TYPES, *FORMATS), required=True)
    parser.add_argument("-o", "--output", metavar="OUT", type=named_path, required=True, help="file of rows to write")
    parser.add_argument("--types", metavar="a,b,c", help="types to ask for, or to mark (default: those of DATA)")
    parser.add_argument("--taxonomy", metavar="FILE", type=named_path, help="types with levels or descriptions")
    parser.add_argument(
        "--nested", action="store_true", help="answers hold entities in others (not with marked and types)"
    )
    parser.add_argument(
        "--balanced", metavar="N", type=positive, help="with types: draw up to N rows, as many of each answer"
    )
    parser.add_argument("--seed", metavar="N", type=int, default=0, help="seed of the drawing (default: %(default)s)")
    parser.set_defaults(flat=False)
    return parser


def write_rows(asked: argparse.Namespace) -> None:
    """Writes the rows and tells what was lost on standard error."""
    if asked.balanced is not None and asked.answers != TYPES:
        raise CascadeError("--balanced is for --answers types, whose answers repeat; leave it out")
    if asked.nested and asked.answers in (MARKED, TYPES):
        raise CascadeError(
            f"--nested is for answers that hold entities and types, not for {asked.answers}; leave it out"
        )
    check_written([asked.output], [asked.data, asked.taxonomy])
    report, losses = Report(), Losses()
    documents = list(read(asked.data, report=report))
    taxonomy = asked_taxonomy(asked)
    if taxonomy is None and asked.answers != MARKED:
        taxonomy = types_of(documents, asked.data)
    if taxonomy is None or asked.answers == MARKED:
        rows = list(extractor_rows(documents, losses, taxonomy))
    elif asked.answers == TYPES:
        rows = list(classifier_rows(documents, taxonomy, losses))
    else:
        rows = list(one_stage_rows(documents, taxonomy, asked.answers, losses, nested=asked.nested))
    if asked.balanced is not None:
        answers = len({row["messages"][-1]["content"] for row in rows})
        if asked.balanced < answers:
            raise CascadeError(
                f"--balanced {asked.balanced}: there are {answers} answers; expected a row of each or more"
            )
        rows = balanced(rows, asked.balanced, random.Random(asked.seed))
    if not rows:
        raise CascadeError(f"{asked.data}: there is nothing to write; expected documents with entities of these types")
    with open_output(asked.output) as stream:
        stream.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    print(f"{asked.output}: {len(rows):,} rows", file=sys.stderr)
    for line in (*report.lines(), *losses.lines()):
        print(f"note: {line}", file=sys.stderr)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    return exit_status(lambda: write_rows(arguments().parse_args(argv)))


if __name__ == "__main__":
    sys.exit(main())
