"""BioC in XML and JSON."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from random_documents import found, random_documents

import data_formats
from cascade.document import Document, Entity
from cascade.errors import FormatError
from data_formats.annotation_tools.bioc import DISCONTINUOUS, INFONS, OTHER_INFONS, RELATIONS, WITHOUT_TYPE
from data_formats.annotation_tools.xml_nodes import FORBIDDEN_CHARACTERS
from data_formats.registry import opened


def annotation(name: str, places: list[tuple[int, int]], text: str, **infons: str) -> dict[str, Any]:
    locations = [{"offset": offset, "length": length} for offset, length in places]
    return {"id": name, "infons": infons, "text": text, "locations": locations}


PASSAGES = [
    {"offset": 0, "infons": {"section": "title"}, "text": "😀 BRCA1", "annotations": [], "relations": []},
    {
        "offset": 8,
        "infons": {},
        "sentences": [
            {
                "offset": 8,
                "infons": {},
                "text": "It & TP53.",
                "annotations": [annotation("2", [(13, 4)], "TP53", type="Gene")],
            },
            {
                "offset": 20,
                "infons": {},
                "text": "Yes.",
                "annotations": [annotation("3", [(20, 1), (22, 1)], "Y s", type="X")],
            },
        ],
        "annotations": [annotation("4", [(8, 2)], "It")],
        "relations": [{"id": "R", "infons": {"type": "r"}, "nodes": []}],
    },
]
PASSAGES[0]["annotations"] = [annotation("1", [(2, 5)], "BRCA1", type="Gene", NCBI="672")]
LOSSES = {INFONS.format(key="'NCBI'"): 1, WITHOUT_TYPE: 1, DISCONTINUOUS: 1, RELATIONS: 1, OTHER_INFONS: 1}


def as_xml(passages: list[dict[str, Any]]) -> str:
    def infons(row: dict[str, Any]) -> str:
        return "".join(f'<infon key="{key}">{value}</infon>' for key, value in row["infons"].items())

    def part(row: dict[str, Any], name: str) -> str:
        text = f"<text>{row['text'].replace('&', '&amp;')}</text>" if "text" in row else ""
        inner = "".join(part(each, "sentence") for each in row.get("sentences", []))
        for each in row["annotations"]:
            places = "".join(f'<location offset="{p["offset"]}" length="{p["length"]}"/>' for p in each["locations"])
            inner += f'<annotation id="{each["id"]}">{infons(each)}{places}<text>{each["text"]}</text></annotation>\n'
        inner += "".join('<relation id="R"/>' for _ in row.get("relations", []))
        return f"<{name}>{infons(row)}<offset>{row['offset']}</offset>\n{text}{inner}</{name}>"

    body = "".join(part(each, "passage") for each in passages)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE collection SYSTEM "BioC.dtd">\n'
        f"<collection><source>s</source><document><id>7</id>{body}</document></collection>"
    )


@pytest.mark.parametrize(
    ("content", "format_"),
    [
        (as_xml(PASSAGES), "bioc"),
        (json.dumps({"source": "s", "infons": {}, "documents": [{"id": "7", "passages": PASSAGES}]}), "bioc-json"),
        (json.dumps([{"documents": [{"id": 7, "passages": PASSAGES}]}], indent=1), "bioc-json"),
        (json.dumps({"PubTator3": [{"id": "7", "passages": PASSAGES}]}), "bioc-json"),
        (json.dumps({"id": "7", "passages": PASSAGES}), "bioc-json"),
    ],
)
def test_offsets_are_those_of_the_document(tmp_path: Path, content: str, format_: str) -> None:
    (tmp_path / "a").write_text(content, encoding="utf-8")
    report = data_formats.Report()
    assert opened(tmp_path / "a").format.name == format_
    assert list(data_formats.read(tmp_path / "a", report=report)) == [
        Document("7", "😀 BRCA1\nIt & TP53.  Yes.", None, (Entity(2, 7, "Gene"), Entity(13, 17, "Gene")))
    ]
    assert report.losses == LOSSES


def test_documents_a_line_are_read(tmp_path: Path) -> None:
    rows = [{"id": str(number), "passages": [{"offset": 0, "text": "a"}]} for number in range(2)]
    (tmp_path / "a.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    assert [document.id for document in data_formats.read(tmp_path / "a.jsonl")] == ["0", "1"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            as_xml([{**PASSAGES[0], "annotations": [annotation("1", [(3, 5)], "BRCA1", type="G")]}]),
            ":4: the annotation's text is 'BRCA1', but at offset 3 with length 5 the document has None; expected the "
            "same (offsets are characters of the document, not of the passage)",
        ),
        (
            as_xml([PASSAGES[0], {**PASSAGES[0], "offset": 3}]),
            ":5: the text begins at offset 3, before the end of the one before it at 7; expected parts in order, with "
            "offsets in characters of the document",
        ),
        (
            as_xml([{**PASSAGES[0], "offset": "x"}]),
            ":3: the offset is 'x'; expected a number of characters",
        ),
        ("<collection><document>", ":1: not XML: no element found at column 23; expected a whole XML file"),
        ("<doc/>", ":1: the root is <doc>; expected <collection> as in BioC"),
        (
            '<!DOCTYPE collection [<!ENTITY a "b">]>\n<collection/>',
            ":1: the file declares or uses the entity 'a'; expected only those of XML itself, such as &amp;, and "
            "characters by number",
        ),
        (
            '<!DOCTYPE collection [<!ENTITY a SYSTEM "file:///etc/hostname">]>\n<collection>&a;</collection>',
            ":1: the file declares or uses the entity 'a'; expected only those of XML itself, such as &amp;, and "
            "characters by number",
        ),
        (
            '<!DOCTYPE collection SYSTEM "BioC.dtd">\n<collection><document><id>&nbsp;</id></document></collection>',
            ":2: the file declares or uses the entity 'nbsp'; expected only those of XML itself, such as &amp;, and "
            "characters by number",
        ),
        (
            '{"documents": [{"id": "1"}]}',
            ": {'id': '1'} is no part of BioC; expected 'documents', each with 'passages'",
        ),
        (
            '{"id": "1", "passages": [3]}',
            ": document '1': 3 stands in 'passages'; expected objects",
        ),
        (
            '{"id": "1", "passages": [{"offset": 0, "text": "a", "annotations": [{"id": "T", "infons": {"type": "X"}, '
            '"text": "b", "locations": [{"offset": 0, "length": 1}]}]}]}',
            ": document '1': annotation 'T': the annotation's text is 'b', but at offset 0 with length 1 the document "
            "has 'a'; expected the same (offsets are characters of the document, not of the passage)",
        ),
    ],
)
def test_ill_formed_files(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "a").write_text(content, encoding="utf-8")
    with pytest.raises(FormatError) as caught:
        list(data_formats.read(tmp_path / "a", "bioc"))
    assert str(caught.value) == f"{tmp_path}/a{message}"


@pytest.mark.parametrize("format_", ["bioc", "bioc-json"])
@pytest.mark.parametrize("seed", range(40))
def test_random_documents_survive(tmp_path: Path, seed: int, format_: str) -> None:
    documents = random_documents(seed)
    report = data_formats.write(documents, tmp_path / "a", format_)
    assert opened(tmp_path / "a").format.name == format_
    assert [found(copy) for copy in data_formats.read(tmp_path / "a")] == list(map(found, documents))
    assert set(report.losses) <= {"token offsets of documents"}


def test_characters_that_xml_cannot_hold_are_counted(tmp_path: Path) -> None:
    report = data_formats.write([Document("d", "a\x00b", None, (Entity(2, 3, "X"),))], tmp_path / "a", "bioc")
    assert report.losses == {FORBIDDEN_CHARACTERS: 1}
    assert list(data_formats.read(tmp_path / "a")) == [Document("d", "a\ufffdb", None, (Entity(2, 3, "X"),))]


def test_texts_are_read_alone(tmp_path: Path) -> None:
    (tmp_path / "a").write_text(as_xml(PASSAGES), encoding="utf-8")
    assert [d.entities for d in data_formats.read_texts(tmp_path / "a")] == [()]


@pytest.mark.parametrize("format_", ["bioc", "bioc-json"])
@pytest.mark.parametrize("seed", range(10))
def test_the_package_bioc_reads_what_is_written_and_the_other_way_round(
    tmp_path: Path, seed: int, format_: str
) -> None:
    documents = random_documents(seed)
    data_formats.write(documents, tmp_path / "a", format_)
    name = "biocxml" if format_ == "bioc" else "biocjson"
    module = pytest.importorskip(f"bioc.{name}", reason="compares with the package bioc, which is not installed")
    content = (tmp_path / "a").read_bytes()
    collection = module.load(io.BytesIO(content) if format_ == "bioc" else io.StringIO(content.decode()))
    theirs = []
    for document in collection.documents:
        [passage] = document.passages
        spans = [(each.total_span.offset, each.total_span.end, each.infons["type"]) for each in passage.annotations]
        theirs.append((document.id, passage.text or "", spans))
    assert theirs == list(map(found, documents))
    again = module.dumps(collection)
    (tmp_path / "b").write_text(again, encoding="utf-8", newline="")
    assert [found(copy) for copy in data_formats.read(tmp_path / "b")] == list(map(found, documents))
