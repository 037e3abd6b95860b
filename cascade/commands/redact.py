"""The command `redact`: texts or a data set in, the same with personal data replaced out."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from cascade.commands.asked_types import named_types
from cascade.commands.exit_status import exit_status
from cascade.commands.input_options import input_options, opened_inputs, texts_of
from cascade.commands.looking_ahead import nothing_to_read, number_of_documents, telling_of_others, with_a_document
from cascade.commands.model_options import loaded_cascade
from cascade.commands.output_options import json_lines_note, refuse_other_programs
from cascade.commands.progress import Progress, watched
from cascade.commands.redact_files import refuse_same_files
from cascade.commands.redact_options import OUTPUTS, chosen_operators, key_of, parser
from cascade.commands.thread_settings import share_cores
from cascade.document import Document
from cascade.errors import CascadeError, RedactionError
from cascade.pipeline.golden_scores import self_check
from data_formats.archives.compression import without_compression
from data_formats.output_files import check_output, open_output
from data_formats.registry import formats, write
from data_formats.report import Report
from data_formats.text_files import STANDARD_STREAM

if TYPE_CHECKING:
    from cascade.integrations.redaction.patterns import Patterns
    from cascade.integrations.redaction.redactor import Redactor
    from cascade.integrations.redaction.tally import Tally
    from cascade.taxonomy.tree import Taxonomy


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status, 2 also where a document was withheld."""
    share_cores()
    asked = parser().parse_intermixed_args(arguments)
    to_file = asked.output != STANDARD_STREAM
    interrupted = "interrupted; no output file was written" if to_file else "interrupted"
    return exit_status(lambda: _redact(asked), interrupted=interrupted)


def _redact(asked: argparse.Namespace) -> None:
    from cascade.integrations.redaction.tally import Tally
    from cascade.integrations.redaction.undoing import mapping_file

    operator, key = chosen_operators(asked.operator), key_of(asked.key_file)
    patterns = _patterns(asked)
    types = None if asked.types is None else named_types(asked.types)
    _check_early(operator, key, types, patterns, asked)
    if _output_format(asked.output) == "jsonl" and not asked.quiet and (note := json_lines_note(asked.output)):
        _say(note)
    for path in (asked.output, *([asked.report] if asked.report else [])):
        check_output(path)
    reading = Report()
    inputs = opened_inputs(asked, asked.input_format, reading, plain_stdin=True)
    refuse_same_files(asked, inputs)
    documents, found_any = with_a_document(telling_of_others(texts_of(inputs, asked, reading, asked.language)))
    with mapping_file(asked.mapping) as mapping:
        if not found_any:
            write((), asked.output, _output_format(asked.output))
            _write_report(Tally(), asked.report)
            for line in nothing_to_read(inputs, reading, quiet=asked.quiet):
                _say(line)
            return
        redactor = _loaded(asked, types=types, operator=operator, patterns=patterns, key=key)
        progress = Progress(
            enabled=watched(quiet=asked.quiet) and asked.output != STANDARD_STREAM,
            total=lambda: number_of_documents(inputs, input_options(asked)),
        )
        texts = progress.over(_texts(redactor, chain.from_iterable(documents), mapping, asked.mapping))
        written = _written(texts, asked)
    _tell(redactor.tally, reading, written, asked)


def _written(texts: Iterator[Document], asked: argparse.Namespace) -> Report:
    """Writes the documents; one whole text goes into a text file as it is, with its line breaks."""
    name = _output_format(asked.output)
    first = list(islice(texts, 2)) if name == "text" and asked.whole_files else []
    if len(first) != 1:
        return write(chain(first, texts), asked.output, name)
    report = Report()
    with open_output(asked.output) as stream:
        stream.write(first[0].text)
    report.wrote(0)
    return report


def _loaded(asked: argparse.Namespace, **options: Any) -> Redactor:
    """What redacts, with the model that is asked for."""
    cascade = loaded_cascade(asked, report=(lambda line: None) if asked.quiet else _say)
    self_check(cascade, report=_say)
    from cascade.integrations.redaction.redactor import Redactor

    return Redactor(
        cascade,
        min_score=asked.min_score,
        unsure_from=asked.unsure_from,
        repeats=not asked.no_repeats,
        check=asked.check,
        keep_fields=asked.keep_fields,
        seed=asked.seed,
        locale=asked.locale,
        **options,
    )


