"""Descriptions of types: in the prompt of adapters that were trained with some, nowhere else."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from tiny_models import save_shelf

from cascade import Cascade, Document, EntityType, Taxonomy
from cascade.adapters.card import STAGES, AdapterShelf, read_adapter
from cascade.errors import TaxonomyError
from cascade.model.base_model import BaseModel
from cascade.pipeline.counts import Counts
from cascade.stages.asked_names import asked_names
from cascade.stages.type_trie import build_trie, check_names
from cascade.text.described import DescribedName
from cascade.text.tokens import PieceTokens

NODES = (
    EntityType("court", "a body of judges"),
    EntityType("person"),
    EntityType("place", "where it is", (EntityType("city", "a large town"), EntityType("river"))),
)
DOCUMENTS = [Document(str(number), "Ada met Bob in London by the river Thames", "en") for number in range(2)]


def shelf_with(gemma: BaseModel, gemma_folder: Path, folder: Path, *, described: tuple[str, ...]) -> AdapterShelf:
    save_shelf(gemma, gemma_folder, folder, own=["fi"])
    for stage in described:
        adapter = read_adapter(folder / "multilingual" / stage)
        replace(adapter.card, descriptions=True).write(adapter.folder)
    return AdapterShelf(folder)


def test_a_described_name_is_its_name_beside_the_description() -> None:
    [court, person, _] = asked_names(NODES)
    assert court == "court"
    assert hash(court) == hash("court")
    assert isinstance(court, DescribedName)
    assert court.description == "a body of judges"
    assert type(person) is str
    again = pickle.loads(pickle.dumps(court))
    assert (again, again.description) == ("court", "a body of judges")


def test_a_description_is_one_line_that_does_not_end_the_prompt() -> None:
    assert DescribedName("a", " one |\n two ").description == "one / two"


def test_the_prompt_describes_types_and_answers_are_bare_names(base: BaseModel) -> None:
    tokens = base.tokens
    plain, described = (tokens.prefix(names) for names in (["court", "person"], asked_names(NODES[:2])))
    [meaning] = tokens.ids([" (a body of judges)"])
    at = len(tokens.prefix(["court"])) - len(tokens.ids([" |"])[0])
    assert described == (*plain[:at], *meaning, *plain[at:])
    assert build_trie(asked_names(NODES), tokens) == build_trie([node.name for node in NODES], tokens)


@pytest.mark.parametrize(
    "described", [STAGES, STAGES[:1], STAGES[1:], ()], ids=["both", "extractor", "classifier", "-"]
)
def test_stages_are_asked_with_descriptions_if_both_were_trained_with_some(
    gemma: BaseModel,
    gemma_folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    described: tuple[str, ...],
) -> None:
    asked: list[list[str]] = []
    prefix = PieceTokens.prefix

    def noted(tokens: PieceTokens, types: Sequence[str]) -> tuple[int, ...]:
        asked.append(list(types))
        return prefix(tokens, types)

    monkeypatch.setattr(PieceTokens, "prefix", noted)
    cascade = Cascade(gemma, shelf_with(gemma, gemma_folder, tmp_path, described=described), min_score=0.0)
    list(cascade.stream(DOCUMENTS[:1], Taxonomy(NODES)))
    asked.clear()  # the names are checked by the first call alone
    counts = Counts()
    list(cascade.stream(DOCUMENTS, Taxonomy(NODES), counts=counts))
    seen = {name.description for names in asked for name in names if isinstance(name, DescribedName)}
    if described == STAGES:
        assert {"a body of judges", "where it is"} <= seen
        assert (counts.undescribed, counts.described) == (0, 2)
    else:
        assert not seen
        assert (counts.undescribed, counts.described) == (len(DOCUMENTS), 0)
    plain = Taxonomy(NODES).undescribed()
    assert not plain.is_described
    assert plain.labels() == Taxonomy(NODES).labels()


def test_results_without_trained_descriptions_are_those_of_bare_names(
    gemma: BaseModel, gemma_folder: Path, tmp_path: Path
) -> None:
    cascade = Cascade(gemma, shelf_with(gemma, gemma_folder, tmp_path, described=()), min_score=0.0)
    taxonomy = Taxonomy(NODES)
    assert list(cascade.stream(DOCUMENTS, taxonomy)) == list(cascade.stream(DOCUMENTS, taxonomy.undescribed()))


def test_the_most_described_types_are_those_below_one_type() -> None:
    below = tuple(EntityType(f"type {number}", "what it is") for number in range(3))
    plain = (EntityType("other"), EntityType("blank", " "))
    assert Taxonomy((EntityType("top", "of all", (*below, *plain)), *plain)).most_described == 3
    assert Taxonomy(below[:2]).most_described == 2
    assert Taxonomy(plain).most_described == 0


def test_leaves_keep_their_descriptions() -> None:
    assert Taxonomy(NODES).flattened().roots == (*NODES[:2], EntityType("city", "a large town"), EntityType("river"))


def test_descriptions_too_long_for_the_prompt_are_refused(gemma: BaseModel) -> None:
    taxonomy = Taxonomy((EntityType("court", "a body of judges " * 2000),))
    with pytest.raises(TaxonomyError, match=r"the prompt that names 1 types has [\d,]+ tokens.*'court'.*descriptions"):
        check_names(taxonomy, gemma.tokens, positions=4096)
    check_names(taxonomy.undescribed(), gemma.tokens, positions=4096)


def test_types_that_are_spelled_alike_are_refused(gemma: BaseModel) -> None:
    for names in (
        ["PER", "person"],
        ["birth_place", "birth place"],
        ["BirthPlace", "birth_place"],
        ["dateOfBirth", "date of birth"],
        ["TaxID", "tax ID"],
        ["WORK_OF_ART", "work of art"],
    ):
        with pytest.raises(TaxonomyError, match="are the same to the base model"):
            check_names(Taxonomy.flat(names), gemma.tokens)
