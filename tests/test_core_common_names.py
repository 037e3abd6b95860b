"""Persons, organizations and locations by other names: which names say so, and what is asked for then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from tiny_models import save_shelf
from unread_adapters import names, put, unseen

from cascade import Cascade, Document
from cascade.adapters.card import STAGES, AdapterShelf, read_adapter
from cascade.adapters.retrieval import Retriever
from cascade.model.base_model import BaseModel
from cascade.pipeline.asked_taxonomy import as_read
from cascade.pipeline.several_readings import prompts, reading
from cascade.stages import common_names as module
from cascade.stages.asked_names import asked_names
from cascade.stages.common_names import by_common_names, common_names
from cascade.stages.extractor_types import COMMON_TYPES
from cascade.taxonomy.tree import EntityType, Taxonomy, compared

TEXT = "Ada Lovelace met Siemens in Rome"


@pytest.mark.parametrize(
    ("names", "common"),
    [
        (["person", "location"], ["person", "location"]),
        (["PER", "ORG", "LOC"], ["person", "organization", "location"]),
        (["Persons", "places"], ["person", "location"]),
        (["person_name", "ORGANISATIONS"], ["person", "organization"]),
        (["PersonName", "PlaceName"], ["person", "location"]),
        (["Person", "Organisation", "Ort"], ["person", "organization", "location"]),
        (["personne", "lieu"], ["person", "location"]),
        (["persona", "organizacio\u0301n"], ["person", "organization"]),
        (["人物", "机构", "地点"], ["person", "organization", "location"]),
        (["особа", "місце"], ["person", "location"]),
        (["KİŞİ", "yer"], ["person", "location"]),
        (["persoană", "organizație", "loc"], ["person", "organization", "location"]),
        (["personer", "platser"], ["person", "location"]),
        (["person", "company"], None),
        (["people", "institution"], None),
        (["people", "cities"], None),
        (["person", "organization", "location", "miscellaneous"], None),
        (["personnes", "plats"], None),  # French dishes, not Swedish places
        (["personas", "local"], None),  # Spanish premises, not Portuguese places
        (["people", "Orte"], None),
    ],
)
def test_names_of_one_language_that_say_no_more_and_no_less(names: list[str], common: list[str] | None) -> None:
    assert common_names(names) == common


def test_each_name_is_found_in_any_letters() -> None:
    """Also where the name is spelled otherwise to the model, as `loc` is, which is Romanian for place."""
    for of_language in module._NAMES.values():
        for common, listed in zip(COMMON_TYPES, of_language, strict=True):
            other = next(each for each in COMMON_TYPES if each != common)
            beside = of_language[COMMON_TYPES.index(other)].split(", ")[0]
            for name in listed.split(", "):
                for written in (name, name.upper(), name.title()):
                    assert common_names([written, beside]) == [common, other], written


def test_no_name_says_two_of_them_in_a_language() -> None:
    for language, of_language in module._NAMES.items():
        listed = [name for names in of_language for name in names.split(", ")]
        assert len({compared(name) for name in listed}) == len(listed), language


def asked(*types: str) -> list[str]:
    return asked_names(by_common_names(Taxonomy.flat(types)).roots)


def test_common_names_are_asked_for_in_order_and_labels_stay() -> None:
    taxonomy = by_common_names(Taxonomy.flat(["Orte", "Personen", "Organisationen"]))
    assert asked_names(taxonomy.roots) == ["location", "organization", "person"]
    assert list(taxonomy.labels().values()) == ["Orte", "Organisationen", "Personen"]
    assert taxonomy.names_below(()) == {"Orte": "location", "Organisationen": "organization", "Personen": "person"}


def test_other_types_beside_them_leave_all_names_as_they_are() -> None:
    assert asked("people", "companies") == ["people", "companies"]
    assert asked("people", "human") == ["people", "human"]  # what tells these apart is not known
    assert asked("person", "location") == ["person", "location"]


def test_one_type_alone_is_asked_for_as_it_is_called() -> None:
    assert asked("οργανισμός") == ["οργανισμός"]  # an organization, or an organism
    assert asked("οργανισμός", "πρόσωπο") == ["organization", "person"]


def test_descriptions_levels_and_what_is_said_are_kept() -> None:
    for taxonomy in (
        Taxonomy((EntityType("people", "those who sign"), EntityType("places"))),
        Taxonomy((EntityType("people", children=(EntityType("poet"),)), EntityType("places"))),
        Taxonomy((EntityType("people", asked_as="people"), EntityType("places"))),
    ):
        assert by_common_names(taxonomy) is taxonomy


def shelf_of(folder: Path, *, only_types: Sequence[str]) -> AdapterShelf:
    for stage in STAGES:
        put(folder / "any", stage, ["de", "en"], weights=f"any {stage}")
        put(folder / "names", stage, ["en"], only_types=only_types, weights=f"names {stage}")
    return AdapterShelf(folder)


def test_adapters_for_these_types_alone_are_asked_by_common_names(tmp_path: Path) -> None:
    shelf = shelf_of(tmp_path, only_types=COMMON_TYPES)
    taxonomy, retriever = as_read(Taxonomy.flat(["places", "people"]), Retriever(shelf))
    assert asked_names(taxonomy.roots) == ["location", "person"]
    assert names(retriever("text", "en", unseen)) == ("names", "names")
    taxonomy, retriever = as_read(Taxonomy.flat(["places", "rivers"]), Retriever(shelf))
    assert asked_names(taxonomy.roots) == ["places", "rivers"]
    assert names(retriever("text", "en", unseen)) == ("any", "any")


def test_adapters_for_any_types_are_asked_by_the_names_that_they_may_have_been_trained_on(tmp_path: Path) -> None:
    for stage in STAGES:
        put(tmp_path / "any", stage, ["en"])
    for by_hand in (None, "any"):
        taxonomy, _ = as_read(Taxonomy.flat(["places", "people"]), Retriever(AdapterShelf(tmp_path), by_hand=by_hand))
        assert asked_names(taxonomy.roots) == ["places", "people"]


def test_a_pair_named_by_hand_is_asked_by_common_names_where_it_is_for_them(tmp_path: Path) -> None:
    shelf = shelf_of(tmp_path, only_types=COMMON_TYPES)
    for pair, expected in (("names", ["location", "person"]), ("any", ["places", "people"])):
        taxonomy, _ = as_read(Taxonomy.flat(["places", "people"]), Retriever(shelf, by_hand=pair))
        assert asked_names(taxonomy.roots) == expected


def test_adapters_for_other_types_alone_are_asked_by_the_names_given(tmp_path: Path) -> None:
    for stage in STAGES:
        put(tmp_path / "drugs", stage, ["en"], only_types=["drug"])
    taxonomy, _ = as_read(Taxonomy.flat(["places", "people"]), Retriever(AdapterShelf(tmp_path)))
    assert asked_names(taxonomy.roots) == ["places", "people"]


@pytest.fixture
def cascade(gemma: BaseModel, gemma_folder: Path, tmp_path: Path) -> Cascade:
    """With a pair for any types and one for the common ones."""
    save_shelf(gemma, gemma_folder, tmp_path, own=[], root="any")
    save_shelf(gemma, gemma_folder, tmp_path, own=[], root="names")
    for stage in STAGES:
        folder = tmp_path / "names" / stage
        replace(read_adapter(folder).card, only_types=list(COMMON_TYPES)).write(folder)
    return Cascade(gemma, AdapterShelf(tmp_path), min_score=0)


def test_results_are_those_of_the_common_names_under_the_names_asked_for(cascade: Cascade) -> None:
    called = {"person": "Personen", "organization": "Organisationen", "location": "Orte"}
    plain, other = cascade(TEXT, list(called)), cascade(TEXT, list(called.values()))
    assert plain.entities
    assert [(each.start, each.end, each.type, each.score) for each in other.entities] == [
        (each.start, each.end, called[each.type], each.score) for each in plain.entities
    ]


def read_as(cascade: Cascade, types: Taxonomy, kind: str, synonyms: dict[str, str]) -> list[str]:
    """What the model is asked for in a reading of that kind."""
    seen: list[str] = []

    def read(documents: list[Document], taxonomy: Taxonomy) -> list[Document]:
        seen.extend(asked_names(by_common_names(taxonomy).roots))
        return cascade(documents, taxonomy)

    [prompt] = prompts(types, [kind], synonyms)
    reading(read, cascade([TEXT]), types, prompt)
    return seen


def test_a_reading_with_synonyms_reads_these_and_one_by_names_what_a_call_reads(cascade: Cascade) -> None:
    synonyms = {"person": "people", "organization": "organisations", "location": "places"}
    assert read_as(cascade, Taxonomy.flat(synonyms), "synonyms", synonyms) == ["people", "organisations", "places"]
    assert read_as(cascade, Taxonomy.flat(["people", "places"]), "names", {}) == ["location", "person"]


def test_levels_are_in_the_order_of_what_is_asked_for() -> None:
    types = Taxonomy((EntityType("a", asked_as="ship"), EntityType("b", asked_as="river")))
    assert asked_names(types.in_order().roots) == ["river", "ship"]
