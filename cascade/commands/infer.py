"""The command `infer`: texts or a data set in, entities out."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from itertools import chain
from typing import TYPE_CHECKING

from cascade.commands.asked_types import asked_taxonomy
from cascade.commands.exit_status import exit_status
from cascade.commands.infer_options import call_options
from cascade.commands.infer_options import infer_parser as parser
from cascade.commands.infer_output import output_format, told, written
from cascade.commands.input_options import input_options, opened_inputs, texts_of
from cascade.commands.job_options import check_ray_options, wants_job
from cascade.commands.looking_ahead import nothing_to_read, number_of_documents, telling_of_others, with_a_document
from cascade.commands.model_options import loaded_cascade
from cascade.commands.notes import notes
from cascade.commands.output_options import check_destination, ending_note, refuse_input_as_output, refuse_overwriting
from cascade.commands.progress import Progress, rate_of, watched
from cascade.commands.protocol_options import check_protocol_options
from cascade.commands.thread_settings import share_cores
from cascade.commands.thresholds_file import asked_min_score, check_unsure_below, unused_thresholds
from cascade.demonstrations.examples import kind_of
from cascade.document import Document
from cascade.errors import FormatError
from cascade.pipeline.asked_depth import check_depth
from cascade.pipeline.asked_early import asked_labels
from cascade.pipeline.golden_scores import self_check
from cascade.pipeline.loading import named_retriever, stored_min_score
from cascade.pipeline.min_score import MinScore
from cascade.pipeline.paragraphs import check_paragraphs
from cascade.taxonomy.tree import Taxonomy
from data_formats.registry import Input, read
from data_formats.report import Report
from data_formats.text_files import STANDARD_STREAM

if TYPE_CHECKING:
    from cascade.commands.infer_job import InferJob
    from cascade.pipeline.facade import Cascade


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    asked = parser().parse_intermixed_args(arguments)
    if asked.ray is None:  # or actors on this machine would take its number of threads, not that of their cores
        share_cores()
    to_file = asked.output != STANDARD_STREAM
    interrupted = "interrupted; no output file was written" if to_file else "interrupted"
    return exit_status(lambda: _infer(asked), interrupted=interrupted)


def _infer(asked: argparse.Namespace) -> int:
    check_protocol_options(asked)
    check_ray_options(asked)
    refuse_overwriting([asked.output], [asked.taxonomy, asked.demonstrations, asked.thresholds, asked.instruction])
    min_score = asked_min_score(
        asked.min_score, asked.thresholds, lambda: stored_min_score(named_retriever(asked.adapters, asked.pair))
    )
    check_unsure_below(asked.unsure_from, min_score)
    if not asked.quiet and (note := ending_note(asked.output, asked.output_format)):
        _say(note)
    if asked.ray is not None:
        from cascade.commands.infer_ray import infer_on_ray

        return infer_on_ray(asked, min_score, _say)
    check_destination(asked.output, asked.output_format)
    if asked.show and asked.output_format is not None and asked.output == STANDARD_STREAM:
        raise FormatError("--show and --to are given without -o; expected a file for the format: -o OUT")
    if asked.paragraphs:
        check_paragraphs(alone=asked.exact, demonstrations=asked.demonstrations is not None)
    reading, shown = Report(), Report()
    if asked.depth != 1:
        check_depth(asked.depth, named_retriever(asked.adapters, asked.pair))
    taxonomy = asked_taxonomy(asked)
    for line in () if asked.quiet else unused_thresholds(min_score, asked_labels(taxonomy)):
        _say(line)
    examples = _examples(asked, shown)
    inputs = opened_inputs(asked, asked.input_format, reading, plain_stdin=True)
    refuse_input_as_output(asked.output, inputs)
    # without the files' own entities
    documents = telling_of_others(texts_of(inputs, asked, reading, asked.language))
    is_job = asked.protocol is None and wants_job(asked, inputs)
    if not is_job:  # a job sets documents aside that cannot be read
        documents, found_any = with_a_document(documents)
        if not found_any:
            return _nothing_to_read(asked, inputs, reading)
    if asked.protocol is not None:
        from cascade.commands.published_systems import infer_by_protocol

        every = chain.from_iterable(documents)
        infer_by_protocol(asked, taxonomy, every, {"reading": reading}, lambda found: written(found, asked))
        return 0
    with _job(asked, inputs, taxonomy, min_score) if is_job else nullcontext() as job:
        return _read(asked, inputs, documents, taxonomy, min_score, examples, (reading, shown), job)


def _read(
    asked: argparse.Namespace,
    inputs: Sequence[Input],
    documents: Sequence[Iterator[Document]],
    taxonomy: Taxonomy | None,
    min_score: MinScore,
    examples: list[Document] | None,
    readings: tuple[Report, Report],
    job: InferJob | None,
) -> int:
    """Loads the models, reads the documents and writes what was found; returns the exit status."""
    progress = Progress(
        enabled=watched(quiet=asked.quiet) and asked.output != STANDARD_STREAM and not asked.show,
        total=lambda: number_of_documents(inputs, input_options(asked)),
    )
    reading, shown = readings
    started = time.monotonic()
    cascade = _loaded(asked, min_score, examples)
    from cascade.pipeline.ready_stages import make_ready  # which loads torch, as the line above did

    make_ready(cascade, taxonomy)
    loaded = time.monotonic()
    if job is not None:
        report = job.run(cascade, documents, reading, progress, output_format(asked))
        cascade.counts = job.counts
    else:
        found = progress.over(
            document
            # paragraphs do not go on from file to file
            for some in (documents if asked.paragraphs else [chain.from_iterable(documents)])
            for document in cascade.stream(
                some,
                taxonomy,
                paragraphs=asked.paragraphs,
                **call_options(asked),
            )
        )
        report = written(found, asked)
    if asked.timing:
        read_now = report.documents if job is None else job.folder.manifest.read - job.resumed
        _say(f"loaded in {loaded - started:.1f} s; {rate_of(read_now, time.monotonic() - loaded)}")
    told_of = {"reading": reading, "reading demonstrations": shown, "writing": told(report, asked)}
    for line in () if asked.quiet else notes(told_of, cascade.counts, cascade.min_score):
        _say(line)
    return job.told(_say) if job is not None else 0


def _loaded(asked: argparse.Namespace, min_score: MinScore, examples: list[Document] | None) -> Cascade:
    """The models that are asked for."""
    cascade = loaded_cascade(asked, report=(lambda line: None) if asked.quiet else _say, min_score=min_score)
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


def _nothing_to_read(asked: argparse.Namespace, inputs: Sequence[Input], reading: Report) -> int:
    """Writes an output without documents, for which no model is needed; returns the exit status."""
    written(iter(()), asked)
    for line in nothing_to_read(inputs, reading, quiet=asked.quiet):
        _say(line)
    return 0


def _examples(asked: argparse.Namespace, shown: Report) -> list[Document] | None:
    """The labelled documents to take examples from, or None if no examples are asked for.

    Raises DemonstrationError if the adapters were not trained with demonstrations.
    """
    if asked.demonstrations is None:
        return None
    kind_of(named_retriever(asked.adapters, asked.pair).demonstrations)
    return list(read(asked.demonstrations, report=shown))


def _say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
