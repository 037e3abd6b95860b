"""A short training on few documents: where it starts, what it shows, and what it says of its worth."""

from __future__ import annotations

import json
import logging
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tiny_models import save_adapter

from cascade import Cascade, Document, Entity
from cascade.adapters.card import STAGES, read_adapter, shipped_adapters
from cascade.adapters.user_folder import ADAPTERS
from cascade.commands import adapters_add, adapters_pack
from cascade.errors import CascadeError
from cascade.model.base_model import BaseModel
from data_formats import read, read_texts, write
from train.console import Console, console, shown
from train.dev_scores import DevScore, counted, intervals, table
from train.options import TrainingOptions
from train.stage import _recipe_changes
from train.starting_pair import FEW, with_starting_pair, without_start_from_nothing
from train.starting_points import StartingPoint
from train.trainable_base import base_folder_of

ROOT = Path(__file__).resolve().parent.parent


def labelled(file: Path, count: int) -> Path:
    rows = []
    for number in range(count):
        name, place = ("Ada", "Bob", "Cleo", "Dan")[number % 4], ("Rome", "Oslo", "Lima")[number % 3]
        text = f"{name} went to {place} again."
        spans = [(0, len(name), "person"), (text.index(place), text.index(place) + len(place), "location")]
        entities = [{"start": start, "end": end, "type": kind} for start, end, kind in spans]
        rows.append({"id": str(number), "text": text, "language": "en", "entities": entities})
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return file


@pytest.fixture
def options(tmp_path: Path) -> TrainingOptions:
    return TrainingOptions(data=labelled(tmp_path / "few.jsonl", 6), out=tmp_path / "out", work=tmp_path / "work")


def test_few_documents_start_from_the_shipped_pair(
    options: TrainingOptions, capsys: pytest.CaptureFixture[str]
) -> None:
    chosen = with_starting_pair(options)
    assert chosen == replace(options, start_from=shipped_adapters() / "multilingual", learning_rate=3e-4)
    assert capsys.readouterr().out == (
        "6 documents are few, so the training starts from the shipped pair multilingual (--start-from nothing starts "
        "anew)\n"
    )


def test_they_start_from_the_pair_that_would_read_their_types(options: TrainingOptions) -> None:
    text = options.data.read_text(encoding="utf-8")
    options.data.write_text(text.replace('"person"', '"PER"'), encoding="utf-8")
    assert with_starting_pair(options).start_from == shipped_adapters() / "multilingual"
    options.data.write_text(text.replace('"person"', '"author"'), encoding="utf-8")
    assert with_starting_pair(options).start_from == shipped_adapters() / "any_type"
    without = replace(options, without_types=("author",))
    assert with_starting_pair(without).start_from == shipped_adapters() / "multilingual"
    options.data.write_text(text.replace('"person"', '"people"').replace('"location"', '"people"'), encoding="utf-8")
    assert with_starting_pair(options).start_from == shipped_adapters() / "any_type", "one name is read as it is"
    options.data.write_text(text.replace('"person"', '"people"').replace('"location"', '"places"'), encoding="utf-8")
    assert with_starting_pair(options).start_from == shipped_adapters() / "multilingual"


def test_a_taxonomy_says_which_pair_would_read_it(options: TrainingOptions, tmp_path: Path) -> None:
    flat, levels = tmp_path / "flat.json", tmp_path / "levels.json"
    flat.write_text('["person", "location"]', encoding="utf-8")
    levels.write_text('{"person": ["author"], "location": []}', encoding="utf-8")
    started = [with_starting_pair(replace(options, taxonomy=each)).start_from for each in (flat, levels)]
    assert started == [shipped_adapters() / "multilingual", shipped_adapters() / "any_type"]


@pytest.mark.parametrize(
    "changes",
    [
        {"start_from": Path("nothing")},
        {"start_from": Path("mine")},
        {"build_on": Path("mine")},
        {"base": "qwen2.5-coder-0.5b"},
        {"rank": 8},
        {"recipe_values": ("target_modules=[q_proj]",)},
        {"cold_classifier": True},
        {"demonstrations": "entity"},
    ],
)
def test_what_says_where_to_start_is_left_as_it_is(changes: dict[str, object], options: TrainingOptions) -> None:
    asked = without_start_from_nothing(replace(options, **changes))  # type: ignore[arg-type]
    assert with_starting_pair(asked) == asked
    assert asked.start_from != Path("nothing")


def test_many_documents_start_anew(options: TrainingOptions) -> None:
    labelled(options.data, FEW)
    assert with_starting_pair(options).start_from is None


