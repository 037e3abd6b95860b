"""Long texts in the queue before the model: they are read beside the others, and hold up none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

pytest.importorskip("prometheus_client", reason="the packages of the extra serve are not installed")

from queue_setting import WAIT_S, Model, Setting, texts

from cascade import Document
from cascade.serving.limits import Limits
from cascade.serving.measures import Measures
from cascade.serving.questions import Options, Question, Reading
from cascade.serving.reading_queue import ReadingError, ReadingQueue


class SlowAtLongTexts(Model):
    """Waits in the calls of texts of more than 5 characters alone."""

    def __call__(self, documents: Sequence[Document], options: Options) -> list[Reading]:
        if all(len(document.text) <= 5 for document in documents):
            self.calls.append(" ".join(document.text for document in documents))
            return [Reading(document, None) for document in documents]
        return super().__call__(documents, options)


@pytest.fixture
def amid_long_text() -> Iterator[Setting]:
    model = SlowAtLongTexts()
    queue = ReadingQueue(model, Limits(wait_s=0, batch_characters=5), Measures())
    queue.start()
    first = queue.submit([Question(Document("1", "a long text"), Options())])
    assert model.begun.wait(WAIT_S)
    yield Setting(model, queue, first)
    model.go.set()
    assert queue.close(WAIT_S)


def test_a_long_text_holds_up_no_other(amid_long_text: Setting) -> None:
    assert texts(amid_long_text.submit("one", "two")) == ["one", "two"]
    assert texts(amid_long_text.submit("three")) == ["three"]
    assert not amid_long_text.first.future.done()
    amid_long_text.model.go.set()
    assert texts(amid_long_text.first) == ["a long text"]


def test_long_texts_are_read_one_after_another_in_turns_of_requests(amid_long_text: Setting) -> None:
    jobs = [amid_long_text.submit("long 1a", "long 1b"), amid_long_text.submit("short", "long 2a")]
    calls = amid_long_text.calls(*jobs)
    assert [call for call in calls if call != "short"] == ["long 1a", "long 2a", "long 1b"]
    assert [texts(job) for job in jobs] == [["long 1a", "long 1b"], ["short", "long 2a"]]
    assert amid_long_text.queue.waiting == 0


def test_a_request_with_a_long_text_that_fails_ends_alone(amid_long_text: Setting) -> None:
    bad, good = amid_long_text.submit("bad and long", "short"), amid_long_text.submit("long as well")
    amid_long_text.model.go.set()
    assert isinstance(bad.future.exception(WAIT_S), ReadingError)
    assert texts(good) == ["long as well"]
    assert texts(amid_long_text.submit("a")) == ["a"]
    assert amid_long_text.queue.waiting == 0


def test_a_long_text_that_is_given_up_is_not_read(amid_long_text: Setting) -> None:
    dropped, kept = amid_long_text.submit("dropped text"), amid_long_text.submit("another text")
    amid_long_text.queue.drop(dropped)
    assert amid_long_text.calls(kept) == ["another text"]
