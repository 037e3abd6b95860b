"""Judges by the first lines of a file whether it is of an annotation tool."""

from __future__ import annotations

import re
from collections.abc import Sequence

from data_formats.json_outline import ITEM, outline
from data_formats.recognition import Fit


def fit_label_studio(head: Sequence[str]) -> Fit:
    """How well the lines fit tasks with annotations or predictions, or rows of JSON-MIN."""
    found = outline(head)
    results = any(found.has(key, ITEM, "result", begins="[") for key in ("annotations", "completions", "predictions"))
    task = found.has("data", begins="{") and bool(found.keys & {"annotations", "completions", "predictions"})
    regions = any(
        found.has(key, ITEM, "labels", begins="[") and found.has(key, ITEM, "start", begins="0") for key in found.keys
    )
    return _fit(results or task or regions or found.keys >= {"annotation_id", "annotator"})


def fit_doccano(head: Sequence[str]) -> Fit:
    """How well the lines fit objects with a text and lists of offsets and types, or entities with their offsets."""
    found = outline(head)
    listed = "entities" not in found.keys and any(
        key in found.keys and found.has(key, ITEM, ITEM, begins='0"') for key in ("label", "labels")
    )
    named = "entities" in found.keys and found.has("entities", ITEM, "start_offset", begins="0")
    return _fit(listed or named)


def fit_prodigy(head: Sequence[str]) -> Fit:
    """How well the lines fit tasks with spans that have labels, tokens that have ids, or an answer."""
    found = outline(head)
    if "text" not in found.keys or found.keys & {"entities", "ents"}:
        return Fit.NONE
    spans = "spans" in found.keys and found.has("spans", ITEM, "label", begins='"')
    spans = spans and found.has("spans", ITEM, "start", begins="0")
    tokens = found.has("tokens", ITEM, "id", begins="0") and found.has("tokens", ITEM, "text", begins='"')
    return _fit(spans or tokens or bool(found.keys & {"_input_hash", "_task_hash"}))


def fit_gliner(head: Sequence[str]) -> Fit:
    """How well the lines fit objects with tokens under a key that no other format has."""
    found = outline(head)
    return _fit("tokenized_text" in found.keys and found.has("tokenized_text", begins="["))


def fit_pubtator(head: Sequence[str]) -> Fit:
    """How well the first two lines that are not blank fit a title and an abstract of one document."""
    title, abstract, *_ = [*(line for line in head if line.strip()), "", ""]
    match = re.match(r"([^|\t]+)\|t\|", title)
    return _fit(match is not None and abstract.startswith(f"{match[1]}|a|"))


def fit_brat(head: Sequence[str]) -> Fit:
    """How well the first line that is not blank fits a text-bound annotation."""
    first = next((line for line in head if line.strip()), "")
    return _fit(re.match(r"T[0-9]+\t\S+ [0-9]+ [0-9]+(;[0-9]+ [0-9]+)*\t", first) is not None)


def _fit(fits: bool) -> Fit:
    return Fit.SURE if fits else Fit.NONE
