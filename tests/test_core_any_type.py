"""`any` alone asks for spans of all types: the extractor's own, which the classifier does not type."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny_models import random_text, save_shelf

from cascade import Cascade
from cascade.adapters.card import AdapterShelf
from cascade.errors import TaxonomyError
from cascade.model.base_model import BaseModel
from cascade.stages.classifier import Classifier
from cascade.stages.descent import shown_score

TEXTS = [random_text(random.Random(seed), 40) for seed in range(3)]


@pytest.fixture(scope="module")
def annotate(gemma: BaseModel, gemma_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Cascade:
    return Cascade(gemma, AdapterShelf(save_shelf(gemma, gemma_folder, tmp_path_factory.mktemp("a"), own=())))


@pytest.mark.parametrize("name", ["any", "Any", "ANY"])
def test_any_alone_gives_the_extractors_spans(annotate: Cascade, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(Classifier, "answers", lambda *_: pytest.fail("the classifier is not asked"))
    found = list(annotate.stream(TEXTS, [name], language="en", min_score=0.0))
    extractor = annotate.extractor("en")
    wanted = extractor(TEXTS, None)
    places = [[(span.start, span.end, shown_score(float(np.log(span.score)))) for span in spans] for spans in wanted]
    assert [[(each.start, each.end, each.score) for each in document.entities] for document in found] == places
    assert any(document.entities for document in found)
    assert {entity.type for document in found for entity in document.entities} == {name}


@pytest.mark.parametrize("types", [["any", "person"], ["person", "Any", "place"], {"thing": ["ANY"]}])
def test_any_beside_other_types_is_refused(annotate: Cascade, types: Any) -> None:
    with pytest.raises(TaxonomyError, match=r"^the type '(any|Any|ANY)' stands beside [12] others?; alone it finds "):
        annotate.stream(TEXTS, types, language="en")
