"""Weights between two adapters, one of which was trained from the other."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from tiny_models import save_adapter

from cascade.adapters.card import WEIGHTS, Adapter, read_adapter
from cascade.errors import AdapterError
from cascade.model.base_model import BaseModel
from train.interpolate import interpolate, main


@pytest.fixture
def two(gemma: BaseModel, gemma_folder: Path, tmp_path: Path) -> tuple[Adapter, Adapter]:
    before, after = (
        read_adapter(
            save_adapter(
                gemma, gemma_folder, tmp_path / name / "extractor", stage="extractor", languages=["en"], seed=seed
            )
        )
        for name, seed in (("before", 1), ("after", 2))
    )
    replace(after.card, types=["person", "price"], scores={"dev_f1": 0.5}, training={"steps": 7}).write(after.folder)
    return before, read_adapter(after.folder)


def test_each_weight_lies_at_the_share_of_the_way(two: tuple[Adapter, Adapter], tmp_path: Path) -> None:
    before, after = two
    made = interpolate(before, after, 0.75, tmp_path / "new")
    first, second, between = (load_file(each.folder / WEIGHTS) for each in (before, after, made))
    assert between.keys() == first.keys()
    for name, weight in between.items():
        torch.testing.assert_close(weight, 0.25 * first[name] + 0.75 * second[name])
        assert weight.dtype == second[name].dtype


@pytest.mark.parametrize(("share", "same"), [(0, 0), (1, 1)])
def test_the_ends_are_the_adapters_themselves(
    two: tuple[Adapter, Adapter], share: float, same: int, tmp_path: Path
) -> None:
    made = load_file(interpolate(*two, share, tmp_path / "new").folder / WEIGHTS)
    assert all(torch.equal(weight, made[name]) for name, weight in load_file(two[same].folder / WEIGHTS).items())


def test_the_card_is_that_of_the_later_one_without_its_scores(two: tuple[Adapter, Adapter], tmp_path: Path) -> None:
    before, after = two
    interpolate(before, after, 0.7, tmp_path / "new")
    card = read_adapter(tmp_path / "new").card
    made = {"before": before.checksum(), "after": after.checksum(), "share": 0.7}
    assert (card.types, card.scores) == (["person", "price"], {})
    assert card.training == {"steps": 7, "interpolated": made}
    assert sorted(file.name for file in (tmp_path / "new").iterdir()) == [
        "adapter_config.json",
        "adapter_model.safetensors",
        "card.json",
    ]


def test_the_command_says_what_it_wrote(
    two: tuple[Adapter, Adapter], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before, after = (str(each.folder) for each in two)
    new = str(tmp_path / "new")
    assert main([before, after, "--share", "0.7", "--out", new]) == 0
    assert capsys.readouterr().out == f"extractor: 0.7 of the way from {before} to {after}; in {new}\n"


def test_a_classifier_is_said_to_stand_behind_the_extractor_that_is_named(
    gemma: BaseModel, gemma_folder: Path, two: tuple[Adapter, Adapter], tmp_path: Path
) -> None:
    extractor = two[0]
    old, new = (tmp_path / name / "classifier" for name in ("before", "after"))
    for folder, seed in ((old, 3), (new, 4)):
        save_adapter(gemma, gemma_folder, folder, stage="classifier", languages=["en"], seed=seed)
    command = [str(old), str(new), "--share", "0.5", "--out", str(tmp_path / "new")]
    assert main([*command, "--extractor", str(extractor.folder)]) == 0
    assert read_adapter(tmp_path / "new").card.reads == extractor.checksum()


@pytest.mark.parametrize("stage", ["extractor", "classifier"])
def test_only_a_classifier_stands_behind_an_extractor(
    two: tuple[Adapter, Adapter], stage: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before, after = (str(each.folder) for each in two)
    other = two[0]
    replace(other.card, stage=stage, prompt_version=2 if stage == "classifier" else 1).write(other.folder)
    command = [before, after, "--share", "0.5", "--out", str(tmp_path / "new"), "--extractor", str(other.folder)]
    assert main(command) == 2
    assert "expected an extractor, for a classifier" in capsys.readouterr().err


def test_adapters_of_other_stages_are_refused(two: tuple[Adapter, Adapter], tmp_path: Path) -> None:
    before, after = two
    replace(after.card, stage="classifier", prompt_version=2).write(after.folder)
    with pytest.raises(AdapterError) as error:
        interpolate(before, read_adapter(after.folder), 0.5, tmp_path / "new")
    assert str(error.value) == (
        f"{before.folder} and {after.folder}: stage 'extractor' and 'classifier'; expected the same, as one was "
        "trained from the other"
    )
    assert not (tmp_path / "new").exists()


def test_adapters_of_other_ranks_are_refused(
    two: tuple[Adapter, Adapter], gemma: BaseModel, gemma_folder: Path, tmp_path: Path
) -> None:
    before, _ = two
    other = save_adapter(
        gemma, gemma_folder, tmp_path / "other" / "extractor", stage="extractor", languages=["en"], seed=3, rank=8
    )
    with pytest.raises(AdapterError, match="rank and scaling .*; expected the same"):
        interpolate(before, read_adapter(other), 0.5, tmp_path / "new")


def test_adapters_of_other_layers_are_refused(
    two: tuple[Adapter, Adapter], gemma: BaseModel, gemma_folder: Path, tmp_path: Path
) -> None:
    before, _ = two
    other = save_adapter(
        gemma,
        gemma_folder,
        tmp_path / "other" / "extractor",
        stage="extractor",
        languages=["en"],
        seed=3,
        target_modules=["q_proj"],
    )
    with pytest.raises(AdapterError, match="differ in shape or are in one alone; expected the same layers and rank"):
        interpolate(before, read_adapter(other), 0.5, tmp_path / "new")


def test_a_folder_that_is_there_is_kept(two: tuple[Adapter, Adapter]) -> None:
    before, after = two
    with pytest.raises(AdapterError) as error:
        interpolate(before, after, 0.5, after.folder)
    assert str(error.value) == f"{after.folder}: is there already; expected a new folder"


@pytest.mark.parametrize("share", ["-0.1", "1.5", "half", "nan"])
def test_a_share_that_is_none_is_refused(share: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["a", "b", f"--share={share}", "--out", str(tmp_path / "new")])
    assert stopped.value.code == 2
    assert capsys.readouterr().err.endswith(
        f"argument --share: '{share}'; expected a number from 0 (all BEFORE) to 1 (all AFTER)\n"
    )


def test_a_centroid_goes_along(two: tuple[Adapter, Adapter], tmp_path: Path) -> None:
    before, after = two
    shutil.copyfile(after.folder / WEIGHTS, after.folder / "centroid.safetensors")
    made = interpolate(before, after, 0.5, tmp_path / "new")
    assert (made.folder / "centroid.safetensors").read_bytes() == (after.folder / "centroid.safetensors").read_bytes()