def _texts(
    redactor: Redactor, documents: Iterator[Document], mapping: TextIO | None, path: Path | None
) -> Iterator[Document]:
    """The redacted documents; those that are withheld are told on standard error.

    All of the mapping is in its file before the last document is handed out, and so before there is an output.
    """
    from cascade.integrations.redaction.undoing import mapping_line, written_to

    for redacted in redactor.stream(documents, withheld=lambda document, error: _say(str(error))):
        if mapping is not None and path is not None:
            with written_to(path):
                mapping.write(mapping_line(redacted.document.id, redacted.replaced))
        yield redacted.document
    if mapping is not None and path is not None:
        with written_to(path):
            mapping.flush()
            os.fsync(mapping.fileno())


def _tell(tally: Tally, reading: Report, written: Report, asked: argparse.Namespace) -> None:
    """Says what was done; raises RedactionError where documents were withheld, so that the exit status tells."""
    _write_report(tally, asked.report)
    for line in () if asked.quiet else _notes(tally, reading, written, asked):
        _say(line)
    if tally.withheld:
        raise RedactionError(
            f"{len(tally.withheld):,} of {tally.documents + len(tally.withheld):,} documents were withheld and are "
            "not in the output; see the lines above"
        )


def _notes(tally: Tally, reading: Report, written: Report, asked: argparse.Namespace) -> Iterator[str]:
    """What was replaced, and what a reader of the results should know."""
    yield f"replaced: {_counted(tally.replaced)}; further occurrences of the same texts: {_counted(tally.repeats)}"
    if tally.within:
        yield f"note: {tally.within:,} spans lay within others and went with them"
    if tally.leftovers:
        yield (
            f"note: {tally.leftovers:,} times a replaced text is left inside a longer word or in another case; "
            "--check withholds such documents"
        )
    if tally.fields:
        yield f"note: {tally.fields:,} values of other columns were left out unread; --keep-fields writes them"
    for what, report in (("reading", reading), ("writing", written)):
        if what == "reading" or _output_format(asked.output) in ("text", "spans-csv"):
            yield from (f"note: {what}: {line}" for line in report.lines())


def _write_report(tally: Tally, path: str | None) -> None:
    if path:
        with open_output(path) as file:
            json.dump(tally.to_dict(), file, ensure_ascii=False, indent=1)
            file.write("\n")


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {type}" for type, count in sorted(counts.items())) or "nothing"


def _check_early(
    operator: Mapping[str, str],
    key: bytes | None,
    types: Taxonomy | None,
    patterns: Patterns | None,
    asked: argparse.Namespace,
) -> None:
    """Raises RedactionError for operators and doubt that cannot work, before anything slow."""
    from cascade.integrations.redaction.operators import operators
    from cascade.integrations.redaction.redactor import PERSONAL_TYPES, check_doubt, possible_types

    able = possible_types(PERSONAL_TYPES if types is None else types, patterns)
    operators(operator, types=able, key=key, seed=asked.seed, locale=asked.locale)
    check_doubt(asked.unsure_from, asked.min_score)


def _patterns(asked: argparse.Namespace) -> Patterns | None:
    """The finders that are asked for, or None."""
    if asked.patterns is None:
        if asked.region is not None:
            raise CascadeError("--region is given without --patterns, whose phone numbers it is for; expected both")
        return None
    from cascade.integrations.redaction.patterns import Patterns

    kinds = None if asked.patterns == "all" else [each.strip() for each in asked.patterns.split(",")]
    return Patterns(kinds, region=asked.region)


def _output_format(output: str) -> str:
    """The format of the output: JSON lines, unless its name ends as one of the others."""
    refuse_other_programs(output)
    name = without_compression(output).lower()
    for each in formats():
        if each.name in OUTPUTS and name.endswith(each.extensions):
            return each.name
    return "jsonl"


def _say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
