"""Values of a recipe that a command changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from cascade.errors import CascadeError
from train.recipe_values import recipe_values
from train.run import main


def test_values_are_read_as_yaml() -> None:
    given = [
        "lora_rank=8",
        "target_modules=[q_proj, v_proj]",
        "learning_rate=2.0e-4",
        "use_rslora=true",
        "lr_scheduler_type=linear",
    ]
    expected = {
        "lora_rank": 8,
        "target_modules": ["q_proj", "v_proj"],
        "learning_rate": 2e-4,
        "use_rslora": True,
        "lr_scheduler_type": "linear",
    }
    assert recipe_values(given) == expected
    assert recipe_values([]) == {}


@pytest.mark.parametrize(
    ("text", "value"), [("1e-3", 1e-3), ("5E-4", 5e-4), ("+2e+1", 20.0), ("1.5e-3", 1.5e-3), ("e-3", "e-3"), ("8", 8)]
)
def test_numbers_with_an_exponent_need_no_point(text: str, value: object) -> None:
    assert recipe_values([f"learning_rate={text}"]) == {"learning_rate": value}


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (["lora_rank"], "--recipe-values 'lora_rank'; expected NAME=VALUE, such as lora_rank=8"),
        (["=8"], "--recipe-values '=8'; expected NAME=VALUE, such as lora_rank=8"),
        (["lora_rank=8", "lora_rank=4"], "--recipe-values: lora_rank is given twice; expected each name once"),
        (
            ["max_steps=8"],
            "--recipe-values 'max_steps=8': max_steps is not for a recipe to say, as the command sets it; see --help "
            "for its options",
        ),
        (
            ["lora_rank=[8"],
            "--recipe-values 'lora_rank=[8': cannot be read as YAML; expected a number, a word, true, or a list such "
            "as [q_proj, v_proj]",
        ),
    ],
)
def test_what_is_no_value_is_refused(given: list[str], shown: str) -> None:
    with pytest.raises(CascadeError) as error:
        recipe_values(given)
    assert str(error.value) == shown


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        (
            ["--rank", "4", "--recipe-values", "lora_alpha=8"],
            "--rank and --recipe-values lora_alpha are both given; expected one of them",
        ),
        (
            ["--learning-rate", "1e-3", "--recipe-values", "learning_rate=1.0e-4"],
            "--learning-rate and --recipe-values learning_rate are both given; expected one of them",
        ),
        (
            ["--start-from", "a", "--recipe-values", "lora_rank=4"],
            "--start-from and --recipe-values lora_rank are both given; adapters that are trained on keep their shape",
        ),
    ],
)
def test_what_an_option_says_already_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], shown: str
) -> None:
    assert main(["--data", str(tmp_path / "none.jsonl"), "--out", str(tmp_path / "out"), *options]) != 0
    assert capsys.readouterr().err == f"error: {shown}\n"


def test_it_is_refused_before_anything_is_prepared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        main(["--data", str(tmp_path / "none.jsonl"), "--out", str(tmp_path / "out"), "--recipe-values", "lora_rank"])
        != 0
    )
    assert "expected NAME=VALUE" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
