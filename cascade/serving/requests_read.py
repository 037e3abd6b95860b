"""Requests on their way through the queue: accepted, awaited, or given up where their client is gone."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from fastapi.concurrency import run_in_threadpool

from cascade import Document
from cascade.errors import CascadeError, DocumentError
from cascade.serving.cascade_reader import CascadeReader
from cascade.serving.limits import Limits
from cascade.serving.problems import RefusedError
from cascade.serving.questions import Options, Question, Reading
from cascade.serving.reading_queue import ReadingQueue

CLIENT_GONE = 499  # what servers call it; nobody gets it


@dataclass(frozen=True, slots=True)
class AskedText:
    """A text with what is asked of it, and where each stands in its request, for messages."""

    id: str
    text: str
    language: str | None
    options: Options
    place: str
    types_place: str
    language_place: str = "language"


class Desk:
    """Takes requests, checks what pydantic cannot check, and waits for what is found."""

    def __init__(self, reader: CascadeReader, queue: ReadingQueue, limits: Limits) -> None:
        self.reader, self.queue, self.limits = reader, queue, limits

    async def readings(self, request: Request, asked: Sequence[AskedText]) -> list[Reading]:
        """What is found in the texts of a request, in order.

        Raises RefusedError for what is too much or wrong, QueueFullError, QueueClosedError and ReadingError.
        """
        self._check_size(asked)
        questions = await run_in_threadpool(lambda: [self._question(each) for each in asked])
        job = self.queue.submit(questions)
        answer = asyncio.wrap_future(job.future)
        gone = asyncio.ensure_future(_client_gone(request))
        both: set[asyncio.Future[Any]] = {answer, gone}
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            if not answer.done():
                raise RefusedError(CLIENT_GONE, "the client is gone")
            return await answer
        finally:
            gone.cancel()
            if not answer.done():
                answer.add_done_callback(lambda future: future.exception())  # nobody else asks for it
            self.queue.drop(job)

    def _check_size(self, asked: Sequence[AskedText]) -> None:
        if len(asked) > self.limits.queue:
            raise RefusedError(
                413, f"the request has {len(asked):,} texts; expected at most {self.limits.queue:,}, so send several"
            )
        characters = sum(len(each.text) for each in asked)
        if characters > self.limits.characters:
            raise RefusedError(
                413,
                f"the texts have {characters:,} characters; expected at most {self.limits.characters:,}, so cut them "
                "between sentences and send several requests",
            )

    def _question(self, asked: AskedText) -> Question:
        try:
            document = Document(asked.id, asked.text, asked.language)
        except DocumentError as error:
            raise RefusedError(422, str(error), place=asked.place or "text") from error
        try:
            self.reader.check_language(asked.language)
        except CascadeError as error:
            raise RefusedError(422, str(error), place=asked.language_place) from error
        try:
            self.reader.check_depth(asked.options.depth)
        except CascadeError as error:
            told = (  # the cascade names folders of this machine, and commands for it
                f"the server's adapters do not find {asked.options.depth} layers of entities; expected fewer"
            )
            raise RefusedError(422, told, place="depth") from error
        try:
            self.reader.check(asked.options)
        except CascadeError as error:
            raise RefusedError(422, str(error).removeprefix("types: "), place=asked.types_place) from error
        return Question(document, asked.options)


async def _client_gone(request: Request) -> None:
    """Ends when the client has closed the connection."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
