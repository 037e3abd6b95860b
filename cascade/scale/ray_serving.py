"""The server on Ray Serve: replicas of an application on one machine or many, behind one address."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cascade.scale.ray_package import PURPOSE, connected, ray_module

NAME = "cascade-ner"


@dataclass(frozen=True, slots=True)
class Replicas:
    """How many replicas there are, and what each takes; most_requests: that one of them handles at the same time."""

    count: int = 1
    cores: int = 1
    gpus: float = 0
    most_requests: int = 256


def serve_on_ray(
    build: Callable[[], Any],
    address: str,
    replicas: Replicas,
    *,
    host: str,
    port: int,
    started: Callable[[], None],
    ended: threading.Event | None = None,
) -> None:
    """Serves until SIGTERM, Ctrl-C or `ended`. build: makes the ASGI application in a replica, with its own model.

    address: of the cluster, "" for this machine alone. started: called when replicas are ready. Every
    machine that has a replica listens at `host` and `port`.
    """
    end = ended or threading.Event()
    with connected(address, PURPOSE, cores=replicas.count * replicas.cores + 1):
        serve = ray_module("ray.serve", PURPOSE)

        def application() -> Any:  # Serve takes functions alone
            return build()

        try:
            serve.start(http_options={"host": host, "port": port})
            deployment = serve.deployment(
                serve.ingress(application)(),
                name=NAME,
                num_replicas=replicas.count,
                max_ongoing_requests=replicas.most_requests,
                ray_actor_options={"num_cpus": replicas.cores, "num_gpus": replicas.gpus},
            )
            serve.run(deployment.bind(), name=NAME, route_prefix="/")
            started()
            if threading.current_thread() is threading.main_thread():
                signal.signal(signal.SIGTERM, lambda *_: end.set())
            end.wait()
        finally:
            serve.shutdown()
