"""Contender: this project, both stages, in the arithmetic that is fastest, or, where the first argument is `float`,
in the job's floating-point type.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import cascade.stages.classifier
import cascade.stages.extractor
from benchmarks.contenders.serving import Job, serve
from cascade import Cascade
from cascade.commands.lean_imports import unused_left_out
from cascade.reading.batches import read_passages
from cascade.reading.passage import Passage


def load(job: Job) -> Callable[[int], Mapping[str, float]]:
    """A cascade that reads the job's texts and counts the tokens that it computed."""
    with unused_left_out():  # as `infer.py` does
        ner = Cascade.load(
            job.get("base"),
            precision=job["float"] if sys.argv[1:] == ["float"] else "auto",
            adapters=job.get("adapters"),
        )
    computed = 0

    def counted(reader: Any, prefix: Sequence[int], questions: Any, passages: Sequence[Passage], **options: Any) -> Any:
        nonlocal computed
        computed += sum(map(len, passages))
        ask_on = options.pop("ask_on", None)

        def further(index: int, answers: Any) -> Passage | None:
            nonlocal computed
            more: Passage | None = ask_on(index, answers)
            computed += len(more) if more is not None else 0
            return more

        return read_passages(reader, prefix, questions, passages, ask_on=further if ask_on else None, **options)

    for stage in (cascade.extractor, cascade.classifier):
        setattr(stage, "read_passages", counted)  # noqa: B010
    linear = sum(
        module.weight.numel()
        for name, module in ner.base.model.model.layers.named_modules()
        if "proj" in name and hasattr(module, "weight")
    )

    def read(count: int) -> Mapping[str, float]:
        nonlocal computed
        computed = 0
        ner(job["texts"][:count], job["types"])
        return {"tokens": computed, "flop": 2.0 * linear * computed}

    return read


if __name__ == "__main__":
    serve(load)
