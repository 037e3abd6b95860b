"""What is pickled and copied: a cascade is loaded again, its parts say why they are not."""

from __future__ import annotations

import copy
import gc
import os
import pickle
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from weakref import WeakValueDictionary

import pytest
from process_work import (
    DOCUMENTS,
    TYPES,
)
from safetensors.torch import load_file, save_file
from tiny_models import save_shelf

import cascade.concurrency.one_lock
import cascade.pipeline.reloading
from cascade import Cascade
from cascade.adapters.card import CARD, WEIGHTS, AdapterShelf, read_adapter
from cascade.adapters.retrieval import Retriever
from cascade.errors import ProcessError
from cascade.model.base_model import BaseModel

NOT_PICKLED = (
    "Pickle the Cascade that Cascade.load made, which is loaded again where it arrives, "
    "or load in the process that reads"
)


@pytest.fixture(scope="module")
def shelf(gemma: BaseModel, gemma_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_shelf(gemma, gemma_folder, tmp_path_factory.mktemp("adapters"), own=["da"])


@pytest.fixture(scope="module")
def loaded(gemma_folder: Path, shelf: Path) -> Cascade:
    return Cascade.load(str(gemma_folder), adapters=shelf, device="cpu", exact=True, min_score=0.1)


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """What arrives is loaded again, as in a process that has loaded nothing."""
    monkeypatch.setattr(cascade.pipeline.reloading, "_here", WeakValueDictionary())
    monkeypatch.setattr(cascade.pipeline.reloading, "_last", [])


# pickled and copied


@pytest.mark.usefixtures("elsewhere")
def test_a_pickled_cascade_is_loaded_again_and_reads_the_same(loaded: Cascade) -> None:
    expected = loaded(DOCUMENTS, TYPES)
    assert sum(len(document.entities) for document in expected) > 2
    arrived: Cascade = pickle.loads(pickle.dumps(loaded))
    assert arrived.base is not loaded.base
    assert (arrived.counts.rejected, arrived.counts.unsure, arrived.min_score) == (0, 0, 0.1)
    assert arrived(DOCUMENTS, TYPES) == expected
    assert pickle.loads(pickle.dumps(loaded)).base is arrived.base  # once a process


def test_a_cascade_that_is_there_already_shares_its_weights(loaded: Cascade) -> None:
    loaded.min_score = 0.5
    try:
        arrived: Cascade = pickle.loads(pickle.dumps(loaded))
    finally:
        loaded.min_score = 0.1
    assert (arrived.base is loaded.base, arrived.min_score, arrived.counts.unsure) == (True, 0.5, 0)


def test_weights_that_were_trained_anew_under_the_same_card_are_other_adapters(
    gemma_folder: Path, shelf: Path, tmp_path: Path
) -> None:
    own = shutil.copytree(shelf, tmp_path / "own")
    tokens = []
    for _ in range(2):
        cascade = Cascade.load(str(gemma_folder), adapters=own, device="cpu", exact=True)
        assert cascade.loaded is not None
        tokens.append(cascade.loaded.token)
        weights = own / "da" / "classifier" / WEIGHTS
        weights.write_bytes(weights.read_bytes()[:-2] + b"\x00\x3f")  # another last number
    assert tokens[0] != tokens[1]


@pytest.mark.usefixtures("elsewhere")
def test_folders_that_were_named_from_here_are_found_from_elsewhere(
    gemma_folder: Path, shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(gemma_folder.parent)
    loaded = Cascade.load(
        gemma_folder.name, adapters=os.path.relpath(shelf), pair="multilingual", device="cpu", precision="fp32"
    )
    data = pickle.dumps(loaded)
    del loaded
    gc.collect()
    monkeypatch.chdir(tmp_path)
    arrived: Cascade = pickle.loads(data)
    assert (arrived.base.name, arrived.retriever.named("da")[0].name) == (str(gemma_folder), "multilingual/extractor")


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])
def test_copies_share_the_weights_and_count_for_themselves(
    loaded: Cascade, copied: Callable[[Cascade], Cascade]
) -> None:
    first = copied(loaded)
    first.min_score = 1.0  # so that there is something to count
    expected = first(DOCUMENTS, TYPES)
    counted = first.counts.unsure
    other = copied(first)
    assert other.base is first.base is loaded.base
    assert (other.counts.unsure, other.counts.rejected, other.min_score) == (counted, first.counts.rejected, 1.0)
    assert other(DOCUMENTS, TYPES) == expected
    assert (other.counts.unsure, first.counts.unsure) == (2 * counted, counted)
    assert counted > 0


def test_a_cascade_put_together_by_hand_says_why_it_cannot_be_pickled(gemma: BaseModel, shelf: Path) -> None:
    by_hand = Cascade(gemma, AdapterShelf(shelf))
    with pytest.raises(ProcessError) as error:
        pickle.dumps(by_hand)
    assert str(error.value) == (
        "this Cascade cannot be pickled: it was put together by hand, so that nothing says how another process could "
        "make it. "
        "Make it by Cascade.load, or make it in the process that reads"
    )
    assert copy.deepcopy(by_hand)(DOCUMENTS, TYPES) == by_hand(DOCUMENTS, TYPES)


