"""The queue between requests and the model: texts that wait, of whatever request, are read together.

One thread reads them; a second one reads long texts, each by itself, so that others do not wait for them.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future

from cascade import Document
from cascade.errors import CascadeError
from cascade.serving.failures import failure, place_of
from cascade.serving.limits import Limits
from cascade.serving.measures import Measures
from cascade.serving.questions import Options, Question, Reading

LONGEST_RETRY_S = 60
_FIRST_GUESS_S = 1e-3  # for a character, until something was read
_log = logging.getLogger(__name__)

LANES = (False, True)  # whether a lane is that of long texts
THREADS = ("cascade-model", "cascade-long-texts")

Read = Callable[[Sequence[Document], Options], Sequence[Reading]]


class QueueFullError(CascadeError):
    """So many texts wait that no more are taken; retry_s: when there may be room."""

    def __init__(self, waiting: int, most: int, retry_s: int) -> None:
        super().__init__(f"{waiting} texts wait already, and {most} may; try again in {retry_s} s")
        self.retry_s = retry_s


class QueueClosedError(CascadeError):
    """The server is being stopped, or nothing reads any more: it takes no more texts."""


class ReadingError(CascadeError):
    """The model failed on the texts of a request."""


class Job:
    """The texts of a request: those that wait, in the lane of each, and what was found in the others.

    longest: characters of a text of the first lane; longer ones are in the second.
    """

    def __init__(self, questions: Sequence[Question], longest: int) -> None:
        self.questions = questions
        long = [len(each.document.text) > longest for each in questions]
        self.lanes = tuple(deque(place for place, is_long in enumerate(long) if is_long is lane) for lane in LANES)
        self.accepted = time.monotonic()
        self.future: Future[list[Reading]] = Future()
        self.future.set_running_or_notify_cancel()  # so that nobody else can cancel it
        self._found: dict[int, Reading] = {}
        if not questions:
            self.future.set_result([])

    @property
    def waiting(self) -> list[int]:
        """The places of the texts that wait."""
        return [place for lane in self.lanes for place in lane]

    def take(self, index: int, reading: Reading) -> None:
        """Keeps what was found in a text; the last one completes the job."""
        self._found[index] = reading
        if len(self._found) == len(self.questions) and not self.future.done():
            self.future.set_result([self._found[place] for place in range(len(self.questions))])

    def fail(self, error: CascadeError) -> None:
        """Ends the job with an error."""
        for lane in self.lanes:
            lane.clear()
        if not self.future.done():
            self.future.set_exception(error)


Taken = list[tuple[Job, int]]


class ReadingQueue:
    """Takes the texts of requests and reads them in one thread, in batches that all waiting requests share.

    Requests take turns, a text each, so that one of many texts does not hold up those of few.  A text that has more
    characters than a batch may have is read in a second thread: at the same time, with its share of the processor.
    Texts of a batch that ask for the same (types, scores) are read by one call.  Where a call fails, the texts of each
    request are read again by themselves, so that an error stays with its request.
    """

    def __init__(self, read: Read, limits: Limits, measures: Measures) -> None:
        self._read, self._limits, self._measures = read, limits, measures
        self._jobs: deque[Job] = deque()
        self._changed = threading.Condition()
        self._closing = False
        self._seconds_a_character = _FIRST_GUESS_S
        self._threads = [
            threading.Thread(target=self._work, args=(lane,), name=name, daemon=True)
            for lane, name in zip(LANES, THREADS, strict=True)
        ]

    def start(self) -> None:
        """Starts the threads."""
        for thread in self._threads:
            thread.start()

    @property
    def waiting(self) -> int:
        """The number of texts that wait."""
        with self._changed:
            return self._waiting()

    @property
    def ready(self) -> bool:
        """Whether texts are taken and read."""
        return self._alive() and not self._closing

    def submit(self, questions: Sequence[Question]) -> Job:
        """The job of a request's texts, which wait from now on; raises QueueFullError and QueueClosedError."""
        with self._changed:
            if self._closing:
                raise QueueClosedError("the server is being stopped; try again when it is back")
            if not self._alive():
                raise QueueClosedError("nothing reads texts, as the model's thread has ended; restart the server")
            waiting = self._waiting()
            if waiting and waiting + len(questions) > self._limits.queue:
                raise QueueFullError(waiting, self._limits.queue, self._retry_s())
            job = Job(questions, self._limits.batch_characters)
            if questions:
                self._jobs.append(job)
                self._measures.waiting.set(self._waiting())
                self._changed.notify_all()
        return job

    def drop(self, job: Job) -> None:
        """Takes what still waits of a job out of the queue: nobody is there for the answer."""
        with self._changed:
            dropped = len(job.waiting)
            job.fail(ReadingError("the request was given up"))
            if dropped:
                self._jobs.remove(job)
                self._measures.dropped.inc(dropped)
                self._measures.waiting.set(self._waiting())

    def close(self, timeout_s: float) -> bool:
        """Takes no more texts and reads those that wait; whether it was done in time."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        until = time.monotonic() + timeout_s
        for thread in self._threads:
            if thread.is_alive():
                thread.join(max(0.0, until - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def _alive(self) -> bool:
        return all(thread.is_alive() for thread in self._threads)

    def _waiting(self, lanes: Sequence[bool] = LANES) -> int:
        return sum(len(job.lanes[lane]) for job in self._jobs for lane in lanes)

    def _retry_s(self) -> int:
        characters = sum(len(job.questions[index].document.text) for job in self._jobs for index in job.waiting)
        return max(1, min(LONGEST_RETRY_S, math.ceil(characters * self._seconds_a_character)))

    def _work(self, lane: bool) -> None:
        while taken := self._next_batch(lane):
            self._measures.batch_texts.observe(len(taken))
            groups: dict[Options, Taken] = {}
            for job, index in taken:
                groups.setdefault(job.questions[index].options, []).append((job, index))
            for options, group in groups.items():
                self._read_group(options, group)

    def _next_batch(self, lane: bool) -> Taken:
        """The next texts of a lane to read, once there are some; none when the queue is closed and the lane empty."""
        full = 1 if lane else self._limits.batch_texts
        with self._changed:
            while not self._waiting([lane]) and not self._closing:
                self._changed.wait_for(lambda: self._waiting([lane]) or self._closing)
                self._changed.wait_for(lambda: self._waiting([lane]) >= full or self._closing, self._limits.wait_s)
            taken = self._take(lane, full)
            self._measures.waiting.set(self._waiting())
        return taken

    def _take(self, lane: bool, most: int) -> Taken:
        """The first text of each request that has one in the lane, in turns; a request goes behind the others then."""
        taken: Taken = []
        characters = 0
        while len(taken) < most and (job := next((each for each in self._jobs if each.lanes[lane]), None)):
            characters += len(job.questions[job.lanes[lane][0]].document.text)
            if taken and characters > self._limits.batch_characters:
                break
            taken.append((job, job.lanes[lane].popleft()))
            self._jobs.remove(job)
            if job.waiting:
                self._jobs.append(job)
        return taken

    def _read_group(self, options: Options, group: Taken) -> None:
        now = time.monotonic()
        for job, _ in group:
            self._measures.waited_s.observe(now - job.accepted)
        documents = [job.questions[index].document for job, index in group]
        try:
            readings = self._read(documents, options)
            characters = sum(len(document.text) for document in documents)
            self._measures.read(readings, characters, time.monotonic() - now)
            if characters:
                self._seconds_a_character += 0.2 * ((time.monotonic() - now) / characters - self._seconds_a_character)
            with self._changed:  # so that no request is given up between the last check and its answer
                for (job, index), reading in zip(group, readings, strict=True):
                    job.take(index, reading)
        except BaseException as error:  # whatever is raised, the thread has to live on
            self._failed(options, group, error)

    def _failed(self, options: Options, group: Taken, error: BaseException) -> None:
        """Reads the texts of each request by themselves, or ends the one request with the error."""
        jobs = list({id(job): job for job, _ in group}.values())
        if len(jobs) > 1:
            for one in jobs:
                self._read_group(options, [(job, index) for job, index in group if job is one])
            return
        self._measures.failed.inc()
        with self._changed:
            if jobs[0].waiting:
                self._jobs.remove(jobs[0])
            self._measures.waiting.set(self._waiting())
            told = f"the model failed: {failure(error)}"
            jobs[0].fail(ReadingError(told))
        _log.error("%s (%s)", told, place_of(error))
