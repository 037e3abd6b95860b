"""Judges by the first lines of a file whether it is in a format that annotations are exchanged in."""

from __future__ import annotations

import re
from collections.abc import Sequence

from data_formats.json_outline import ITEM, Outline, outline
from data_formats.recognition import Fit

_STARTS = re.compile("start|begin|span_ini|off0", re.IGNORECASE)  # how columns of starts are called

# Keys of tokens, of entities and of their places in W2NER, ACE 2005, OneIE and SpERT, and how a place begins.
_TOKEN_SPANS = (
    ("sentence", "ner", "index", "["),
    ("words", "golden-entity-mentions", "start", "0"),
    ("tokens", "entity_mentions", "start", "0"),
    ("tokens", "entities", "start", "0"),
)


def fit_webanno_tsv(head: Sequence[str]) -> Fit:
    """How well the first line fits the head of WebAnno TSV."""
    return Fit.SURE if head and head[0].startswith("#FORMAT=WebAnno TSV 3") else Fit.NONE


def fit_spans_csv(head: Sequence[str]) -> Fit:
    """How well the first line fits a header with the columns of spans."""
    if not head or head[0].lstrip()[:1] in ("{", "[") or not _STARTS.search(head[0]):
        return Fit.NONE
    from data_formats.annotation_tools.spans_csv_header import header_columns  # csv is not needed for other formats

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
    of_bigbio = found.has("passages", ITEM, "offsets", begins="[")
    return _fit(not of_bigbio and any(found.has(*above, "passages", begins="[") for above in places))


def fit_nerel(head: Sequence[str]) -> Fit:
    """How well the first lines fit objects with a text under `sentences`, and a list under `ners` or nothing else."""
    found = outline(head)
    labelled = "ners" in found.keys and found.has("ners", begins="[")
    return _fit(found.has("sentences", begins='"') and (labelled or found.keys <= {"id", "sentences"}))


def fit_cas_xmi(head: Sequence[str]) -> Fit:
    """How well the first lines fit an XML file whose root is of XMI."""
    return _fit(_root(head) == "xmi:XMI")


def fit_spacy_json(head: Sequence[str]) -> Fit:
    """How well the first lines fit texts with their entities in lists, spaCy's own `ents`, or its paragraphs.

    A text and its entities may stand in a list, in an object, or both in the list `annotations` of the NER Annotator.
    """
    start, found = "\n".join(head), outline(head)
    string = r'"(?:[^"\\]|\\.)*"'
    pair = re.match(rf"\s*\[\s*(\[\s*)?{string}\s*,\s*\{{", start) and any(
        found.has(*above, "entities", begins="[") for above in ((), (ITEM,))
    )
    doc = re.match(rf'\s*(\[\s*)?\{{\s*"text"\s*:\s*{string}\s*,\s*"ents"\s*:\s*\[', start)
    lists = found.has("text", begins='"') and _of_triples(found, "entities")
    annotator = "annotations" in found.keys and found.has("annotations", ITEM, ITEM, "entities", begins="[")
    paragraphs = re.match(r"\s*\[\s*\{", start) and re.search(r'"paragraphs"\s*:\s*\[', start)
    return _fit(bool(pair or doc or lists or annotator or paragraphs))


def fit_token_spans(head: Sequence[str]) -> Fit:
    """How well the first lines fit objects with tokens, and entities that are spans of token indices."""
    found = outline(head)
    return _fit(
        "text" not in found.keys
        and any(
            found.values.get((tokens, ITEM)) == {'"'} and found.has(entities, ITEM, place, begins=begins)
            for tokens, entities, place, begins in _TOKEN_SPANS
            if {tokens, entities} <= found.keys
        )
    )


def fit_dataturks(head: Sequence[str]) -> Fit:
    """How well the first lines fit objects with a text and labelled points."""
    found = outline(head)
    points = found.has("annotation", ITEM, "points", begins="[")
    return _fit(points and found.has("content", begins='"'))


def _of_triples(found: Outline, key: str) -> bool:
    """Whether lists of numbers and texts stand under a key, and no objects or deeper lists."""
    inside = found.values.get((key, ITEM, ITEM), set())
    return found.values.get((key, ITEM)) == {"["} and inside >= {"0", '"'} and "[" not in inside


def _root(head: Sequence[str]) -> str:
    """The name of the first element, if the lines begin as XML does; otherwise empty."""
    root = re.match(r"\s*(<[?!][^>]*>\s*)*<(?P<name>[A-Za-z][^\s/>]*)", "\n".join(head))
    return root["name"] if root else ""


def _fit(fits: bool) -> Fit:
    return Fit.SURE if fits else Fit.NONE