def test_steps_that_the_data_do_not_have_are_told(options: TrainingOptions, capsys: pytest.CaptureFixture[str]) -> None:
    task = {"stage": "extractor", "bundles": 3}
    changes = _recipe_changes(replace(options, max_steps=20), task, StartingPoint(None, None))
    assert changes["max_steps"] == 3
    assert capsys.readouterr().err == (
        "warning: extractor: --max-steps 20 is more than the 3 steps that the data have with --epochs 1, so 3 are "
        "trained; --epochs 7 has enough\n"
    )
    changes = _recipe_changes(replace(options, max_steps=3, scorings=1, save_every=2), task, StartingPoint(None, None))
    assert (changes["eval_steps"], changes["save_steps"]) == (4, 2)  # what is scored is kept
    assert capsys.readouterr().err == ""


def test_what_libraries_print_and_log_goes_to_the_log_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    logger, handler = logging.getLogger("a library"), logging.StreamHandler()
    logger.addHandler(handler)
    with shown(quiet=False, log=tmp_path / "work" / "train.log"):
        print("printed")
        logger.warning("logged")
        print("complained", file=sys.stderr)
        console().say("said")
    logger.warning("later")
    logger.removeHandler(handler)
    written = (tmp_path / "work" / "train.log").read_text(encoding="utf-8")
    assert [word in written for word in ("printed\n", "logged\n", "complained\n", "said")] == [
        True,
        True,
        True,
        False,
    ]
    assert tuple(capsys.readouterr()) == ("said\n", "later\n")


def test_a_quiet_training_shows_results_and_warnings(capsys: pytest.CaptureFixture[str]) -> None:
    quiet = Console(quiet=True)
    quiet.say("not this")
    quiet.step("nor this", passing=False)
    quiet.result("this")
    quiet.warn("and this")
    assert tuple(capsys.readouterr()) == ("this\n", "warning: and this\n")


def test_on_a_terminal_progress_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    terminal = Console(moving=True)
    terminal.step("step 10")
    terminal.step("step 2")
    terminal.say("done")
    assert tuple(capsys.readouterr()) == ("done\n", "\rstep 10\rstep 2 \n")
    Console().step("step 3")  # elsewhere only what stays is shown
    assert tuple(capsys.readouterr()) == ("", "")


@pytest.mark.parametrize("file", ["config.json", "tokenizer_config.json"])
def test_a_base_model_with_code_of_its_own_is_refused(file: str, gemma_folder: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(gemma_folder, tmp_path / "base"))
    values = json.loads((folder / file).read_text(encoding="utf-8")) if (folder / file).is_file() else {}
    (folder / file).write_text(json.dumps(values | {"auto_map": {"AutoConfig": "mine.Config"}}), encoding="utf-8")
    with pytest.raises(CascadeError) as error:
        base_folder_of(str(folder))
    assert str(error.value) == (
        f"base model {str(folder)!r} brings code of its own (auto_map), which training would run; expected one that "
        "transformers has the code of, so remove auto_map from its config.json and tokenizer_config.json"
    )


def test_only_types_that_were_asked_for_count() -> None:
    gold = Document("a", "Ada in Rome", entities=(Entity(0, 3, "person"), Entity(7, 11, "location")))
    found = Document("a", "Ada in Rome", entities=(Entity(0, 3, "person"), Entity(4, 6, "person")))
    assert counted(gold, found, ["person", "location"]) == (1, 2, 2)
    assert counted(gold, found, ["person"]) == (1, 2, 1)


def test_the_table_shows_before_after_and_the_gain() -> None:
    before, after = DevScore(np.array([[0, 1, 2]] * 5)), DevScore(np.array([[1, 1, 2]] * 5))
    assert list(table(before, after, documents=5)) == [
        "both stages on 5 dev documents with 10 entities, exact spans and types, in percent:",
        "                         precision  recall     F1",
        "before                         0.0     0.0    0.0 [0.0, 0.0]",
        "after                        100.0    50.0   66.7 [66.7, 66.7]",
        "gain                                        +66.7 [+66.7, +66.7]",
        "[low, high]: 95% interval over documents. The checkpoints were chosen by these documents; on others expect a "
        "little less",
    ]
    assert list(table(None, after, documents=5))[2].startswith("after  ")


def test_documents_that_differ_widen_the_interval() -> None:
    [(low, high)] = intervals([DevScore(np.array([[1, 1, 1], [0, 1, 1]] * 10))])
    assert 0.2 < low < 0.5 < high < 0.8


