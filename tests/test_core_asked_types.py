"""What the extractor is asked for where users name few types, and that nothing of it shows in results."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from tiny_models import random_text, save_adapter

from cascade import Cascade
from cascade.model.base_model import BaseModel
from cascade.stages.classifier import Classifier
from cascade.stages.extractor import Extractor
from cascade.stages.extractor_types import COMMON_TYPES, asked_of_extractor

MANY = ["person", "organization", "location", "film", "river"]


@pytest.mark.parametrize(
    ("types", "known", "expected"),
    [
        (["film"], MANY, ["film", "person", "organization", "location"]),
        (["location"], MANY, ["location", "person", "organization"]),
        (["Person", "film"], MANY, ["Person", "film", "organization", "location"]),
        (["film", "river", "location"], MANY, ["film", "river", "location", "person", "organization"]),
        (list(COMMON_TYPES), MANY, list(COMMON_TYPES)),
        (["a", "b", "c", "d"], MANY, ["a", "b", "c", "d"]),
        (["disease"], ["disease", "location"], ["disease", "location"]),  # never asked for what it was not trained on
        (["disease"], ["disease"], ["disease"]),
    ],
)
def test_few_types_are_asked_for_beside_common_ones_that_are_known(
    types: list[str], known: list[str], expected: list[str]
) -> None:
    assert asked_of_extractor(types, known) == expected


def test_the_extractor_alone_is_asked_for_more(
    gemma: BaseModel, gemma_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for stage in ("extractor", "classifier"):
        save_adapter(
            gemma, gemma_folder, tmp_path / stage, stage=stage, languages=["en"], seed=len(stage)
        )  # trained on persons
    asked: dict[type, list[list[str]]] = {Extractor: [], Classifier: []}
    for kind, name, call, place in (
        (Extractor, "read", Extractor.read, 1),
        (Classifier, "__call__", Classifier.__call__, 2),
    ):

        def noting(
            self: Any,
            *given: Any,
            _call: Any = call,
            _kind: type = kind,
            _place: int = place,
            **options: Any,
        ) -> Any:
            asked[_kind].append(list(given[_place]))
            return _call(self, *given, **options)

        monkeypatch.setattr(kind, name, noting)
    texts = [random_text(random.Random(seed), 12) for seed in range(8)]
    found = Cascade.load(str(gemma_folder), adapters=tmp_path, device="cpu", min_score=0.0)(texts, ["river", "film"])
    # in alphabetical order, whatever the given one, so that results do not depend on it
    assert asked == {Extractor: [["film", "river", "person"]], Classifier: [["film", "river"]]}
    assert {entity.type for document in found for entity in document.entities} <= {"river", "film"}
