"""WebAnno TSV 3.3 of INCEpTION."""

from pathlib import Path
from typing import Any

import pytest
from random_documents import found, random_documents

import data_formats
from cascade.commands.convert import main as convert
from cascade.document import Document, Entity
from cascade.errors import FormatError
from data_formats.annotation_tools.layers import OTHER_FEATURE, OTHER_LAYER, WITHOUT_VALUE
from data_formats.annotation_tools.losses import EMPTY_SPANS
from data_formats.registry import opened
from data_formats.report import BLANK_EDGES, CUSTOM_LAYERS, EMPTY_DOCUMENTS

HEAD = "#FORMAT=WebAnno TSV 3.3\n"
NER = "#T_SP=de.tudarmstadt.ukp.dkpro.core.api.ner.type.NamedEntity|identifier|value\n"


def read(folder: Path, content: str, **options: Any) -> tuple[list[Document], dict[str, int]]:
    (folder / "a.tsv").write_text(content, encoding="utf-8")
    report = data_formats.Report()
    return list(data_formats.read(folder / "a.tsv", report=report, **options)), dict(report.losses)


def test_an_export_is_one_document_with_offsets_in_utf_16_units(tmp_path: Path) -> None:
    content = (
        f"{HEAD}{NER}#T_SP=de.tudarmstadt.ukp.dkpro.core.api.lexmorph.type.pos.POS|PosValue\n\n\n"
        "#Text=😀 Ms. Haag\n#Text=plays\n"
        "1-1\t0-2\t😀\t_\t_\tX\t\n"
        "1-2\t3-6\tMs.\thttp://x[1]|*[2]\tPER[1]|PER\\_part[2]\tNNP\t\n"
        "1-3\t7-11\tHaag\thttp://x[1]\tPER[1]\tNNP\t\n"
        "1-4\t12-17\tplays\t_\t_\t_\t\n"
        "1-4.1\t12-16\tplay\t*\tACT\t_\t\n\n"
        "#Text=Hi .\n2-1\t20-22\tHi\t_\t_\t_\t\n2-2\t23-24\t.\t*\t*\t_\t\n"
    )
    [document], losses = read(tmp_path, content)
    assert document.text == "😀 Ms. Haag\nplays\n  Hi ."
    assert [(document.text_of(entity), entity.type) for entity in document.entities] == [
        ("Ms.", "PER_part"),
        ("Ms. Haag", "PER"),
        ("play", "ACT"),
    ]
    assert document.tokens == ((0, 1), (2, 5), (6, 10), (11, 16), (19, 21), (22, 23))
    assert losses == {
        WITHOUT_VALUE: 1,
        OTHER_FEATURE.format(feature="identifier"): 1,
        OTHER_LAYER.format(layer="de.tudarmstadt.ukp.dkpro.core.api.lexmorph.type.pos.POS"): 3,
    }


def test_named_entities_without_a_value_have_the_name_of_their_layer(tmp_path: Path) -> None:
    content = (
        f"{HEAD}#T_SP=de.tudarmstadt.ukp.dkpro.core.api.ner.type.NamedEntity|identifier|kind\n\n\n#Text=a b c\n"
        "1-1\t0-1\ta\tQ1\tX\t\n1-2\t2-3\tb\t*\t*\t\n1-3\t4-5\tc\t_\t_\t\n"
    )
    [document], losses = read(tmp_path, content)
    assert document.entities == (Entity(0, 1, "NamedEntity"), Entity(2, 3, "NamedEntity"))
    assert losses == {OTHER_FEATURE.format(feature="identifier"): 1, OTHER_FEATURE.format(feature="kind"): 1}


def test_annotations_of_no_character_are_counted(tmp_path: Path) -> None:
    """INCEpTION writes them as empty parts of a token, also as a part of a longer annotation."""
    content = (
        f"{HEAD}{NER}\n\n#Text=one two\n"
        "1-1\t0-3\tone\t_\tPER[1]\t\n1-1.1\t0-0\t\t_\tLOC\t\n"
        "1-2\t4-7\ttwo\t_\tPER[1]\t\n1-2.1\t7-7\t\t_\tPER[1]|ORG\t\n"
    )
    [document], losses = read(tmp_path, content)
    assert document.entities == (Entity(0, 7, "PER"),)
    assert document.tokens == ((0, 3), (4, 7))
    assert losses == {EMPTY_SPANS: 2}


