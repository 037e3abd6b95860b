"""The base model: one small language model read by both stages, each through a merged adapter of its own."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cascade.concurrency.processes import StaysInProcess, computes
from cascade.layers.merged_lora import low_rank_parts
from cascade.layers.stacked_lora import stack_beside
from cascade.memory.package_caches import hand_back, keep_few_primitives
from cascade.memory.weight_files import WeightFiles
from cascade.model.base_folder import base_folder
from cascade.model.devices import usable_device
from cascade.model.fingerprint import Fingerprinted, fingerprint, first_fingerprint
from cascade.model.model_files import reading_files_of, weight_files_of
from cascade.model.named_bases import EMBEDDED
from cascade.model.precision import precision_of
from cascade.model.stored_decoder import StoredDecoder
from cascade.model.tokenizer import load_tokens
from cascade.model.transformers_model import load_transformers, model_with
from cascade.reading.reader import Reader, decoder_reader, reader_of
from cascade.text.pieces import cut
from cascade.text.tokens import PieceTokens

if TYPE_CHECKING:
    from cascade.adapters.card import Adapter

_EMBEDDED_CHARACTERS = 4096  # of a text: dozens of times a sentence, of which most can be told apart


class BaseModel(StaysInProcess):
    """A causal language model with its tokenizer; `name` and `fingerprint` say which one adapters must fit.

    stored: its weights, of a kind that we compute ourselves, or a model as transformers loads it.  dtype: what its
    readers compute in, where it is not what the weights are stored in.
    """

    def __init__(
        self,
        stored: Any,
        tokens: PieceTokens,
        *,
        name: str,
        dtype: torch.dtype | None = None,
        int8: bool = False,
        files: WeightFiles | None = None,
    ) -> None:
        computes()
        self.stored, self.tokens, self.name, self.int8 = stored, tokens, name, int8
        self._own = isinstance(stored, StoredDecoder)
        self.embedding: Tensor = stored.embedding if self._own else stored.get_input_embeddings().weight
        self.device, self.dtype = self.embedding.device, self.embedding.dtype if dtype is None else dtype
        self._files: WeightFiles = stored.files if self._own else files or WeightFiles()
        self._rows = self._files.rows_of(self.embedding)
        self._files.give_back()  # what loading has read of them, before the fingerprint reads from all over them
        self.fingerprint = fingerprint(self._fingerprinted)
        self._files.give_back()

    @property
    def positions(self) -> int | None:
        """The tokens of prompt and text whose places the model can tell apart; None where its config does not say."""
        positions: int | None = getattr(self.stored.config, "max_position_embeddings", None)
        return positions

    @property
    def _fingerprinted(self) -> Fingerprinted:
        if self._own:
            weights = self.stored.weights
            return Fingerprinted(
                self.stored.config, self.embedding, weights["model.norm.weight"], list(weights.values())
            )
        return Fingerprinted.of(self.stored)

    @cached_property
    def first_fingerprint(self) -> str:
        """The fingerprint in the form that cards held at first."""
        return first_fingerprint(self._fingerprinted)

    @cached_property
    def model(self) -> Any:
        """The model as transformers has it, loaded where it is asked for first; its layers are not what readers
        compute by, where these are our own.
        """
        if not self._own:
            return self.stored
        return load_transformers(base_folder(self.name), self.dtype, self.device)

    @classmethod
    def load(
        cls,
        name: str | None = None,
        *,
        device: str | None = None,
        precision: str = "auto",
        report: Callable[[str], None] = lambda message: None,
    ) -> BaseModel:
        """The embedded model (None), another named one, a GGUF file, or any Hugging Face causal LM by name or folder;
        raises BaseModelError where there is none, or a damaged one.

        device: "cpu", "cuda", ...; a GPU where there is one by default.  precision: as in `cascade.model.precision`.
        """
        keep_few_primitives()
        place = usable_device(device)
        dtype, int8 = precision_of(precision, place)
        source = base_folder(name, report=report)
        tokens = load_tokens(source)  # first, as what it needs for a moment is best taken before the rest is there
        stored: Any = None
        if Path(source).is_dir():
            with reading_files_of(source):
                stored = StoredDecoder.read(Path(source))
        files = None
        if stored is None:
            stored = load_transformers(source, dtype, place)
            files = WeightFiles.adopt(stored, weight_files_of(source))
        elif place.type != "cpu":
            stored = stored.to(place, dtype)
        return cls(stored, tokens, name=EMBEDDED if name is None else str(name), dtype=dtype, int8=int8, files=files)

    def reader(self, *adapters: Adapter, stacked: bool = False) -> Reader:
        """A reader of this model, or of one with `adapters` in its layers, which shares with it what they leave as it
        is.

        stacked: with room for further adapters beside its layers.  Raises AdapterError for adapters that do not fit the
        layers.
        """
        pad_id = self.tokens.pad_id
        if self._own:
            shapes = self.stored.linear_shapes()
            parts = [low_rank_parts(adapter, shapes) for adapter in adapters]
            body = self.stored.body(parts, self.dtype, int8=self.int8, rows=self._rows)
            stack = stack_beside(body, self.dtype) if stacked else None
            self.hand_back()
            return decoder_reader(body, self.stored.head, pad_id=pad_id, dtype=self.dtype, stack=stack)
        model, stack = model_with(self.stored, adapters, self.dtype, int8=self.int8, rows=self._rows, stacked=stacked)
        self.hand_back()
        return reader_of(model, pad_id=pad_id, dtype=self.dtype, stack=stack)

    @torch.inference_mode()
    def embedding_of(self, text: str) -> NDArray[np.float64]:
        """The mean of the input embeddings of a text's first tokens, (hidden,); zeros for a text without any."""
        beginning = text[:_EMBEDDED_CHARACTERS]
        ids = [token for piece in self.tokens.pieces(beginning, cut(beginning)) for token in piece]
        if not ids:
            return np.zeros(self.embedding.shape[1])
        mean: Tensor = self.embedding[torch.tensor(ids, device=self.device)].float().mean(dim=0)
        return mean.cpu().numpy().astype(np.float64)

    def hand_back(self) -> None:
        """Returns to the system what was freed, and the pages of the weights' files, which are read again at need."""
        hand_back()
        self._files.give_back()
