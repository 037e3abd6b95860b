"""Tags of BIO files among names of types, and names that only look like tags."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cascade.errors import TaxonomyError
from cascade.integrations.gliner_calls import GLiNERCalls
from cascade.taxonomy.parsing import as_taxonomy, parse_taxonomy, parse_types, read_taxonomy
from cascade.taxonomy.tags import LABELS, refuse_tags
from cascade.taxonomy.tree import Taxonomy, type_name
from cascade.text.type_spelling import ABBREVIATIONS


def message(tag: str, types: str, name: str) -> str:
    return (
        f"{tag!r} is a tag, as BIO files have them, and no type; expected the types alone, {types!r}. "
        f"Leave out the letters of tags; where a type is called so, write a blank: {name!r}"
    )


@pytest.mark.parametrize(
    ("listed", "tag", "types", "name"),
    [
        ("B-Disease,I-Disease,B-Chemical,I-Chemical", "B-Disease", "Disease,Chemical", "B Disease"),
        ("B-product", "B-product", "product", "B product"),
        ("B-corporation", "B-corporation", "corporation", "B corporation"),
        ("B-creative-work", "B-creative-work", "creative-work", "B creative-work"),
        ("B-Person", "B-Person", "Person", "B Person"),
        ("B-person", "B-person", "person", "B person"),
        ("b-per,i-per", "b-per", "per", "b per"),
        ("B-LOC.NAM", "B-LOC.NAM", "LOC.NAM", "B LOC.NAM"),
        ("B-GPE2", "B-GPE2", "GPE2", "B GPE2"),
        ("E-DATE", "E-DATE", "DATE", "E DATE"),
        ("S-LOC", "S-LOC", "LOC", "S LOC"),
        ("B_PER", "B_PER", "PER", "B PER"),
        ("B-work_of_art", "B-work_of_art", "work_of_art", "B work_of_art"),
        ("O,B-PER,I-PER", "B-PER", "PER", "B PER"),
        ("B-PER,O,B-cell", "B-PER", "PER,cell", "B PER"),
        ("place,b-per,city", "b-per", "place,per,city", "b per"),
        ("B-cell,I-cell", "B-cell", "cell", "B cell"),
        ("b-cell,I-CELL", "b-cell", "cell", "b cell"),
        ("B-cell,E-cell", "B-cell", "cell", "B cell"),
        ("B-cell,L-cell,U-cell", "B-cell", "cell", "B cell"),
        ("B-cell,O", "B-cell", "cell", "B cell"),
        ("I-cell,O", "I-cell", "cell", "I cell"),
        ("B_cell,I_cell", "B_cell", "cell", "B cell"),
        ("PER-B,PER-I,O", "PER-B", "PER", "PER B"),
    ],
)
def test_tags_are_refused_for_the_types_alone(listed: str, tag: str, types: str, name: str) -> None:
    with pytest.raises(TaxonomyError) as caught:
        parse_types(listed)
    assert str(caught.value) == f"types {listed!r}: {message(tag, types, name)}"
    assert parse_types(types)
    assert parse_types(name)


@pytest.mark.parametrize(
    "listed",
    [
        *(
            "B-cell",
            "B-CELL",
            "B-cell,T-cell,M-cell,L-cell",
            "S-phase",
            "E-mail",
            "E-commerce",
            "I-beam",
            "U-boat",
            "O",
        ),
        *("E-MAIL,U-Bahn,B-side,B-movie", "e-money", "S-corporation", "B-corp,S-corp", "S-protein,E-protein", "B-DNA"),
        *("L-band,S-band", "E-location-id", "b_date,e_date", "b_date", "i_loc_id", "A,B,AB,O", "B-12,I-12", "B-"),
        *("hepatitis-B,hepatitis-E", "vitamin-B,vitamin-I", "PER-B", "B PER", "B-person in charge", "X-PER"),
    ],
)
def test_names_that_only_look_like_tags_are_types(listed: str) -> None:
    assert [root.name for root in parse_types(listed).roots] == listed.split(",")


def test_labels_that_stand_for_words_are_known() -> None:
    assert set(LABELS) == set(ABBREVIATIONS)


def test_tags_are_refused_wherever_types_come_in(tmp_path: Path) -> None:
    told = message("B-gene", "gene", "B gene")
    names, tree = ["B-gene", "I-gene"], {"B-gene": None, "I-gene": None}
    lines, nested = tmp_path / "types.txt", tmp_path / "types.json"
    lines.write_text("\n".join(names), encoding="utf-8")
    nested.write_text(json.dumps(tree), encoding="utf-8")

    class Reads:
        """What a cascade does with types."""

        def stream(self, texts: list[str], types: object, **options: Any) -> list[Any]:
            as_taxonomy(types)
            return []

    reads: Any = Reads()
    for asked in (
        lambda: refuse_tags(names),
        lambda: Taxonomy.flat(names),
        lambda: as_taxonomy(names),
        lambda: as_taxonomy(tree),
        lambda: parse_taxonomy([{"name": name} for name in names]),
        lambda: parse_taxonomy({"what": names}),
        lambda: parse_taxonomy({"first-level": ", ".join(names)}),
        lambda: read_taxonomy(lines),
        lambda: read_taxonomy(nested),
        lambda: GLiNERCalls(reads).predict_entities("a", names),
    ):
        with pytest.raises(TaxonomyError) as caught:
            asked()
        assert told.partition("; expected")[0] in str(caught.value)
        assert "'B gene'" in str(caught.value)


def test_a_name_by_itself_is_refused_where_nothing_stands_beside_it() -> None:
    assert type_name("B-cell") == "B-cell"
    with pytest.raises(TaxonomyError) as caught:
        type_name(" B-PER ")
    assert str(caught.value) == message("B-PER", "PER", "B PER")