def test_relations_and_chains_are_counted(tmp_path: Path) -> None:
    content = (
        f"{HEAD}#T_SP=webanno.custom.Thing|kind\n#T_CH=webanno.custom.CorefLink|referenceType|referenceRelation\n"
        "#T_RL=webanno.custom.Part|of|BT_webanno.custom.Thing\n\n\n#Text=a b\n"
        "1-1\t0-1\ta\tX\tpr[1]\tcoref->1-1\t_\t_\t\n1-2\t2-3\tb\tX\t_\t_\tis|has\t1-1|1-1[0_2]\t\n"
    )
    [document], losses = read(tmp_path, content)
    assert document.entities == (Entity(0, 1, "X"), Entity(2, 3, "X"))
    assert losses == {
        OTHER_LAYER.format(layer="webanno.custom.CorefLink"): 1,
        OTHER_LAYER.format(layer="webanno.custom.Part"): 2,
        CUSTOM_LAYERS.format(layer="Thing"): 1,
    }


TWO = f"{HEAD}#T_SP=webanno.custom.A|value\n#T_SP=webanno.custom.B|x|y\n\n\n#Text=a\n1-1\t0-1\ta\tP\tQ\tR\n"


@pytest.mark.parametrize(("layer", "type_"), [("A", "P"), ("webanno.custom.B:x", "Q"), ("B:y", "R")])
def test_the_user_names_the_layer(tmp_path: Path, layer: str, type_: str) -> None:
    [document], _ = read(tmp_path, TWO, layer=layer)
    assert document.entities == (Entity(0, 1, type_),)


def test_the_command_takes_the_layer(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text(TWO)
    assert convert([f"{tmp_path}/a.tsv", f"{tmp_path}/b.conll", "--layer", "B:y"]) == 0
    assert (tmp_path / "b.conll").read_text() == "a\tB-R\n\n"


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (None, "the layers A, B could all hold the entities; name one with --layer of python -m data_formats"),
        ("C", "--layer C: no layers have this name; expected one of webanno.custom.A, webanno.custom.B"),
        ("B:z", "--layer B:z: the layer has no such feature; expected one of x, y"),
        (
            "B",
            "the features x, y of the layer B could all be the type; name one with --layer B:FEATURE of python -m "
            "data_formats",
        ),
    ],
)
def test_layers_that_cannot_be_told(tmp_path: Path, layer: str | None, message: str) -> None:
    with pytest.raises(FormatError) as caught:
        read(tmp_path, TWO, layer=layer)
    assert str(caught.value) == f"{tmp_path}/a.tsv: {message}"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            "#Text=😀 a\n1-1\t0-1\t😀\t_\t_\n",
            "7: the token is '😀', but at 0-1 the text has no whole characters; expected the same (offsets are UTF-16 "
            "units of the whole file)",
        ),
        (
            "#Text=a b\n1-1\t0-1\tb\t_\t_\n",
            "7: the token is 'b', but at 0-1 the text has 'a'; expected the same (offsets are UTF-16 units of the "
            "whole file)",
        ),
        ("1-1\t0-1\tb\t_\t_\n", "6: '1-1\\t0-1\\tb\\t_\\t_' is in no sentence; expected #Text= before its tokens"),
        ("#Text=a\n\n", "6: the sentence has no token; expected a line of one below its text"),
        (
            "#Text=a\n1-1\t0-1\ta\t_\n",
            "7: '1-1\\t0-1\\ta\\t_' is no token; expected a number as 1-1, offsets as 0-5, the token and 2 columns of "
            "layers, with tabs between",
        ),
        (
            "#Text=a\n1-1\t0-1\ta\t_\tP[x]\n",
            "7: 'P[x]' cannot be read; expected values with | between them, each with an id in brackets if it stands "
            "on several tokens",
        ),
        (
            "#Text=a b\n1-1\t0-1\ta\t_\tP[1]\n1-2\t2-3\tb\t_\tQ[1]\n",
            "8: the annotation [1] is 'Q' here and 'P' before; expected one value for an id",
        ),
        (
            "#Text=a\n1-1\t0-1\ta\t_\t_\n\n#Text=b\n2-1\t0-1\tb\t_\t_\n",
            "10: the sentence begins at 0, before the end of the one before it at 1; expected sentences in order "
            "(offsets are UTF-16 units)",
        ),
    ],
)
def test_ill_formed_files(tmp_path: Path, body: str, message: str) -> None:
    with pytest.raises(FormatError) as caught:
        read(tmp_path, f"{HEAD}{NER}\n\n\n{body}")
    assert str(caught.value) == f"{tmp_path}/a.tsv:{message}"


