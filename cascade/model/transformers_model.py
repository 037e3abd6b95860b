"""A base model as transformers loads it: for kinds that we do not compute ourselves, and for training."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch

from cascade.adapters.card import Adapter
from cascade.concurrency.one_lock import MAKING
from cascade.layers.activations import with_fast_activations
from cascade.layers.int8 import Int8Linear
from cascade.layers.merged_lora import merge
from cascade.layers.norms import with_fast_norms
from cascade.layers.stacked_lora import AdapterStack, stack_beside
from cascade.layers.stored_weights import widen
from cascade.memory.weight_files import FileRows
from cascade.model.model_files import reading_files_of


def load_transformers(source: str, dtype: torch.dtype, device: torch.device) -> Any:
    """A causal LM by name or folder, for inference in `dtype`; raises BaseModelError where there is none, or a damaged
    one.
    """
    # one at a time: while it loads, transformers changes settings of the whole process, such as the default type
    with MAKING, reading_files_of(source), no_progress_bars():
        from transformers import AutoModelForCausalLM

        model: Any = AutoModelForCausalLM.from_pretrained(
            source,
            dtype="auto" if dtype == torch.float32 else dtype,
            attn_implementation="sdpa",
            use_safetensors=True,  # not pickles, which may run foreign code
            trust_remote_code=False,  # transformers would ask the user otherwise
        )
    if model.dtype not in (dtype, torch.bfloat16, torch.float16) or device.type != "cpu":
        # what is stored in 16 bits stays so on CPUs that compute in fp32 (`cascade.layers.stored_weights`)
        model = model.to(dtype)
    return model.eval().requires_grad_(False).to(device)


def model_with(
    model: Any,
    adapters: Sequence[Adapter],
    dtype: torch.dtype,
    *,
    int8: bool,
    rows: FileRows | None,
    stacked: bool,
) -> tuple[Any, AdapterStack | None]:
    """A model with adapters in its layers that shares with `model` what they leave as it is, and what holds further
    ones beside them.

    rows: where those of the embedding lie.  Raises AdapterError for adapters that do not fit the layers.
    """
    changed = copy.deepcopy(model, {id(parameter): parameter for parameter in model.parameters()})
    if not (adapters or int8 or stacked or dtype != model.dtype):
        return changed, None
    merge(changed.model, adapters, dtype=dtype, finish=Int8Linear.of if int8 else lambda linear: linear)
    with_fast_norms(changed.model)
    if rows is not None or dtype != model.dtype:
        widen(changed.model, dtype, rows)
    if model.device.type == "cpu":
        with_fast_activations(changed.model, int8=int8)
    return changed, stack_beside(changed.model, dtype) if stacked else None


@contextmanager
def no_progress_bars() -> Iterator[None]:
    """Loads models without transformers' progress bars; a library does not draw on its caller's terminal."""
    from transformers.utils import logging

    library: Any = logging
    shown = library.is_progress_bar_enabled()
    library.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            library.enable_progress_bar()
