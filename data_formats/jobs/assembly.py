"""Puts the shards of a job together to its output."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import suppress

from cascade.document import Document
from data_formats.jobs.durable_files import sync_file, sync_folder
from data_formats.jobs.job_folder import RESULT, JobFolder
from data_formats.jobs.shards import failed_lines, result_lines
from data_formats.json_lines import from_object
from data_formats.output_files import open_output, put_in_place
from data_formats.registry import write
from data_formats.report import Report


def put_together(job: JobFolder, target: str, format: str) -> Report:
    """Writes the results of all shards, in order, to `target` and what failed to TARGET.failed.jsonl, and removes the
    job's folder; returns what was written and what the format cannot hold.

    Both files are made in the job's folder, brought to the disk, and then put in place, so that being cut off at any
    step loses nothing: the job is there until its output is. If nothing failed, an earlier file of failures is removed.
    """
    failures = f"{target}.failed.jsonl"
    folder = os.path.join(job.path, RESULT)
    with job.writing():
        shutil.rmtree(folder, ignore_errors=True)
        os.mkdir(folder)
        results = os.path.join(folder, os.path.basename(target))
        lines = result_lines(job.path, job.manifest)
        if format == "jsonl":
            _copy(lines, results)
            report = Report(job.manifest.written, job.manifest.entities)
        else:
            report = write(_documents(lines, job.path), results, format)
        if job.manifest.failed:
            beside = os.path.join(folder, os.path.basename(failures))
            _copy(failed_lines(job.path, job.manifest), beside)
            _put(beside, failures)
        else:
            with suppress(FileNotFoundError):
                os.unlink(failures)
        _put(results, target)
    job.remove()
    return report


def _copy(lines: Iterable[str], path: str) -> None:
    with open_output(path) as stream:
        stream.writelines(lines)


def _documents(lines: Iterator[str], where: str) -> Iterator[Document]:
    return (from_object(json.loads(line), where) for line in lines)


def _put(made: str, target: str) -> None:
    """Puts a file in place, with the permissions of the one that it replaces."""
    sync_file(made)
    with suppress(OSError):  # there is none, or the file system has no permissions
        shutil.copymode(target, made)
    put_in_place(made, target, target)
    sync_file(target)
    sync_folder(os.path.dirname(target))