def test_files_are_written_as_inception_writes_them(tmp_path: Path) -> None:
    entities = (Entity(0, 8, "PER"), Entity(0, 3, "t_x"), Entity(9, 13, "ACT"))
    data_formats.write([Document("d", "Ms. Haag\tplays\n😀", None, entities)], tmp_path / "a", "webanno-tsv")
    assert (tmp_path / "a").read_text(encoding="utf-8") == (
        f"{HEAD}#T_SP=de.tudarmstadt.ukp.dkpro.core.api.ner.type.NamedEntity|value\n\n\n"
        "#Sentence.id=d\n#Text=Ms. Haag\\tplays\n#Text=😀\n"
        "1-1\t0-2\tMs\tt\\_x[1]|PER[2]\t\n1-2\t2-3\t.\tt\\_x[1]|PER[2]\t\n1-3\t4-8\tHaag\tPER[2]\t\n"
        "1-4\t9-14\tplays\t_\t\n1-4.1\t9-13\tplay\tACT\t\n1-5\t15-17\t😀\t_\t\n"
    )


@pytest.mark.parametrize("seed", range(40))
def test_random_documents_survive(tmp_path: Path, seed: int) -> None:
    documents = random_documents(seed)
    report = data_formats.write(documents, tmp_path / "a.tsv", "webanno-tsv")
    assert opened(tmp_path / "a.tsv").format.name == "webanno-tsv"
    copies = list(data_formats.read(tmp_path / "a.tsv"))
    kept = [document for document in documents if document.text]
    lost = 0
    for document, copy in zip(kept, copies, strict=True):
        wanted, got = found(document), found(copy)
        lost += len(wanted[2]) - len(got[2])
        assert got[:2] == wanted[:2]
        assert set(got[2]) <= set(wanted[2])
        missing = set(wanted[2]) - set(got[2])
        assert all(document.text[start].isspace() or document.text[end - 1].isspace() for start, end, _ in missing)
    assert report.losses[BLANK_EDGES] == lost
    assert report.losses[EMPTY_DOCUMENTS] == len(documents) - len(kept)
    data_formats.write(copies, tmp_path / "again.tsv", "webanno-tsv")
    assert (tmp_path / "again.tsv").read_bytes() == (tmp_path / "a.tsv").read_bytes()


def test_texts_are_read_alone(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text(TWO)
    assert [(d.text, d.entities) for d in data_formats.read_texts(tmp_path / "a.tsv")] == [("a", ())]


@pytest.mark.parametrize("declared", ["#T_SP=", "#T_SP=|", "#T_RL="])
def test_a_layer_without_a_name_is_refused(tmp_path: Path, declared: str) -> None:
    with pytest.raises(FormatError) as caught:
        read(tmp_path, f"{HEAD}{declared}\n\n\n#Text=Hi\n1-1\t0-2\tHi\n")
    assert str(caught.value) == (
        f"{tmp_path / 'a.tsv'}:2: {declared!r} names no layer; expected #T_SP=NAME and its features"
    )
