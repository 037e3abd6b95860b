"""Answers to requests that cannot be served: one line that says what to do, and the place of what is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from cascade.errors import CascadeError, shown
from cascade.serving.failures import failure
from cascade.serving.reading_queue import QueueClosedError, QueueFullError, ReadingError

MOST_PROBLEMS = 20  # that an answer lists
TAGS = ("(one)", "(by type)", "(several)")  # that tell forms of a value apart, and are no place in a request
_JSON_REMEDY = "expected a JSON object, with the header Content-Type: application/json"


class ProblemAt(BaseModel):
    """One thing that is wrong with a request."""

    place: str = Field(description="where it is in the request", examples=["texts[2].min_score"])
    message: str = Field(description="what was found and what was expected")


class Problem(BaseModel):
    """Why a request was not served."""

    error: str = Field(description="one line, with what to do")
    place: str | None = Field(default=None, description="where the first problem is in the request")
    problems: list[ProblemAt] = Field(default=[], description=f"all problems of the request, up to {MOST_PROBLEMS}")


class RefusedError(Exception):
    """A request is refused with this status; place: of what is wrong, where something is."""

    def __init__(self, status: int, message: str, *, place: str | None = None) -> None:
        super().__init__(message)
        self.status, self.place = status, place


def problem_answer(
    status: int, message: str, *, places: Iterable[tuple[str, str]] = (), headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """The answer to a request that is refused; places: each with its own message."""
    problems = [{"place": place, "message": told} for place, told in places]
    first = problems[0]["place"] if problems else None
    return JSONResponse(
        {"error": message, "place": first, "problems": problems[:MOST_PROBLEMS]}, status, dict(headers or {})
    )


def add_problem_answers(app: FastAPI) -> None:
    """Makes the app answer errors with problems."""

    @app.exception_handler(RefusedError)
    def refused(_: Request, error: RefusedError) -> JSONResponse:
        where = [(error.place, str(error))] if error.place else []
        return problem_answer(error.status, _line(error.place, str(error)), places=where)

    @app.exception_handler(CascadeError)
    def not_served(_: Request, error: CascadeError) -> JSONResponse:
        if isinstance(error, QueueFullError):
            return problem_answer(429, str(error), headers={"Retry-After": str(error.retry_s)})
        if isinstance(error, QueueClosedError):
            return problem_answer(503, str(error), headers={"Retry-After": "10"})
        return problem_answer(500 if isinstance(error, ReadingError) else 422, str(error))

    @app.exception_handler(RequestValidationError)
    def wrong(_: Request, error: RequestValidationError) -> JSONResponse:
        places = [_described(each, error.body) for each in error.errors()]
        return problem_answer(422, _line(*places[0]), places=places)

    @app.exception_handler(HTTPException)
    def other(_: Request, error: HTTPException) -> JSONResponse:
        if error.status_code == 400:  # JSON nested too deep, or not in UTF-8
            return problem_answer(
                422, f"body: cannot be decoded as JSON in UTF-8; {_JSON_REMEDY}", places=[("body", _JSON_REMEDY)]
            )
        return problem_answer(error.status_code, str(error.detail), headers=error.headers)

    @app.exception_handler(Exception)
    def unexpected(_: Request, error: Exception) -> JSONResponse:
        return failed_answer(error)


def failed_answer(error: Exception) -> JSONResponse:
    """The answer to a request on which the server failed unexpectedly."""
    return problem_answer(500, f"the server failed on this request: {failure(error)}; its log says where")


def _line(place: str | None, message: str) -> str:
    return f"{place}: {message}" if place else message


def _described(error: Mapping[str, Any], body: Any) -> tuple[str, str]:
    """The place of an error that pydantic found, and its message."""
    if error["type"] == "json_invalid":
        text, offset = str(body), error["loc"][1]
        line, column = text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)
        return f"body, line {line}, column {column}", f"not JSON: {error['ctx']['error']}; {_JSON_REMEDY}"
    place = _place(error["loc"])
    if place == "body" and error["type"] not in ("missing", "value_error"):
        return place, f"found {shown(error['input'])}; {_JSON_REMEDY}"
    message = str(error["msg"]).removeprefix("Value error, ")
    told = error["type"] in ("missing", "value_error") or "found" in message
    return place, message if told else f"{message}; found {shown(error['input'])}"


def _place(parts: Sequence[int | str]) -> str:
    """A place as it is written in JavaScript: `texts[2].min_score`."""
    place = ""
    for part in parts[1:]:
        if isinstance(part, int):
            place += f"[{part}]"
        elif part not in TAGS:
            place += f".{part}" if part.isidentifier() else f"[{part!a}]"
    return place.lstrip(".") or str(parts[0])
