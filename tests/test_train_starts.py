"""What each stage of a training starts from, and starts that are refused before anything is read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tiny_models import save_adapter

from cascade.adapters.card import STAGES, read_adapter
from cascade.model.base_model import BaseModel
from train import run
from train.options import TrainingOptions
from train.starting_points import StartingPoint, starting_point

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            ["--stages", "classifier"],
            "there is no extractor in {out}/extractor to read the texts on which the classifier is trained; "
            "train both stages, or name one with --extractor",
        ),
        (
            ["--stages", "extractor,extractor"],
            "--stages 'extractor,extractor'; expected extractor and/or classifier, separated by a comma",
        ),
        (
            ["--cold-classifier", "--start-from", "there"],
            "--start-from and --cold-classifier are both given; "
            "expected one: what the classifier starts from, or that it starts from nothing",
        ),
        (
            ["--language", "Germann"],
            "language 'Germann' is none that is known; "
            "expected a code such as de, pt-BR or gsw, or a name such as German. The nearest is German (de)",
        ),
    ],
)
def test_a_start_that_is_not_there_and_a_language_that_is_none_are_refused_before_anything_is_read(
    options: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["--data", str(tmp_path / "none.jsonl"), "--out", str(tmp_path / "out"), "--work", str(tmp_path / "work")]
    assert run.main([*command, *options]) == 2
    assert capsys.readouterr().err == f"error: {message.format(work=tmp_path / 'work', out=tmp_path / 'out')}\n"


def test_stages_are_trained_in_the_order_in_which_they_build_on_each_other(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[str] = []
    monkeypatch.setattr("train.stage.train_stage", lambda stage, *_, **__: asked.append(stage))
    monkeypatch.setattr("train.run.finish", lambda options: asked.append("scores"))
    command = ["--data", "x.jsonl", "--out", str(tmp_path / "out"), "--work", str(tmp_path / "work")]
    assert run.main([*command, "--start-from", "nothing", "--stages", "classifier, extractor"]) == 0
    assert asked == ["extractor", "classifier", "scores"]


def test_the_classifier_starts_from_the_best_checkpoint_of_the_extractor_unless_it_is_to_start_cold(
    tmp_path: Path,
) -> None:
    options = TrainingOptions(data=tmp_path / "x.jsonl", out=tmp_path / "out", work=tmp_path)
    checkpoint = tmp_path / "extractor" / "checkpoint-2"
    checkpoint.mkdir(parents=True)
    (checkpoint / "trainer_state.json").write_text('{"global_step": 2}', encoding="utf-8")
    assert starting_point("classifier", options) == StartingPoint(None, checkpoint)
    assert starting_point("classifier", replace(options, cold_classifier=True)) == StartingPoint(None, None)
    assert starting_point("extractor", options) == StartingPoint(None, None)


@pytest.fixture
def pair(gemma: BaseModel, gemma_folder: Path, tmp_path: Path) -> Path:
    for stage in STAGES:
        save_adapter(gemma, gemma_folder, tmp_path / "pair" / stage, stage=stage, languages=["en"], seed=1)
    return tmp_path / "pair"


def refused(pair: Path, gemma_folder: Path, capsys: pytest.CaptureFixture[str], *options: str) -> str:
    """What the command says, in this process, to building on `pair` in vain."""
    folder = pair.parent
    command = [
        "--data",
        str(folder / "train.jsonl"),
        "--dev",
        str(folder / "train.jsonl"),
        "--base",
        str(gemma_folder),
        "--build-on",
        str(pair),
    ]
    assert run.main([*command, "--out", str(folder / "out"), "--work", str(folder / "work"), *options]) == 2
    return capsys.readouterr().err.splitlines()[-1]


def test_what_builds_on_adapters_is_trained_with_the_same_demonstrations(
    pair: Path, gemma_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert refused(pair, gemma_folder, capsys, "--demonstrations", "both") == (
        f"error: {pair / 'extractor'}: was trained with demonstrations 'none'; expected the same for what builds on "
        "it, so name --demonstrations none"
    )


def test_a_difference_for_no_language_is_refused_and_leaves_nothing_behind(
    pair: Path, gemma_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = pair.parent / "train.jsonl"
    data.write_text('{"text": "Ada", "entities": [{"start": 0, "end": 3, "type": "person"}]}\n' * 4, encoding="utf-8")
    assert refused(pair, gemma_folder, capsys) == (
        f"error: {data}: no document names a language that is known, by which a difference is retrieved; "
        "name it with --language, such as de"
    )
    assert not (pair.parent / "work" / "extractor-data").exists()  # or the same command with --language would meet it


def test_a_difference_to_the_pair_is_trained_further(pair: Path, gemma: BaseModel, gemma_folder: Path) -> None:
    root = read_adapter(pair / "extractor")
    folder = pair.parent / "de" / "extractor"
    save_adapter(
        gemma, gemma_folder, folder, stage="extractor", languages=["de"], seed=2, builds_on=root.checksum(), rank=2
    )
    options = TrainingOptions(
        data=pair / "x.jsonl", out=pair / "out", work=pair, build_on=pair, start_from=pair.parent / "de"
    )
    start = starting_point("extractor", options)
    assert (start.root, start.adapter) == (replace(root, folder=root.folder.resolve()), folder.resolve())
    assert start.in_words() == f"the adapter in {folder.resolve()}, which is a difference to {root.folder.resolve()}"


def test_a_difference_to_another_adapter_is_refused(
    pair: Path, gemma: BaseModel, gemma_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = pair.parent / "de" / "extractor"
    save_adapter(gemma, gemma_folder, folder, stage="extractor", languages=["de"], seed=2, builds_on="ab" * 32, rank=2)
    root = (pair / "extractor").resolve()
    assert refused(pair, gemma_folder, capsys, "--start-from", str(pair.parent / "de")) == (
        f"error: {folder.resolve()}: extractor of prompt version 1 that builds on abababababab; expected a difference "
        f"to {root} ({read_adapter(root).checksum()[:12]}), as --start-from and --build-on are both given. `python -m "
        "train.rebase` puts one onto another adapter"
    )