def test_a_cascade_with_another_retriever_is_not_pickled_as_the_one_that_was_loaded(loaded: Cascade) -> None:
    changed = copy.copy(loaded)
    changed.retriever = Retriever(loaded.shelf, by_hand="multilingual")
    assert copy.copy(changed).retriever is changed.retriever
    with pytest.raises(ProcessError) as error:
        pickle.dumps(changed)
    assert str(error.value) == (
        "this Cascade cannot be pickled: its retriever was exchanged after it was loaded. "
        "Make it by Cascade.load, or make it in the process that reads"
    )


@pytest.mark.usefixtures("elsewhere")
def test_files_that_changed_since_are_not_read_as_what_was_pickled(
    gemma_folder: Path, shelf: Path, tmp_path: Path
) -> None:
    adapters = Path(shutil.copytree(shelf, tmp_path / "adapters"))
    loaded = Cascade.load(str(gemma_folder), adapters=adapters, device="cpu", precision="fp32")
    data = pickle.dumps(loaded)
    assert loaded.loaded is not None
    other_base = copy.copy(loaded)
    other_base.loaded = replace(loaded.loaded, fingerprint="0123456789abcdef")
    data_of_other_base = pickle.dumps(other_base)
    fingerprint = loaded.base.fingerprint
    del loaded, other_base
    gc.collect()
    with pytest.raises(ProcessError) as error:
        pickle.loads(data_of_other_base)
    assert str(error.value) == (
        f"the base model {str(gemma_folder)!r} is not the one that the pickled cascade was loaded from "
        f"({fingerprint[:12]}, expected 0123456789ab). Load the cascade anew and pickle that"
    )
    replace(read_adapter(adapters / "da" / "extractor").card, temperature=2.0).write(adapters / "da" / "extractor")
    with pytest.raises(ProcessError) as error:
        pickle.loads(data)
    assert str(error.value) == (
        f"the adapters below {adapters} are not those that the pickled cascade was loaded from: da/extractor changed. "
        f"Load the cascade anew and pickle that"
    )
    assert (adapters / "da" / "extractor" / CARD).is_file()


def test_weights_that_changed_since_are_not_read_as_what_was_pickled(
    gemma_folder: Path, shelf: Path, tmp_path: Path
) -> None:
    adapters = Path(shutil.copytree(shelf, tmp_path / "adapters"))
    loaded = Cascade.load(str(gemma_folder), adapters=adapters, device="cpu", precision="fp32")
    data = pickle.dumps(loaded)
    del loaded
    gc.collect()
    weights = load_file(adapters / "da" / "extractor" / WEIGHTS)
    save_file({name: -weight for name, weight in weights.items()}, adapters / "da" / "extractor" / WEIGHTS)
    with pytest.raises(ProcessError, match="the weights of adapters below .* are not those that the pickled cascade"):
        pickle.loads(data)


def test_what_holds_memory_of_this_process_is_not_pickled(loaded: Cascade) -> None:
    extractor = loaded.extractor("da")
    of_memory = "it holds weights in the memory of this process"
    parts = {
        "BaseModel": loaded.base,
        "Reader": extractor.reader,
        "AdapterStack": extractor.reader.stack,
        "WeightFiles": loaded.base._files,
    }
    for name, part in parts.items():
        with pytest.raises(ProcessError) as error:
            pickle.dumps(part)
        assert str(error.value) == f"{name} cannot be pickled: {of_memory}. {NOT_PICKLED}"
        assert copy.deepcopy(part) is copy.copy(part) is part
    for stage in (extractor, loaded.classifier("da")):
        with pytest.raises(ProcessError, match="Reader cannot be pickled"):
            pickle.dumps(stage)


def test_a_pickled_tokenizer_still_reads_special_tokens_as_text(gemma: BaseModel) -> None:
    expected = gemma.tokens.ids(["<bos>"])
    assert gemma.tokens.bos_id not in expected[0]
    for arrived in (pickle.loads(pickle.dumps(gemma.tokens)), copy.deepcopy(gemma.tokens)):
        assert arrived.ids(["<bos>"]) == expected
        assert (arrived.bos_id, arrived.end_id, arrived.pad_id, arrived.marks) == (
            gemma.tokens.bos_id,
            gemma.tokens.end_id,
            0,
            gemma.tokens.marks,
        )


def test_a_system_that_cannot_give_pages_back_reads_the_same(
    gemma_folder: Path, shelf: Path, loaded: Cascade, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = loaded(DOCUMENTS, TYPES)
    monkeypatch.setattr("cascade.memory.weight_files.GIVES_BACK", False)
    other = Cascade.load(str(gemma_folder), adapters=shelf, device="cpu", exact=True, min_score=0.1)
    assert other.base._rows is None
    assert other(DOCUMENTS, TYPES) == expected
