"""`infer --ray`: the same job with actors of Ray that read, on one machine or on many."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cascade.commands.asked_types import asked_taxonomy
from cascade.commands.infer_options import call_options
from cascade.commands.infer_output import output_format, told
from cascade.commands.input_options import input_options, refuse_unused_options
from cascade.commands.job_marks import adapter_marks, asked_marks, file_marks, loaded_marks
from cascade.commands.job_options import SHARD
from cascade.commands.model_options import check_model_options, gpus_of, load_options
from cascade.commands.notes import notes
from cascade.commands.output_options import check_destination
from cascade.commands.parts_job import PartsJob
from cascade.commands.progress import Progress, rate_of, watched
from cascade.commands.thresholds_file import unused_thresholds
from cascade.errors import FormatError
from cascade.pipeline.asked_depth import check_depth
from cascade.pipeline.asked_early import asked_labels
from cascade.pipeline.golden_scores import self_check
from cascade.pipeline.loading import named_retriever
from cascade.pipeline.min_score import MinScore
from cascade.pipeline.settings import BATCH_SIZE
from cascade.scale.part_reader import Reading
from cascade.scale.ray_data_job import Cluster, part_results
from cascade.scale.remote_files import check_destination_of, files_of, is_remote, place_of, put, remove
from cascade.scale.remote_files import marks_of as marks_of_remote
from data_formats.archives.compression import without_compression
from data_formats.file_parts import FORMATS, check_parts, options_of_parts
from data_formats.jobs.input_marks import input_marks
from data_formats.jobs.job_folder import opened_job
from data_formats.read_options import OF_TABLES
from data_formats.registry import formats as known_formats
from data_formats.registry import opened
from data_formats.report import Report
from data_formats.several_inputs import input_paths
from data_formats.text_files import STANDARD_STREAM

if TYPE_CHECKING:
    from cascade.pipeline.facade import Cascade
    from cascade.taxonomy.tree import Taxonomy

FAILED = ".failed.jsonl"
Say = Callable[[str], None]
# of files below a URI
_ENDINGS = (".parquet", *(f".{name}{packed}" for name in ("jsonl", "ndjson") for packed in ("", ".gz", ".zst", ".bz2")))


@dataclass(frozen=True, slots=True)
class _Given:
    """The files of a job with the format of each."""

    formats: Mapping[str, str]

    @property
    def paths(self) -> list[str]:
        return list(self.formats)


def infer_on_ray(asked: argparse.Namespace, min_score: MinScore, say: Say) -> int:
    """Runs the command; returns its exit status."""
    check_model_options(asked)
    if asked.depth != 1:
        check_depth(asked.depth, named_retriever(asked.adapters, asked.pair))
    reading, started = Report(), time.time()
    target = _target(asked.output)
    taxonomy = asked_taxonomy(asked)
    for line in () if asked.quiet else unused_thresholds(min_score, asked_labels(taxonomy)):
        say(line)
    given = _given(asked, target, reading)
    if is_remote(asked.output):
        check_destination_of(asked.output)
        os.makedirs(os.path.dirname(target), exist_ok=True)
    check_destination(target, asked.output_format)
    size = min(BATCH_SIZE, asked.shard_size or SHARD)
    marks = asked_marks(
        asked,
        file_marks(asked, given.paths, marks_of),
        taxonomy,
        min_score=min_score if isinstance(min_score, float | int) else dict(min_score),
        shard_size=asked.shard_size or SHARD,
        ray=f"parts of {size:,}",
    )
    with opened_job(target, marks, restart=asked.restart) as folder:
        job = PartsJob(asked, given.paths, taxonomy, folder, target)
        results = partial(
            part_results,
            given.paths,
            given.formats,
            _reading(asked, given, taxonomy, min_score, job.done()),
            Cluster(asked.ray, asked.concurrency or 1, asked.actor_cores or 1, gpus_of(asked.device)),
            part_size=size,
        )
        progress = Progress(enabled=watched(quiet=asked.quiet))
        report = job.run_parts(results, reading, progress, output_format(asked), marks_of=marks_of, say=say)
    if asked.timing:
        (began, ended), read = job.time, folder.manifest.read - job.resumed
        say(f"started in {max(0.0, began - started):.1f} s; {rate_of(read, ended - began)}")
    if is_remote(asked.output):
        _hand_over(target, asked.output)
        job.target = asked.output
    for line in (
        () if asked.quiet else notes({"reading": reading, "writing": told(report, asked)}, job.counts, min_score)
    ):
        say(line)
    return job.told(say)


def _target(output: str) -> str:
    """The file of this machine that is written: the output, or where that is elsewhere, one in a folder of its own."""
    if not is_remote(output):
        return str(Path(output).resolve())
    name = output.rstrip("/").rsplit("/", 1)[-1]
    return str(Path(f"{name}.ray").resolve() / name)


def _hand_over(target: str, uri: str) -> None:
    """Copies the files of a job that is done to where they were asked for, and removes them here."""
    try:
        if os.path.exists(target + FAILED):
            put(target + FAILED, uri + FAILED)
        else:  # of an earlier run
            remove(uri + FAILED)
        put(target, uri)
    except FormatError as error:
        error.add_note(f"the results are in {target}; copy them yourself")
        raise
    for ending in (FAILED, ""):
        with suppress(FileNotFoundError):
            os.unlink(target + ending)
    with suppress(OSError):  # someone put a file there
        os.rmdir(os.path.dirname(target))


def marks_of(paths: Sequence[str]) -> dict[str, str]:
    """A mark for each file, on this machine or by its URI."""
    remote = [path for path in paths if is_remote(path)]
    return {**input_marks([path for path in paths if not is_remote(path)]), **marks_of_remote(remote)}


def _given(asked: argparse.Namespace, target: str, report: Report) -> _Given:
    """The files that are read; raises FormatError for formats that are not read in parts."""
    options = input_options(asked)
    table = any(name in options for name in OF_TABLES)
    formats, places = {}, {place_of(asked.output): asked.output}
    for path in (path for name in asked.input for path in _paths(name, report)):
        place = place_of(path)
        if place.startswith(f"{target}.job{os.sep}"):  # shards of the job that goes on are no input
            continue
        if places.get(place) == asked.output:
            raise FormatError(f"{asked.output}: the output is an input, which would be lost; name another file")
        if place in places:
            raise FormatError(f"{path}: the file is named twice; name each file once, and no folder that it is in")
        places[place] = path
        if is_remote(path):
            by_name = "parquet" if without_compression(path).endswith(".parquet") else "json-rows" if table else "jsonl"
            formats[path] = asked.input_format or by_name
        else:
            formats[os.path.abspath(path)] = opened(path, asked.input_format, table=table).format.name
    for path, format in formats.items():
        check_parts(format, path)
    used = set(formats.values())
    refuse_unused_options(options, {each.name: each.read_options for each in known_formats() if each.name in used})
    return _Given(formats)


def _paths(name: str, report: Report) -> list[str]:
    """The files that an input stands for, on this machine or by their URIs."""
    if is_remote(name):
        return files_of(name, _ENDINGS)
    if name == STANDARD_STREAM:
        raise FormatError("--ray is given with standard input, which other machines cannot read; name a file")
    return input_paths([name], report)


def _reading(
    asked: argparse.Namespace,
    given: _Given,
    taxonomy: Taxonomy | None,
    min_score: MinScore,
    done: Mapping[str, float],
) -> Reading:
    used = set(given.formats.values())
    return Reading(
        load=partial(_loaded, asked, min_score),
        marks=partial(_marks, asked),
        options={name: options_of_parts(name, input_options(asked)) for name in FORMATS if name in used},
        types=taxonomy,
        language=asked.language,
        asked=call_options(asked),
        done=done,
    )


def _loaded(asked: argparse.Namespace, min_score: MinScore, say: Say) -> Cascade:
    """The models, in an actor; libraries that inference does not need are not left out, as Ray needs some of them."""
    from cascade.pipeline.facade import Cascade

    cascade = Cascade.load(**load_options(asked), min_score=min_score, report=say)
    self_check(cascade, report=say)
    return cascade


def _marks(asked: argparse.Namespace, cascade: Cascade) -> dict[str, Any]:
    """What has to be the same in all actors."""
    return {**loaded_marks(cascade, exact=asked.exact), **adapter_marks(asked)}
