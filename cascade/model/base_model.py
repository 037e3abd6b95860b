"""The base model: one small language model read by both stages, each through a merged adapter of its own."""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cascade.concurrency.one_lock import MAKING
from cascade.concurrency.processes import StaysInProcess, computes
from cascade.layers.activations import with_fast_activations
from cascade.layers.int8 import Int8Linear
from cascade.layers.merged_lora import merge
from cascade.layers.norms import with_fast_norms
from cascade.layers.stored_weights import widen
from cascade.memory.library_caches import hand_back, keep_few_primitives
from cascade.memory.weight_files import WeightFiles
from cascade.model.devices import usable_device
from cascade.model.embedded import EMBEDDED, embedded_folder, no_progress_bars
from cascade.model.fingerprint import fingerprint, first_fingerprint
from cascade.model.model_files import reading_files_of, weight_files_of
from cascade.model.precision import precision_of
from cascade.model.tokenizer import load_tokens
from cascade.reading.reader import Reader, reader_of
from cascade.text.pieces import cut
from cascade.text.tokens import PieceTokens

if TYPE_CHECKING:
    from cascade.adapters.card import Adapter

_EMBEDDED_CHARACTERS = 4096  # of a text: dozens of times a sentence, of which most can be told apart


class BaseModel(StaysInProcess):
    """A causal language model with its tokenizer; `name` and `fingerprint` say which one adapters must fit.

    dtype: what its readers compute in, where it is not what the weights are stored in.
    """

    def __init__(
        self,
        model: Any,
        tokens: PieceTokens,
        *,
        name: str,
        dtype: torch.dtype | None = None,
        int8: bool = False,
        files: WeightFiles | None = None,
    ) -> None:
        computes()
        self.model, self.tokens, self.name, self.int8 = model, tokens, name, int8
        self.dtype: torch.dtype = model.dtype if dtype is None else dtype
        self._files = files or WeightFiles()
        self._rows = self._files.rows_of(model.get_input_embeddings().weight)
        self._files.give_back()  # what loading has read of them, before the fingerprint reads from all over them
        self.fingerprint = fingerprint(model)
        self._files.give_back()

    @property
    def positions(self) -> int | None:
        """The tokens of prompt and text whose places the model can tell apart; None where its config does not say."""
        positions: int | None = getattr(self.model.config, "max_position_embeddings", None)
        return positions

    @cached_property
    def first_fingerprint(self) -> str:
        """The fingerprint in the form that cards held at first."""
        return first_fingerprint(self.model)

    @classmethod
    def load(
        cls,
        name: str | None = None,
        *,
        device: str | None = None,
        precision: str = "auto",
        report: Callable[[str], None] = lambda message: None,
    ) -> BaseModel:
        """The embedded model (None), or any Hugging Face causal LM by name or folder; raises BaseModelError where there
        is none, or a damaged one.

        device: "cpu", "cuda", ...; a GPU where there is one by default.  precision: as in `cascade.model.precision`.
        """
        keep_few_primitives()
        place = usable_device(device)
        dtype, int8 = precision_of(precision, place)
        embedded = name is None or name == EMBEDDED
        source = str(embedded_folder(report=report)) if embedded else str(name)
        tokens = load_tokens(source)  # first, as what it needs for a moment is best taken before the rest is there
        # one at a time: while it loads, transformers changes settings of the whole process, such as the default type
        with MAKING, reading_files_of(source), no_progress_bars():
            from transformers import AutoModelForCausalLM

            model: Any = AutoModelForCausalLM.from_pretrained(
                source, dtype="auto" if dtype == torch.float32 else dtype, attn_implementation="sdpa"
            )
        if model.dtype not in (dtype, torch.bfloat16, torch.float16) or place.type != "cpu":
            # what is stored in 16 bits stays so on CPUs that compute in fp32 (`cascade.layers.stored_weights`)
            model = model.to(dtype)
        model = model.eval().requires_grad_(False).to(place)
        return cls(
            model,
            tokens,
            name=EMBEDDED if embedded else source,
            dtype=dtype,
            int8=int8,
            files=WeightFiles.adopt(model, weight_files_of(source)),
        )

    def reader(self, *adapters: Adapter, stacked: bool = False) -> Reader:
        """A reader of this model, or of one with `adapters` in its layers, which shares with it what they leave as it
        is.

        stacked: with room for further adapters beside its layers.  Raises AdapterError for adapters that do not fit the
        layers.
        """
        stack = None
        model = copy.deepcopy(self.model, {id(parameter): parameter for parameter in self.model.parameters()})
        if adapters or self.int8 or stacked or self.dtype != model.dtype:
            merge(model.model, adapters, dtype=self.dtype, finish=Int8Linear if self.int8 else lambda linear: linear)
            with_fast_norms(model.model)
            if self._rows is not None or self.dtype != model.dtype:
                widen(model.model, self.dtype, self._rows)
            if self.model.device.type == "cpu":
                with_fast_activations(model.model, int8=self.int8)
            if stacked:
                from cascade.layers.stacked_lora import stack_beside

                stack = stack_beside(model.model, self.dtype)
            self.hand_back()
        return reader_of(model, pad_id=self.tokens.pad_id, dtype=self.dtype, stack=stack)

    @torch.inference_mode()
    def embedding_of(self, text: str) -> NDArray[np.float64]:
        """The mean of the input embeddings of a text's first tokens, (hidden,); zeros for a text without any."""
        beginning = text[:_EMBEDDED_CHARACTERS]
        ids = [token for piece in self.tokens.pieces(beginning, cut(beginning)) for token in piece]
        embedding = self.model.get_input_embeddings()
        if not ids:
            return np.zeros(embedding.weight.shape[1])
        mean: Tensor = embedding.weight[torch.tensor(ids, device=embedding.weight.device)].float().mean(dim=0)
        return mean.cpu().numpy().astype(np.float64)

    def hand_back(self) -> None:
        """Returns to the system what was freed, and the pages of the weights' files, which are read again at need."""
        hand_back()
        self._files.give_back()
