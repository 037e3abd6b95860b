"""Stands before the application: who may ask, how much, and how fast it must arrive; counts what passes."""

from __future__ import annotations

import asyncio
import hmac
import logging
import time
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from dataclasses import dataclass
from typing import Any

from fastapi.responses import JSONResponse

from cascade.serving.failures import failure, place_of
from cascade.serving.limits import Limits
from cascade.serving.measures import Measures
from cascade.serving.problems import failed_answer, problem_answer

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

OPEN_PATHS = ("/", "/health", "/health/live", "/health/ready")  # and /page/: what a browser shows before it has a token
DISCARDED = 8  # times the most bytes of a body: so much is read of a larger one, for the client to see the answer
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
SAFETY_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Access:
    """Who may ask: those who have the token (None: all), under one of these names of the server (None: any)."""

    token: str | None = None
    hosts: frozenset[str] | None = None


class Gatekeeper:
    """An ASGI application around another.

    It refuses requests under other names than the server's own (pages elsewhere cannot reach it by a name that they
    point to this machine), without the token, with a body that is too large or too slow.  paths: whose requests are
    counted under their own name.
    """

    def __init__(self, app: App, access: Access, limits: Limits, measures: Measures, paths: Collection[str]) -> None:
        self._app, self._access, self._limits, self._measures = app, access, limits, measures
        self._paths = frozenset(paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, started = "", time.monotonic()

        async def sent(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = str(message["status"])
                message["headers"] = [*message.get("headers", ()), *_safety_headers()]
            await send(message)

        try:
            await self._served(scope, receive, sent)
        except asyncio.CancelledError:  # the time in which accepted requests are finished is over
            if not status:
                told = "the server is being stopped and did not get to this request; try again when it is back"
                await problem_answer(503, told, headers={"Retry-After": "10"})(scope, receive, sent)
        except Exception as error:  # uvicorn would print a traceback
            _log.error("%s %s failed: %s (%s)", _method(scope), self._path(scope), failure(error), place_of(error))
            if not status:
                await failed_answer(error)(scope, receive, sent)
        finally:
            path = self._path(scope)
            self._measures.requests.labels(path, _method(scope), status or "none").inc()
            self._measures.seconds.labels(path).observe(time.monotonic() - started)

    def _path(self, scope: Scope) -> str:
        """The path as it is counted: clients may make up any."""
        return scope["path"] if scope["path"] in self._paths else "other"

    async def _served(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        refusal = self._wrong_host(headers) or self._no_token(scope["path"], headers)
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        body = await self._body(receive, headers)
        if isinstance(body, JSONResponse):
            await body(scope, receive, send)
            return
        waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def received() -> Message:
            return waiting.pop() if waiting else await receive()

        await self._app(scope, received, send)

    def _wrong_host(self, headers: dict[str, str]) -> JSONResponse | None:
        if self._access.hosts is None:
            return None
        host = without_port(headers.get("host", ""))
        if host in self._access.hosts:
            return None
        known = ", ".join(sorted(self._access.hosts))
        return problem_answer(
            421,
            f"the request is to the host {host[:60]!r}; expected one of {known}. Other names need --allow-host",
        )

    def _no_token(self, path: str, headers: dict[str, str]) -> JSONResponse | None:
        if self._access.token is None or path in OPEN_PATHS or path.startswith("/page/"):
            return None
        scheme, _, given = headers.get("authorization", "").partition(" ")
        wanted = self._access.token.encode()
        if scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode("latin-1"), wanted):
            return None
        found = "another token" if given else "no token"
        return problem_answer(
            401,
            f"found {found}; expected the header Authorization: Bearer TOKEN",
            headers={"WWW-Authenticate": "Bearer"},
        )

    async def _body(self, receive: Receive, headers: dict[str, str]) -> bytes | JSONResponse:
        """The whole body, or the answer to one that is too large or too slow."""
        most = self._limits.body_bytes
        body = bytearray()
        length = headers.get("content-length", "0")
        told = int(length) if length.isdecimal() else 0
        if told > most and (told > most * DISCARDED or "expect" in headers):
            return self._too_large(told)
        try:
            async with asyncio.timeout(self._limits.body_s):
                size, more = 0, True
                while more and size <= most * DISCARDED:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        break
                    size += len(message.get("body", b""))
                    if size <= most:
                        body += message.get("body", b"")
                    more = message.get("more_body", False)
        except TimeoutError:
            wanted = f"expected it within {self._limits.body_s:g} s"
            return problem_answer(408, f"the body did not arrive in time; {wanted}", headers={"Connection": "close"})
        return self._too_large(size) if size > most else bytes(body)

    def _too_large(self, size: int) -> JSONResponse:
        most = self._limits.body_bytes
        return problem_answer(
            413,
            f"the body has {size:,} bytes or more; expected at most {most:,}. Send several requests, or start the "
            "server with a larger --max-characters",
            headers={"Connection": "close"},
        )


def _method(scope: Scope) -> str:
    """The method as it is counted: clients may make up any."""
    return scope["method"] if scope["method"] in ("GET", "HEAD", "POST", "OPTIONS") else "other"


def _safety_headers() -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode()) for name, value in SAFETY_HEADERS.items()]


def without_port(host: str) -> str:
    """The name of a Host header, in small letters: `localhost` of `LOCALHOST:8000`, `[::1]` of `[::1]:8000`."""
    name, colon, port = host.strip().lower().rpartition(":")
    return (name if colon and port.isdecimal() else host.strip().lower()).removesuffix(".")
