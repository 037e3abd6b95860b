"""Training on the names of all levels of a taxonomy: what each corpus is asked for, and with which entities."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from prepared_stages import prepared

from cascade import Document, Entity
from cascade.errors import CascadeError
from cascade.model.base_model import BaseModel
from cascade.taxonomy.parsing import parse_taxonomy
from data_formats import write
from train.corpora.levels import by_level
from train.corpora.loading import Corpus

TREE = {"agent": {"person": ["poet", "king"], "company": []}, "place": ["river", "bank"], "date": []}
TAXONOMY = parse_taxonomy(TREE)
TEXT = "Ada King Elbe Acme 1833"
DOCUMENT = Document(
    "1",
    TEXT,
    "en",
    (
        Entity(0, 3, "poet"),
        Entity(4, 8, "person"),
        Entity(9, 13, "river"),
        Entity(14, 18, "company"),
        Entity(19, 23, "date"),
    ),
)
NOTHING = Document("2", "Nothing here.", "en")


def asked(parts: list[Corpus]) -> dict[str, tuple[tuple[str, ...], list[list[tuple[str, str]]]]]:
    """By the corpora's names, the types that dev documents are asked for and the entities of the documents."""
    return {
        part.name: (
            part.dev_types,
            [[(document.text_of(entity), entity.type) for entity in document.entities] for document in part.documents],
        )
        for part in parts
    }


def test_the_extractor_is_asked_for_the_roots_and_for_the_own_types() -> None:
    parts = asked(by_level(Corpus("made", (DOCUMENT, NOTHING)), TAXONOMY, "extractor"))
    own = [("Ada", "poet"), ("King", "person"), ("Elbe", "river"), ("Acme", "company"), ("1833", "date")]
    roots = [("Ada", "agent"), ("King", "agent"), ("Elbe", "place"), ("Acme", "agent"), ("1833", "date")]
    assert parts == {"made": ((), [own, []]), "made/roots": (("agent", "place", "date"), [roots, []])}


def test_the_classifier_is_asked_at_every_inner_node_for_what_is_below() -> None:
    parts = asked(by_level(Corpus("made", (DOCUMENT, NOTHING), dev=(DOCUMENT,)), TAXONOMY, "classifier"))
    assert list(parts) == ["made", "made/roots", "made/agent", "made/agent/person", "made/place"]
    assert parts["made/agent"] == (
        ("person", "company"),
        [[("Ada", "person"), ("King", "person"), ("Acme", "company")]],
    )
    assert parts["made/agent/person"] == (
        ("poet", "king"),
        [[("Ada", "poet")]],
    )  # of King no more is known than that it is a person
    assert parts["made/place"] == (("river", "bank"), [[("Elbe", "river")]])


def test_nodes_without_entities_are_left_out() -> None:
    rivers = Document("1", "Elbe", entities=(Entity(0, 4, "river"),))
    assert list(asked(by_level(Corpus("made", (rivers,)), TAXONOMY, "classifier"))) == [
        "made",
        "made/roots",
        "made/place",
    ]


def test_a_taxonomy_of_one_level_changes_nothing() -> None:
    corpus = Corpus("made", (DOCUMENT,), absent=("poet",))
    assert by_level(corpus, parse_taxonomy(["poet", "person", "river", "company", "date"]), "classifier") == [corpus]


def test_no_level_takes_for_absent_what_another_one_names() -> None:
    parts = {
        part.name: part
        for part in by_level(Corpus("made", (DOCUMENT,), absent=("song", "agent", "river")), TAXONOMY, "classifier")
    }
    assert parts["made"].absent == parts["made/roots"].absent == parts["made/agent"].absent == ("song",)
    assert parts["made/agent/person"].absent == ("song", "king")
    assert parts["made/place"].absent == ("song", "bank")


