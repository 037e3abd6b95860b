"""Options of a training as a typed object: what the command line says, and what a card keeps of it."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from cascade.adapters.card import shipped_adapters
from cascade.errors import CascadeError
from train import calibrate, centroids, languages, prepare, run
from train.option_checks import check_options
from train.options import AdapterFolderOptions, PreparationOptions, TrainingOptions, options_from


def test_a_command_line_without_options_gives_the_defaults() -> None:
    given = ["--data", "a.jsonl", "--out", "b"]
    wanted = TrainingOptions(data=Path("a.jsonl"), out=Path("b"))
    assert options_from(TrainingOptions, run.arguments().parse_args(given)) == wanted
    prepared = options_from(PreparationOptions, prepare.arguments().parse_args([*given, "--stage", "extractor"]))
    assert prepared == PreparationOptions(data=Path("a.jsonl"))
    assert options_from(
        languages.LanguagesOptions, languages.arguments().parse_args(["--build-on", "a", "--out", "b"])
    ) == languages.LanguagesOptions(build_on=Path("a"), out=Path("b"))
    for command in (calibrate, centroids):
        parsed = command.arguments().parse_args(["--data", "a.jsonl", "--adapters", "b"])
        assert options_from(AdapterFolderOptions, parsed) == AdapterFolderOptions(
            data=Path("a.jsonl"), adapters=Path("b")
        )


def test_lists_are_kept_as_tuples_and_written_as_they_were_given() -> None:
    given = ["--data", "a.yaml", "--out", "b", "--without-corpora", "x, y", "--stages", "classifier"]
    parsed = run.arguments().parse_args([*given, "--recipe-values", "target_modules=[q_proj, v_proj]", "lora_rank=8"])
    options = options_from(TrainingOptions, parsed)
    assert options.without_corpora == ("x", "y")
    assert options.stages == ("classifier",)
    assert options.recipe_values == ("target_modules=[q_proj, v_proj]", "lora_rank=8")
    texts = options.as_texts()
    assert texts["without_corpora"] == "x,y"
    assert texts["recipe_values"] == "target_modules=[q_proj, v_proj] lora_rank=8"
    assert (texts["language"], texts["compile"], texts["epochs"]) == ("None", "False", "1")


def test_the_work_folder_is_one_below_runs_where_none_is_named() -> None:
    options = TrainingOptions(data=Path("a.jsonl"), out=Path("pairs/my"))
    assert options.work_folder == Path("runs/my")
    assert TrainingOptions(data=Path("a"), out=Path("b"), work=Path("c")).work_folder == Path("c")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"epochs": 0}, "--epochs is 0; expected a whole number from 1 on"),
        ({"max_steps": 0}, "--max-steps is 0; expected a whole number from 1 on"),
        ({"learning_rate": float("nan")}, "--learning-rate is nan; expected a number above 0, such as 5e-4"),
        ({"learning_rate": float("inf")}, "--learning-rate is inf; expected a number above 0, such as 5e-4"),
        ({"seed": -1}, "--seed is -1; expected a whole number from 0 to 4294967295"),
        ({"data": Path("-")}, "--data -: is read more than once; expected a file, not a stream"),
        (
            {"minutes": 5.0, "save_every": 10},
            "--minutes and --save-every are both given; a training by minutes is saved whenever it is scored: leave "
            "--save-every out, and name more --scorings",
        ),
    ],
)
def test_values_that_cannot_be_are_refused(options: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(CascadeError) as error:
        check_options(TrainingOptions(**{"data": Path("a.jsonl"), "out": tmp_path, **options}))
    assert str(error.value) == message


def test_adapters_do_not_take_the_place_of_what_is_read(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "pair")
    (tmp_path / "file").touch()
    pair, data = tmp_path / "pair", Path("a.jsonl")
    with pytest.raises(CascadeError, match="--out and --build-on are both .*; expected another --out, as differences"):
        check_options(TrainingOptions(data=data, out=tmp_path / "link", build_on=pair))
    with pytest.raises(CascadeError, match="--out and --start-from are both .*; expected another --out, as the pair"):
        check_options(TrainingOptions(data=data, out=pair, start_from=pair))
    check_options(TrainingOptions(data=data, out=pair, start_from=pair, stages=("classifier",)))
    with pytest.raises(CascadeError, match="file is no folder that can be written; expected another --out"):
        check_options(TrainingOptions(data=data, out=tmp_path / "file" / "pair"))


def test_nothing_is_trained_among_the_shipped_adapters(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "link").symlink_to(shipped_adapters())
    for out in (shipped_adapters(), shipped_adapters() / "nested", tmp_path / "link" / "de"):
        with pytest.raises(CascadeError, match="in the folder of the shipped adapters.*; expected another folder"):
            check_options(TrainingOptions(data=Path("a.jsonl"), out=out))
        assert languages.main(["--build-on", "a", "--out", str(out)]) == 2
        assert "expected another folder" in capsys.readouterr().err


def test_a_training_without_its_packages_ends_before_anything_is_read(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "swift" else found(name))
    assert run.main(["--data", "missing.jsonl", "--out", "b"]) == 2
    assert "not installed: ms-swift. Install them with pip install" in capsys.readouterr().err
