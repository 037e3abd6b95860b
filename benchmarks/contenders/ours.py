"""Contender: this project, both stages, in the arithmetic that is fastest, or, where the first argument is `float`, in
the job's floating-point type.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from benchmarks.contenders.serving import Job, Read, serve
from cascade import Cascade, CascadeError, Taxonomy
from cascade.adapters.card import STAGES
from cascade.commands.lean_imports import unused_left_out
from cascade.model.stored_decoder import StoredDecoder
from cascade.pipeline.asked_taxonomy import as_read


def _linear_weights(stored: Any) -> int:
    """The number of weights of all linear layers, by their shapes: loading them again would count as memory."""
    if isinstance(stored, StoredDecoder):
        return sum(inputs * outputs for inputs, outputs in stored.linear_shapes().values())
    modules = stored.model.layers.named_modules()
    return sum(module.weight.numel() for name, module in modules if "proj" in name and hasattr(module, "weight"))


def load(job: Job) -> Read:
    """A cascade that reads the job's texts and counts the tokens that it computed, padding left out."""
    with unused_left_out():  # as `infer.py` does
        ner = Cascade.load(
            job.get("base"),
            precision=job["float"] if sys.argv[1:] == ["float"] else "auto",
            adapters=job.get("adapters"),
        )
    computed = 0

    def count(_: Any, __: tuple[Any, ...], named: Mapping[str, Any]) -> None:
        nonlocal computed
        computed += int((named["input_ids"] != ner.base.tokens.pad_id).sum())

    # the pair that reads these types, in a language without adapters of its own
    among = as_read(Taxonomy.flat(job["types"]), ner.retriever)[1]
    if several := [stage for stage in STAGES if len(among.shelf.whole(stage)) > 1]:
        raise CascadeError(
            f"{job.get('adapters')}: has several whole adapters for {' and '.join(several)}; expected one, "
            "whose tokens are counted"
        )
    for adapter in among.named(None):
        ner.stages.of(adapter).reader.body.register_forward_pre_hook(count, with_kwargs=True)
    linear = _linear_weights(ner.base.stored)

    def read(part: slice) -> Mapping[str, Any]:
        nonlocal computed
        computed = 0
        documents = ner(job["texts"][part], job["types"])
        found = [[(entity.start, entity.end, entity.type) for entity in document.entities] for document in documents]
        return {"tokens": computed, "flop": 2.0 * linear * computed, "entities": found}

    return read


if __name__ == "__main__":
    serve(load)
