"""Reads documents by the protocol of a published system, for the command `infer`."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from cascade.commands.infer_output import told
from cascade.commands.progress import rate_of
from cascade.commands.protocol_options import ANSWER_FORMAT
from cascade.document import Document
from cascade.published.losses import Losses
from cascade.taxonomy.tree import Taxonomy
from data_formats.report import Report
from data_formats.text_files import Source

if TYPE_CHECKING:
    from cascade.published.generator import ChatModel

Write = Callable[[Iterable[Document]], Report]


def infer_by_protocol(
    asked: argparse.Namespace,
    taxonomy: Taxonomy | None,
    documents: Iterable[Document],
    reports: Mapping[str, Report],
    write: Write,
) -> None:
    """Reads the documents as asked, hands them to `write`, and tells what was lost."""
    from cascade.pipeline.facade import DEFAULT_TYPES  # imports torch, as all that follows

    started = time.monotonic()
    stream, losses = _system(asked)
    loaded = time.monotonic()
    written = write(stream(documents, taxonomy or Taxonomy.flat(DEFAULT_TYPES)))
    if asked.timing:
        _say(f"loaded in {loaded - started:.1f} s; {rate_of(written.documents, time.monotonic() - loaded)}")
    if asked.quiet:
        return
    for what, report in {**reports, "writing": told(written, asked)}.items():
        for line in report.lines():
            _say(f"note: {what}: {line}")
    for line in losses.lines():
        _say(f"note: {asked.protocol}: {line}")


def _system(
    asked: argparse.Namespace,
) -> tuple[Callable[[Iterable[Document], Taxonomy], Iterator[Document]], Losses]:
    """What reads documents, and the losses that it counts."""
    from cascade.pipeline.loading import base_and_device
    from cascade.published.generator import check_folder, load, whole_model
    from cascade.published.one_stage import OneStage
    from cascade.published.two_stages import PublishedCascade

    report: Callable[[str], None] = (lambda line: None) if asked.quiet else _say
    folders = [asked.extractor, asked.classifier] if asked.protocol == "published" else [asked.model]
    for folder in folders:
        check_folder(folder)
    base, device = base_and_device(asked.base, asked.device, report=report)
    halved = asked.precision == "bf16" or (asked.precision == "auto" and device.startswith("cuda"))

    bases = {folder: base or _named_base(folder, report) for folder in folders}
    for folder, own in bases.items():
        whole_model(folder, base=own)  # what is wrong with the second is told before the first is loaded

    def model(folder: Path) -> ChatModel:
        return load(folder, base=bases[folder], device=device, dtype="bfloat16" if halved else "float32")

    if asked.protocol == "published":
        both = PublishedCascade(
            model(asked.extractor),
            model(asked.classifier),
            extractions=asked.extractions or 1,
            seed=asked.seed or 0,
        )
        return both.stream, both.losses
    instructed = Source(asked.instruction).text().rstrip("\n") if asked.instruction is not None else None
    one = OneStage(
        model(asked.model),
        asked.answer_format or ANSWER_FORMAT,
        nested=bool(asked.nested),
        copying=bool(asked.copying),
        instructed=instructed,
    )
    return one.stream, one.losses


def _named_base(folder: Path, report: Callable[[str], None]) -> str | None:
    """The folder of an adapter's base model where the adapter names it as one of the named base models."""
    from cascade.pipeline.loading import named_base_folder

    try:
        named = json.loads((folder / "adapter_config.json").read_text(encoding="utf-8")).get("base_model_name_or_path")
    except (OSError, ValueError, AttributeError):
        return None  # what is wrong with it is said where it is loaded
    return named_base_folder(named, report=report)


def _say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)
