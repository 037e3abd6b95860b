"""Replaces type names by letters: `python -m train.lettered_types DATA OUT --mapping FILE`.

A probe of LLMs4NER's (arXiv 2601.17898): a system that does as well with types called A, B, C as with their names has
learnt them from the examples or from their definitions, rather than remembered what the names mean. The letters are
dealt out at random by a seed; FILE tells which type got which. `--taxonomy` names the types with their definitions;
`--types-out` writes the letters as a taxonomy to ask for, with the definitions or, with `--no-definitions`, without.
"""

from __future__ import annotations

import argparse
import json
import random
import string
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import count, product
from pathlib import Path
from typing import Any

from cascade import CascadeError, Document, Taxonomy
from cascade.commands.exit_status import exit_status
from cascade.commands.option_types import named_path
from cascade.commands.output_options import check_written
from cascade.taxonomy.parsing import read_taxonomy
from data_formats.output_files import open_output
from data_formats.registry import read, write
from data_formats.report import Report
from train.known_types import known_types


def letters() -> Iterator[str]:
    """A, B, ..., Z, AA, AB, ..."""
    for length in count(1):
        yield from map("".join, product(string.ascii_uppercase, repeat=length))


def dealt(types: Sequence[str], *, seed: int) -> dict[str, str]:
    """The letter of each type; the same for the same types and seed, in whatever order they are given."""
    order = sorted(set(types))
    random.Random(seed).shuffle(order)
    return dict(sorted(zip(order, letters(), strict=False)))


def lettered(documents: Iterable[Document], mapping: Mapping[str, str]) -> Iterator[Document]:
    """The documents with letters in place of type names; raises CascadeError for a type without a letter."""
    known = known_types(mapping)
    for document in documents:
        entities = []
        for entity in document.entities:
            if (name := known(entity.type)) is None:
                raise CascadeError(
                    f"document {document.id!r}: type {entity.type!r} is not in the taxonomy, whose types are "
                    f"{', '.join(mapping)}; name it there"
                )
            entities.append(replace(entity, type=mapping[name], alternatives=()))
        yield document.with_entities(entities, document.adapters)


def taxonomy_of(mapping: Mapping[str, str], named: Taxonomy | None, *, definitions: bool) -> dict[str, str | None]:
    """The letters with the definitions of their types, as the JSON of a taxonomy."""
    told = {node.name: node.description for node in named.flattened().roots} if named is not None else {}
    return {letter: told.get(name) if definitions else None for name, letter in sorted(mapping.items(), key=_letter)}


def _letter(pair: tuple[str, str]) -> tuple[int, str]:
    return len(pair[1]), pair[1]


def arguments() -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = argparse.ArgumentParser(
        prog="python -m train.lettered_types", description=(__doc__ or "").partition(":")[0] + "."
    )
    parser.add_argument("data", metavar="DATA", help="labelled documents in any format that can be read")
    parser.add_argument("output", metavar="OUT", help="file to write, in the format of its name")
    parser.add_argument("--mapping", metavar="FILE", type=named_path, required=True, help="file for the letters' types")
    parser.add_argument("--taxonomy", metavar="FILE", type=named_path, help="types with definitions (default: of DATA)")
    parser.add_argument("--types-out", metavar="FILE", type=named_path, help="file for the letters as a taxonomy")
    parser.add_argument("--no-definitions", action="store_true", help="leave definitions out of --types-out")
    parser.add_argument("--seed", metavar="N", type=int, default=0, help="deals out the letters (default: %(default)s)")
    return parser


def rewrite(asked: argparse.Namespace) -> None:
    """Writes the documents, the mapping and, if asked for, the taxonomy."""
    check_written([asked.output, asked.mapping, asked.types_out], [asked.data, asked.taxonomy])
    report = Report()
    documents = list(read(asked.data, report=report))
    named = read_taxonomy(asked.taxonomy) if asked.taxonomy is not None else None
    found = [entity.type for document in documents for entity in document.entities]
    types = [node.name for node in named.flattened().roots] if named is not None else found
    if not types:
        raise CascadeError(f"{asked.data}: no document has an entity; expected types to give letters to")
    mapping = dealt(types, seed=asked.seed)
    written = write(lettered(documents, mapping), asked.output)
    _write_json(asked.mapping, mapping)
    if asked.types_out is not None:
        _write_json(asked.types_out, taxonomy_of(mapping, named, definitions=not asked.no_definitions))
    print(
        f"{asked.output}: {written.documents:,} documents, {len(mapping):,} types (seed {asked.seed})", file=sys.stderr
    )
    for line in (*report.lines(), *written.lines()):
        print(f"note: {line}", file=sys.stderr)


def _write_json(file: Path, value: Mapping[str, Any]) -> None:
    with open_output(file) as stream:
        stream.write(json.dumps(value, ensure_ascii=False, indent=1) + "\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    return exit_status(lambda: rewrite(arguments().parse_args(argv)))


if __name__ == "__main__":
    sys.exit(main())
