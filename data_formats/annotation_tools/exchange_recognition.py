"""Judges by the first lines of a file whether it is in a format that annotations are exchanged in."""

from __future__ import annotations

import re
from collections.abc import Sequence

from data_formats.json_outline import ITEM, outline
from data_formats.recognition import Fit


def fit_webanno_tsv(head: Sequence[str]) -> Fit:
    """How well the first line fits the head of WebAnno TSV."""
    return Fit.SURE if head and head[0].startswith("#FORMAT=WebAnno TSV 3") else Fit.NONE


def fit_spans_csv(head: Sequence[str]) -> Fit:
    """How well the first line fits a header with the columns of spans."""
    if not head or head[0].lstrip()[:1] in ("{", "[") or not re.search("start|begin", head[0], re.IGNORECASE):
        return Fit.NONE
    from data_formats.annotation_tools.spans_csv import header_columns  # csv is not needed for other formats

    known = header_columns(head[0])
    return Fit.SURE if known.keys() >= {"start", "end", "type"} and known.keys() & {"document", "text"} else Fit.NONE


def fit_bioc_xml(head: Sequence[str]) -> Fit:
    """How well the first lines fit an XML file whose root is a collection of documents or has BioC's DTD."""
    inside = re.search(r"<(document|source|infon)\b|BioC\.dtd", "\n".join(head))
    return _fit(_root(head) == "collection" and inside is not None)


def fit_bioc_json(head: Sequence[str]) -> Fit:
    """How well the first lines fit JSON with passages."""
    found = outline(head)
    places = ((), ("documents", ITEM), ("PubTator3", ITEM))
    return _fit(any(found.has(*above, "passages", begins="[") for above in places))


def fit_cas_xmi(head: Sequence[str]) -> Fit:
    """How well the first lines fit an XML file whose root is of XMI."""
    return _fit(_root(head) == "xmi:XMI")


def fit_spacy_json(head: Sequence[str]) -> Fit:
    """How well the first lines fit texts in lists with their entities, spaCy's own `ents`, or its paragraphs."""
    start = "\n".join(head)
    string = r'"(?:[^"\\]|\\.)*"'
    pair = re.match(rf'\s*\[\s*(\[\s*)?{string}\s*,\s*\{{\s*"entities"\s*:', start)
    doc = re.match(rf'\s*(\[\s*)?\{{\s*"text"\s*:\s*{string}\s*,\s*"ents"\s*:\s*\[', start)
    paragraphs = re.match(r"\s*\[\s*\{", start) and re.search(r'"paragraphs"\s*:\s*\[', start)
    return _fit(bool(pair or doc or paragraphs))


def _root(head: Sequence[str]) -> str:
    """The name of the first element, if the lines begin as XML does; otherwise empty."""
    root = re.match(r"\s*(<[?!][^>]*>\s*)*<(?P<name>[A-Za-z][^\s/>]*)", "\n".join(head))
    return root["name"] if root else ""


def _fit(fits: bool) -> Fit:
    return Fit.SURE if fits else Fit.NONE
