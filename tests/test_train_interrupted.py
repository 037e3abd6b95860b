"""Training that is interrupted at any step of what it writes: the same command then makes what it would have made."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from prepared_stages import prepared
from tiny_models import save_adapter

from cascade import whole_files
from cascade.adapters.card import CARD, read_adapter
from cascade.document import Document, Entity
from cascade.errors import CascadeError
from cascade.model.base_model import BaseModel
from data_formats import write
from train.merged_base import merged_base
from train.provenance import check_training
from train.rows import prepared_data
from train.rows.prepared_data import SAMPLE, TASK, prepared_before
from train.sft import best_checkpoint, last_checkpoint

WANTED = {"seed": "1"}
pytestmark = [
    pytest.mark.slow,
    # an interruption in the line that opens or closes a file leaves that to the collector
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


def interrupted_after(lines: int, modules: tuple[str, ...], work: Callable[[], object]) -> bool:
    """Whether the work was interrupted (it is, once so many lines of these files were run), or had fewer lines."""
    left = lines

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal left
        if frame.f_code.co_filename not in modules:
            return None
        if event == "line":
            left -= 1
            if left < 0:
                raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(before)
    return False


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


@pytest.fixture
def command(tmp_path: Path) -> list[str]:
    documents = [Document(str(number), f"Ada saw Bob {number}", "en", (Entity(0, 3, "person"),)) for number in range(6)]
    write(documents, tmp_path / "data.jsonl")
    return ["--stage", "extractor", "--data", str(tmp_path / "data.jsonl"), "--out", str(tmp_path / "out")]


def every_interruption(work: Callable[[], object]) -> Iterator[int]:
    """The work interrupted at one line more each time, until it ends by itself."""
    files = (str(prepared_data.__file__), str(whole_files.__file__))
    for lines in range(1000):
        if not interrupted_after(lines, files, work):
            return
        yield lines


def test_data_that_were_interrupted_anywhere_are_prepared_again(
    gemma: BaseModel, command: list[str], tmp_path: Path
) -> None:
    def work() -> object:
        return prepared(command, gemma.tokens, provenance=WANTED)

    work()
    whole = contents(tmp_path / "out")
    assert set(whole) == {"train.jsonl", "dev.jsonl", SAMPLE, TASK}
    places = 0
    shutil.rmtree(tmp_path / "out")
    for _ in every_interruption(work):
        places += 1
        there = prepared_before(tmp_path / "out", WANTED)  # never an error that stops the same command
        assert there is None or contents(tmp_path / "out") == whole
        work()
        assert contents(tmp_path / "out") == whole
        shutil.rmtree(tmp_path / "out")
    assert places > 10


def test_data_prepared_over_others_are_whole_where_a_task_tells_of_them(
    gemma: BaseModel, command: list[str], tmp_path: Path
) -> None:
    def data() -> dict[str, bytes]:
        return {name: content for name, content in contents(tmp_path / "out").items() if name != TASK}

    prepared(command, gemma.tokens, provenance={"seed": "2"})
    whole = data()
    for _ in every_interruption(lambda: prepared(command, gemma.tokens, provenance=WANTED)):
        assert data() == whole or not (tmp_path / "out" / TASK).exists()
        prepared(command, gemma.tokens, provenance={"seed": "2"})


def test_what_a_check_refuses_is_not_written(gemma: BaseModel, command: list[str], tmp_path: Path) -> None:
    def refuse(task: object) -> None:
        raise CascadeError("no")

    with pytest.raises(CascadeError, match="no"):
        prepared(command, gemma.tokens, check=refuse)
    assert not (tmp_path / "out").exists()


def test_a_note_is_the_old_or_the_new_one(tmp_path: Path) -> None:
    check_training(tmp_path, {"batch": "1"})
    before = contents(tmp_path)
    for lines in range(1000):
        if not interrupted_after(lines, (str(whole_files.__file__),), lambda: check_training(tmp_path, {"batch": "1"})):
            break
        assert contents(tmp_path) == before
    assert lines > 2


def test_a_damaged_note_is_an_error_that_says_so(tmp_path: Path) -> None:
    (tmp_path / "provenance.json").write_text("{", encoding="utf-8")
    with pytest.raises(CascadeError) as error:
        check_training(tmp_path, {})
    assert str(error.value) == (
        f"{tmp_path / 'provenance.json'}: is no note of a training: Expecting property name enclosed in double quotes: "
        "line 1 column 2 (char 1); "
        f"name another --work folder or remove {tmp_path}"
    )


@pytest.mark.parametrize("state", ["", '{"global_step": 4, "log_hist'])
def test_a_checkpoint_whose_state_was_written_by_half_is_none(tmp_path: Path, state: str) -> None:
    whole = json.dumps({"global_step": 2, "log_history": []})
    for step, content in ((2, whole), (4, state)):
        (tmp_path / f"checkpoint-{step}").mkdir()
        (tmp_path / f"checkpoint-{step}" / "trainer_state.json").write_text(content, encoding="utf-8")
    assert last_checkpoint(tmp_path) == best_checkpoint(tmp_path) == tmp_path / "checkpoint-2"


def test_a_card_is_the_old_or_the_new_one(gemma: BaseModel, gemma_folder: Path, tmp_path: Path) -> None:
    save_adapter(gemma, gemma_folder, tmp_path, stage="extractor", languages=["en"], seed=1)
    card, before = read_adapter(tmp_path).card, contents(tmp_path)
    for lines in range(1000):
        if not interrupted_after(lines, (str(whole_files.__file__),), lambda: card.write(tmp_path)):
            break
        assert contents(tmp_path) == before  # and nothing beside it
    assert lines > 2
    assert CARD in before


def test_a_base_merged_by_half_is_merged_again(
    gemma: BaseModel, gemma_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_adapter(gemma, gemma_folder, tmp_path / "a" / "extractor", stage="extractor", languages=["en"], seed=1)
    adapter = read_adapter(tmp_path / "a" / "extractor")

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("cascade.layers.merged_lora.merge", stop)
        with pytest.raises(KeyboardInterrupt):
            merged_base(str(gemma_folder), adapter, tmp_path / "merged")
    assert list((tmp_path / "merged").iterdir()) == []
    merged = merged_base(str(gemma_folder), adapter, tmp_path / "merged")
    assert (merged / "model.safetensors").is_file()
    assert merged_base(str(gemma_folder), adapter, tmp_path / "merged") == merged
    assert list((tmp_path / "merged").iterdir()) == [merged]