def suggested(base: Path, pair: Path, texts: Path, tasks: Path) -> None:
    """What the pair finds in texts, as tasks for Label Studio."""
    ner = Cascade.load(str(base), adapters=pair, device="cpu")
    write(ner.stream(read_texts(texts), ["person", "location"]), str(tasks), "label-studio")


def corrected(tasks: Path, gold: Path, file: Path) -> Path:
    """The tasks as people leave them: with the gold entities as annotations, and the predictions still there."""
    right = {document.id: document for document in read(gold)}
    rows = json.loads(tasks.read_text(encoding="utf-8"))
    for row in rows:
        document = right[row["data"]["document_id"]]
        regions = [
            {
                "type": "labels",
                "from_name": "label",
                "to_name": "text",
                "value": {
                    "start": each.start,
                    "end": each.end,
                    "text": document.text[each.start : each.end],
                    "labels": [each.type],
                },
            }
            for each in document.entities
        ]
        row["annotations"] = [{"id": 1, "was_cancelled": False, "result": regions}]
    file.write_text(json.dumps(rows), encoding="utf-8")
    return file


@pytest.mark.slow
def test_suggestions_become_corrections_a_pair_in_minutes_and_one_file_to_share(
    gemma: BaseModel, gemma_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for stage in STAGES:
        save_adapter(gemma, gemma_folder, tmp_path / "start" / stage, stage=stage, languages=["en"], seed=1)
    gold = labelled(tmp_path / "few.jsonl", 30)
    suggested(gemma_folder, tmp_path / "start", gold, tmp_path / "tasks.json")
    data = corrected(tmp_path / "tasks.json", gold, tmp_path / "corrected.json")
    assert [document.entities for document in read(data)] == [document.entities for document in read(gold)]

    command = ["-m", "train.run", "--data", data, "--base", gemma_folder, "--start-from", tmp_path / "start"]
    command += ["--out", tmp_path / "mine", "--work", tmp_path / "work", "--minutes", "0.8", "--scorings", "2"]
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, *map(str, command)], cwd=ROOT, capture_output=True, text=True, check=False, env=environment
    )
    assert done.returncode == 0, done.stderr[-3000:]
    check_what_was_shown(done, tmp_path)
    check_cards(tmp_path / "mine")

    monkeypatch.setenv(ADAPTERS, str(tmp_path / "home"))
    assert adapters_pack.main([str(tmp_path / "mine"), "-o", str(tmp_path / "mine.pair.zip")]) == 0
    assert adapters_add.main([str(tmp_path / "mine.pair.zip"), "--base", str(gemma_folder)]) == 0
    ours, shared = (
        Cascade.load(str(gemma_folder), device="cpu", min_score=0.0, **where)
        for where in ({"adapters": tmp_path / "mine"}, {"pair": "mine"})
    )
    text = Document("1", "Ada went to Rome again.", "en")
    assert shared(text, ["person", "location"]).entities == ours(text, ["person", "location"]).entities


def check_what_was_shown(done: subprocess.CompletedProcess[str], folder: Path) -> None:
    """Few lines, with the table at the end; the many others are in the log."""
    lines = done.stdout.splitlines()
    assert len(lines) + len(done.stderr.splitlines()) < 40
    assert "trust_remote_code" not in done.stdout + done.stderr
    [held_out] = [line.split()[0] for line in lines if " are held out to pick the best checkpoint by" in line]
    assert 4 <= int(held_out) <= 6  # a fifth of thirty; equal texts stay together
    table = f"both stages on {held_out} dev documents"
    [at] = [number for number, line in enumerate(lines) if line.startswith(table)]
    assert [line.split()[0] for line in lines[at + 2 : at + 5]] == ["before", "after", "gain"]
    assert lines[-1] == f"model card: {folder / 'mine' / 'README.md'}"
    assert len((folder / "work" / "train.log").read_text(encoding="utf-8").splitlines()) > 500


def check_cards(pair: Path) -> None:
    """Both cards hold the scores and the time; the first score is that of the pair that the training starts from."""
    scores = {"dev_f1", "dev_pair_f1", "dev_pair_f1_before", "dev_pair_f1_low", "dev_pair_f1_high"}
    for stage in STAGES:
        card = read_adapter(pair / stage).card
        assert scores <= set(card.scores)
        assert card.training["command"]["minutes"] == "0.8"
        log = [json.loads(line) for line in (pair / stage / "log.jsonl").read_text().splitlines()]
        assert next(entry["step"] for entry in log if "eval_f1" in entry) == 0
