"""The formats in which tools exchange annotations, with the values that `registry.Format` holds of each."""

from __future__ import annotations

from typing import Any

from data_formats.annotation_tools.exchange_recognition import fit_webanno_tsv
from data_formats.annotation_tools.webanno import read_webanno_tsv
from data_formats.annotation_tools.webanno_writing import write_webanno_tsv
from data_formats.read_options import OF_LAYERS

EXCHANGES: tuple[dict[str, Any], ...] = (
    {
        "name": "webanno-tsv",
        "description": "WebAnno TSV 3.3 of INCEpTION",
        "read": read_webanno_tsv,
        "write": write_webanno_tsv,
        "fit": fit_webanno_tsv,
        "read_options": OF_LAYERS,
    },
)
