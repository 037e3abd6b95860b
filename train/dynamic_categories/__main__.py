"""Changes the lists of types of a classification set: `python -m train.dynamic_categories IN OUT --taxonomy FILE`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from cascade.commands.exit_status import exit_status
from cascade.commands.option_types import named_path, probability
from cascade.commands.output_options import check_written
from cascade.errors import CascadeError, TaxonomyError, shown
from cascade.taxonomy.parsing import read_taxonomy
from cascade.taxonomy.tree import Taxonomy
from data_formats.output_files import open_output
from data_formats.text_files import STANDARD_STREAM
from train.corpora.type_words import OTHER_NAMES
from train.dynamic_categories.changes import DEFAULTS, Shares, changed
from train.dynamic_categories.measures import measures
from train.dynamic_categories.question import Question, as_json, option_name, read_questions


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    return exit_status(lambda: _run(_parser().parse_args(arguments)))


def _run(asked: argparse.Namespace) -> None:
    if (asked.out is None) != asked.measure:
        raise CascadeError("OUT and --measure exclude each other; expected a file to write, or --measure alone")
    check_written([asked.out], [asked.questions, asked.taxonomy, asked.synonyms])
    taxonomy, synonyms = read_taxonomy(asked.taxonomy), _synonyms(asked.synonyms)
    questions = list(read_questions(asked.questions))
    if not questions:
        raise CascadeError(f"{asked.questions}: holds no questions; expected the rows of a classification set")
    tables = {"before": questions}
    told = sys.stderr if str(asked.out) == STANDARD_STREAM else sys.stdout
    if asked.out is not None:
        shares = Shares(asked.merge, asked.rename, asked.thin, asked.unknown)
        tables["after"], counts = changed(questions, taxonomy, synonyms, shares, seed=asked.seed)
        with open_output(asked.out) as stream:
            stream.write(as_json(tables["after"]))
        count = f"{len(tables['after']):,} questions of {len(questions):,}"
        print(f"wrote {count} to {asked.out}, seed {asked.seed}", file=told)
        for name, number in sorted(counts.items()):
            print(f"{name}: {number:,}", file=told)
    for line in _table(tables, taxonomy):
        print(line, file=told)


def _table(tables: Mapping[str, Sequence[Question]], taxonomy: Taxonomy) -> Iterator[str]:
    values = {name: measures([each.answer for each in some], taxonomy) for name, some in tables.items()}
    yield f"{'':26}" + "".join(f"{name:>9}" for name in values)
    for measure in next(iter(values.values())):
        yield f"{measure:26}" + "".join(f"{own[measure]:9.4f}" for own in values.values())


def _synonyms(file: Path | None) -> Mapping[str, Sequence[str]]:
    """Other names by name: those of a JSON file, or those that training renames types by."""
    if file is None:
        return OTHER_NAMES
    expected = 'an object of other names by name, such as {"person": ["human being"]}'
    try:
        value = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CascadeError(f"{file}: cannot be read: {error}; expected {expected}") from error
    if not isinstance(value, dict) or not all(isinstance(names, list) for names in value.values()):
        raise CascadeError(f"{file}: holds {shown(value)}; expected {expected}")
    try:
        return {name: [option_name(each) for each in names] for name, names in value.items()}
    except TaxonomyError as error:
        raise CascadeError(f"{file}: {error}") from error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m train.dynamic_categories",
        description="Changes the lists of types in the questions of a classification set, and reports how its answers "
        "are spread.",
    )
    parser.add_argument(
        "questions", metavar="IN", type=named_path, help="chat rows of questions, as JSON or JSON lines"
    )
    parser.add_argument("out", metavar="OUT", type=named_path, nargs="?", help="JSON file of the changed rows")
    parser.add_argument("--measure", action="store_true", help="report the measures alone, and write nothing")
    parser.add_argument("--taxonomy", type=named_path, required=True, help="the taxonomy of the types")
    parser.add_argument(
        "--synonyms", type=named_path, help="JSON of other names by name (default: those that training renames by)"
    )
    parser.add_argument("--seed", type=int, default=0)
    for name, default, what in (
        ("merge", DEFAULTS.merged, "levels put together with the question for their answer's children"),
        ("rename", DEFAULTS.renamed, "questions whose types are called by synonyms"),
        ("thin", DEFAULTS.thinned, "questions whose lists lose wrong options; three are kept at least"),
        ("unknown", DEFAULTS.unknown, "questions without the right option, answered by an option for others"),
    ):
        parser.add_argument(
            f"--{name}",
            type=probability,
            metavar="SHARE",
            default=default,
            help=f"share of {what} (default: {default})",
        )
    return parser


if __name__ == "__main__":
    sys.exit(main())
