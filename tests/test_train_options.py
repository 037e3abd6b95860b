"""Options of a training as a typed object: what the command line says, and what a card keeps of it."""

from __future__ import annotations

from pathlib import Path

from train import calibrate, centroids, languages, prepare, run
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
    options = TrainingOptions(data=Path("a.jsonl"), out=Path("adapters/my"))
    assert options.work_folder == Path("runs/my")
    assert TrainingOptions(data=Path("a"), out=Path("b"), work=Path("c")).work_folder == Path("c")
