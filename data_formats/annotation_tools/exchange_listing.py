"""The formats in which tools exchange annotations, with the values that `registry.Format` holds of each."""

from __future__ import annotations

from typing import Any

from data_formats.annotation_tools.bioc import read_bioc, write_bioc_json, write_bioc_xml
from data_formats.annotation_tools.cas_xmi import read_cas_xmi, write_cas_xmi
from data_formats.annotation_tools.docbin import read_docbin, write_docbin
from data_formats.annotation_tools.exchange_recognition import (
    fit_bioc_json,
    fit_bioc_xml,
    fit_cas_xmi,
    fit_spacy_json,
    fit_spans_csv,
    fit_webanno_tsv,
)
from data_formats.annotation_tools.spacy_json import read_spacy_json, write_spacy_json
from data_formats.annotation_tools.spans_csv import read_spans_csv, write_spans_csv
from data_formats.annotation_tools.webanno import read_webanno_tsv
from data_formats.annotation_tools.webanno_writing import write_webanno_tsv
from data_formats.read_options import OF_LAYERS, OF_OBJECTS

EXCHANGES: tuple[dict[str, Any], ...] = (
    {
        "name": "webanno-tsv",
        "description": "WebAnno TSV 3.3 of INCEpTION",
        "read": read_webanno_tsv,
        "write": write_webanno_tsv,
        "fit": fit_webanno_tsv,
        "read_options": OF_LAYERS,
    },
    {
        "name": "cas-xmi",
        "description": "UIMA CAS XMI of INCEpTION and DKPro",
        "extensions": (".xmi",),
        "read": read_cas_xmi,
        "write": write_cas_xmi,
        "fit": fit_cas_xmi,
        "read_options": OF_LAYERS,
    },
    {
        "name": "spans-csv",
        "description": "CSV with a row for each entity",
        "extensions": (".csv",),
        "read": read_spans_csv,
        "write": write_spans_csv,
        "fit": fit_spans_csv,
        "read_options": OF_OBJECTS,
    },
    {
        "name": "spacy",
        "description": "spaCy's DocBin (needs the package spacy)",
        "extensions": (".spacy",),
        "read": read_docbin,
        "write": write_docbin,
        "read_options": OF_LAYERS,
        "keeps_tokens": True,
        "is_binary": True,
    },
    {
        "name": "spacy-json",
        "description": "spaCy's training data in JSON",
        "read": read_spacy_json,
        "write": write_spacy_json,
        "fit": fit_spacy_json,
        "read_options": OF_OBJECTS,
        "keeps_tokens": True,
    },
    {
        "name": "bioc",
        "description": "BioC XML",
        "read": read_bioc,
        "write": write_bioc_xml,
        "fit": fit_bioc_xml,
        "read_options": OF_OBJECTS,
    },
    {
        "name": "bioc-json",
        "description": "BioC JSON",
        "read": read_bioc,
        "write": write_bioc_json,
        "fit": fit_bioc_json,
        "read_options": OF_OBJECTS,
    },
)
