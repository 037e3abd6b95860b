"""The self-check compares this machine's scores with those that the project was tested with, once."""

from __future__ import annotations

import importlib.metadata
import json
import logging
import random
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from tiny_models import random_text, save_adapter

from cascade import Cascade, Document, self_check
from cascade.adapters.card import AdapterShelf
from cascade.errors import CascadeError
from cascade.model.base_model import BaseModel
from cascade.pipeline.golden_scores import GOLDEN, SelfCheck
from train.golden_scores import TEXTS, TOLERANCE, content

pytestmark = pytest.mark.slow

DOCUMENTS = [Document(str(seed), random_text(random.Random(seed), 12), "en") for seed in range(12)]


@pytest.fixture(scope="module")
def ner(gemma: BaseModel, gemma_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Cascade:
    folder = tmp_path_factory.mktemp("adapters")
    for stage in ("extractor", "classifier"):
        save_adapter(gemma, gemma_folder, folder / "tiny" / stage, stage=stage, languages=["en"], seed=len(stage))
    return Cascade(gemma, AdapterShelf(folder))


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CASCADE_NER_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def golden(ner: Cascade, tmp_path: Path, cache: Path) -> Path:
    """Golden scores of the tiny model, as it computes them; three entities at least."""
    values = content({"fp32": ner}, DOCUMENTS)
    assert sum(len(document["entities"]) for document in values["documents"]) >= 3
    return write(tmp_path / "golden.json", values)


def write(file: Path, values: dict[str, Any]) -> Path:
    file.write_text(json.dumps(values, ensure_ascii=False), encoding="utf-8")
    return file


def changed(golden: Path, change: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """Changes the file by its first entity; returns the entity as it was, with its surface."""
    values = json.loads(golden.read_text(encoding="utf-8"))
    document = next(each for each in values["documents"] if each["entities"])
    entity: dict[str, Any] = deepcopy(document["entities"][0])
    change(document)
    write(golden, values)
    return entity | {"surface": document["text"][entity["start"] : entity["end"]]}


def lower_by(difference: float) -> Callable[[dict[str, Any]], None]:
    def change(document: dict[str, Any]) -> None:
        document["entities"][0]["scores"]["fp32"] -= difference

    return change


def test_a_machine_that_computes_the_same_is_silent(ner: Cascade, golden: Path) -> None:
    said: list[str] = []
    assert self_check(ner, report=said.append, golden=golden) == SelfCheck(applies=True, computed=True)
    assert said == []


def test_a_score_outside_the_tolerance_is_named(ner: Cascade, golden: Path) -> None:
    entity = changed(golden, lower_by(0.02))
    score = entity["scores"]["fp32"]
    said: list[str] = []
    result = self_check(ner, report=said.append, golden=golden)
    difference = f"{entity['surface']!r} as {entity['type']} {score:.3f}, expected {score - 0.02:.3f} (tolerance 0.01)"
    assert result == SelfCheck(applies=True, computed=True, differences=(difference,))
    [line] = said
    assert line.startswith(
        "self-check: 1 results differ from those that this version was tested with, "
        f"first: {difference}. Answers may be wrong with torch "
    )
    assert line.endswith("; try other versions or another --precision")


def test_a_score_within_the_tolerance_is_not(ner: Cascade, golden: Path) -> None:
    changed(golden, lower_by(0.009))
    assert self_check(ner, golden=golden).differences == ()


def test_an_entity_that_is_missing_or_new_is_named(ner: Cascade, golden: Path) -> None:
    entity = changed(golden, lambda document: document["entities"][0].update(type="planet"))
    score = entity["scores"]["fp32"]
    assert set(self_check(ner, report=lambda line: None, golden=golden).differences) == {
        f"{entity['surface']!r} as planet not found, expected {score:.3f} (tolerance 0.01)",
        f"{entity['surface']!r} as {entity['type']} {score:.3f}, expected not found (tolerance 0.01)",
    }


def test_a_second_check_computes_nothing_and_says_the_same(
    ner: Cascade, golden: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed(golden, lower_by(0.5))
    said: list[str] = []
    first = self_check(ner, report=said.append, golden=golden)
    monkeypatch.delattr(Cascade, "fresh")
    assert self_check(ner, report=said.append, golden=golden) == SelfCheck(
        applies=True, computed=False, differences=first.differences
    )
    assert said[0] == said[1]


@pytest.mark.parametrize("changes", ["torch", "transformers", "tokenizers", "numpy"])
def test_another_version_of_a_library_is_checked_anew(
    ner: Cascade, golden: Path, monkeypatch: pytest.MonkeyPatch, changes: str
) -> None:
    self_check(ner, golden=golden)
    own = importlib.metadata.version
    monkeypatch.setattr("cascade.pipeline.golden_scores.version", lambda name: "99.0" if name == changes else own(name))
    assert self_check(ner, golden=golden).computed


def test_another_kind_of_processor_is_checked_anew(ner: Cascade, golden: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    self_check(ner, golden=golden)
    monkeypatch.setattr("torch.backends.cpu.get_cpu_capability", lambda: "NEON")
    assert self_check(ner, golden=golden).computed
    assert not self_check(ner, golden=golden).computed


def test_a_cache_that_cannot_be_written_does_no_harm(ner: Cascade, golden: Path, cache: Path) -> None:
    cache.write_text("a file where the folder should be", encoding="utf-8")
    assert [self_check(ner, golden=golden).computed for _ in range(2)] == [True, True]


@pytest.mark.parametrize("kept", ["", "[]", "{}", '{"differences": 3}', "\x00"])
def test_a_damaged_result_is_made_anew(ner: Cascade, golden: Path, cache: Path, kept: str) -> None:
    self_check(ner, golden=golden)
    [marker] = (cache / "self-checks").iterdir()
    marker.write_text(kept, encoding="utf-8")
    assert self_check(ner, golden=golden).computed
    assert not self_check(ner, golden=golden).computed


@pytest.mark.parametrize("name", ["base", "adapters"])
def test_nothing_is_said_of_another_base_model_or_other_adapters(
    ner: Cascade, golden: Path, cache: Path, name: str
) -> None:
    values = json.loads(golden.read_text(encoding="utf-8"))
    write(golden, values | {name: "another"})
    assert self_check(ner, golden=golden) == SelfCheck(applies=False)
    assert not cache.exists()


def test_counters_of_the_cascade_stay_as_they_are(ner: Cascade, golden: Path) -> None:
    before = ner.counts.copy()
    assert self_check(ner, golden=golden).computed
    assert ner.counts == before


def test_differences_are_logged_by_default(ner: Cascade, golden: Path, caplog: pytest.LogCaptureFixture) -> None:
    changed(golden, lower_by(0.5))
    with caplog.at_level(logging.WARNING, logger="cascade.pipeline.golden_scores"):
        self_check(ner, golden=golden)
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert caplog.records[0].getMessage().startswith("self-check: 1 results differ")


def test_golden_scores_need_one_answer_of_all_precisions(ner: Cascade, monkeypatch: pytest.MonkeyPatch) -> None:
    other = Cascade(ner.base, ner.retriever, min_score=0.0)
    monkeypatch.setattr(other, "fresh", lambda **_: Cascade(ner.base, ner.retriever, min_score=0.0))
    with pytest.raises(CascadeError, match="expected the same entities in all precisions"):
        content({"fp32": ner, "bf16": other}, DOCUMENTS)


def test_the_shipped_scores_are_of_the_shipped_texts() -> None:
    values = json.loads(GOLDEN.read_text(encoding="utf-8"))
    assert {each["language"]: each["text"] for each in values["documents"]} == TEXTS
    assert values["tolerance"] == TOLERANCE
    assert all(set(entity["scores"]) == set(TOLERANCE) for each in values["documents"] for entity in each["entities"])


@pytest.mark.real_model
@pytest.mark.parametrize("precision", ["auto", "fp32"])
def test_the_shipped_scores_are_what_this_machine_computes(
    cache: Path, monkeypatch: pytest.MonkeyPatch, precision: str
) -> None:
    with monkeypatch.context() as own:
        own.delenv("CASCADE_NER_CACHE")
        ner = Cascade.load(device="cpu", precision=precision)
    assert self_check(ner) == SelfCheck(
        applies=True, computed=True
    )  # where it does not apply: python -m train.golden_scores
