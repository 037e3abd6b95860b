"""UIMA CAS in XMI."""

from pathlib import Path
from typing import Any

import pytest
from random_documents import found, random_documents

import data_formats
from cascade.document import Document, Entity
from cascade.errors import FormatError
from data_formats.annotation_tools.cas_xmi import FURTHER_VIEWS, NOT_INDEXED
from data_formats.annotation_tools.layers import OTHER_FEATURE, OTHER_LAYER, WITHOUT_VALUE
from data_formats.annotation_tools.losses import EMPTY_SPANS
from data_formats.registry import opened
from data_formats.report import CUSTOM_LAYERS

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<xmi:XMI xmlns:xmi="http://www.omg.org/XMI" xmlns:cas="http:///uima/cas.ecore" xmlns:custom="http:///webanno/custom.ecore"
 xmlns:type="http:///de/tudarmstadt/ukp/dkpro/core/api/ner/type.ecore" xmi:version="2.0">
"""
TEXT = '<cas:Sofa xmi:id="1" sofaNum="1" sofaID="_InitialView" mimeType="text" sofaString="😀 Ada&#10;Rome"/>\n'
ENTITY = '<type:NamedEntity xmi:id="2" sofa="1" begin="3" end="6" value="PER" identifier="Q1"/>\n'
PLACE = '<type:Location xmi:id="3" sofa="1" begin="7" end="11"/>\n'
BARE = '<type:NamedEntity xmi:id="4" sofa="1" begin="7" end="11"/>\n'
CUSTOM = '<custom:Thing xmi:id="5" sofa="1" begin="0" end="2" kind="X" />\n'
RELATION = '<custom:Part xmi:id="6" sofa="1" begin="0" end="2" Governor="2" Dependent="3"/>\n'


def read(folder: Path, body: str, members: str = "2 3 4 5 6", **options: Any) -> tuple[list[Document], dict[str, int]]:
    (folder / "a.xmi").write_text(
        f'{HEAD}{TEXT}{body}<cas:View sofa="1" members="{members}"/></xmi:XMI>', encoding="utf-8"
    )
    report = data_formats.Report()
    return list(data_formats.read(folder / "a.xmi", report=report, **options)), dict(report.losses)


def test_named_entities_are_read_in_utf_16_units_and_the_rest_is_counted(tmp_path: Path) -> None:
    documents, losses = read(tmp_path, ENTITY + PLACE + BARE + CUSTOM + RELATION)
    assert documents == [
        Document("_InitialView", "😀 Ada\nRome", None, (Entity(2, 5, "PER"), Entity(6, 10, "Location")))
    ]
    assert losses == {
        OTHER_FEATURE.format(feature="identifier"): 1,
        WITHOUT_VALUE: 1,
        OTHER_LAYER.format(layer="webanno.custom.Thing"): 1,
        OTHER_LAYER.format(layer="webanno.custom.Part"): 1,
    }


@pytest.mark.parametrize("options", [{}, {"layer": "Thing"}, {"layer": "webanno.custom.Thing:kind"}])
def test_the_only_layer_of_its_own_holds_the_entities(tmp_path: Path, options: dict[str, str]) -> None:
    [document], _ = read(tmp_path, CUSTOM + RELATION, **options)
    assert document.entities == (Entity(0, 1, "X"),)


def test_annotations_that_no_view_lists_are_left_out(tmp_path: Path) -> None:
    [document], losses = read(tmp_path, ENTITY + BARE, members="2")
    assert (len(document.entities), losses[NOT_INDEXED]) == (1, 1)


@pytest.mark.parametrize(("begin", "end"), [("1", "2"), ("3", "12"), ("4", "3"), ("-1", "2")])
def test_offsets_that_are_not_in_the_text(tmp_path: Path, begin: str, end: str) -> None:
    with pytest.raises(FormatError) as caught:
        read(tmp_path, f'<type:NamedEntity xmi:id="2" sofa="1" begin="{begin}" end="{end}" value="PER"/>')
    assert str(caught.value) == (
        f"{tmp_path}/a.xmi:5: begin '{begin}' and end '{end}' are no span of a text of 11 UTF-16 units; expected 0 <= "
        "begin <= end <= 11, and no half of a character"
    )


def test_links_of_chains_are_no_entities(tmp_path: Path) -> None:
    """What `next` and `first` hold are numbers of other annotations."""
    links = (
        '<custom:Link xmi:id="7" sofa="1" begin="0" end="2" next="8"/><custom:Link xmi:id="8" sofa="1" begin="3" '
        'end="6"/><custom:Only xmi:id="9" sofa="1" begin="3" end="6"/><custom:Chain xmi:id="10" sofa="1" first="9"/>'
    )
    [document], losses = read(tmp_path, CUSTOM + links, members="5 7 8 9")
    assert document.entities == (Entity(0, 1, "X"),)
    assert losses == {
        OTHER_LAYER.format(layer="webanno.custom.Link"): 2,
        OTHER_LAYER.format(layer="webanno.custom.Only"): 1,
        CUSTOM_LAYERS.format(layer="Thing"): 1,
    }


def test_a_feature_called_next_is_one(tmp_path: Path) -> None:
    [document], _ = read(tmp_path, '<custom:Stop xmi:id="7" sofa="1" begin="3" end="6" next="PER"/>', members="7")
    assert document.entities == (Entity(2, 5, "PER"),)


def test_annotations_of_no_character_are_counted(tmp_path: Path) -> None:
    empty = '<type:NamedEntity xmi:id="2" sofa="1" begin="3" end="3" value="PER"/>'
    [document], losses = read(tmp_path, empty, members="2")
    assert (document.entities, losses) == ((), {EMPTY_SPANS: 1})


def test_other_xml_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.xmi").write_text("<collection/>")
    with pytest.raises(FormatError) as caught:
        list(data_formats.read(tmp_path / "a.xmi"))
    assert str(caught.value) == f"{tmp_path}/a.xmi:1: the root is <collection>; expected <xmi:XMI> of a UIMA CAS"


@pytest.mark.parametrize("seed", range(40))
def test_random_documents_survive(tmp_path: Path, seed: int) -> None:
    documents = [Document(d.id, d.text, "de", d.entities, d.tokens) for d in random_documents(seed)]
    report = data_formats.write(documents, tmp_path / "a", "cas-xmi")
    assert opened(tmp_path / "a").format.name == "cas-xmi"
    assert list(data_formats.read(tmp_path / "a")) == documents
    assert dict(report.losses) == {FURTHER_VIEWS: 5}


@pytest.mark.filterwarnings("ignore:open_binary is deprecated:DeprecationWarning")  # in dkpro-cassis 0.12
@pytest.mark.parametrize("seed", range(3))
def test_the_package_cassis_reads_what_is_written_and_the_other_way_round(tmp_path: Path, seed: int) -> None:
    cassis = pytest.importorskip("cassis", reason="compares with dkpro-cassis, which is not installed")
    layer = "de.tudarmstadt.ukp.dkpro.core.api.ner.type.NamedEntity"
    types = cassis.load_dkpro_core_typesystem()  # without the type that holds ids
    metadata = types.create_type(
        "de.tudarmstadt.ukp.dkpro.core.api.metadata.type.DocumentMetaData", "uima.tcas.DocumentAnnotation"
    )
    for name, range_ in (("documentTitle", "String"), ("documentId", "String"), ("isLastSegment", "Boolean")):
        types.create_feature(metadata, name, f"uima.cas.{range_}")
    for document in random_documents(seed):
        data_formats.write([document], tmp_path / "a.xmi")
        with open(tmp_path / "a.xmi", "rb") as file:
            cas = cassis.load_cas_from_xmi(file, typesystem=types)
        spans = sorted((each.begin, each.end, each.value) for each in cas.select(layer))
        assert (cas.sofa_string or "", spans) == found(document)[1:]
        cas.to_xmi(tmp_path / "b.xmi")
        assert list(map(found, data_formats.read(tmp_path / "b.xmi"))) == [found(document)]
