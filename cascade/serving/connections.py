"""Connections whose clients are slow: a request's headers must arrive, and its answer be taken, in time."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol


def timed_protocol(seconds: float) -> type[H11Protocol]:
    """The protocol of connections that are cut where headers come, or an answer is taken, in more than `seconds`."""

    class TimedProtocol(H11Protocol):
        """uvicorn limits how long a connection is idle between requests, but not how slowly a request comes."""

        _waiting: asyncio.TimerHandle | None = None
        _is_paused = False

        def connection_made(self, transport: Any) -> None:  # uvicorn names a narrower class than asyncio does
            super().connection_made(transport)
            self._wait()

        def connection_lost(self, exc: Exception | None) -> None:
            self._stop_waiting()
            super().connection_lost(exc)

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            if self.cycle is not None and not self.cycle.response_complete:
                if not self._is_paused:  # an answer that is not taken has its time whatever comes meanwhile
                    self._stop_waiting()  # the headers are there; the body has a limit of its own
            elif self._waiting is None:
                self._wait()

        def pause_writing(self) -> None:
            super().pause_writing()
            self._is_paused = True
            self._wait()

        def resume_writing(self) -> None:
            super().resume_writing()
            self._is_paused = False
            self._stop_waiting()

        def _wait(self) -> None:
            self._stop_waiting()
            self._waiting = self.loop.call_later(seconds, self._cut)

        def _stop_waiting(self) -> None:
            if self._waiting is not None:
                self._waiting.cancel()
                self._waiting = None

        def _cut(self) -> None:
            self.transport.abort()

    return TimedProtocol
