"""UIMA CAS in XMI, as INCEpTION and DKPro Core exchange it.

XMI is read without a type system: a layer is whatever has a begin and an end. So layers of a project's own need no file
beside the XMI, and no package of UIMA is needed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import TextIO

from cascade.document import Document, Entity
from cascade.errors import DocumentError, FormatError
from data_formats.annotation_tools.layers import (
    NAMED_ENTITY,
    OTHER_FEATURE,
    OTHER_LAYER,
    VALUE,
    WITHOUT_VALUE,
    Layer,
    chosen_layer,
    short_name,
)
from data_formats.annotation_tools.losses import EMPTY_SPANS
from data_formats.annotation_tools.offset_units import offset_of
from data_formats.annotation_tools.utf16 import Utf16Text
from data_formats.annotation_tools.xml_nodes import (
    FORBIDDEN_CHARACTERS,
    Node,
    attribute_in_xml,
    is_forbidden,
    xml_tree,
)
from data_formats.identifiers import SeenIds, with_unique_ids
from data_formats.json_values import shown
from data_formats.read_options import ReadOptions
from data_formats.report import CUSTOM_LAYERS, Report
from data_formats.text_files import Source

XMI = "http://www.omg.org/XMI"
CAS = "http:///uima/cas.ecore"
_DKPRO = "de.tudarmstadt.ukp.dkpro.core.api."
TOKEN, METADATA = f"{_DKPRO}segmentation.type.Token", f"{_DKPRO}metadata.type.DocumentMetaData"
_PLACE = (f"{XMI}}}id", "sofa", "begin", "end")  # attributes that are no features
_ENDS = {"Governor", "Dependent"}  # what relations have
_UNKNOWN = "x-unspecified"  # UIMA's code for an unknown language
INITIAL_VIEW = "_InitialView"  # the view that tools show
NOT_INDEXED = "annotations that no view lists (left out)"
FURTHER_VIEWS = "documents after the first, each in a view of its own (most tools show the first view alone)"
ODD_TOKENS = "documents whose tokens overlap or are empty (read without tokens)"


def read_cas_xmi(source: Source, report: Report, options: ReadOptions) -> Iterator[Document]:
    """Documents of an XMI file: one for each view with a text.

    Offsets are UTF-16 units. `ReadOptions.layer` names the layer of the entities (`layers.chosen_layer`); DKPro's
    subtypes of NamedEntity, such as Person, count as it. Other layers and features are counted. Raises FormatError for
    offsets that are not in the text.
    """
    root = xml_tree(source)
    if root.name != f"{XMI}}}XMI":
        raise FormatError(f"{source.name}:{root.line}: the root is <{root.name}>; expected <xmi:XMI> of a UIMA CAS")
    members = {member for view in root.all(f"{CAS}}}View") for member in view.attributes.get("members", "").split()}
    nodes: dict[str, list[tuple[str, Node]]] = {}
    for node in root.children:
        if "begin" in node.attributes and "end" in node.attributes:
            if node.attributes.get(f"{XMI}}}id") in members:
                nodes.setdefault(node.attributes.get("sofa", ""), []).append((_layer_name(node), node))
            else:
                report.lose(NOT_INDEXED, f"{source.name}:{node.line}")
    named = [each for of_view in nodes.values() for each in of_view]
    features: dict[str, set[str]] = {}
    for name, node in named:
        features.setdefault(name, {VALUE} if name == NAMED_ENTITY else set()).update(_features(node))
    links = _links(named, {node.attributes["first"] for node in root.children if "first" in node.attributes})
    spans = {name: values for name, values in features.items() if not values >= _ENDS and name not in links}
    layer = chosen_layer(spans, options.layer, source.name) if options.entities else None
    if layer is not None and options.layer is None and layer.name != NAMED_ENTITY:
        report.lose(CUSTOM_LAYERS.format(layer=short_name(layer.name)), source.name)
    seen = SeenIds()
    for sofa in root.all(f"{CAS}}}Sofa"):
        of_view = nodes.get(sofa.attributes.get(f"{XMI}}}id", ""), [])
        document = _document(sofa, of_view, layer, report if options.entities else Report(), source.name)
        seen.add(document.id, f"{source.name}:{sofa.line}")
        yield document


def write_cas_xmi(documents: Iterable[Document], stream: TextIO, report: Report) -> None:
    """Writes each document as a view: its text, id, language, tokens if it has some, and entities as NamedEntity.

    The first document is the initial view; further ones are counted, as INCEpTION shows the initial view alone.
    """
    packages = {"ner": NAMED_ENTITY, "segmentation": TOKEN, "metadata": METADATA}
    names = "".join(f' xmlns:{prefix}="{_namespace(name)}"' for prefix, name in packages.items())
    stream.write(f'<?xml version="1.0" encoding="UTF-8"?>\n<xmi:XMI xmlns:xmi="{XMI}" xmlns:cas="{CAS}"{names}')
    stream.write(' xmi:version="2.0">\n<cas:NULL xmi:id="0"/>\n')
    next_id = 1
    for number, document in enumerate(with_unique_ids(documents), start=1):
        report.lose_annotations(document, language=False, tokens=False)
        if any(map(is_forbidden, (document.id, document.text, *(entity.type for entity in document.entities)))):
            report.lose(FORBIDDEN_CHARACTERS, document.id)
        report.lose(FURTHER_VIEWS, document.id, number > 1)
        view = INITIAL_VIEW if number == 1 else f"document-{number}"
        sofa, offsets = next_id, Utf16Text(document.text)
        elements = [
            (
                "metadata:DocumentMetaData",
                f'begin="0" end="{offsets.length}" language={attribute_in_xml(document.language or _UNKNOWN)} '
                f"documentTitle={attribute_in_xml(document.id)} documentId={attribute_in_xml(document.id)} "
                'isLastSegment="false"',
            )
        ]
        elements += [
            ("segmentation:Token", f'begin="{offsets.units(start)}" end="{offsets.units(end)}" order="0"')
            for start, end in document.tokens or ()
        ]
        elements += [
            (
                "ner:NamedEntity",
                f'begin="{offsets.units(entity.start)}" end="{offsets.units(entity.end)}" '
                f"value={attribute_in_xml(entity.type)}",
            )
            for entity in document.entities
        ]
        ids = range(sofa + 1, sofa + 1 + len(elements))
        stream.write(
            f'<cas:Sofa xmi:id="{sofa}" sofaNum="{number}" sofaID="{view}" mimeType="text/plain" '
            f"sofaString={attribute_in_xml(document.text)}/>\n"
        )
        for identifier, (name, attributes) in zip(ids, elements, strict=True):
            stream.write(f'<{name} xmi:id="{identifier}" sofa="{sofa}" {attributes}/>\n')
        stream.write(f'<cas:View sofa="{sofa}" members="{" ".join(map(str, ids))}"/>\n')
        next_id = ids.stop
        report.wrote(len(document.entities))
    stream.write("</xmi:XMI>\n")


def _namespace(layer: str) -> str:
    return f"http:///{layer.rpartition('.')[0].replace('.', '/')}.ecore"


def _layer_name(node: Node) -> str:
    """The layer's name as UIMA writes it, with dots; DKPro's subtypes of NamedEntity become it."""
    namespace, _, name = node.name.rpartition("}")
    package = namespace.removeprefix("http:///").removesuffix(".ecore").replace("/", ".")
    layer = name if package == "uima.noNamespace" else f"{package}.{name}"
    return NAMED_ENTITY if package == NAMED_ENTITY.rpartition(".")[0] else layer


def _links(named: Sequence[tuple[str, Node]], firsts: Collection[str]) -> set[str]:
    """The layers whose annotations are links of chains: the first of a chain, or the next one of a link."""
    of_id = {node.attributes.get(f"{XMI}}}id", ""): name for name, node in named}
    following = {(name, node.attributes["next"]) for name, node in named if "next" in node.attributes}
    return {of_id[first] for first in firsts if first in of_id} | {
        name for name, place in following if of_id.get(place) == name
    }


def _features(node: Node) -> list[str]:
    return [key for key in node.attributes if key not in _PLACE] + [child.name for child in node.children]


def _document(sofa: Node, nodes: list[tuple[str, Node]], layer: Layer | None, report: Report, name: str) -> Document:
    text = sofa.attributes.get("sofaString", "")
    offsets = Utf16Text(text)
    identifier, language = sofa.attributes.get("sofaID", INITIAL_VIEW), None
    entities, tokens = [], []
    for of_node, node in nodes:
        where = f"{name}:{node.line}"
        if of_node in (METADATA, "uima.tcas.DocumentAnnotation"):
            named = node.attributes.get("language", _UNKNOWN)
            language = None if named == _UNKNOWN else named
            identifier = node.attributes.get("documentId") or node.attributes.get("documentTitle") or identifier
        elif of_node == TOKEN:
            tokens.append(_span(node, offsets, where))
        elif layer is None or of_node != layer.name:
            report.lose(OTHER_LAYER.format(layer=of_node), where)
        else:
            for feature in _features(node):
                report.lose(OTHER_FEATURE.format(feature=feature), where, feature != layer.feature)
            type_ = _type(node, layer)
            if type_ is None:
                report.lose(WITHOUT_VALUE, where)
                continue
            start, end = _span(node, offsets, where)
            if start < end:
                entities.append(Entity(start, end, type_))
            else:
                report.lose(EMPTY_SPANS, where)
    tokens.sort()
    if any(before[1] > after[0] for before, after in pairwise(tokens)) or any(start == end for start, end in tokens):
        report.lose(ODD_TOKENS, f"{name}:{sofa.line}")
        tokens = []
    try:
        return Document(identifier, text, language, tuple(entities), tuple(tokens) or None)
    except DocumentError as error:
        raise FormatError(f"{name}:{sofa.line}: {error}") from error


def _type(node: Node, layer: Layer) -> str | None:
    """The type of an entity: the feature's value, or the name of a layer without features, or of DKPro's subtypes."""
    own = short_name(node.name.replace("}", "."))
    value = node.attributes.get(layer.feature) if layer.feature is not None else own
    if value is None and layer.name == NAMED_ENTITY and own != short_name(NAMED_ENTITY):
        value = own
    return value if value is not None and value.strip() else None


def _span(node: Node, offsets: Utf16Text, where: str) -> tuple[int, int]:
    """The offsets in characters, which may be equal; raises FormatError if they are not in the text."""
    begin, end = node.attributes["begin"], node.attributes["end"]
    first, last = offset_of(begin), offset_of(end)
    start = None if first is None else offsets.offset(first)
    stop = None if last is None else offsets.offset(last)
    if start is None or stop is None or start > stop:
        raise FormatError(
            f"{where}: begin {shown(begin)} and end {shown(end)} are no span of a text of {offsets.length} UTF-16 "
            f"units; expected 0 <= begin <= end <= {offsets.length}, and no half of a character"
        )
    return start, stop
