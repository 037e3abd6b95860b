"""Prompts that ask for the training documents' own types alone: as they are asked for when read, whatever occurs."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from prepared_stages import prepared

from cascade import Taxonomy
from cascade.document import Document, Entity
from cascade.errors import CascadeError
from cascade.model.base_model import BaseModel
from data_formats import write
from train.corpora.fixed_types import with_fixed_types
from train.corpora.loading import Corpus
from train.corpora.prompts import PromptShares

ADA = Document(
    "1", "Ada saw Solaris in Bonn", entities=(Entity(0, 3, "person"), Entity(8, 15, "film"), Entity(19, 23, "city"))
)
BONN = Document("2", "Bonn is old", entities=(Entity(0, 4, "city"),))
CORPUS = Corpus("a", (ADA, BONN), absent=("virus",), broader={"film": ("creative work",)})


def test_a_corpus_asks_for_its_own_types_in_alphabetical_order() -> None:
    [[corpus]] = with_fixed_types([[CORPUS]])
    assert corpus.fixed_types == ("city", "film", "person")
    assert (corpus.absent, corpus.broader, corpus.documents) == ((), {}, CORPUS.documents)


def test_types_of_dev_documents_alone_are_asked_for_too() -> None:
    [[corpus]] = with_fixed_types([[replace(CORPUS, documents=(BONN,), dev=(ADA,))]])
    assert corpus.fixed_types == ("city", "film", "person")


def test_all_epochs_ask_for_the_types_of_all() -> None:
    first, second = with_fixed_types([[replace(CORPUS, documents=(BONN,), dev=(ADA,))], [CORPUS]])
    assert first[0].fixed_types == second[0].fixed_types == ("city", "film", "person")
    rare = with_fixed_types([[replace(CORPUS, documents=(BONN,))], [CORPUS]])
    assert [corpora[0].fixed_types for corpora in rare] == [("city", "film", "person")] * 2


@pytest.mark.parametrize("as_it_is", [{"own_prompts": True}, {"replay": True}, {"documents": ()}])
def test_corpora_with_prompts_of_another_kind_keep_them(as_it_is: dict[str, Any]) -> None:
    corpus = replace(CORPUS, **as_it_is)
    assert with_fixed_types([[corpus]]) == [[corpus]]


def test_no_prompt_holds_descriptions_then() -> None:
    described = replace(Corpus("films", (ADA, BONN)), shares=PromptShares(described=0.5, long=0.5))
    [[fixed]] = with_fixed_types([[described]])
    assert (fixed.shares.described, fixed.shares.long) == (0.0, 0.0)


def test_more_types_than_a_prompt_holds_are_refused() -> None:
    many = replace(ADA, entities=tuple(Entity(0, 3, f"kind {number}") for number in range(13)))
    with pytest.raises(CascadeError) as error:
        with_fixed_types([[replace(CORPUS, documents=(many,))]])
    assert str(error.value) == (
        "--fixed-types: corpus 'a' has 13 types; expected at most 12, which one prompt asks for; train without the "
        "option"
    )


def options(folder: Path, stage: str) -> list[str]:
    documents = [replace(each, id=f"{each.id}-{number}") for number in range(60) for each in (ADA, BONN)]
    documents = [replace(each, text=f"{each.text} {number}") for number, each in enumerate(documents)]
    for name in ("train", "dev"):
        write(documents, folder / f"{name}.jsonl")
    data = ["--data", str(folder / "train.jsonl"), "--dev", str(folder / "dev.jsonl")]
    return [*data, "--stage", stage, "--out", str(folder / "out")]


def prefixes(folder: Path) -> set[tuple[int, ...]]:
    """What stands before the passages in the rows of prepared data."""
    lines = (folder / "out" / "train.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [row for line in lines for row in json.loads(json.loads(line)["bundle"])]
    behind = [
        tuple(token for token, segment in zip(row["ids"], row["segments"], strict=True) if not segment) for row in rows
    ]
    return {*behind, *(tuple(row["text"]["prefix"]) for row in rows if row["text"])}


@pytest.mark.parametrize("stage", ["extractor", "classifier"])
def test_all_prompts_are_those_of_reading(base: BaseModel, tmp_path: Path, stage: str) -> None:
    given = options(tmp_path, stage)
    prepared(given, base.tokens)
    drawn = prefixes(tmp_path)
    assert len(drawn) > 3
    prepared([*given, "--fixed-types"], base.tokens)
    asked = [path[-1].name for path in Taxonomy.flat(["person", "film", "city"]).in_order().paths()]
    assert prefixes(tmp_path) == {tuple(base.tokens.prefix(asked))}


def test_levels_have_prompts_of_their_own(base: BaseModel, tmp_path: Path) -> None:
    (tmp_path / "levels.json").write_text('{"person": null, "film": null, "city": null}', encoding="utf-8")
    given = [*options(tmp_path, "extractor"), "--fixed-types", "--taxonomy", str(tmp_path / "levels.json")]
    with pytest.raises(CascadeError, match="--fixed-types and --taxonomy are both given; expected one"):
        prepared(given, base.tokens)


def test_two_corpora_of_one_name_keep_their_own_types() -> None:
    corpora = [Corpus("en", (Document(name, "Ada left", None, (Entity(0, 3, name),)),)) for name in ("person", "drug")]
    [fixed] = with_fixed_types([corpora])
    assert [corpus.fixed_types for corpus in fixed] == [("person",), ("drug",)]
