"""What prepared data and trainings were made from: a change of what decides is seen, under the same names too."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cascade.errors import CascadeError
from train.options import TrainingOptions, options_from
from train.provenance import check_training, data_provenance, training_provenance
from train.rows.prepared_data import notes_of, prepared_before
from train.run import arguments


def options_of(folder: Path, *extra: str) -> TrainingOptions:
    given = ["--data", str(folder / "data.jsonl"), "--out", str(folder / "out"), *extra]
    return options_from(TrainingOptions, arguments().parse_args(given))


@pytest.mark.parametrize("name", ["data", "dev", "taxonomy"])
def test_a_file_that_was_changed_under_its_name_is_another(tmp_path: Path, name: str) -> None:
    for each in ("data", "dev", "taxonomy"):
        (tmp_path / f"{each}.jsonl").write_text("a", encoding="utf-8")
    options = options_of(tmp_path, "--dev", str(tmp_path / "dev.jsonl"), "--taxonomy", str(tmp_path / "taxonomy.jsonl"))
    once = data_provenance(options, None)
    assert data_provenance(options, None) == once
    (tmp_path / f"{name}.jsonl").write_text("b", encoding="utf-8")
    assert [key for key, value in data_provenance(options, None).items() if value != once[key]] == [f"{name}_content"]


@pytest.mark.parametrize("changed", ["mixture.yaml", "corpora/a.jsonl", "corpora/b.jsonl", "corpora/c.jsonl"])
def test_so_is_a_mixture_or_a_corpus_of_it(tmp_path: Path, changed: str) -> None:
    (tmp_path / "mixture.yaml").write_text(
        "corpora: [{path: a.jsonl, dev: b.jsonl, not_in: [c.jsonl]}]", encoding="utf-8"
    )
    (tmp_path / "corpora").mkdir()
    for name in ("a", "b", "c"):
        (tmp_path / "corpora" / f"{name}.jsonl").write_text(name, encoding="utf-8")
    options = options_of(tmp_path, "--data", str(tmp_path / "mixture.yaml"), "--data-root", str(tmp_path / "corpora"))
    once = data_provenance(options, None)
    assert data_provenance(options, None) == once
    with (tmp_path / changed).open("a", encoding="utf-8") as file:
        file.write("\n")
    assert data_provenance(options, None) != once


def test_checkpoints_of_another_training_are_not_gone_on_from(tmp_path: Path) -> None:
    first = training_provenance(options_of(tmp_path), {"seed": "1"}, "a1")
    check_training(tmp_path / "work", first)
    check_training(
        tmp_path / "work", training_provenance(options_of(tmp_path, "--max-steps", "9"), {"seed": "1"}, "a1")
    )
    with pytest.raises(CascadeError) as error:
        check_training(
            tmp_path / "work", training_provenance(options_of(tmp_path, "--batch", "8"), {"seed": "1"}, "a1")
        )
    assert (
        str(error.value)
        == f"{tmp_path / 'work'} holds a training with batch '1' instead of '8'; name another --work folder or remove "
        "it"
    )
    with pytest.raises(CascadeError, match="holds a training with recipe_values '' instead of 'lora_rank=8'"):
        check_training(
            tmp_path / "work",
            training_provenance(options_of(tmp_path, "--recipe-values", "lora_rank=8"), {"seed": "1"}, "a1"),
        )
    with pytest.raises(CascadeError, match="holds a training with other data"):
        check_training(tmp_path / "work", training_provenance(options_of(tmp_path), {"seed": "2"}, "a1"))
    with pytest.raises(CascadeError, match="holds a training with start_from 'a1' instead of 'b2'"):
        check_training(tmp_path / "work", training_provenance(options_of(tmp_path), {"seed": "1"}, "b2"))


@pytest.mark.parametrize("given", ["0", "-1", "1.5", "x", ""])
def test_counts_are_whole_numbers_above_0(given: str, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("--epochs", "--max-steps", "--batch", "--scorings", "--rank", "--dev-documents"):
        with pytest.raises(SystemExit):
            arguments().parse_args(["--data", "a.jsonl", "--out", "b", f"{name}={given}"])
        assert f"argument {name}: found {given!r}; expected a whole number, 1 or more" in capsys.readouterr().err


def test_a_work_folder_of_version_0_1_is_gone_on_from(tmp_path: Path) -> None:
    """Its notes had other names, and in them the options that were called otherwise."""
    options = options_of(tmp_path, "--without-corpora", "a,b", "--recipe-values", "lora_rank=8")
    of_data = data_provenance(options, None)
    assert of_data["without_corpora"] == "a,b"
    old_data = {("without" if name == "without_corpora" else name): value for name, value in of_data.items()}
    now = training_provenance(options, of_data, "")
    old = {("recipe" if name == "recipe_values" else name): value for name, value in now.items()}
    old["data"] = json.dumps(old_data, sort_keys=True)
    for name, text in (("task.json", json.dumps({"made_for": old_data, "faults": ["x"]})), ("texts.jsonl", "")):
        (tmp_path / name).write_text(text, encoding="utf-8")
    task = prepared_before(tmp_path, of_data)
    assert task is not None
    assert notes_of(task) == ["x"]
    (tmp_path / "made-for.json").write_text(json.dumps(old), encoding="utf-8")
    check_training(tmp_path, now)
    assert json.loads((tmp_path / "provenance.json").read_text(encoding="utf-8")) == now
    with pytest.raises(CascadeError, match="holds a training with recipe_values 'lora_rank=8' instead of ''"):
        check_training(tmp_path, training_provenance(options_of(tmp_path), of_data, ""))


def test_a_note_of_version_0_1_alone_still_refuses_another_training(tmp_path: Path) -> None:
    (tmp_path / "made-for.json").write_text('{"batch": "1", "recipe": "lora_rank=8"}', encoding="utf-8")
    with pytest.raises(CascadeError) as error:
        check_training(tmp_path, {"batch": "1", "recipe_values": ""})
    assert str(error.value) == (
        f"{tmp_path} holds a training with recipe_values 'lora_rank=8' instead of ''; name another --work folder or "
        "remove it"
    )


@pytest.mark.parametrize(
    ("old", "new", "value"),
    [
        ("--recipe", "--recipe-values", ["lora_rank=8", "lora_dropout=0.1"]),
        ("--without", "--without-corpora", ["a,b"]),
        ("--faults", "--annotation-faults", ["refuse"]),
    ],
)
def test_options_with_a_new_name_take_their_old_one_too(
    old: str, new: str, value: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    by_old_name = options_of(tmp_path, old, *value)
    told = capsys.readouterr().err
    assert by_old_name == options_of(tmp_path, new, *value) != options_of(tmp_path)
    assert told == f"note: {old} is now called {new}; the old name works in this version for the last time\n"
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("changed", ["b/2.ann", "b/2.txt", "b/new.txt"])
def test_so_is_a_folder_of_annotations(tmp_path: Path, changed: str) -> None:
    (tmp_path / "brat" / "b").mkdir(parents=True)
    for name in ("1.txt", "1.ann", "b/2.txt", "b/2.ann"):
        (tmp_path / "brat" / name).write_text(name, encoding="utf-8")
    options = options_of(tmp_path, "--data", str(tmp_path / "brat"))
    once = data_provenance(options, None)
    assert data_provenance(options, None) == once
    assert once["data_content"]
    (tmp_path / "brat" / changed).write_text("other", encoding="utf-8")
    assert data_provenance(options, None) != once


@pytest.mark.parametrize("changed", ["1.txt", "1.ann"])
def test_so_are_the_files_of_one_document_by_the_name_of_either(tmp_path: Path, changed: str) -> None:
    for name in ("1.txt", "1.ann"):
        (tmp_path / name).write_text(name, encoding="utf-8")
    for name in ("1.txt", "1.ann"):
        options = options_of(tmp_path, "--data", str(tmp_path / name))
        once = data_provenance(options, None)
        (tmp_path / changed).write_text(f"{name} other", encoding="utf-8")
        assert data_provenance(options, None) != once
