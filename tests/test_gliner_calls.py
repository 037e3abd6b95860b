"""GLiNER's calls on a cascade: its arguments, its dictionaries, and labels of each text by itself."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny_models import random_text, save_shelf

from cascade import Cascade, CascadeError, Document, Entity
from cascade.adapters.card import AdapterShelf
from cascade.integrations.gliner_calls import GLiNERCalls
from cascade.model.base_model import BaseModel

TEXTS = [random_text(random.Random(seed), 30) for seed in range(4)]
LABELS = ["company", "person", "place"]
THRESHOLDS = "expected a probability within 0..1, one for each label, or a list with one of these for each text"


@pytest.fixture(scope="module")
def calls(gemma: BaseModel, gemma_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> GLiNERCalls:
    shelf = AdapterShelf(save_shelf(gemma, gemma_folder, tmp_path_factory.mktemp("a"), own=()))
    return GLiNERCalls(Cascade(gemma, shelf, alone=True))


def as_dictionary(entity: Entity) -> dict[str, Any]:
    return {"start": entity.start, "end": entity.end, "text": entity.text, "label": entity.type, "score": entity.score}


def test_entities_are_those_of_the_cascade_in_the_dictionaries_of_gliner(calls: GLiNERCalls) -> None:
    found = calls.inference(TEXTS, LABELS, threshold=0.0)
    documents = calls.ner(TEXTS, LABELS, min_score=0.0)
    assert found == [[as_dictionary(entity) for entity in document.entities] for document in documents]
    assert any(found)
    assert calls.predict_entities(TEXTS[0], LABELS, threshold=0.0) == found[0]
    assert calls.batch_predict_entities(TEXTS, LABELS, threshold=0.0) == found


def test_each_text_is_asked_for_its_own_labels_as_if_it_were_alone(calls: GLiNERCalls) -> None:
    own: list[Any] = [LABELS, ["place"], {"river": None, "place": None, "plant": None, "tool": None}, LABELS]
    together = calls.inference(TEXTS, own, threshold=0.0)
    assert together == [
        calls.predict_entities(text, each, threshold=0.0) for text, each in zip(TEXTS, own, strict=True)
    ]
    assert {entity["label"] for entity in together[1]} <= {"place"}
    assert len({tuple(sorted({entity["label"] for entity in found})) for found in together}) > 1


def test_a_label_has_its_own_threshold_and_so_has_a_text(calls: GLiNERCalls) -> None:
    every = calls.inference(TEXTS, LABELS, threshold=0.0)
    scores = sorted(entity["score"] for found in every for entity in found)
    middle = scores[len(scores) // 2]
    lowest = {"person": middle, "place": 0.0, "company": 1.0}
    wanted = [[each for each in found if each["score"] >= lowest[each["label"]]] for found in every]
    assert calls.inference(TEXTS, LABELS, threshold=lowest) == wanted
    assert calls.inference(TEXTS, LABELS, threshold=[lowest, 0.0, lowest, 0.0]) == [
        wanted[0],
        every[1],
        wanted[2],
        every[3],
    ]
    assert wanted != every
    half = [[each for each in found if each["label"] != "person" and each["score"] >= 0.5] for found in every]
    assert calls.inference(TEXTS, LABELS, threshold={"person": 1.0}) == half  # others: the default of the call
    assert half != calls.inference(TEXTS, LABELS, threshold={"person": 1.0, "*": 0.3})


def test_arguments_may_stand_in_the_places_of_gliner(calls: GLiNERCalls) -> None:
    found = calls.inference(TEXTS, LABELS, threshold=0.1, multi_label=True)
    assert calls.batch_predict_entities(TEXTS, LABELS, True, 0.1, True, batch_size=2) == found
    assert calls.predict_entities(TEXTS[0], LABELS, True, 0.1, True, batch_size=2) == found[0]


def test_labels_come_back_as_they_were_given(calls: GLiNERCalls) -> None:
    found = calls.predict_entities(TEXTS[0], ["company", " place  of birth"], threshold=0.0, return_class_probs=True)
    plain = calls.predict_entities(TEXTS[0], ["company", "place of birth"], threshold=0.0, return_class_probs=True)
    assert {each["label"] for each in found} == {"company", " place  of birth"}
    assert [set(each["class_probs"]) for each in found] == [{"company", " place  of birth"}] * len(found)
    assert [each["score"] for each in found] == [each["score"] for each in plain]


def test_labels_may_repeat_and_texts_may_be_empty(calls: GLiNERCalls) -> None:
    assert calls.inference(["", " "], LABELS) == [[], []]
    assert calls.inference(TEXTS, []) == [[], [], [], []]
    assert calls.inference([], LABELS) == []
    assert calls.predict_entities(TEXTS[0], [*LABELS, "person"], threshold=0.0) == calls.predict_entities(
        TEXTS[0], LABELS, threshold=0.0
    )


def test_class_probs_are_the_scores_of_the_likeliest_labels(calls: GLiNERCalls) -> None:
    [document] = calls.ner([TEXTS[0]], LABELS, min_score=0.0, top_k=5)
    found = calls.predict_entities(TEXTS[0], LABELS, threshold=0.0, return_class_probs=True)
    assert [each["class_probs"] for each in found] == [dict(entity.alternatives) for entity in document.entities]
    assert all(each["class_probs"][each["label"]] == each["score"] for each in found)


class Told:
    """A cascade that notes what it is asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []

    def stream(self, texts: list[str], types: Any, **options: Any) -> list[Document]:
        self.asked.append((list(texts), [(each.name, each.description) for each in types.roots], options))
        return [Document(str(number), text) for number, text in enumerate(texts)]


