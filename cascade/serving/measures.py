"""What the server counts, in the form that Prometheus reads."""

from __future__ import annotations

from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from cascade.serving.questions import Reading

CONTENT_TYPE = CONTENT_TYPE_LATEST
_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_TEXTS = (1, 2, 4, 8, 16, 32, 64, 128, 256)


class Measures:
    """The figures of one server, in a registry of its own, so that several servers may stand in one process."""

    def __init__(self) -> None:
        self.registry = each = CollectorRegistry()
        self.requests = Counter(
            "cascade_requests", "Requests that were answered", ["path", "method", "status"], registry=each
        )
        self.seconds = Histogram(
            "cascade_request_seconds", "From a request to its answer", ["path"], buckets=_SECONDS, registry=each
        )
        self.texts = Counter("cascade_texts", "Texts that were read", registry=each)
        self.characters = Counter("cascade_characters", "Characters of texts that were read", registry=each)
        self.entities = Counter("cascade_entities", "Entities that were found", registry=each)
        self.waiting = Gauge("cascade_waiting_texts", "Texts that wait to be read", registry=each)
        self.dropped = Counter("cascade_dropped_texts", "Texts whose clients went before they were read", registry=each)
        self.failed = Counter("cascade_failed_requests", "Requests on which the model failed", registry=each)
        self.batch_texts = Histogram(
            "cascade_batch_texts", "Texts that were taken together", buckets=_TEXTS, registry=each
        )
        self.reading_s = Histogram("cascade_reading_seconds", "Of a call of the model", buckets=_SECONDS, registry=each)
        self.waited_s = Histogram(
            "cascade_waiting_seconds", "From a text's arrival to its reading", buckets=_SECONDS, registry=each
        )

    def read(self, readings: Sequence[Reading], characters: int, seconds: float) -> None:
        """Counts what a call of the model read."""
        self.texts.inc(len(readings))
        self.characters.inc(characters)
        self.entities.inc(sum(len(reading.document.entities) for reading in readings))
        self.reading_s.observe(seconds)

    def page(self) -> bytes:
        """All figures as text."""
        return generate_latest(self.registry)
