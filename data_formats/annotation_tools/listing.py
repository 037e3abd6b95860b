"""The formats of annotation tools, with the values that `registry.Format` holds of each."""

from __future__ import annotations

from typing import Any

from data_formats.annotation_tools.later import later
from data_formats.annotation_tools.recognition import (
    fit_brat,
    fit_doccano,
    fit_gliner,
    fit_label_studio,
    fit_prodigy,
    fit_pubtator,
)
from data_formats.read_options import OF_OBJECTS, OF_TOOLS

TOOLS: tuple[dict[str, Any], ...] = (
    {
        "name": "brat",
        "description": "brat's standoff: a folder of .txt and .ann files",
        "extensions": (".ann",),
        "read": later("brat.read_brat"),
        "write": later("brat.write_brat"),
        "fit": fit_brat,
        "read_options": OF_OBJECTS,
        "in_folder": True,
    },
    {
        "name": "doccano",
        "description": "doccano's JSON lines of sequence labelling",
        "read": later("doccano.read_doccano"),
        "write": later("doccano.write_doccano"),
        "fit": fit_doccano,
        "read_options": OF_TOOLS,
    },
    {
        "name": "label-studio",
        "description": "Label Studio's JSON of tasks, and JSON-MIN",
        "read": later("label_studio.read_label_studio"),
        "write": later("label_studio.write_label_studio"),
        "fit": fit_label_studio,
        "read_options": OF_TOOLS,
    },
    {
        "name": "prodigy",
        "description": "Prodigy's JSON lines of tasks with spans",
        "read": later("prodigy.read_prodigy"),
        "write": later("prodigy.write_prodigy"),
        "fit": fit_prodigy,
        "read_options": OF_OBJECTS,
    },
    {
        "name": "gliner",
        "description": "GLiNER's training data: JSON of tokens and spans",
        "read": later("gliner.read_gliner"),
        "write": later("gliner.write_gliner"),
        "fit": fit_gliner,
        "read_options": OF_OBJECTS,
    },
    {
        "name": "pubtator",
        "description": "PubTator: titles, abstracts and mentions",
        "extensions": (".pubtator",),
        "read": later("pubtator.read_pubtator"),
        "write": later("pubtator.write_pubtator"),
        "fit": fit_pubtator,
        "read_options": OF_OBJECTS,
    },
)
