"""An adapter of a language, put onto another adapter than the one that it was trained with."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from tiny_models import save_adapter

from cascade.adapters.card import WEIGHTS, Adapter, read_adapter
from cascade.errors import AdapterError
from cascade.model.base_model import BaseModel
from train.rebase import main, rebase

Three = tuple[Adapter, Adapter, Adapter]


@pytest.fixture
def three(gemma: BaseModel, gemma_folder: Path, tmp_path: Path) -> Three:
    """A whole adapter, a difference to it, and the whole one trained further."""

    def saved(name: str, seed: int, builds_on: str = "", rank: int = 4) -> Adapter:
        folder = tmp_path / name / "extractor"
        return read_adapter(
            save_adapter(
                gemma,
                gemma_folder,
                folder,
                stage="extractor",
                languages=["de"],
                seed=seed,
                builds_on=builds_on,
                rank=rank,
            )
        )

    old = saved("old", 1)
    difference = saved("de", 2, builds_on=old.checksum(), rank=2)
    replace(difference.card, scores={"dev_f1": 0.5}, training={"steps": 7}).write(difference.folder)
    return old, read_adapter(difference.folder), saved("new", 3)


def test_the_weights_stay_and_build_on_the_other_adapter(three: Three, tmp_path: Path) -> None:
    _, difference, new = three
    made = rebase(difference, new, tmp_path / "made" / "extractor")
    before, after = load_file(difference.folder / WEIGHTS), load_file(made.folder / WEIGHTS)
    assert before.keys() == after.keys()
    assert all(torch.equal(weight, after[name]) for name, weight in before.items())
    assert made.card.builds_on == new.checksum()


def test_the_card_names_both_and_loses_its_scores(three: Three, tmp_path: Path) -> None:
    old, difference, new = three
    rebase(difference, new, tmp_path / "made")
    card = read_adapter(tmp_path / "made").card
    assert (card.builds_on, card.scores) == (new.checksum(), {})
    assert card.training == {"steps": 7, "rebased": {"from": old.checksum(), "onto": new.checksum()}}


def test_the_card_is_for_the_types_of_what_it_is_put_onto(three: Three, tmp_path: Path) -> None:
    _, difference, new = three
    replace(new.card, only_types=["person"]).write(new.folder)
    rebase(difference, read_adapter(new.folder), tmp_path / "made")
    assert read_adapter(tmp_path / "made").card.only_types == ["person"]


def test_the_command_says_what_it_wrote(three: Three, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, difference, new = three
    assert main([str(difference.folder), "--onto", str(new.folder), "--out", str(tmp_path / "made")]) == 0
    told = f"extractor: {difference.folder} put onto {new.folder}; in {tmp_path / 'made'}\n"
    assert capsys.readouterr().out == told


def test_an_adapter_that_is_no_difference_is_refused(three: Three, tmp_path: Path) -> None:
    old, _, new = three
    with pytest.raises(AdapterError) as error:
        rebase(old, new, tmp_path / "made")
    assert str(error.value) == (
        f"{old.folder}: builds on no other adapter; expected a difference to one, as `python -m train.languages` "
        "makes it"
    )
    assert not (tmp_path / "made").exists()


def test_a_difference_is_not_put_onto_a_difference(three: Three, tmp_path: Path) -> None:
    _, difference, _ = three
    with pytest.raises(AdapterError) as error:
        rebase(difference, difference, tmp_path / "made")
    assert str(error.value) == (f"{difference.folder}: is itself a difference to another adapter; expected a whole one")


def test_adapters_of_other_stages_are_refused(three: Three, tmp_path: Path) -> None:
    _, difference, new = three
    replace(new.card, stage="classifier", prompt_version=2).write(new.folder)
    with pytest.raises(AdapterError) as error:
        rebase(difference, read_adapter(new.folder), tmp_path / "made")
    assert str(error.value) == (
        f"{difference.folder} and {new.folder}: stage 'extractor' and 'classifier'; expected the same"
    )


def test_a_folder_that_is_there_is_kept(three: Three) -> None:
    _, difference, new = three
    with pytest.raises(AdapterError) as error:
        rebase(difference, new, new.folder)
    assert str(error.value) == f"{new.folder}: is there already; expected a new folder"
