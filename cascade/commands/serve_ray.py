"""`serve --ray`: the same application in several replicas on Ray Serve, on one machine or on many."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from cascade.commands.model_options import check_model_options, gpus_of, loaded_cascade
from cascade.errors import CascadeError
from cascade.pipeline.golden_scores import self_check
from cascade.scale.ray_serving import Replicas, serve_on_ray

if TYPE_CHECKING:
    from cascade.serving.gatekeeper import Access, Gatekeeper
    from cascade.serving.limits import Limits

Say = Callable[[str], None]


def serve_replicas(asked: argparse.Namespace, limits: Limits, access: Access, say: Say) -> None:
    """Serves until it is stopped."""
    if asked.port == 0:
        raise CascadeError("--port 0 is given with --ray, whose machines all listen at one port; expected a number")
    if asked.threads is not None:
        raise CascadeError("--threads does not go with --ray; expected --actor-cores, the cores of each replica")
    check_model_options(asked)
    from cascade.serving.http_server import page_address

    say("loading the model in each replica ...")
    serve_on_ray(
        partial(_built, asked, limits, access),
        asked.ray,
        Replicas(asked.concurrency or 1, asked.actor_cores or 1, gpus_of(asked.device), limits.connections),
        host=asked.host,
        port=asked.port,
        started=lambda: say(f"listening at {page_address(asked.host, asked.port)} (Ctrl-C stops the server)"),
    )


def _built(asked: argparse.Namespace, limits: Limits, access: Access) -> Gatekeeper:
    """The application of a replica."""
    from cascade.pipeline.ready_stages import make_ready
    from cascade.serving.application import application

    lowest = {} if asked.min_score is None else {"min_score": asked.min_score}
    ner = loaded_cascade(asked, report=_nothing, **lowest)
    make_ready(ner, None)
    self_check(ner, report=_nothing)
    return application(ner, limits=limits, access=access)


def _nothing(_: str) -> None:
    """A replica has nobody to tell."""