def test_a_node_that_dev_documents_alone_have_is_scored_and_not_trained_on(gemma: BaseModel, tmp_path: Path) -> None:
    river = Document("2", "Elbe", entities=(Entity(0, 4, "river"),))
    poet = Document("1", "Ada", entities=(Entity(0, 3, "poet"),))
    (part,) = [
        part
        for part in by_level(Corpus("made", (poet,), dev=(river,)), TAXONOMY, "classifier")
        if part.name == "made/place"
    ]
    assert (part.documents, [entity.type for entity in part.dev[0].entities]) == ((), ["river"])
    (tmp_path / "tree.json").write_text(json.dumps(TREE), encoding="utf-8")
    for name, document in (("train", poet), ("dev", river)):
        write([document], str(tmp_path / f"{name}.jsonl"), "jsonl")
    command = [
        "--stage",
        "classifier",
        "--base",
        "tiny",
        "--data",
        str(tmp_path / "train.jsonl"),
        "--dev",
        str(tmp_path / "dev.jsonl"),
    ]
    command += ["--taxonomy", str(tmp_path / "tree.json"), "--out", str(tmp_path / "out")]
    assert prepared(command, gemma.tokens)["dev_documents"] == 3
    assert prepared([*command, "--dev-documents", "2"], gemma.tokens)["dev_documents"] == 2


def test_documents_without_entities_are_refused_with_a_taxonomy_too(gemma: BaseModel, tmp_path: Path) -> None:
    (tmp_path / "tree.json").write_text(json.dumps(TREE), encoding="utf-8")
    write([NOTHING], str(tmp_path / "train.jsonl"), "jsonl")
    write([DOCUMENT], str(tmp_path / "dev.jsonl"), "jsonl")
    command = [
        "--stage",
        "classifier",
        "--base",
        "tiny",
        "--data",
        str(tmp_path / "train.jsonl"),
        "--dev",
        str(tmp_path / "dev.jsonl"),
    ]
    with pytest.raises(CascadeError, match="corpus 'train': no document has an entity"):
        prepared([*command, "--taxonomy", str(tmp_path / "tree.json"), "--out", str(tmp_path / "out")], gemma.tokens)


@pytest.mark.parametrize("in_dev", [False, True])
def test_a_type_that_the_taxonomy_has_not_is_refused(in_dev: bool) -> None:
    odd = Document("odd", "Ada", entities=(Entity(0, 3, "dragon"),))
    with pytest.raises(CascadeError) as error:
        by_level(Corpus("made", (DOCUMENT,) if in_dev else (odd,), dev=(odd,) if in_dev else ()), TAXONOMY, "extractor")
    assert str(error.value) == (
        "corpus 'made': document 'odd' has an entity 'Ada' of type 'dragon', which the taxonomy has not; expected "
        "types named as in "
        "results, such as 'river', 'bank', 'date': rename it or add it there"
    )


def test_the_command_prepares_every_level(gemma: BaseModel, tmp_path: Path) -> None:
    (tmp_path / "tree.json").write_text(json.dumps(TREE), encoding="utf-8")
    write([DOCUMENT], str(tmp_path / "train.jsonl"), "jsonl")
    write([DOCUMENT], str(tmp_path / "dev.jsonl"), "jsonl")
    command = [
        "--stage",
        "classifier",
        "--base",
        "tiny",
        "--data",
        str(tmp_path / "train.jsonl"),
        "--dev",
        str(tmp_path / "dev.jsonl"),
    ]
    task = prepared(
        [*command, "--out", str(tmp_path / "levels"), "--taxonomy", str(tmp_path / "tree.json")], gemma.tokens
    )
    assert set(task["types"]) == {"agent", "person", "company", "poet", "place", "river", "date"}
    assert task["decisions"] > prepared([*command, "--out", str(tmp_path / "flat")], gemma.tokens)["decisions"]
    assert task["data"][0]["documents"] == 1
    lines = (tmp_path / "levels" / "dev.jsonl").read_text(encoding="utf-8").splitlines()
    scored = [json.loads(json.loads(line)["document"])["types"] for line in lines]
    assert scored[1:] == [["agent", "place", "date"], ["person", "company"], ["poet", "king"], ["river", "bank"]]
    assert set(scored[0]) == {"poet", "person", "river", "company", "date"}
