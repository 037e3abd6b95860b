"""Judges by the first lines of a file whether it is in a format that annotations are exchanged in."""

from __future__ import annotations

from collections.abc import Sequence

from data_formats.recognition import Fit


def fit_webanno_tsv(head: Sequence[str]) -> Fit:
    """How well the first line fits the head of WebAnno TSV."""
    return Fit.SURE if head and head[0].startswith("#FORMAT=WebAnno TSV 3") else Fit.NONE
