"""A cascade that shows examples in front of texts: which, for which adapters, and by the command."""

from __future__ import annotations

import json
import pickle
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from labelled_examples import ADA, DOCUMENTS, has
from tiny_models import save_adapter

from cascade import Cascade, EntityType, Taxonomy
from cascade.adapters.card import STAGES, AdapterShelf, read_adapter
from cascade.adapters.retrieval import Retriever
from cascade.commands.infer import main as infer
from cascade.demonstrations.examples import (
    DemonstrationError,
    Demonstrations,
    Examples,
)
from cascade.demonstrations.wrapper import DemonstratedCascade, with_demonstrations
from cascade.model.base_model import BaseModel
from cascade.text.encoded import encode


@pytest.fixture
def adapters(gemma: BaseModel, gemma_folder: Path, tmp_path: Path) -> Path:
    for stage in STAGES:
        adapter = read_adapter(
            save_adapter(gemma, gemma_folder, tmp_path / "pair" / stage, stage=stage, languages=["en"], seed=len(stage))
        )
        replace(adapter.card, demonstrations="both").write(adapter.folder)
    return tmp_path / "pair"


def test_a_cascade_shows_examples_for_the_texts_that_have_some(gemma: BaseModel, adapters: Path) -> None:
    texts = ["London again", "zzz yyy", "Bob met Ada in Rome"]
    plain = Cascade(gemma, AdapterShelf(adapters), alone=True, min_score=0.0)
    showing = with_demonstrations(plain, DOCUMENTS)
    changed = [
        left.entities != right.entities
        for left, right in zip(plain(texts, ["person", "place"]), showing(texts, ["person", "place"]), strict=True)
    ]
    assert changed[0] or changed[2]
    assert not changed[1]
    assert showing(texts, ["red", "river"]) == plain(texts, ["red", "river"])  # nothing shown is of these types


def test_on_the_way_down_a_taxonomy_examples_are_called_as_the_nodes_that_are_asked_for(
    gemma: BaseModel, adapters: Path
) -> None:
    tree = Taxonomy((EntityType("human", None, (EntityType("person"), EntityType("artist"))), EntityType("place")))
    asked: list[tuple[str, ...]] = []

    class Spy(DemonstratedCascade):
        def in_front(self, texts: Any, names: Mapping[str, str]) -> Any:
            asked.append(tuple(sorted(set(names.values()))))
            return super().in_front(texts, names)

    cascade = with_demonstrations(Cascade(gemma, AdapterShelf(adapters)), DOCUMENTS)
    cascade.__class__ = Spy
    cascade("Ada met the red cross in London and Köln, Bob", tree)
    cascade.demonstrations = cast(Demonstrations, SimpleNamespace(find=lambda text: Examples((ADA,))))
    human, person, place = (gemma.tokens.name(name) for name in ("human", "person", "place"))
    plain = [encode("Ada", gemma.tokens)]
    [top], [below] = (
        [text.before for text in cascade.in_front(plain, tree.names_below(above))] for above in ((), ("human",))
    )
    assert (has(top, human), has(top, person), has(top, place)) == (True, False, True)
    assert (has(below, human), has(below, person), has(below, place)) == (False, True, False)
    assert set(asked) == {("human", "place"), ("artist", "person")}  # once for both stages, and below


def test_adapters_that_were_not_trained_with_examples_refuse_them(gemma: BaseModel, adapters: Path) -> None:
    adapter = read_adapter(adapters / "classifier")
    replace(adapter.card, demonstrations="none").write(adapter.folder)
    with pytest.raises(DemonstrationError) as error:
        with_demonstrations(Cascade(gemma, AdapterShelf(adapters)), DOCUMENTS)
    assert str(error.value) == (
        "demonstrations need adapters that were all trained with the same kind of them; these were with "
        "pair/classifier: none, pair/extractor: both"
    )


def test_only_the_adapters_that_may_be_chosen_count(gemma: BaseModel, gemma_folder: Path, adapters: Path) -> None:
    for stage in STAGES:
        save_adapter(
            gemma, gemma_folder, adapters.parent / "plain" / stage, stage=stage, languages=["de", "fr"], seed=1
        )
    shelf = AdapterShelf(adapters.parent)
    with pytest.raises(DemonstrationError):
        with_demonstrations(Cascade(gemma, Retriever(shelf)), DOCUMENTS)
    showing = with_demonstrations(Cascade(gemma, Retriever(shelf, by_hand="pair")), DOCUMENTS)
    assert showing.demonstrations.find("Ada").mentions == (("Ada", "person"),)


def test_the_command_shows_examples_and_says_what_it_could_not_read(
    gemma_folder: Path, adapters: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "in.txt").write_text("London again\n", encoding="utf-8")
    labelled_sentence = {"sentence": "Ada met Bob", "entity": ["Ada", "Zoe"], "category": ["person", "person"]}
    (tmp_path / "shown.json").write_text(json.dumps({"0": labelled_sentence}), encoding="utf-8")
    common = [
        str(tmp_path / "in.txt"),
        "--base",
        str(gemma_folder),
        "--adapters",
        str(adapters),
        "--precision",
        "fp32",
        "--demonstrations",
    ]
    assert infer([*common, str(tmp_path / "shown.json")]) == 0
    assert "note: reading demonstrations: entities whose string is not in their sentence" in capsys.readouterr().err
    assert infer([*common, str(tmp_path / "in.txt")]) == 2
    assert (
        capsys.readouterr()
        .err.strip()
        .endswith("no document to take demonstrations from has entities; expected labelled ones")
    )


def test_a_lowest_score_is_kept_where_a_showing_cascade_is_pickled(
    gemma: BaseModel, gemma_folder: Path, adapters: Path
) -> None:
    plain = Cascade.load(str(gemma_folder), adapters=adapters, precision="fp32")
    showing = with_demonstrations(plain, DOCUMENTS).fresh(min_score=0.8)
    assert pickle.loads(pickle.dumps(showing)).min_score == 0.8
