"""Results do not depend on the order in which types are asked for."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from tiny_models import random_text, save_shelf

from cascade import Cascade, Document, EntityType, Taxonomy
from cascade.adapters.card import AdapterShelf
from cascade.model.base_model import BaseModel

NODES = (
    EntityType("place", children=(EntityType("river"), EntityType("city"), EntityType("lake"))),
    EntityType("person", "a human"),
    EntityType("Company"),
    EntityType("artist"),
    EntityType("\u5730\u540d"),
)


@pytest.fixture(scope="module")
def annotate(gemma: BaseModel, gemma_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Cascade:
    return Cascade(gemma, AdapterShelf(save_shelf(gemma, gemma_folder, tmp_path_factory.mktemp("a"), own=())))


def shuffled(nodes: tuple[EntityType, ...], source: random.Random) -> tuple[EntityType, ...]:
    mixed = [
        EntityType(node.name, node.description, shuffled(node.children, source))
        for node in source.sample(nodes, len(nodes))
    ]
    return tuple(mixed)


@pytest.mark.parametrize("flat", [True, False])
def test_entities_and_alternatives_are_the_same_in_every_order(annotate: Cascade, flat: bool) -> None:
    documents = [Document(str(seed), random_text(random.Random(seed), 30), "en") for seed in range(4)]
    results = []
    for seed in range(5):
        taxonomy = Taxonomy(shuffled(NODES, random.Random(seed)))
        taxonomy = taxonomy.flattened() if flat else taxonomy
        results.append(list(annotate.stream(documents, taxonomy, min_score=0.0, top_k=3)))
    assert any(document.entities for document in results[0])
    assert all(result == results[0] for result in results)


def test_each_level_is_in_alphabetical_order_whatever_the_case() -> None:
    names = [" > ".join(node.name for node in path) for path in Taxonomy(NODES).in_order().paths()]
    assert names == [
        "artist",
        "Company",
        "person",
        "place",
        "place > city",
        "place > lake",
        "place > river",
        "\u5730\u540d",
    ]
    assert Taxonomy(NODES).in_order().labels() == Taxonomy(NODES).labels()
