"""The estimator with the interface of scikit-learn: it trains through `train.run` and is cloned and pickled."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest

sklearn_base = pytest.importorskip("sklearn.base")
exceptions = pytest.importorskip("sklearn.exceptions")

from name_finder import NameFinder  # noqa: E402

from cascade import Cascade  # noqa: E402
from cascade.errors import CascadeError, DocumentError  # noqa: E402
from train import estimator as estimator_module  # noqa: E402
from train.estimator import CascadeNER  # noqa: E402
from train.options import TrainingOptions  # noqa: E402

TEXTS = ["Ada slept", None, "Bob met Ada"]
ENTITIES: list[list[Any]] = [[(0, 3, "person")], [], [{"start": 0, "end": 3, "type": "person"}, (8, 11, "person")]]
SHAPE = "; expected (start, end, type), such as (0, 5, 'person'), or a dict with these keys"


def fitted(monkeypatch: pytest.MonkeyPatch, **options: Any) -> tuple[CascadeNER, list[TrainingOptions], list[str]]:
    """An estimator whose training was noted and whose cascade finds Ada, with the noted options and data."""
    asked: list[TrainingOptions] = []
    data: list[str] = []

    def noted(training: TrainingOptions) -> None:
        asked.append(training)
        data.append(training.data.read_text(encoding="utf-8"))

    monkeypatch.setattr(estimator_module, "train", noted)
    monkeypatch.setattr(Cascade, "load", lambda *_, **__: NameFinder({"Ada": "person"}))
    return CascadeNER(**options).fit(TEXTS, ENTITIES), asked, data


def test_parameters_are_got_set_and_cloned() -> None:
    estimator = CascadeNER("adapters/x", max_steps=5).set_params(seed=7)
    assert (estimator.get_params()["max_steps"], estimator.get_params()["seed"]) == (5, 7)
    copy = sklearn_base.clone(estimator)
    assert copy is not estimator
    assert copy.get_params() == estimator.get_params()


def test_fit_trains_on_the_texts_that_are_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    estimator, [asked], [data] = fitted(monkeypatch, folder=tmp_path, max_steps=5, language="en", base="b")
    assert (asked.out, asked.max_steps, asked.language, asked.base) == (tmp_path, 5, "en", "b")
    assert data.count("\n") == 2
    assert '"id": "text-2", "text": "Bob met Ada", "language": "en"' in data
    assert estimator.types_ == ["person"]
    assert not asked.data.exists()


def test_texts_are_predicted_and_scored(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    estimator, _, _ = fitted(monkeypatch, folder=tmp_path)
    found = estimator.predict([*TEXTS, float("nan")])
    assert [[(each["start"], each["end"]) for each in row] for row in found] == [[(0, 3)], [], [(8, 11)], []]
    assert estimator.score(TEXTS, ENTITIES) == pytest.approx(0.8)  # 2 found of 3, none wrong: 2 * 2 / (2 + 3)


def test_layers_of_nested_entities_are_learnt_and_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    estimator, [asked], _ = fitted(monkeypatch, folder=tmp_path, depth=2)
    estimator.predict(TEXTS)
    told: Any = estimator.cascade_
    assert (asked.depth, told.asked[1]["depth"]) == (2, 2)


def test_an_estimator_that_was_not_fitted_says_so() -> None:
    with pytest.raises(exceptions.NotFittedError):
        CascadeNER().predict(["Ada"])


@pytest.mark.parametrize(
    ("texts", "entities", "message"),
    [
        (["Ada"], [], "1 texts and 0 lists of entities; expected one list for each text"),
        ([5], [[]], "text 0 (from 0): found 5; expected a text, or None"),
        (
            ["Ada"],
            [[(0, 3)]],
            f"text 0 (from 0): entity (0, 3){SHAPE}",
        ),
        (["Ada"], [[("x", 0, 3)]], f"text 0 (from 0): entity ('x', 0, 3){SHAPE}"),
        (["Ada"], [[("0", 3, "x")]], f"text 0 (from 0): entity ('0', 3, 'x'){SHAPE}"),
        (["Ada"], [[(0.9, 3, "x")]], f"text 0 (from 0): entity (0.9, 3, 'x'){SHAPE}"),
        (["Ada"], [[(0, 3, 5)]], f"text 0 (from 0): entity (0, 3, 5){SHAPE}"),
        (["Ada"], [[(0, 9, "x")]], "document 'text-0': entity 0..9 (x) ends after the text's 3 characters"),
    ],
)
def test_labels_that_do_not_fit_are_refused(texts: list[Any], entities: list[Any], message: str) -> None:
    with pytest.raises(DocumentError) as error:
        CascadeNER().fit(texts, entities)
    assert str(error.value) == message


@pytest.mark.slow
def test_a_tiny_pair_is_trained_used_and_pickled(gemma_folder: Path, tmp_path: Path) -> None:
    names, places = ("Ada", "Bob", "Cleo", "Dan"), ("Rome", "Oslo", "Lima", "Bonn")
    texts = [f"{name} went to {place} again." for name in names for place in places]
    gold = [
        [(0, len(name), "person"), (len(name) + 9, len(name) + 9 + len(place), "location")]
        for name in names
        for place in places
    ]
    estimator = CascadeNER(
        tmp_path / "pair", base=str(gemma_folder), language="en", max_steps=1, scorings=1, min_score=0.0, device="cpu"
    )
    estimator.fit(texts, gold)
    assert sorted(each.name for each in (tmp_path / "pair").iterdir()) == [
        "README.md",
        "classifier",
        "extractor",
    ]
    assert estimator.types_ == ["location", "person"]
    assert 0.0 <= estimator.score(texts, gold) <= 1.0
    again: CascadeNER = pickle.loads(pickle.dumps(estimator))
    assert again.predict(texts[:2]) == estimator.predict(texts[:2])


def test_types_are_a_list(tmp_path: Path) -> None:
    with pytest.raises(CascadeError, match="types is 'person'; expected a list of types"):
        CascadeNER(tmp_path / "pair", types="person").fit(["Ada"], [[]])
