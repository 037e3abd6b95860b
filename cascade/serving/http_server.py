"""Listens: a port of this machine, or of all, that is taken before the model is loaded."""

from __future__ import annotations

import errno
import ipaddress
import signal
import socket
from collections.abc import Callable, Iterable

import uvicorn

from cascade.errors import CascadeError
from cascade.serving.connections import timed_protocol
from cascade.serving.gatekeeper import Access, Gatekeeper, without_port
from cascade.serving.limits import Limits

LOCAL_NAMES = ("localhost", "127.0.0.1", "[::1]")
SHORTEST_TOKEN = 16
IDLE_S = 5  # of a connection between requests


class ServingError(CascadeError):
    """The server cannot be started as it was asked for."""


def is_local(host: str) -> bool:
    """Whether only this machine can reach a host's ports."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def access_of(host: str, token: str | None, names: Iterable[str] = ()) -> Access:
    """Who may ask a server at `host`; names: of the server beside localhost's own, with or without a port.

    Raises ServingError where others could reach it and no token is set, and for a token that is short or no header
    can hold.
    """
    if token is None and not is_local(host):
        raise ServingError(
            f"--host {host} lets other machines in, and no token is set; expected --token-file FILE or "
            "$CASCADE_NER_TOKEN, or --host 127.0.0.1"
        )
    if token is not None and (len(token) < SHORTEST_TOKEN or not token.isascii() or not token.isprintable()):
        raise ServingError(
            f"the token has {len(token)} characters; expected {SHORTEST_TOKEN} or more, all of them printable ASCII, "
            'such as those that python -c "import secrets; print(secrets.token_urlsafe())" prints'
        )
    own = [] if _is_every_address(host) else [host]
    allowed = {*LOCAL_NAMES, *map(_as_in_headers, [*own, *names])}
    return Access(token, frozenset(allowed) if is_local(host) or names else None)


def page_address(host: str, port: int) -> str:
    """Where a browser on this machine finds a server at `host`, by a name that `access_of` lets in."""
    if _is_every_address(host):
        host = "::1" if ":" in host else "127.0.0.1"
    return f"http://{_as_in_headers(host)}:{port}"


def _is_every_address(host: str) -> bool:
    """Whether a host stands for all addresses of this machine."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_unspecified
    except ValueError:
        return not host


def _as_in_headers(name: str) -> str:
    """A host as the header Host has it, without a port: an IPv6 address in brackets, all in small letters."""
    try:
        address = ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return without_port(name)
    return f"[{address}]" if address.version == 6 else str(address)


def taken_port(host: str, port: int) -> socket.socket:
    """A socket that has the port, but does not listen yet: clients are refused until the server runs.

    Raises ServingError where the port or the host cannot be had.
    """
    try:
        [(family, kind, protocol, _, address), *_] = socket.getaddrinfo(
            host.strip("[]"), port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        taken = socket.socket(family, kind, protocol)
        try:
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            taken.bind(address)
        except OSError:
            taken.close()
            raise
    except OSError as error:
        raise _not_listening(host, port, error) from error
    return taken


def _not_listening(host: str, port: int, error: OSError) -> ServingError:
    if error.errno == errno.EADDRINUSE:
        remedy = f"another program has port {port}; expected a free one, such as --port {port + 1}, or 0 for any"
    elif error.errno == errno.EACCES:
        remedy = f"port {port} is for administrators alone; expected one from 1024 on"
    else:
        remedy = f"{error.strerror or error}; expected an address of this machine, such as 127.0.0.1"
    return ServingError(f"cannot listen at {host}:{port}: {remedy}")


class Server(uvicorn.Server):
    """uvicorn, with time limits for slow clients; started: called when clients are served."""

    def __init__(self, app: Gatekeeper, limits: Limits, started: Callable[[], None]) -> None:
        config = uvicorn.Config(
            app,
            http=timed_protocol(limits.body_s),
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            limit_concurrency=limits.connections,
            timeout_keep_alive=IDLE_S,
            timeout_graceful_shutdown=max(1, round(limits.shutdown_s)),
        )
        super().__init__(config)
        self._started = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listens, and says so; raises ServingError where another program has come to listen at the port."""
        [listening] = sockets or []
        host, port = listening.getsockname()[:2]
        try:
            await super().startup(sockets)
        except OSError as error:
            await self.lifespan.shutdown()
            raise _not_listening(host, port, error) from error
        self._started()


def serve(app: Gatekeeper, listening: socket.socket, limits: Limits, *, started: Callable[[], None]) -> None:
    """Serves until the process is asked to end; started: called when clients are served.

    SIGTERM ends it quietly, SIGINT by KeyboardInterrupt, each after accepted requests were finished, within
    `limits.shutdown_s`.
    """
    signal.signal(signal.SIGTERM, lambda *_: None)  # uvicorn ends, and then raises the signal once more
    Server(app, limits, started).run([listening])
