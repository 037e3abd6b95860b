"""The queue before the model: what is read together, in which turn, and what comes of errors and of what is dropped."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future

import pytest

pytest.importorskip("prometheus_client", reason="the packages of the extra serve are not installed")

from queue_setting import WAIT_S, Model, Setting, texts

from cascade import CascadeError, Document
from cascade.serving.limits import Limits
from cascade.serving.measures import Measures
from cascade.serving.questions import Options, Question
from cascade.serving.reading_queue import (
    Job,
    QueueClosedError,
    QueueFullError,
    ReadingError,
    ReadingQueue,
)


class GivenUpMeanwhile:
    """Gives a job up in another thread as soon as the model's thread has asked whether it is done."""

    def __init__(self, queue: ReadingQueue, job: Job) -> None:
        self.future = job.future
        self.thread = threading.Thread(target=queue.drop, args=(job,))

    def done(self) -> bool:
        done = Future.done(self.future)
        if threading.current_thread().name == "cascade-model" and self.thread.ident is None:
            self.thread.start()
            self.thread.join(0.2)  # with the queue's lock held, it has to wait for longer
        return done


@pytest.fixture
def busy(request: pytest.FixtureRequest) -> Iterator[Setting]:
    model = Model()
    given: Limits = getattr(request, "param", Limits(wait_s=0))
    queue = ReadingQueue(model, given, Measures())
    queue.start()
    first = queue.submit([Question(Document("1", "first"), Options())])
    assert model.begun.wait(WAIT_S)
    yield Setting(model, queue, first)
    model.go.set()
    assert queue.close(WAIT_S)


def test_texts_of_all_requests_that_wait_are_read_together(busy: Setting) -> None:
    jobs = [busy.submit("a", "b"), busy.submit("c"), busy.submit("d")]
    assert busy.calls(*jobs) == ["a c d b"]
    assert [texts(job) for job in jobs] == [["a", "b"], ["c"], ["d"]]


@pytest.mark.parametrize("busy", [Limits(wait_s=0, batch_texts=2)], indirect=True)
def test_requests_take_turns_so_that_one_of_many_texts_holds_up_no_other(busy: Setting) -> None:
    many, one = busy.submit(*"abcde"), busy.submit("x")
    assert busy.calls(many, one) == ["a x", "b c", "d e"]


@pytest.mark.parametrize("busy", [Limits(wait_s=0, batch_characters=5)], indirect=True)
def test_texts_are_read_together_up_to_a_number_of_characters_and_a_long_one_alone(busy: Setting) -> None:
    calls = busy.calls(busy.submit("aa", "bbb", "c" * 9, "d", "e"))
    assert [each for each in calls if "c" not in each] == ["aa bbb", "d e"]
    assert calls.count("c" * 9) == 1
    assert len(calls) == 3


def test_texts_that_ask_for_other_types_are_read_by_another_call(busy: Setting) -> None:
    jobs = [busy.submit("a", types="x"), busy.submit("b", types="y"), busy.submit("c", types="x")]
    assert busy.calls(*jobs) == ["a c", "b"]


def test_an_error_stays_with_its_request_and_the_thread_lives_on(busy: Setting) -> None:
    good, bad = busy.submit("good"), busy.submit("bad", "worse")
    assert busy.calls(good) == ["good bad worse", "good", "bad worse"]
    with pytest.raises(ReadingError, match=r"^the model failed: RuntimeError: broken$"):
        bad.future.result(WAIT_S)
    assert texts(busy.submit("later")) == ["later"]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("short", "the model failed: ValueError: zip() argument 2 is shorter than argument 1"),
        ("exit", "the model failed: SystemExit: 3"),
    ],
)
def test_whatever_goes_wrong_while_texts_are_answered_the_thread_lives_on(busy: Setting, text: str, error: str) -> None:
    failed = busy.submit(text)
    busy.model.go.set()
    assert str(failed.future.exception(WAIT_S)) == error
    assert texts(busy.submit("later")) == ["later"]


def test_a_request_that_is_given_up_while_its_answer_is_set_does_no_harm(busy: Setting) -> None:
    giving_up = GivenUpMeanwhile(busy.queue, busy.first)
    busy.first.future.done = giving_up.done  # type: ignore[method-assign]
    assert texts(busy.submit_and_go("later")) == ["later"]
    giving_up.thread.join(WAIT_S)
    assert giving_up.thread.ident is not None
    assert texts(busy.first) == ["first"]


