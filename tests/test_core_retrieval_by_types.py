"""Retrieval by what is asked for: adapters for some types alone, and adapters for any."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from tiny_models import save_shelf
from unread_adapters import names, put, unseen

from cascade import Cascade
from cascade.adapters.card import STAGES, AdapterShelf, read_adapter
from cascade.adapters.retrieval import Retriever
from cascade.errors import AdapterError
from cascade.model.base_model import BaseModel
from cascade.pipeline.asked_taxonomy import plain_names
from cascade.taxonomy.tree import EntityType, Taxonomy

NAMES = ["person", "organization", "Location"]


@pytest.fixture
def shelf(tmp_path: Path) -> AdapterShelf:
    """A pair for any types, one for three names with an extractor for German on it, and one for persons alone."""
    for stage in STAGES:
        put(tmp_path / "any", stage, ["de", "en", "fr"], weights=f"any {stage}")
        put(tmp_path / "names", stage, ["de", "en"], only_types=NAMES, weights=f"names {stage}")
        put(tmp_path / "persons", stage, ["de", "en"], only_types=["person"], weights=f"persons {stage}")
    root = read_adapter(tmp_path / "names" / "extractor").checksum()
    put(tmp_path / "de", "extractor", ["de"], root, NAMES)
    return AdapterShelf(tmp_path)


@pytest.mark.parametrize(
    ("asked", "language", "expected"),
    [
        (["person", "location"], "en", ("names", "names")),
        (["PERSON", "location"], "de", ("de", "names")),
        (["person"], "de", ("persons", "persons")),
        (["person", "location"], "fr", ("names", "names")),
        (["person", "location", "river"], "de", ("any", "any")),
        (["river"], "en", ("any", "any")),
        (None, "de", ("any", "any")),
    ],
)
def test_adapters_for_what_is_asked_for_read_and_else_those_for_any_types(
    shelf: AdapterShelf, asked: list[str] | None, language: str, expected: tuple[str, str]
) -> None:
    retriever = Retriever(shelf)
    assert names(retriever.for_types(asked)("text", language, unseen)) == expected
    assert retriever.for_types(asked) is retriever.for_types(asked)
    assert retriever.for_types(asked).tells


def test_the_language_is_found_among_the_adapters_for_the_types(shelf: AdapterShelf) -> None:
    seen: list[str] = []

    def identify(text: str) -> Mapping[str, float]:
        seen.append(text)
        return {"de": 0.9}

    retriever = Retriever(shelf, identify=identify)
    assert names(retriever.for_types(["location"])("Text", None, unseen)) == ("de", "names")
    assert names(retriever.for_types(["river"])("Text", None, unseen)) == ("any", "any")
    assert seen == ["Text"]  # there is one pair for any types, so that there is nothing to find out


def test_a_pair_named_by_hand_reads_all_types(shelf: AdapterShelf) -> None:
    retriever = Retriever(shelf, by_hand="names")
    assert names(retriever.for_types(["river"])("text", "en", unseen)) == ("names", "names")


def test_adapters_that_are_all_for_some_types_read_all(tmp_path: Path) -> None:
    for stage in STAGES:
        put(tmp_path / "names", stage, ["en"], only_types=NAMES)
    retriever = Retriever(AdapterShelf(tmp_path))
    assert retriever.for_types(["river"]) is retriever
    assert not retriever.tells


def test_types_without_a_whole_pair_are_read_by_adapters_for_any(tmp_path: Path) -> None:
    for stage in STAGES:
        put(tmp_path / "any", stage, ["en"], weights=f"any {stage}")
    put(tmp_path / "names", "extractor", ["fr"], only_types=NAMES)
    assert names(Retriever(AdapterShelf(tmp_path)).for_types(["person"])("text", "en", unseen)) == ("any", "any")


def test_a_difference_for_other_types_than_what_it_builds_on_is_refused(tmp_path: Path) -> None:
    for stage in STAGES:
        put(tmp_path / "names", stage, ["en"], only_types=NAMES)
    put(tmp_path / "de", "extractor", ["de"], read_adapter(tmp_path / "names" / "extractor").checksum())
    with pytest.raises(AdapterError, match=r"is for other types \(only_types\) than .*, which it is a difference to"):
        AdapterShelf(tmp_path)


def test_plain_names_are_those_that_the_model_reads() -> None:
    assert plain_names(Taxonomy.flat(["PER", "birth_place"])) == ["person", "birth place"]
    assert plain_names(Taxonomy((EntityType("person", "who lives"),))) is None
    assert plain_names(Taxonomy((EntityType("person", children=(EntityType("poet"),)),))) is None


def test_a_cascade_reads_each_call_by_the_adapters_for_its_types(
    gemma: BaseModel, gemma_folder: Path, tmp_path: Path
) -> None:
    save_shelf(gemma, gemma_folder, tmp_path, own=[], root="any")
    save_shelf(gemma, gemma_folder, tmp_path, own=[], root="names")
    for stage in STAGES:
        folder = tmp_path / "names" / stage
        replace(read_adapter(folder).card, only_types=NAMES).write(folder)
    ner = Cascade(gemma, AdapterShelf(tmp_path))
    for types, read_by in ((["PERSON", "location"], "names"), (["person", "river"], "any")):
        answer = ner("Ada left London.", types)
        assert answer.adapters == (f"{read_by}/extractor", f"{read_by}/classifier")
