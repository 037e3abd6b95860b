"""JSON of tools whose files are not read: known by their keys, with what to export instead."""

from __future__ import annotations

from collections.abc import Collection

from data_formats.json_outline import ITEM, Outline

_LINES = 'write lines of {"text", "entities": [{"start", "end", "type"}]} from it'
# Keys that identify a tool's file, all of which must be there (* stands for any beginning), the tool, and what to do.
# From the tools' documentation and published files.
_TOOLS: tuple[tuple[tuple[str, ...], str, str], ...] = tuple(
    (tuple(keys.split()), name, remedy)
    for keys, name, remedy in (
        ("%TYPES %FEATURE_STRUCTURES", "INCEpTION's CAS JSON", "export UIMA CAS XMI or WebAnno TSV"),
        ("rasa_nlu_data", "Rasa's training data", f"{_LINES}: 'common_examples' have them, the type under 'entity'"),
        (
            "examples relations",
            "LightTag",
            f"{_LINES}: 'examples' have 'content' and 'annotations', the type under 'tag'",
        ),
        (
            "projectFileVersion assets",
            "Azure's custom entity recognition",
            f"{_LINES}: its texts stand in files of their own, its labels have 'offset' and 'length' in UTF-16 units",
        ),
        (
            "annotatable anncomplete",
            "tagtog",
            f"{_LINES}: its texts stand in files of their own, its entities have 'offsets' within a part of one",
        ),
        (
            "textSegmentAnnotations textContent",
            "Vertex AI",
            f"{_LINES}: it has 'textContent', and 'startOffset', 'endOffset' and 'displayName'",
        ),
        (
            "annotations text_snippet",
            "AutoML Natural Language",
            f"{_LINES}: it has the text under 'text_snippet', and 'start_offset', 'end_offset' and 'display_name'",
        ),
        (
            "source *-metadata",
            "SageMaker Ground Truth",
            f"{_LINES}: it has 'source', and 'startOffset' and 'endOffset'",
        ),
        (
            "document_id passages entities",
            "BigBio",
            f"{_LINES}: its entities have lists of 'offsets' in the passages' texts, one after another",
        ),
        (
            "privacy_mask",
            "a data set of ai4privacy",
            f"{_LINES}: it has 'source_text', and 'privacy_mask' with 'label'",
        ),
        ("documentName tokens", "UBIAI", "export spaCy's JSON or IOB"),
        ("jsonResponse", "Kili", _LINES),
        ("data_row projects", "Labelbox", _LINES),
        ("features rows", "the viewer of Hugging Face's data sets", "download the data set's Parquet files"),
        (
            "start end word score",
            "the output of a pipeline of transformers",
            "its texts are not in it; keep them with it",
        ),
    )
)
_WRAPPED = ("documents", "data")  # keys under which all documents of a file stand


def other_tool(keys: Collection[str]) -> str | None:
    """The tool that an object's keys tell, and what to export instead; None if they tell none."""
    for wanted, name, remedy in _TOOLS:
        if all(_stands(each, keys) for each in wanted):
            named = ", ".join(map(repr, sorted(each.removeprefix("*") for each in wanted)))
            return f"it looks like {name} by {named}, which is not read; {remedy}"
    return None


def told_by_outline(found: Outline) -> str | None:
    """As `other_tool`, by the outline of a file; also for files with all documents under one key."""
    if len(found.keys) == 1 and (key := next(iter(found.keys))) in _WRAPPED and found.values.get((key,)) == {"["}:
        return f"all of it stands under {key!r}; write the list there to a file of its own"
    if {"sentence", "entities"} <= found.keys and found.has("entities", ITEM, "pos", begins="["):
        return (
            f"it looks like InstructUIE by 'pos', which is not read; {_LINES}: it has 'sentence', and offsets in 'pos'"
        )
    return other_tool(found.keys)


def _stands(wanted: str, keys: Collection[str]) -> bool:
    return any(key.endswith(wanted[1:]) for key in keys) if wanted.startswith("*") else wanted in keys
