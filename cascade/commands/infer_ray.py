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
from cascade.commands.infer_output import output_format, told
from cascade.commands.input_options import input_options
from cascade.commands.job_marks import adapter_marks, asked_marks, file_marks, loaded_marks
from cascade.commands.job_options import SHARD
from cascade.commands.notes import notes
from cascade.commands.output_options import check_destination, refuse_input_as_output
from cascade.commands.parts_job import PartsJob
from cascade.commands.progress import Progress, rate_of, watched
from cascade.commands.thresholds_file import unused_thresholds
from cascade.errors import FormatError
from cascade.pipeline.asked_early import asked_labels
from cascade.pipeline.golden_scores import self_check
from cascade.pipeline.min_score import MinScore
from cascade.pipeline.settings import BATCH_SIZE
from cascade.scale.part_reader import Reading
from cascade.scale.ray_data_job import Cluster, part_results
from cascade.scale.remote_files import files_of, is_remote, put
from cascade.scale.remote_files import marks_of as marks_of_remote
from data_formats.archives.compression import without_compression
from data_formats.file_parts import FORMATS, check_parts, options_of_parts
from data_formats.jobs.input_marks import input_marks
from data_formats.jobs.job_folder import opened_job
from data_formats.registry import opened
from data_formats.report import Report
from data_formats.several_inputs import input_paths
from data_formats.text_files import STANDARD_STREAM

if TYPE_CHECKING:
    from cascade.pipeline.facade import Cascade
    from cascade.taxonomy.tree import Taxonomy

FAILED = ".failed.jsonl"
Say = Callable[[str], None]
_ENDINGS = (".jsonl", ".ndjson", ".parquet", ".jsonl.gz", ".jsonl.zst", ".jsonl.bz2")  # of files below a URI


@dataclass(frozen=True, slots=True)
class _Given:
    """The files of a job with the format of each."""

    formats: Mapping[str, str]

    @property
    def paths(self) -> list[str]:
        return list(self.formats)


def infer_on_ray(asked: argparse.Namespace, min_score: MinScore, say: Say) -> int:
    """Runs the command; returns its exit status."""
    reading, started = Report(), time.time()
    target = _target(asked.output)
    taxonomy = asked_taxonomy(asked)
    for line in () if asked.quiet else unused_thresholds(min_score, asked_labels(taxonomy)):
        say(line)
    given = _given(asked, target, reading)
    if is_remote(asked.output):
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
            Cluster(asked.ray, asked.concurrency or 1, asked.actor_cores or 1, _gpus(asked.device)),
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
    for ending in (FAILED, ""):
        if os.path.exists(target + ending):
            put(target + ending, uri + ending)
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
    remote = [name for name in asked.input if is_remote(name)]
    local = [name for name in asked.input if not is_remote(name)]
    table = any(name in input_options(asked) for name in ("text_column", "id_column", "language_column"))
    formats = {}
    for path in input_paths(local, report):
        if os.path.realpath(path).startswith(f"{target}.job{os.sep}"):  # shards of the job that goes on are no input
            continue
        if path == STANDARD_STREAM:
            raise FormatError("--ray is given with standard input, which other machines cannot read; name a file")
        source = opened(path, asked.input_format, table=table)
        refuse_input_as_output(target, [source])
        formats[os.path.abspath(path)] = source.format.name
    for path in (path for name in remote for path in files_of(name, _ENDINGS)):
        by_name = "parquet" if without_compression(path).endswith(".parquet") else "json-rows" if table else "jsonl"
        formats[path] = asked.input_format or by_name
    if asked.output in formats:
        raise FormatError(f"{asked.output}: the output is an input, which would be lost; name another file")
    for path, format in formats.items():
        check_parts(format, path)
    return _Given(formats)


def _reading(
    asked: argparse.Namespace,
    given: _Given,
    taxonomy: Taxonomy | None,
    min_score: MinScore,
    done: Mapping[str, float],
) -> Reading:
    names = ("top_k", "unsure_from", "multi_label", "verify_below")
    used = set(given.formats.values())
    return Reading(
        load=partial(_loaded, asked, min_score),
        marks=partial(_marks, asked),
        options={name: options_of_parts(name, input_options(asked)) for name in FORMATS if name in used},
        types=taxonomy,
        language=asked.language,
        asked={name: getattr(asked, name) for name in names},
        done=done,
    )


def _loaded(asked: argparse.Namespace, min_score: MinScore, say: Say) -> Cascade:
    """The models, in an actor; libraries that inference does not need are not left out, as Ray needs some of them."""
    from cascade.pipeline.facade import Cascade

    cascade = Cascade.load(
        asked.base,
        adapters=asked.adapters,
        pair=asked.pair,
        device=asked.device,
        precision=asked.precision,
        exact=asked.exact,
        min_score=min_score,
        report=say,
    )
    self_check(cascade, report=say)
    return cascade


def _marks(asked: argparse.Namespace, cascade: Cascade) -> dict[str, Any]:
    """What has to be the same in all actors."""
    return {**loaded_marks(cascade, exact=asked.exact), **adapter_marks(asked)}


def _gpus(device: str | None) -> float:
    """GPUs of each actor."""
    return 1 if device is not None and device.startswith("cuda") else 0
