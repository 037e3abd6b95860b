"""The formats in which tools exchange annotations, with the values that `registry.Format` holds of each."""

from __future__ import annotations

from typing import Any

from data_formats.annotation_tools.exchange_recognition import (
    fit_bioc_json,
    fit_bioc_xml,
    fit_cas_xmi,
    fit_dataturks,
    fit_nerel,
    fit_spacy_json,
    fit_spans_csv,
    fit_token_spans,
    fit_webanno_tsv,
)
from data_formats.annotation_tools.later import later
from data_formats.read_options import OF_LAYERS, OF_OBJECTS

EXCHANGES: tuple[dict[str, Any], ...] = (
    {
        "name": "webanno-tsv",
        "description": "WebAnno TSV 3.3 of INCEpTION",
        "read": later("webanno.read_webanno_tsv"),
        "write": later("webanno_writing.write_webanno_tsv"),
        "fit": fit_webanno_tsv,
        "read_options": OF_LAYERS,
    },
    {
        "name": "cas-xmi",
        "description": "UIMA CAS XMI of INCEpTION and DKPro",
        "extensions": (".xmi",),
        "read": later("cas_xmi.read_cas_xmi"),
        "write": later("cas_xmi.write_cas_xmi"),
        "fit": fit_cas_xmi,
        "read_options": OF_LAYERS,
    },
    {
        "name": "spans-csv",
        "description": "CSV with a row for each entity",
        "extensions": (".csv",),
        "read": later("spans_csv.read_spans_csv"),
        "write": later("spans_csv.write_spans_csv"),
        "fit": fit_spans_csv,
        "read_options": OF_OBJECTS,
    },
    {
        "name": "spacy",
        "description": "spaCy's DocBin (needs the package spacy)",
        "extensions": (".spacy",),
        "read": later("docbin.read_docbin"),
        "write": later("docbin.write_docbin"),
        "read_options": OF_LAYERS,
        "keeps_tokens": True,
        "is_binary": True,
    },
    {
        "name": "spacy-json",
        "description": "spaCy's training data in JSON",
        "read": later("spacy_json.read_spacy_json"),
        "write": later("spacy_json.write_spacy_json"),
        "fit": fit_spacy_json,
        "read_options": OF_OBJECTS,
        "keeps_tokens": True,
    },
    {
        "name": "token-spans",
        "description": "JSON of tokens and spans: W2NER, SpERT, ACE 2005, OneIE",
        "read": later("token_spans.read_token_spans"),
        "fit": fit_token_spans,
        "read_options": (*OF_OBJECTS, "join"),
    },
    {
        "name": "dataturks",
        "description": "Dataturks' JSON lines of labelled points",
        "read": later("dataturks.read_dataturks"),
        "fit": fit_dataturks,
        "read_options": OF_OBJECTS,
    },
    {
        "name": "bioc",
        "description": "BioC XML",
        "read": later("bioc.read_bioc"),
        "write": later("bioc.write_bioc_xml"),
        "fit": fit_bioc_xml,
        "read_options": OF_OBJECTS,
    },
    {
        "name": "bioc-json",
        "description": "BioC JSON",
        "read": later("bioc.read_bioc"),
        "write": later("bioc.write_bioc_json"),
        "fit": fit_bioc_json,
        "read_options": OF_OBJECTS,
    },
    {
        "name": "nerel",
        "description": "JSON lines of NEREL and RuNNE",
        "read": later("nerel.read_nerel"),
        "fit": fit_nerel,
        "read_options": OF_OBJECTS,
    },
)
