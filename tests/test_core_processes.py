"""A cascade in processes that were spawned or forked: it reads the same or says why it cannot, and never hangs."""

from __future__ import annotations

import multiprocessing
import os
import runpy
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch
from process_work import (
    DOCUMENTS,
    TYPES,
    can_make,
    load_and_read,
    product,
    read_in_a_thread,
    read_on_two_threads,
    times_loaded,
)
from tiny_models import save_shelf

import cascade.concurrency.one_lock
import cascade.pipeline.reloading
from cascade import Cascade
from cascade.concurrency.processes import check_made_here, reading
from cascade.errors import CascadeError, ProcessError
from cascade.layers.int8 import int8_is_fast
from cascade.model.base_model import BaseModel

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parent.parent
TIMEOUT_S = 240  # of each answer, so that a process that hangs ends the test and not the run
REMEDY = (
    'Start processes with multiprocessing.get_context("spawn"), to which a Cascade made by Cascade.load can be handed, '
    "or call Cascade.load in the process that reads"
)
needs_fork = pytest.mark.skipif(
    "fork" not in multiprocessing.get_all_start_methods() or sys.platform == "darwin", reason="no fork that can be used"
)
lets_fork = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")


@pytest.fixture(scope="module")
def shelf(gemma: BaseModel, gemma_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_shelf(gemma, gemma_folder, tmp_path_factory.mktemp("adapters"), own=["da"])


@pytest.fixture(scope="module")
def loaded(gemma_folder: Path, shelf: Path) -> Cascade:
    return Cascade.load(str(gemma_folder), adapters=shelf, device="cpu", exact=True, min_score=0.1)


@contextmanager
def one_process(kind: str) -> Iterator[ProcessPoolExecutor]:
    """A pool of one process, which is ended whatever it does."""
    pool = ProcessPoolExecutor(1, mp_context=multiprocessing.get_context(kind))
    try:
        yield pool
    finally:
        started = list((pool._processes or {}).values())
        for process in started:
            process.kill()
        pool.shutdown(wait=False, cancel_futures=True)
        for process in started:
            process.join(timeout=TIMEOUT_S)


def answer_of(task: Future[Any]) -> Any:
    """What a process answers, or the error that it raised."""
    error = task.exception(timeout=TIMEOUT_S)
    return task.result() if error is None else error


# spawned and forked


def test_a_spawned_process_loads_once_and_reads_the_same(gemma_folder: Path, shelf: Path) -> None:
    precisions = ["fp32", *(["int8"] if int8_is_fast(torch.device("cpu")) else [])]
    with one_process("spawn") as pool:
        for precision in precisions:
            loaded = Cascade.load(str(gemma_folder), adapters=shelf, device="cpu", precision=precision, min_score=0.1)
            expected = loaded(DOCUMENTS, TYPES)
            assert sum(len(document.entities) for document in expected) > 2
            assert [answer_of(pool.submit(loaded, DOCUMENTS, TYPES)) for _ in range(2)] == [expected] * 2
            assert answer_of(pool.submit(times_loaded)) == 1


@needs_fork
@lets_fork
@pytest.mark.parametrize("exact", [True, False])
def test_a_forked_process_reads_by_its_parents_weights(exact: bool, gemma_folder: Path, shelf: Path) -> None:
    loaded = Cascade.load(str(gemma_folder), adapters=shelf, device="cpu", exact=exact, min_score=0.1)
    expected = loaded(DOCUMENTS, TYPES)
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        product()  # makes the threads that a forked process lacks
        with one_process("fork") as pool:
            assert answer_of(pool.submit(loaded, DOCUMENTS, TYPES)) == expected
            assert answer_of(pool.submit(read_on_two_threads, loaded)) == expected
            assert answer_of(pool.submit(read_in_a_thread, loaded)) == expected
            assert answer_of(pool.submit(torch.get_num_threads)) == 1
            assert answer_of(pool.submit(times_loaded)) == 0
        with multiprocessing.get_context("fork").Pool(1) as other:
            found: Any = other.apply_async(loaded, (DOCUMENTS, TYPES)).get(TIMEOUT_S)
            assert found == expected
        assert loaded(DOCUMENTS, TYPES) == expected
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


@needs_fork
@lets_fork
def test_a_forked_process_can_load_for_itself(gemma_folder: Path, shelf: Path, loaded: Cascade) -> None:
    product()
    with one_process("fork") as pool:
        task = pool.submit(load_and_read, gemma_folder, shelf)
        assert answer_of(task) == loaded(DOCUMENTS, TYPES)


@needs_fork
@lets_fork
def test_a_process_that_was_forked_while_a_thread_was_reading_says_so(loaded: Cascade) -> None:
    begun, done = threading.Event(), threading.Event()

    def read() -> None:
        with reading():
            begun.set()
            done.wait(TIMEOUT_S)

    thread = threading.Thread(target=read)
    thread.start()
    try:
        begun.wait(TIMEOUT_S)
        with one_process("fork") as pool:
            error = answer_of(pool.submit(loaded, DOCUMENTS, TYPES))
    finally:
        done.set()
        thread.join()
    assert isinstance(error, ProcessError)
    assert str(error) == f"this process was forked while a thread was reading; expected a fork while none is. {REMEDY}"
    with one_process("fork") as pool:  # control: afterwards it can
        assert answer_of(pool.submit(loaded, DOCUMENTS, TYPES)) == loaded(DOCUMENTS, TYPES)


@needs_fork
@lets_fork
def test_a_thread_that_made_something_is_waited_for_by_a_fork(loaded: Cascade) -> None:
    begun, done = threading.Event(), threading.Event()

    def make() -> None:
        with cascade.concurrency.one_lock.MAKING:
            begun.set()
            done.wait(0.5)

    thread = threading.Thread(target=make)
    thread.start()
    begun.wait(TIMEOUT_S)
    with one_process("fork") as pool:
        assert answer_of(pool.submit(can_make))
    thread.join()


def test_a_model_on_another_device_or_on_macos_is_not_used_after_a_fork(monkeypatch: pytest.MonkeyPatch) -> None:
    check_made_here(os.getpid(), "cuda")
    check_made_here(os.getpid() + 1, "cpu")
    with pytest.raises(CascadeError) as error:
        check_made_here(os.getpid() + 1, "cuda")
    assert str(error.value) == (
        f"the model was loaded on device 'cuda' before this process was forked; expected one of this process. {REMEDY}"
    )
    monkeypatch.setattr(sys, "platform", "darwin")
    check_made_here(os.getpid(), "cpu")
    with pytest.raises(ProcessError) as error:
        check_made_here(os.getpid() + 1, "cpu")
    assert str(error.value) == (
        f"the model was loaded on macOS, whose libraries do not bear it, before this process was forked; "
        f"expected one of this process. {REMEDY}"
    )


@pytest.mark.parametrize("module", ["one_lock", "processes"])
def test_a_system_without_fork_has_nothing_to_register(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "register_at_fork", raising=False)
    assert runpy.run_path(str(ROOT / "cascade" / "concurrency" / f"{module}.py"))["os"] is os
