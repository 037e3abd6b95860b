"""The command `infer`: texts or a data set in, entities out."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from itertools import chain
from typing import TYPE_CHECKING

from cascade.commands.asked_types import asked_taxonomy
from cascade.commands.exit_status import exit_status
from cascade.commands.infer_options import infer_parser as parser
from cascade.commands.input_options import input_options, opened_inputs, texts_of
from cascade.commands.job_options import wants_job
from cascade.commands.lean_imports import unused_left_out
from cascade.commands.looking_ahead import number_of_documents, telling_of_others, with_a_document
from cascade.commands.output_options import WITHOUT_LOSS, check_destination, chosen_format, refuse_input_as_output
from cascade.commands.progress import Progress, rate_of, watched
from cascade.commands.protocol_options import check_protocol_options
from cascade.commands.resting_collector import collector_at_rest
from cascade.commands.thread_settings import share_cores
from cascade.commands.thresholds_file import asked_min_score, unused_thresholds
from cascade.demonstrations.examples import kind_of
from cascade.document import Document
from cascade.pipeline.asked_early import asked_labels
from cascade.pipeline.golden_scores import self_check
from cascade.pipeline.loading import named_retriever
from cascade.pipeline.min_score import MinScore, shown_min_score
from cascade.pipeline.paragraphs import check_paragraphs
from cascade.taxonomy.tree import Taxonomy
from data_formats.registry import Input, read, write
from data_formats.report import Report
from data_formats.text_files import STANDARD_STREAM

if TYPE_CHECKING:
    from cascade.commands.infer_job import InferJob
    from cascade.pipeline.facade import Cascade


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    share_cores()
    asked = parser().parse_intermixed_args(arguments)
    to_file = asked.output != STANDARD_STREAM
    interrupted = "interrupted; no output file was written" if to_file else "interrupted"
    return exit_status(lambda: _infer(asked), interrupted=interrupted)


def _infer(asked: argparse.Namespace) -> int:
    check_protocol_options(asked)
    min_score = asked_min_score(asked.min_score, asked.thresholds)
    check_destination(asked.output, asked.output_format)
    if asked.paragraphs:
        check_paragraphs(alone=asked.exact, demonstrations=asked.demonstrations is not None)
    reading, shown = Report(), Report()
    taxonomy = asked_taxonomy(asked)
    for line in unused_thresholds(min_score, asked_labels(taxonomy)):
        if not asked.quiet:
            _say(line)
    examples = _examples(asked, shown)
    inputs = opened_inputs(asked, asked.input_format, reading, plain_stdin=True)
    refuse_input_as_output(asked.output, inputs)
    documents = texts_of(inputs, asked, reading, asked.language)  # without the files' own entities
    is_job = asked.protocol is None and wants_job(asked, inputs)
    documents = telling_of_others(documents)
    if not is_job:  # a job sets documents that cannot be read aside
        documents, found_any = with_a_document(documents)
        if not found_any:  # no model is needed for that
            _written(iter(()), asked)
            names = ", ".join(each.source.name for each in inputs[:5]) + (" and others" if len(inputs) > 5 else "")
            _say(f"warning: {names}: no document to read; the output has none")
            return 0
    if asked.protocol is not None:
        from cascade.commands.published_systems import infer_by_protocol

        infer_by_protocol(
            asked,
            taxonomy,
            chain.from_iterable(documents),
            {"reading": reading},
            lambda found: _written(found, asked),
        )
        return 0
    progress = Progress(
        enabled=watched(quiet=asked.quiet) and asked.output != STANDARD_STREAM and not asked.show,
        total=lambda: number_of_documents(inputs, input_options(asked)),
    )
    started = time.monotonic()
    with _job(asked, inputs, taxonomy, min_score) if is_job else nullcontext() as job:
        cascade = _loaded(asked, min_score, examples)
        loaded = time.monotonic()
        if job is not None:
            written = job.run(cascade, documents, reading, progress, _output_format(asked))
            cascade.counts = job.counts
        else:
            found = progress.over(
                document
                # paragraphs do not go on from file to file
                for some in (documents if asked.paragraphs else [chain.from_iterable(documents)])
                for document in cascade.stream(
                    some, taxonomy, paragraphs=asked.paragraphs, top_k=asked.top_k, unsure_from=asked.unsure_from
                )
            )
            written = _written(found, asked)
    if asked.timing:
        read = written.documents - (job.resumed if job is not None else 0)
        _say(f"loaded in {loaded - started:.1f} s; {rate_of(max(0, read), time.monotonic() - loaded)}")
    for line in _notes(
        {"reading": reading, "reading demonstrations": shown, "writing": _told(written, asked)}, cascade
    ):
        _say(line)
    return job.told(_say) if job is not None else 0


def _loaded(asked: argparse.Namespace, min_score: MinScore, examples: list[Document] | None) -> Cascade:
    """The models that are asked for."""
    with collector_at_rest(), unused_left_out():
        # torch is loaded only after all arguments were checked
        from cascade.pipeline.facade import Cascade

        cascade = Cascade.load(
            asked.base,
            adapters=asked.adapters,
            pair=asked.pair,
            device=asked.device,
            precision=asked.precision,
            exact=asked.exact,
            min_score=min_score,
            report=(lambda line: None) if asked.quiet else _say,
        )
        self_check(cascade, report=_say)
        if examples is None:
            return cascade
        from cascade.demonstrations.wrapper import with_demonstrations

        return with_demonstrations(cascade, examples)


def _job(
    asked: argparse.Namespace, inputs: Sequence[Input], taxonomy: Taxonomy | None, min_score: MinScore
) -> AbstractContextManager[InferJob]:
    """The job that goes on after it was cut off."""
    from cascade.commands.infer_job import opened_infer_job

    return opened_infer_job(asked, inputs, taxonomy, min_score)


def _written(found: Iterable[Document], asked: argparse.Namespace) -> Report:
    """Writes what was found where it was asked for: to the output, to the terminal, or to both."""
    if asked.show and asked.output == STANDARD_STREAM:
        return write(found, STANDARD_STREAM, "terminal")
    return write(
        _shown(found) if asked.show else found, asked.output, chosen_format(asked.output, asked.output_format).name
    )


def _told(written: Report, asked: argparse.Namespace) -> Report:
    """What a file of results lacks; what a page or a terminal lacks is not told."""
    return Report() if chosen_format(asked.output, asked.output_format).name in WITHOUT_LOSS else written


def _shown(found: Iterable[Document]) -> Iterator[Document]:
    """The documents, each shown on standard output as it passes."""
    from cascade.document.terminal import Screen

    screen = Screen(sys.stdout)
    for document in found:
        screen.show(document)
        yield document


def _notes(readings: Mapping[str, Report], cascade: Cascade) -> Iterator[str]:
    """Notes for the user, printed once at the end."""
    for what, reading in readings.items():
        yield from (f"note: {what}: {line}" for line in reading.lines())
    if rejected := cascade.counts.rejected:
        yield (
            f"note: {rejected:,} spans that the extractor marked were rejected by the classifier (none of the types "
            "asked for)"
        )
    if cascade.counts.unsure:
        yield (
            f"note: {cascade.counts.unsure:,} spans were left out because they are less likely than "
            f"{shown_min_score(cascade.min_score)}"
        )
    if cascade.counts.undescribed:
        yield (
            f"note: {cascade.counts.undescribed:,} documents were read without the descriptions of types, as the "
            "adapters were not trained with any"
        )
    for language, documents in sorted(cascade.counts.unknown_languages.items()):
        unknown = f"name the language {language!r}, which is none that is known"
        yield f"note: {documents:,} documents {unknown}; they were read as documents that name none"
    for language, documents in sorted(cascade.counts.untrained.items()):
        yield (
            f"note: {documents:,} documents are in {language!r}, a language that the adapters that read them were "
            "not trained on"
        )


def _say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


def _examples(asked: argparse.Namespace, shown: Report) -> list[Document] | None:
    """The labelled documents to take examples from, or None if no examples are asked for.

    Raises DemonstrationError if the adapters were not trained with demonstrations.
    """
    if asked.demonstrations is None:
        return None
    kind_of(named_retriever(asked.adapters, asked.pair).demonstrations)
    return list(read(asked.demonstrations, report=shown))
