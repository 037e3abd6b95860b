"""The formats of annotation tools, with the values that `registry.Format` holds of each."""

from __future__ import annotations

from typing import Any

from data_formats.annotation_tools.brat import read_brat, write_brat
from data_formats.annotation_tools.doccano import read_doccano, write_doccano
from data_formats.annotation_tools.gliner import read_gliner, write_gliner
from data_formats.annotation_tools.label_studio import read_label_studio, write_label_studio
from data_formats.annotation_tools.prodigy import read_prodigy, write_prodigy
from data_formats.annotation_tools.pubtator import read_pubtator, write_pubtator
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
        "read": read_brat,
        "write": write_brat,
        "fit": fit_brat,
        "read_options": OF_OBJECTS,
        "in_folder": True,
    },
    {
        "name": "doccano",
        "description": "doccano's JSON lines of sequence labelling",
        "read": read_doccano,
        "write": write_doccano,
        "fit": fit_doccano,
        "read_options": OF_TOOLS,
    },
    {
        "name": "label-studio",
        "description": "Label Studio's JSON of tasks, and JSON-MIN",
        "read": read_label_studio,
        "write": write_label_studio,
        "fit": fit_label_studio,
        "read_options": OF_TOOLS,
    },
    {
        "name": "prodigy",
        "description": "Prodigy's JSON lines of tasks with spans",
        "read": read_prodigy,
        "write": write_prodigy,
        "fit": fit_prodigy,
        "read_options": OF_OBJECTS,
    },
    {
        "name": "gliner",
        "description": "GLiNER's training data: JSON of tokens and spans",
        "read": read_gliner,
        "write": write_gliner,
        "fit": fit_gliner,
        "read_options": OF_OBJECTS,
    },
    {
        "name": "pubtator",
        "description": "PubTator: titles, abstracts and mentions",
        "extensions": (".pubtator",),
        "read": read_pubtator,
        "write": write_pubtator,
        "fit": fit_pubtator,
        "read_options": OF_OBJECTS,
    },
)
