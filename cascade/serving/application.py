"""The application: its routes, the queue behind them and the gatekeeper before them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, FastAPI, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from cascade import __version__
from cascade.serving.cascade_reader import CascadeReader
from cascade.serving.entities_api import entities_router
from cascade.serving.gatekeeper import Access, Gatekeeper
from cascade.serving.limits import Limits
from cascade.serving.measures import CONTENT_TYPE, Measures
from cascade.serving.page_files import page_router
from cascade.serving.presidio_shape import presidio_router
from cascade.serving.problems import Problem, add_problem_answers
from cascade.serving.reading_queue import ReadingQueue
from cascade.serving.requests_read import Desk

if TYPE_CHECKING:
    from cascade import Cascade

LAST_WAIT_S = 1.0  # for the model, when the time in which accepted requests are finished is over
DESCRIPTION = (
    "Finds named entities of any types that you name. Two stages on one small language model: an extractor finds the "
    "spans, a classifier gives each one of the types. Scores are calibrated probabilities.\n\n"
    "Where the server was started with a token, send `Authorization: Bearer TOKEN`. Errors are JSON: `error` is one "
    "line, `place` says where in the request."
)


class AdaptersOut(BaseModel):
    """What this server reads with."""

    version: str
    adapters: list[str] = Field(description="names of the adapters that are chosen from, by a text's language")
    languages: list[str] = Field(description="codes of the languages that some adapter was trained on")
    trained_types: list[str] = Field(description="types that some classifier was trained on; any others may be named")
    max_characters: int = Field(description="of all texts of a request")
    max_texts: int = Field(description="of a request")


class HealthOut(BaseModel):
    """How the server is."""

    live: bool
    ready: bool = Field(description="whether it takes texts; false where the model's thread has ended")
    waiting: int = Field(description="texts that wait to be read")


def application(ner: Cascade, *, limits: Limits | None = None, access: Access | None = None) -> Gatekeeper:
    """The ASGI application that serves a cascade; its model threads run between the start and the end of its lifespan.

    Who runs it finishes accepted requests before the lifespan ends; then the model is waited for shortly.
    """
    limits = limits or Limits()
    measures, reader = Measures(), CascadeReader(ner)
    queue = ReadingQueue(reader, limits, measures)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        queue.start()
        yield
        await run_in_threadpool(queue.close, min(LAST_WAIT_S, limits.shutdown_s))

    app = FastAPI(
        title="cascade-ner",
        version=__version__,
        summary="Named entity recognition for types that you name",
        description=DESCRIPTION,
        docs_url=None,  # they would load scripts from elsewhere
        redoc_url=None,
        lifespan=lifespan,
    )
    desk = Desk(reader, queue, limits)
    add_problem_answers(app)
    app.include_router(entities_router(desk))
    app.include_router(presidio_router(desk))
    app.include_router(_state_router(ner, queue, limits, measures))
    app.include_router(page_router())
    paths = ["/", "/openapi.json", *app.openapi()["paths"]]
    return Gatekeeper(app, access or Access(), limits, measures, paths)


def _state_router(ner: Cascade, queue: ReadingQueue, limits: Limits, measures: Measures) -> APIRouter:
    """The routes that tell of the server itself."""
    router = APIRouter(tags=["the server"])

    @router.get("/v1/adapters", summary="Adapters, languages and types that were trained", response_model=AdaptersOut)
    def adapters() -> AdaptersOut:
        return AdaptersOut(
            version=__version__,
            adapters=ner.adapters,
            languages=ner.languages,
            trained_types=ner.trained_types,
            max_characters=limits.characters,
            max_texts=limits.queue,
        )

    def health() -> JSONResponse:
        state = {"live": True, "ready": queue.ready, "waiting": queue.waiting}
        return JSONResponse(state, 200 if state["ready"] else 503)

    told: dict[int | str, dict[str, Any]] = {503: {"model": HealthOut, "description": "it takes no texts"}}
    for path in ("/health", "/health/ready"):
        router.get(path, summary="Whether texts are taken and read", response_model=HealthOut, responses=told)(health)

    @router.get("/health/live", summary="Whether the server answers", response_model=HealthOut)
    def live() -> HealthOut:
        return HealthOut(live=True, ready=queue.ready, waiting=queue.waiting)

    @router.get(
        "/metrics", summary="Figures for Prometheus", response_class=Response, responses={401: {"model": Problem}}
    )
    def metrics() -> Response:
        return Response(measures.page(), media_type=CONTENT_TYPE)

    return router