def test_descriptions_and_several_labels_a_span_reach_the_cascade() -> None:
    told: Any = Told()
    GLiNERCalls(told).inference(["a", "b"], {"court": "a body of judges"}, multi_label=[True, False])
    options = {"min_score": 0.5, "batch_size": None, "top_k": None, "depth": 1}
    assert told.asked == [
        (["a"], [("court", "a body of judges")], {**options, "multi_label": True}),
        (["b"], [("court", "a body of judges")], {**options, "multi_label": False}),
    ]


def test_thresholds_may_be_numbers_of_numpy_and_name_labels_of_some_text() -> None:
    told: Any = Told()
    calls = GLiNERCalls(told)
    half, quarter = np.float32(0.5), np.float64(0.25)
    calls.predict_entities("a", ["person"], threshold=half)  # type: ignore[arg-type]
    by_label: Any = {"person": half, " place  of birth": quarter, "*": 0}
    calls.inference(["b", "c"], [["person"], ["place of birth"]], threshold=by_label)
    lowest = {"*": 0.0, "person": 0.5, " place  of birth": 0.25}
    assert [options["min_score"] for *_, options in told.asked] == [0.5, lowest, lowest]
    assert {type(value) for value in told.asked[1][2]["min_score"].values()} == {float}


def test_entities_within_others_are_asked_for_in_as_many_layers_as_said() -> None:
    told: Any = Told()
    GLiNERCalls(told).predict_entities("a", ["person"], flat_ner=False)
    GLiNERCalls(told, depth=3).predict_entities("a", ["person"], flat_ner=False)
    assert [options["depth"] for *_, options in told.asked] == [2, 3]


@pytest.mark.parametrize(
    ("texts", "labels", "options", "message"),
    [
        (
            ["a"],
            LABELS,
            {"flat_ner": "no"},
            "flat_ner is 'no'; expected True, or False for entities within others too",
        ),
        (["a"], "person", {}, "labels are 'person'; expected a list of names, or descriptions by name"),
        (["a", "b"], [["x"]], {}, "there are 1 labels for 2 texts; expected one for all, or one for each"),
        (["a"], [["x"], "y"], {}, "there are 2 labels for 1 texts; expected one for all, or one for each"),
        (
            ["a"],
            LABELS,
            {"threshold": [0.5, 0.1]},
            "there are 2 thresholds for 1 texts; expected one for all, or one for each",
        ),
        (["a"], [[["x"]]], {}, "a label is ['x']; expected a name, or a description by name"),
        (
            ["a"],
            {"x": ["y"]},
            {},
            "a label is 'x' with the description ['y']; expected a name, or a description by name",
        ),
        (["a"], LABELS, {"threshold": {"person": [0.1]}}, f"threshold is {{'person': [0.1]}}; {THRESHOLDS}"),
        (
            ["a"],
            LABELS,
            {"threshold": {"person": 0.1, 3: 0.2}},
            f"threshold is {{'person': 0.1, 3: 0.2}}; {THRESHOLDS}",
        ),
        (["a"], LABELS, {"threshold": [[0.2]]}, f"threshold is [0.2]; {THRESHOLDS}"),
        (["a"], LABELS, {"threshold": True}, f"threshold is True; {THRESHOLDS}"),
        (["a"], LABELS, {"threshold": {"person": False}}, f"threshold is {{'person': False}}; {THRESHOLDS}"),
        (["a"], LABELS, {"threshold": 1.5}, f"threshold is 1.5; {THRESHOLDS}"),
        (["a"], LABELS, {"threshold": np.float32("nan")}, f"threshold is np.float32(nan); {THRESHOLDS}"),
        (
            ["a"],
            LABELS,
            {"threshold": {"persn": 0.9}},
            "threshold has 'persn', which is no label; expected some of company, person, place, *",
        ),
        (
            ["a", "b"],
            [["person"], ["city"]],
            {"threshold": [{"city": 0.9}, {"town": 0.9}]},
            "threshold has 'town', which is no label; expected some of person, city, *",
        ),
        (
            ["a"],
            LABELS,
            {"multi_label": [[True]]},
            "multi_label is [True]; expected True or False, or one of them for each text",
        ),
        (None, LABELS, {}, "texts are None; expected one text, or a list of texts"),
        ({"x": "a"}, LABELS, {}, "texts are {'x': 'a'}; expected one text, or a list of texts"),
        (["a", 3.5], LABELS, {}, "text 2 is 3.5; expected a text"),
    ],
)
def test_what_cannot_be_done_is_told(texts: Any, labels: Any, options: dict[str, Any], message: str) -> None:
    told: Any = Told()
    with pytest.raises(CascadeError) as error:
        GLiNERCalls(told).inference(texts, labels, **options)
    assert str(error.value) == message


def test_one_text_is_not_several() -> None:
    told: Any = Told()
    with pytest.raises(CascadeError) as error:
        GLiNERCalls(told).predict_entities(["a"], LABELS)  # type: ignore[arg-type]
    assert str(error.value) == "text is ['a']; expected one text. Call inference for several"
