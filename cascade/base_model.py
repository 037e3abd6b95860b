"""The base model: one small language model read by both stages, each through a merged adapter of its own."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from cascade.activations import with_fast_activations
from cascade.attention import States, attending, folded
from cascade.base_model_files import reading_files_of, tokenizers_errors
from cascade.block_mask import behind_prefix, visible, within
from cascade.devices import sent, usable_device
from cascade.embedded import EMBEDDED, embedded_folder, no_progress_bars
from cascade.errors import BaseModelError
from cascade.file_rows import FileRows
from cascade.heap import hand_back
from cascade.int8 import int8_layers
from cascade.low_rank import merge
from cascade.mapped_files import MappedFiles
from cascade.memory_limit import MemoryLimit
from cascade.norms import with_fast_norms
from cascade.pieces import cut
from cascade.precision import precision_of
from cascade.primitive_cache import keep_few_primitives
from cascade.row import Row, stack
from cascade.stored_weights import widen
from cascade.tokens import PieceTokens

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from cascade.adapter import Adapter


class Choice(Protocol):
    """What chooses an adapter for each row: an adapter stack, or the switch of one in training."""

    def choose(self, rows: Tensor | None) -> None:
        """The adapter of each row, (rows,), of the next passes; 0 is none, None is none for all."""


_KEPT_PREFIX_TOKENS = 4096  # of prefixes whose keys and values are kept: 18 KB a token with Gemma 3 270M, 28 KB with Qwen2 1.5B
_EMBEDDED_CHARACTERS = 4096  # of a text: dozens of times a sentence, of which most can be told apart
_FINGERPRINT_ROWS = 64  # rows of the embedding that stand for all weights in the fingerprint


@dataclass(frozen=True, slots=True)
class Reader:
    """A body that turns rows into hidden states: the base model as it is, or with one adapter in it; further ones may stand beside it in `stack`.

    Adapters in the stack change how texts are read, not the prefix, which rows of all of them share.  dtype: what the body computes in; the head may be stored
    in another type.
    """

    body: nn.Module
    head: Tensor
    sliding_window: int | None
    layer_types: tuple[str, ...] | None
    pad_id: int
    device: torch.device
    dtype: torch.dtype
    stack: Choice | None = None
    memory: MemoryLimit = field(default_factory=MemoryLimit)
    _prefixes: dict[tuple[int, ...], States] = field(default_factory=dict)

    def attention_mask(self, segments: Tensor, branches: Tensor, positions: Tensor) -> Any:
        """The block mask in the form the model takes: a dict by kind of layer, or the mask itself for models with one kind."""
        mask = visible(segments, branches)
        if self.layer_types is None:
            return mask
        masks = {}
        for kind in self.layer_types:
            masks[kind] = within(mask, positions, self.sliding_window) if kind == "sliding_attention" and self.sliding_window else mask
        return masks

    @torch.inference_mode()
    def hidden(self, rows: Sequence[Row]) -> Tensor:
        """Hidden states after the last norm, (rows, tokens, hidden), of rows padded to the longest."""
        ids, positions, segments, branches = (sent(array, self.device) for array in stack(rows, pad_id=self.pad_id))
        mask = self.attention_mask(segments, branches, positions)
        output: Tensor = self.body(input_ids=ids, position_ids=positions, attention_mask=mask, use_cache=False).last_hidden_state
        return output

    @torch.inference_mode()
    def hidden_behind(self, prefix: Sequence[int], rows: Sequence[Row], *, adapters: Sequence[int] | None = None, record: States | None = None) -> Tensor:
        """Hidden states after the last norm, (rows, tokens, hidden), of rows that stand behind `prefix` without holding it.

        The prefix is read once, by itself; its keys and values are kept for further calls.  adapters: each row's number in the stack, 0 for none.
        record: takes the rows' own keys and values, for `hidden_after`.
        """
        ids, positions, segments, branches = self._stacked(rows)
        masks = self._masks_behind(prefix, segments, branches, positions, furthest=_furthest(rows))
        states = self._prefix_states(tuple(prefix))
        with self._through(adapters):
            return self._pass(ids, positions, masks, prefix=states, record=record)

    @torch.inference_mode()
    def hidden_after(
        self, prefix: Sequence[int], rows: Sequence[Row], states: States, more: Sequence[Row], *, adapters: Sequence[int] | None = None
    ) -> Tensor:
        """Hidden states of further tokens of rows that were read before, (rows, tokens, hidden), the same as if they had stood in the rows.

        rows: as they were read; states: what was recorded of them; more: for each the further tokens, whose segments are those of the row's passages.
        """
        _, *read = self._stacked(rows, length=states.keys[0].shape[2])
        ids, positions, segments, branches = self._stacked(more)
        together = [torch.cat(pair, dim=1) for pair in zip(read, (positions, segments, branches), strict=True)]
        masks = self._masks_behind(prefix, together[1], together[2], together[0], furthest=_furthest([*rows, *more]))
        asked = {kind: mask[:, :, -ids.shape[1] :] for kind, mask in masks.items()}
        in_front = self._prefix_states(tuple(prefix))
        with self._through(adapters):
            return self._pass(ids, positions, asked, prefix=in_front, before=states)

    @contextmanager
    def _through(self, adapters: Sequence[int] | None) -> Iterator[None]:
        """While it is open, rows are read through their adapters."""
        if self.stack is not None:
            self.stack.choose(None if adapters is None else sent(adapters, self.device))
        try:
            yield
        finally:
            if self.stack is not None:
                self.stack.choose(None)

    def _stacked(self, rows: Sequence[Row], length: int | None = None) -> list[Tensor]:
        return [sent(array, self.device) for array in stack(rows, pad_id=self.pad_id, length=length)]

    def _masks_behind(self, prefix: Sequence[int], segments: Tensor, branches: Tensor, positions: Tensor, *, furthest: int) -> dict[str, Tensor]:
        """By kind of layer, which keys of the prefix (as far as the layer keeps it) and the row each token sees."""
        windows = self._windows()
        reach = {window: range(0 if window is None else max(0, len(prefix) - window + 1), len(prefix)) for window in windows.values()}
        masks = {window: behind_prefix(segments, branches, positions, prefix=seen, window=window, furthest=furthest) for window, seen in reach.items()}
        return {kind: masks[window] for kind, window in windows.items()}

    @torch.inference_mode()
    def _prefix_states(self, prefix: tuple[int, ...]) -> States:
        if prefix not in self._prefixes:
            if sum(map(len, self._prefixes)) + len(prefix) > _KEPT_PREFIX_TOKENS:
                self._prefixes.clear()
            states = States()
            (ids, positions), zeros = torch.tensor([[prefix], [range(len(prefix))]], device=self.device), torch.zeros(1, len(prefix), dtype=torch.long)
            mask = visible(zeros.to(self.device), zeros.to(self.device))
            masks = {kind: mask if window is None else within(mask, positions, window) for kind, window in self._windows().items()}
            with self._through(None):
                self._pass(ids, positions, masks, record=states)
            config: Any = self.body.config
            for layer, kind in enumerate(config.layer_types if self.layer_types is not None else ()):
                if (window := self._windows()[kind]) is not None:
                    states.keep_last(layer, window - 1)
            self._prefixes[prefix] = states
        return self._prefixes[prefix]

    def _windows(self) -> dict[str, int | None]:
        """The sliding window of each kind of layer, None where there is none."""
        return {kind: self.sliding_window or None if kind == "sliding_attention" else None for kind in self.layer_types or ("",)}

    def _pass(self, ids: Tensor, positions: Tensor, masks: dict[str, Tensor], **states: States | None) -> Tensor:
        """One pass by our attention; masks: boolean, by kind of layer."""
        config: Any = self.body.config
        shared = config.num_attention_heads // config.num_key_value_heads
        dtype = torch.get_autocast_dtype(self.device.type) if torch.is_autocast_enabled(self.device.type) else self.dtype
        added = {id(mask): folded(mask, queries_per_key=shared, dtype=dtype) for mask in masks.values()}
        by_kind = {kind: added[id(mask)] for kind, mask in masks.items()}
        mask: Any = by_kind if self.layer_types is not None else by_kind[""]
        with attending(config):
            output: Tensor = self.body(input_ids=ids, position_ids=positions, attention_mask=mask, use_cache=False, **states).last_hidden_state
        return output

    @torch.inference_mode()
    def log_probabilities(self, asked: Sequence[tuple[Tensor, Sequence[int]]]) -> list[NDArray[np.float64]]:
        """For each question, its states (states, hidden) and its allowed answers, log-probabilities in nats, (states, candidates).

        Reads only the candidates' rows of the head: the full vocabulary would cost as much as all layers together (measured 2026-11).  All questions are
        copied from the device at once, as every copy waits for it.
        """
        if not asked:
            return []
        scores = []
        for hidden, candidates in asked:
            rows = self.head[sent(list(candidates), self.device)].to(hidden.dtype)
            scores.append(torch.log_softmax((hidden @ rows.T).float(), dim=-1))
        flat = torch.cat([each.flatten() for each in scores]).cpu().numpy().astype(np.float64)
        ends = np.cumsum([each.numel() for each in scores])[:-1]
        return [part.reshape(tuple(each.shape)) for part, each in zip(np.split(flat, ends), scores, strict=True)]


class BaseModel:
    """A causal language model with its tokenizer; `name` and `fingerprint` say which one adapters must fit.

    dtype: what its readers compute in, where it is not what the weights are stored in.
    """

    def __init__(
        self, model: Any, tokens: PieceTokens, *, name: str, dtype: torch.dtype | None = None, int8: bool = False, files: MappedFiles | None = None
    ) -> None:
        self.model, self.tokens, self.name, self.int8 = model, tokens, name, int8
        self.dtype: torch.dtype = model.dtype if dtype is None else dtype
        self._files = files or MappedFiles()
        self._rows = None if files is None else FileRows.of(model.get_input_embeddings().weight)
        self.fingerprint = fingerprint(model)

    @classmethod
    def load(
        cls,
        name: str | None = None,
        *,
        device: str | None = None,
        precision: str = "auto",
        report: Callable[[str], None] = lambda message: None,
    ) -> BaseModel:
        """The embedded model (None), or any Hugging Face causal LM by name or folder; raises BaseModelError where there is none, or a damaged one.

        device: "cpu", "cuda", ...; a GPU where there is one by default.  precision: as in `cascade.precision`.
        """
        keep_few_primitives()
        place = usable_device(device)
        dtype, int8 = precision_of(precision, place)
        embedded = name is None or name == EMBEDDED
        source = str(embedded_folder(report=report)) if embedded else str(name)
        tokens = load_tokens(source)  # first, as what it needs for a moment is best taken before the rest is there
        with reading_files_of(source), no_progress_bars():
            from transformers import AutoModelForCausalLM

            model: Any = AutoModelForCausalLM.from_pretrained(source, dtype="auto" if dtype == torch.float32 else dtype, attn_implementation="sdpa")
        if model.dtype not in (dtype, torch.bfloat16, torch.float16) or place.type != "cpu":
            model = model.to(dtype)  # what is stored in 16 bits stays so on CPUs that compute in fp32 (`cascade.stored_weights`)
        model = model.eval().requires_grad_(False).to(place)
        return cls(model, tokens, name=EMBEDDED if embedded else source, dtype=dtype, int8=int8, files=MappedFiles.of(model.parameters()))

    def reader(self, *adapters: Adapter, stacked: bool = False) -> Reader:
        """A reader of this model, or of one with `adapters` in its layers, which shares with it what they leave as it is.

        stacked: with room for further adapters beside its layers.  Raises AdapterError for adapters that do not fit the layers.
        """
        model, stack = self.model, None
        if adapters or self.int8 or stacked or self.dtype != model.dtype:
            model = copy.deepcopy(model, {id(parameter): parameter for parameter in model.parameters()})
            merge(model.model, adapters, dtype=self.dtype, finish=int8_layers() if self.int8 else lambda linear: linear)
            with_fast_norms(model.model)
            if self._rows is not None or self.dtype != model.dtype:
                widen(model.model, self.dtype, self._rows)
            if self.model.device.type == "cpu":
                with_fast_activations(model.model, int8=self.int8)
            if stacked:
                from cascade.adapter_stack import stack_beside

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


def _furthest(rows: Sequence[Row]) -> int:
    return max((int(row.positions.max(initial=0)) for row in rows), default=0)


def reader_of(model: Any, *, pad_id: int, dtype: torch.dtype | None = None, stack: Choice | None = None) -> Reader:
    """The reader of a loaded causal LM, also of one with adapter layers in it, as in training; dtype: what it computes in (what its head is stored in)."""
    layer_types = getattr(model.config, "layer_types", None)
    window = getattr(model.config, "sliding_window", None)
    weight = model.get_output_embeddings().weight
    return Reader(model.model, weight, window, tuple(sorted(set(layer_types))) if layer_types else None, pad_id, weight.device, dtype or weight.dtype, stack)


def load_tokens(source: str) -> PieceTokens:
    """The tokenizer of a base model; raises BaseModelError where there is none, or a damaged one."""
    with reading_files_of(source), tokenizers_errors():
        tokenizer, config = _tokenizer_and_config(source)
    end = config.eos_token_id[0] if isinstance(config.eos_token_id, list) else config.eos_token_id
    if end is None:
        raise BaseModelError(f"the base model {source!r} names no eos_token_id in its config; expected one")
    begins = bool(tokenizer.encode("a").ids[:1] == [config.bos_token_id])
    pad = config.pad_token_id if config.pad_token_id is not None else end
    return PieceTokens(tokenizer, bos_id=config.bos_token_id if begins else None, end_id=end, pad_id=pad)


def _tokenizer_and_config(source: str) -> tuple[Tokenizer, Any]:
    """Read from `tokenizer.json` in a folder where there is one, which takes a second instead of five."""
    from tokenizers import Tokenizer

    file = Path(source) / "tokenizer.json"
    tokenizer = Tokenizer.from_file(str(file)) if file.is_file() else None
    hand_back()  # reading a large vocabulary leaves 200 MB of what it was made from
    from transformers import AutoConfig

    config = AutoConfig.from_pretrained(source)
    if tokenizer is None:
        from transformers import AutoTokenizer

        fast = AutoTokenizer.from_pretrained(source)
        if not getattr(fast, "is_fast", False):
            raise BaseModelError(f"the base model {source!r} has no fast tokenizer; expected one with a tokenizer.json")
        tokenizer = fast.backend_tokenizer
    return tokenizer, config


def fingerprint(model: Any) -> str:
    """A checksum that tells base models apart, the same in bf16 and fp32: of the shapes, some rows of the embedding and the last norm."""
    weight = model.get_input_embeddings().weight
    step = max(1, weight.shape[0] // _FINGERPRINT_ROWS)
    digest = sha256(f"{model.config.model_type} {tuple(weight.shape)} {model.config.num_hidden_layers}".encode())
    norm = getattr(getattr(model, "model", None), "norm", None)
    for tensor in (weight[::step], *([norm.weight] if norm is not None else [])):
        digest.update(tensor.detach().to("cpu", torch.bfloat16).contiguous().view(torch.int16).numpy().tobytes())
    return digest.hexdigest()