def test_a_queue_whose_thread_does_not_run_takes_no_texts() -> None:
    queue = ReadingQueue(Model(), Limits(), Measures())
    with pytest.raises(QueueClosedError, match=r"^nothing reads texts, as the model's thread has ended; restart the "):
        queue.submit([Question(Document("1", "a"), Options())])


@pytest.mark.parametrize("busy", [Limits(wait_s=0, batch_texts=1)], indirect=True)
def test_the_other_texts_of_a_request_that_failed_are_not_read(busy: Setting) -> None:
    bad, good = busy.submit("bad", "rest"), busy.submit("good")
    assert busy.calls(good) == ["bad", "good"]
    assert bad.future.exception(WAIT_S) is not None
    assert busy.queue.waiting == 0


def test_what_is_dropped_is_not_read(busy: Setting) -> None:
    kept, dropped = busy.submit("kept"), busy.submit("a", "b")
    assert busy.queue.waiting == 3
    busy.queue.drop(dropped)
    assert busy.queue.waiting == 1
    assert busy.calls(kept) == ["kept"]
    assert isinstance(dropped.future.exception(WAIT_S), ReadingError)


def test_dropping_what_is_being_read_or_done_changes_nothing(busy: Setting) -> None:
    busy.queue.drop(busy.first)
    job = busy.submit("a")
    assert busy.calls(job) == ["a"]
    busy.queue.drop(job)
    assert texts(job) == ["a"]


@pytest.mark.parametrize("busy", [Limits(wait_s=0, queue=2)], indirect=True)
def test_more_texts_than_may_wait_are_refused_with_the_time_after_which_to_come_again(busy: Setting) -> None:
    waiting = busy.submit("a" * 4500)
    with pytest.raises(QueueFullError, match=r"^1 texts wait already, and 2 may; try again in 5 s$") as refused:
        busy.submit("b", "c")
    assert refused.value.retry_s == 5  # until something was read, a character is taken to need a millisecond
    later = busy.submit("b")
    assert busy.calls(waiting, later) == ["a" * 4500 + " b"]


@pytest.mark.parametrize("busy", [Limits(wait_s=0, queue=1)], indirect=True)
def test_a_request_that_is_larger_than_the_queue_is_taken_when_nothing_waits(busy: Setting) -> None:
    assert busy.calls(busy.submit("a", "b")) == ["a b"]


def test_a_closed_queue_reads_what_waits_and_takes_no_more(busy: Setting) -> None:
    waiting = busy.submit("a")
    closing = threading.Thread(target=busy.queue.close, args=(WAIT_S,))
    closing.start()
    while busy.queue.ready:
        pass
    with pytest.raises(QueueClosedError, match=r"^the server is being stopped; try again when it is back$"):
        busy.submit("b")
    assert busy.calls(waiting) == ["a"]
    closing.join(WAIT_S)
    assert not closing.is_alive()


def test_closing_does_not_wait_for_ever(busy: Setting) -> None:
    assert not busy.queue.close(0.01)


@pytest.mark.parametrize("wait_s", [0.0, WAIT_S])
def test_a_text_waits_for_others_only_as_long_as_it_may_and_not_when_all_are_there(wait_s: float) -> None:
    model = Model()
    model.go.set()
    queue = ReadingQueue(model, Limits(wait_s=wait_s, batch_texts=2), Measures())
    queue.start()
    jobs = [queue.submit([Question(Document("1", text), Options())]) for text in "ab"]
    assert [texts(job) for job in jobs] == [["a"], ["b"]]
    assert queue.close(WAIT_S)
    assert model.calls in (["a", "b"], ["a b"]) if wait_s == 0 else model.calls == ["a b"]


def test_a_job_without_texts_is_done(busy: Setting) -> None:
    assert texts(busy.submit()) == []


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [("queue", 0, "a whole number, 1 or more"), ("wait_s", -1.0, "a time in seconds, 0 or more")],
)
def test_limits_out_of_range_are_refused(name: str, value: float, expected: str) -> None:
    with pytest.raises(CascadeError, match=f"^{name} is {value}; expected {expected}$"):
        Limits(**{name: value})  # type: ignore[arg-type]
