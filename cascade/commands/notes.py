"""What `infer` tells at the end of a job: what could not be read, and what was left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cascade.pipeline.counts import Counts
from cascade.pipeline.min_score import MinScore, shown_min_score
from data_formats.report import Report

MANY_DESCRIBED = 100  # of so many, F1 on a corpus was 7.4 with descriptions and 17.9 without (docs/results/types.md)


def notes(readings: Mapping[str, Report], counts: Counts, min_score: MinScore) -> Iterator[str]:
    """Notes for the user, printed once at the end. counts: of all documents."""
    for what, reading in readings.items():
        yield from (f"note: {what}: {line}" for line in reading.lines())
    if rejected := counts.rejected:
        yield (
            f"note: {rejected:,} spans that the extractor marked were rejected by the classifier (none of the types "
            "asked for)"
        )
    if counts.unsure:
        yield (
            f"note: {counts.unsure:,} spans were left out because they are less likely than "
            f"{shown_min_score(min_score)}"
        )
    if unverified := counts.unverified:
        yield (
            f"note: {unverified:,} entities were left out because their type, asked for alone, is less likely than "
            "none (--verify-below)"
        )
    if unfitted := counts.unfitted:
        yield (
            f"note: {unfitted:,} documents were read by a classifier whose scores of types asked for alone are not "
            "calibrated (python -m train.calibrate_alone does so, on labelled documents)"
        )
    if counts.undescribed:
        yield (
            f"note: {counts.undescribed:,} documents were read without the descriptions of types, as the "
            "adapters were not trained with any"
        )
    if counts.described >= MANY_DESCRIBED:
        yield (
            f"note: descriptions of {counts.described:,} types were read at once; among so many they lower accuracy "
            "and take time and memory: leave them out, or put the types into a taxonomy of levels"
        )
    for language, documents in sorted(counts.unknown_languages.items()):
        unknown = f"name the language {language!r}, which is none that is known"
        yield f"note: {documents:,} documents {unknown}; they were read as documents that name none"
    for language, documents in sorted(counts.untrained.items()):
        yield (
            f"note: {documents:,} documents are in {language!r}, a language that the adapters that read them were "
            "not trained on"
        )
