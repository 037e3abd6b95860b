"""What prepared data and trainings are made for: a change of what decides is seen, under the same names too."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from cascade.errors import CascadeError
from train import provenance as made_for
from train.run import arguments


def options_of(folder: Path, *extra: str) -> argparse.Namespace:
    return arguments().parse_args(["--data", str(folder / "data.jsonl"), "--out", str(folder / "out"), *extra])


@pytest.mark.parametrize("name", ["data", "dev", "taxonomy"])
def test_a_file_that_was_changed_under_its_name_is_another(tmp_path: Path, name: str) -> None:
    for each in ("data", "dev", "taxonomy"):
        (tmp_path / f"{each}.jsonl").write_text("a", encoding="utf-8")
    options = options_of(tmp_path, "--dev", str(tmp_path / "dev.jsonl"), "--taxonomy", str(tmp_path / "taxonomy.jsonl"))
    once = made_for.of_data(options, None)
    assert made_for.of_data(options, None) == once
    (tmp_path / f"{name}.jsonl").write_text("b", encoding="utf-8")
    assert [key for key, value in made_for.of_data(options, None).items() if value != once[key]] == [f"{name}_content"]


@pytest.mark.parametrize("changed", ["mixture.yaml", "corpora/a.jsonl", "corpora/b.jsonl", "corpora/c.jsonl"])
def test_so_is_a_mixture_or_a_corpus_of_it(tmp_path: Path, changed: str) -> None:
    (tmp_path / "mixture.yaml").write_text(
        "corpora: [{path: a.jsonl, dev: b.jsonl, not_in: [c.jsonl]}]", encoding="utf-8"
    )
    (tmp_path / "corpora").mkdir()
    for name in ("a", "b", "c"):
        (tmp_path / "corpora" / f"{name}.jsonl").write_text(name, encoding="utf-8")
    options = arguments().parse_args(
        [
            "--data",
            str(tmp_path / "mixture.yaml"),
            "--data-root",
            str(tmp_path / "corpora"),
            "--out",
            str(tmp_path / "out"),
        ]
    )
    once = made_for.of_data(options, None)
    assert made_for.of_data(options, None) == once
    with (tmp_path / changed).open("a", encoding="utf-8") as file:
        file.write("\n")
    assert made_for.of_data(options, None) != once


def test_checkpoints_of_another_training_are_not_gone_on_from(tmp_path: Path) -> None:
    first = made_for.of_training(options_of(tmp_path), {"seed": "1"}, "a1")
    made_for.check_training(tmp_path / "work", first)
    made_for.check_training(
        tmp_path / "work", made_for.of_training(options_of(tmp_path, "--max-steps", "9"), {"seed": "1"}, "a1")
    )
    with pytest.raises(CascadeError) as error:
        made_for.check_training(
            tmp_path / "work", made_for.of_training(options_of(tmp_path, "--batch", "8"), {"seed": "1"}, "a1")
        )
    assert (
        str(error.value)
        == f"{tmp_path / 'work'} holds a training with batch '1' instead of '8'; name another --work folder or remove "
        "it"
    )
    with pytest.raises(CascadeError, match="holds a training with recipe '' instead of 'lora_rank=8'"):
        made_for.check_training(
            tmp_path / "work",
            made_for.of_training(options_of(tmp_path, "--recipe", "lora_rank=8"), {"seed": "1"}, "a1"),
        )
    with pytest.raises(CascadeError, match="holds a training with other data"):
        made_for.check_training(tmp_path / "work", made_for.of_training(options_of(tmp_path), {"seed": "2"}, "a1"))
    with pytest.raises(CascadeError, match="holds a training with start_from 'a1' instead of 'b2'"):
        made_for.check_training(tmp_path / "work", made_for.of_training(options_of(tmp_path), {"seed": "1"}, "b2"))


@pytest.mark.parametrize("given", ["0", "-1", "1.5", "x", ""])
def test_counts_are_whole_numbers_above_0(given: str, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("--epochs", "--max-steps", "--batch", "--scorings", "--rank", "--dev-documents"):
        with pytest.raises(SystemExit):
            arguments().parse_args(["--data", "a.jsonl", "--out", "b", f"{name}={given}"])
        assert f"argument {name}: found {given!r}; expected a whole number, 1 or more" in capsys.readouterr().err
