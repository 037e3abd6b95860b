"""Types kept out of a training: nothing of them in documents, dev documents or prompts, all else as it was."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path

import pytest
from prepared_stages import prepared

from cascade.document import Document, Entity
from cascade.errors import CascadeError
from cascade.model.base_model import BaseModel
from data_formats import read, write
from train.corpora.held_out_types import without_types
from train.corpora.loading import Corpus
from train.corpora.prompts import sample_prompt

ADA = Document(
    "1", "Ada saw Solaris in Bonn", entities=(Entity(0, 3, "person"), Entity(8, 15, "film"), Entity(19, 23, "city"))
)
BONN = Document("2", "Ada saw Bonn", entities=(Entity(0, 3, "person"), Entity(8, 12, "city")))
BROADER = {"film": ("creative work",), "song": ("creative work", "film"), "city": ("location",)}
CORPUS = Corpus(
    "a", (ADA, BONN), ("film", "virus"), dev=(BONN, ADA), dev_types=("person", "film", "city"), broader=BROADER
)


def test_a_type_is_left_out_wherever_it_stands() -> None:
    plain = Corpus("b", (replace(ADA, entities=ADA.entities[:1]),), ("virus",))
    [[corpus, other], [again]] = without_types([[CORPUS, plain], [CORPUS]], ["film"])
    assert (corpus.documents, corpus.dev) == ((BONN,), (BONN,))  # not ADA with a film that nobody marked
    assert (corpus.absent, corpus.dev_types) == (("virus",), ("person", "city"))
    assert corpus.broader == {"song": ("creative work",), "city": ("location",)}
    assert other == replace(plain, never=("film",))
    assert again == corpus


def test_its_name_is_given_to_no_other_type() -> None:
    named = replace(CORPUS, documents=(replace(ADA, entities=ADA.entities[:1]),), absent=("human",))
    [[corpus]] = without_types([[named]], ["human"])
    drawn = [
        sample_prompt(["person"], ["person"], (), random.Random(seed), any_type=False, never=corpus.never).types
        for seed in range(500)
    ]
    assert {"people", "individual"} < {name for types in drawn for name in types or ()}
    assert not [types for types in drawn if "human" in (types or ())]


def test_a_corpus_without_other_types_is_left_out() -> None:
    films = Corpus("films", (replace(ADA, entities=ADA.entities[1:2]),))
    assert [corpus.name for corpus in without_types([[CORPUS, films]], ["film"])[0]] == ["a"]
    with pytest.raises(CascadeError, match="leaves no type to train on"):
        without_types([[films]], ["film"])


def test_a_type_that_is_absent_everywhere_can_be_kept_out() -> None:
    assert without_types([[CORPUS]], ["virus"])[0][0].absent == ("film",)


def test_no_type_changes_nothing() -> None:
    assert without_types([[CORPUS]], []) == [[CORPUS]]


def test_a_type_that_no_corpus_has_is_refused() -> None:
    with pytest.raises(CascadeError) as error:
        without_types([[CORPUS]], ["movie", "film"])
    assert (
        str(error.value)
        == "--without-types: movie; expected some of the corpora's types, as prompts name them: city, film, person, "
        "virus"
    )


@pytest.mark.parametrize("stage", ["extractor", "classifier"])
def test_prepared_data_do_not_know_a_type_that_was_left_out(base: BaseModel, tmp_path: Path, stage: str) -> None:
    person = Document("3", "Ada saw Bob", entities=(Entity(0, 3, "person"), Entity(8, 11, "person")))
    documents = [
        replace(each, id=f"{each.id}-{number}", text=f"{each.text} {number}")
        for number in range(30)
        for each in (ADA, BONN, person)
    ]
    for name in ("train", "dev"):
        write(documents, tmp_path / f"{name}.jsonl")
    given = [
        "--data",
        str(tmp_path / "train.jsonl"),
        "--dev",
        str(tmp_path / "dev.jsonl"),
        "--stage",
        stage,
        "--out",
        str(tmp_path / stage),
    ]
    task = prepared([*given, "--without-types", "film,city"], base.tokens)
    assert task["types"] == ["person"]
    dev = [
        json.loads(json.loads(line)["document"])
        for line in (tmp_path / stage / "dev.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    assert {each["document"]["text"] for each in dev} == {f"Ada saw Bob {number}" for number in range(30)}
    assert "film" not in json.dumps(dev)
    assert "Solaris" not in (tmp_path / stage / "texts.jsonl").read_text(encoding="utf-8")
    assert "film" in {entity.type for document in read(tmp_path / "train.jsonl") for entity in document.entities}


def test_a_taxonomy_is_trained_on_whole(base: BaseModel, tmp_path: Path) -> None:
    write([ADA], tmp_path / "train.jsonl")
    (tmp_path / "taxonomy.json").write_text('{"person": null, "film": null, "city": null}', encoding="utf-8")
    given = [
        "--data",
        str(tmp_path / "train.jsonl"),
        "--stage",
        "extractor",
        "--out",
        str(tmp_path / "out"),
        "--without-types",
        "film",
    ]
    with pytest.raises(CascadeError, match="--without-types and --taxonomy are both given"):
        prepared([*given, "--taxonomy", str(tmp_path / "taxonomy.json")], base.tokens)


def test_of_two_corpora_of_one_name_the_empty_one_is_left_out() -> None:
    films = Corpus("a", (replace(ADA, entities=ADA.entities[1:2]),))
    [kept] = without_types([[films, CORPUS]], ["film"])
    assert [corpus.documents for corpus in kept] == [(BONN,)]
