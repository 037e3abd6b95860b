"""The component of spaCy: entities in docs, what does not fit counted, pipelines saved and run in processes."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from integration_work import entities_of_docs
from name_finder import NameFinder
from project_tree import ROOT, pyproject
from tiny_models import save_shelf

from cascade import Cascade
from cascade.errors import IntegrationError
from cascade.model.base_model import BaseModel

spacy = pytest.importorskip("spacy")

from cascade.integrations import spacy_component as component_module  # noqa: E402
from cascade.integrations.spacy_component import CascadeComponent  # noqa: E402

Doc = spacy.tokens.Doc

TEXT = "Ada of London"


def pipeline(monkeypatch: pytest.MonkeyPatch, names: dict[str, str], scores: Any = None, **config: Any) -> Any:
    """A pipeline whose component reads with a finder of names."""
    monkeypatch.setattr(component_module, "loaded_cascade", lambda options: NameFinder(names, scores))
    nlp = spacy.blank("en")
    nlp.add_pipe("cascade_ner", config=config)
    return nlp


def found(spans: Sequence[Any]) -> list[tuple[str, str]]:
    return [(span.text, span.label_) for span in spans]


def test_entities_stand_in_the_doc_with_their_scores(monkeypatch: pytest.MonkeyPatch) -> None:
    nlp = pipeline(monkeypatch, {"Ada": "person", "London": "location"}, {"Ada": 0.7})
    doc = nlp(TEXT)
    assert found(doc.ents) == [("Ada", "person"), ("London", "location")]
    assert [span._.cascade_score for span in doc.ents] == [0.7, 0.9]
    assert [doc[index].ent_iob_ for index in range(3)] == ["B", "O", "B"]
    assert found(nlp("").ents) == []


def test_spans_of_a_key_may_overlap_and_have_scores(monkeypatch: pytest.MonkeyPatch) -> None:
    nlp = pipeline(monkeypatch, {"of London": "work", "London": "location"}, {"London": 0.5}, spans_key="sc")
    doc = nlp(TEXT)
    assert found(doc.spans["sc"]) == [("of London", "work"), ("London", "location")]
    assert doc.spans["sc"].attrs["scores"] == [0.9, 0.5]
    assert doc.ents == ()


def test_entities_within_others_go_into_the_spans_of_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    nlp = pipeline(monkeypatch, {"of London": "work"}, spans_key="sc", depth=2)
    doc = nlp(TEXT)
    assert found(doc.spans["sc"]) == [("of London", "work")]
    assert nlp.get_pipe("cascade_ner").ner.asked[1]["depth"] == 2


def test_a_depth_is_refused_where_no_doc_can_hold_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(IntegrationError, match="depth is 2 and no spans_key is given; expected one, as doc.ents holds"):
        pipeline(monkeypatch, {}, depth=2)
    with pytest.raises(IntegrationError, match="depth is 0; expected a whole number of layers, 1 or more"):
        pipeline(monkeypatch, {}, depth=0, spans_key="sc")


@pytest.mark.parametrize(
    ("mode", "expected", "lost"), [("strict", [], 1), ("expand", ["Londons"], 0), ("contract", [], 1)]
)
def test_what_does_not_fall_on_tokens_is_aligned_as_asked_or_counted(
    monkeypatch: pytest.MonkeyPatch, mode: str, expected: list[str], lost: int
) -> None:
    nlp = pipeline(monkeypatch, {"London": "location"}, alignment_mode=mode)
    doc = nlp("in Londons")
    assert [span.text for span in doc.ents] == expected
    assert nlp.get_pipe("cascade_ner").lost["unaligned"] == lost
    assert [(each["text"], each["why"]) for each in doc._.cascade_lost] == [("London", "unaligned")] * lost


def test_of_overlapping_entities_the_likelier_stays_and_the_other_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    nlp = pipeline(monkeypatch, {"Ada of": "work", "of London": "location"}, {"Ada of": 0.4})
    doc = nlp(TEXT)
    assert found(doc.ents) == [("of London", "location")]
    assert [(each["text"], each["score"], each["why"]) for each in doc._.cascade_lost] == [
        ("Ada of", 0.4, "overlapping")
    ]
    assert nlp.get_pipe("cascade_ner").lost == {"overlapping": 1}


@pytest.mark.parametrize("overwrite", [False, True])
def test_spans_of_earlier_components_stay_under_a_key_unless_they_are_to_go(
    monkeypatch: pytest.MonkeyPatch, overwrite: bool
) -> None:
    nlp = pipeline(monkeypatch, {"London": "location"}, {"London": 0.5}, spans_key="sc", overwrite=overwrite)
    ruler = nlp.add_pipe("span_ruler", before="cascade_ner", config={"spans_key": "sc"})
    ruler.add_patterns([{"label": "NAME", "pattern": "London"}])
    doc = nlp(TEXT)
    own = [("London", "location")]
    assert found(doc.spans["sc"]) == (own if overwrite else [("London", "NAME"), *own])
    assert doc.spans["sc"].attrs["scores"] == ([0.5] if overwrite else [None, 0.5])
    assert [span._.cascade_score for span in doc.spans["sc"]] == ([0.5] if overwrite else [None, 0.5])
    again = Doc(nlp.vocab).from_bytes(doc.to_bytes())
    assert again.spans["sc"][-1]._.cascade_score == 0.5


@pytest.mark.parametrize("overwrite", [False, True])
def test_entities_of_earlier_components_stay_unless_they_are_to_go(
    monkeypatch: pytest.MonkeyPatch, overwrite: bool
) -> None:
    nlp = pipeline(monkeypatch, {"London": "location"}, overwrite=overwrite)
    ruler = nlp.add_pipe("entity_ruler", before="cascade_ner")
    ruler.add_patterns([{"label": "CITY", "pattern": "London"}, {"label": "NAME", "pattern": "Ada"}])
    expected = [("London", "location")] if overwrite else [("Ada", "NAME"), ("London", "CITY")]
    assert found(nlp(TEXT).ents) == expected
    assert nlp.get_pipe("cascade_ner").lost["overlapping"] == (0 if overwrite else 1)


def test_docs_are_read_in_batches_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    finder = NameFinder({"Ada": "person"})
    streams: list[list[str]] = []

    class Counting:
        def stream(self, texts: list[str], types: Any, **options: Any) -> Any:
            streams.append(texts)
            return finder.stream(texts, types, **options)

    monkeypatch.setattr(component_module, "loaded_cascade", lambda options: Counting())
    nlp = spacy.blank("en")
    nlp.add_pipe("cascade_ner", config={"types": ["person"], "language": "en"})
    docs = list(nlp.pipe(["Ada", "x", "Ada x"], batch_size=2))
    assert [len(doc.ents) for doc in docs] == [1, 0, 1]
    assert streams == [["Ada", "x"], ["Ada x"]]
    assert finder.asked == (["person"], {"language": "en", "depth": 1})


def test_displacy_shows_the_entities(monkeypatch: pytest.MonkeyPatch) -> None:
    nlp = pipeline(monkeypatch, {"Ada": "person"})
    page = spacy.displacy.render(nlp(TEXT), style="ent", jupyter=False)
    assert "Ada" in page
    assert "person" in page


def test_an_unknown_alignment_is_refused() -> None:
    with pytest.raises(IntegrationError) as error:
        CascadeComponent(alignment_mode="near")
    assert str(error.value) == "alignment_mode is 'near'; expected one of strict, contract, expand"


# with a model


@pytest.fixture(scope="module")
def config(gemma: BaseModel, gemma_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    adapters = save_shelf(gemma, gemma_folder, tmp_path_factory.mktemp("adapters"), own=[])
    model = {"base": str(gemma_folder), "adapters": str(adapters), "device": "cpu", "precision": "fp32"}
    return {**model, "types": ["person", "place name"], "min_score": 0.0}


TEXTS = ["Ada met Bob in London, and they spoke of the red cross."] * 3


@pytest.fixture(scope="module")
def expected(config: dict[str, Any]) -> list[list[tuple[str, str]]]:
    nlp = spacy.blank("en")
    nlp.add_pipe("cascade_ner", config=config)
    docs = list(nlp.pipe(TEXTS))
    assert any(doc.ents for doc in docs)
    return [found(doc.ents) for doc in docs]


def test_a_saved_pipeline_reads_the_same(
    config: dict[str, Any], expected: list[list[tuple[str, str]]], tmp_path: Path
) -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("cascade_ner", config=config)
    nlp.to_disk(tmp_path)
    again = spacy.load(tmp_path)
    assert again.get_pipe("cascade_ner").types == ["person", "place name"]
    assert [found(doc.ents) for doc in again.pipe(TEXTS)] == expected
    bytes_of = spacy.blank("en")
    bytes_of.add_pipe("cascade_ner", config=config)
    bytes_of.from_bytes(nlp.to_bytes())
    assert found(bytes_of(TEXTS[0]).ents) == expected[0]


def test_a_component_is_pickled_without_its_model(config: dict[str, Any]) -> None:
    nlp = spacy.blank("en")
    component = nlp.add_pipe("cascade_ner", config=config)
    assert isinstance(component.ner, Cascade)
    data = pickle.dumps(component)
    assert len(data) < 5000
    assert pickle.loads(data)._ner is None


@pytest.mark.slow
def test_two_processes_read_the_same(config: dict[str, Any], expected: list[list[tuple[str, str]]]) -> None:
    nlp = spacy.blank("en")
    component = nlp.add_pipe("cascade_ner", config=config)
    assert [found(doc.ents) for doc in nlp.pipe(TEXTS, n_process=2, batch_size=2)] == expected
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        assert pool.submit(entities_of_docs, component, TEXTS).result(timeout=240) == expected


@pytest.mark.slow
def test_spacy_finds_the_component_by_its_entry_point(tmp_path: Path) -> None:
    points = pyproject()["project"]["entry-points"]["spacy_factories"]
    described = tmp_path / "cascade_ner-0.0.dist-info"
    described.mkdir()
    (described / "METADATA").write_text("Metadata-Version: 2.1\nName: cascade-ner\nVersion: 0.0\n")
    lines = [f"{name} = {place}" for name, place in points.items()]
    (described / "entry_points.txt").write_text("\n".join(["[spacy_factories]", *lines, ""]))
    code = "import spacy; print(spacy.blank('en').add_pipe('cascade_ner').alignment_mode)"
    paths = os.pathsep.join([str(tmp_path), str(ROOT), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "strict\n", done.stderr
