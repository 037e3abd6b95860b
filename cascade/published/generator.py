"""A Hugging Face checkpoint, merged or LoRA, that generates answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from safetensors import SafetensorError

from cascade.errors import first_line
from cascade.published.chat_turns import Messages, ends_of_turn, give_template, rendered
from cascade.published.drawn_tokens import DrawnTokens
from cascade.published.errors import PublishedError
from cascade.published.token_bytes import TokenBytes

Allowed = Callable[[int, Sequence[int]], list[int]]  # the tokens that may follow, by prompt and the tokens so far
# how repeated extractions differ: as the configuration of Qwen2-1.5B-Instruct samples, without its repetition penalty,
# which would punish the copying of the text
TEMPERATURE, TOP_P, TOP_K = 0.7, 0.8, 20
_BATCH = 64
# what transformers and PEFT raise for settings and weights that are damaged or of another model
_UNREADABLE = (KeyError, OSError, RuntimeError, SafetensorError, TypeError, ValueError)


class Answer(NamedTuple):
    """A generated text, and whether it ended before the longest allowed length."""

    text: str
    finished: bool


class Generator(Protocol):
    """What answers questions."""

    def answers(
        self, prompts: Sequence[Messages], *, longest: int, seed: int | None = None, allowed: Allowed | None = None
    ) -> list[Answer]:
        """The answer to each prompt, of up to `longest` tokens; the likeliest, or one drawn by a seed."""


class ChatModel:
    """A causal language model with its tokenizer, which answers chat prompts."""

    def __init__(self, model: Any, tokenizer: Any, *, folder: str = "the model") -> None:
        """Takes a model and tokenizer of transformers; gives both what they lack."""
        from transformers import GenerationConfig

        config: Any = GenerationConfig  # its constructor has no types
        self.model, self.tokenizer = model.eval(), tokenizer
        model.get_output_embeddings().register_forward_pre_hook(_in_one_piece)
        give_template(tokenizer, model.config.model_type, folder=folder)
        self.ends = ends_of_turn(tokenizer, getattr(model.generation_config, "eos_token_id", None))
        if tokenizer.pad_token_id is None:
            tokenizer.pad_token_id = self.ends[0]
        # a configuration that is passed to `generate` takes what it leaves open from the model's own
        model.generation_config = config(eos_token_id=self.ends, pad_token_id=tokenizer.pad_token_id)

    def encode(self, text: str) -> list[int]:
        """The tokens of a text, without any of the tokenizer's own."""
        tokens: list[int] = self.tokenizer(text, add_special_tokens=False).input_ids
        return tokens

    def token_count(self, text: str) -> int:
        """The number of the text's tokens."""
        return len(self.encode(text))

    @cached_property
    def token_bytes(self) -> TokenBytes:
        """The bytes of the tokens, found at the first use: it takes a second."""
        return TokenBytes(self.tokenizer)

    def answers(
        self, prompts: Sequence[Messages], *, longest: int, seed: int | None = None, allowed: Allowed | None = None
    ) -> list[Answer]:
        """The answer to each prompt; prompts of like length are read together, so order does not matter.

        Answers of a batch that grow beyond their prompts leave it, so that the others need not wait for them.
        """
        texts = [rendered(self.tokenizer, prompt) for prompt in prompts]
        asked: list[list[int]] = self.tokenizer(texts, add_special_tokens=False).input_ids if texts else []
        told: list[list[int]] = [[] for _ in texts]
        open_ = list(range(len(texts)))
        while open_ := [place for place in open_ if len(told[place]) < longest and not self._ended(told[place])]:
            open_.sort(key=lambda place: (len(asked[place]) + len(told[place]), place))
            for first in range(0, len(open_), _BATCH):
                batch = open_[first : first + _BATCH]
                rows = [asked[place] + told[place] for place in batch]
                behind = [len(told[place]) for place in batch]
                more = min(max(map(len, rows)), longest - max(behind))
                for place, row in zip(batch, self._more(rows, batch, behind, more, seed, allowed), strict=True):
                    told[place] += row
        return [self._answer(row) for row in told]

    def _more(
        self,
        rows: Sequence[list[int]],
        places: Sequence[int],
        behind: Sequence[int],
        most: int,
        seed: int | None,
        allowed: Allowed | None,
    ) -> list[list[int]]:
        """Up to `most` tokens more for each row, with the end of a turn where one ends; behind: told tokens of each."""
        import torch

        start = max(map(len, rows))
        padded = [[self.tokenizer.pad_token_id] * (start - len(row)) + row for row in rows]
        mask = [[0] * (start - len(row)) + [1] * len(row) for row in rows]
        inputs = {
            name: torch.tensor(value, device=self.model.device)
            for name, value in (("input_ids", padded), ("attention_mask", mask))
        }
        options: dict[str, Any] = {"max_new_tokens": most, "do_sample": False}
        if seed is not None:
            asked = [row[: len(row) - told] for row, told in zip(rows, behind, strict=True)]
            drawn = DrawnTokens(seed, asked, behind, start, temperature=TEMPERATURE, top_p=TOP_P, top_k=TOP_K)
            options["logits_processor"] = [drawn]
        if allowed is not None:
            options["prefix_allowed_tokens_fn"] = lambda row, ids: allowed(
                places[row], ids[start - behind[row] :].tolist()
            )
        with torch.inference_mode():
            more: list[list[int]] = self.model.generate(**inputs, **options)[:, start:].tolist()
        return [row[: self._end(row) + 1] for row in more]

    def _end(self, row: Sequence[int]) -> int:
        """The place of the first token that ends a turn, or the length."""
        return next((place for place, token in enumerate(row) if token in self.ends), len(row))

    def _ended(self, row: Sequence[int]) -> bool:
        return bool(row) and row[-1] in self.ends

    def _answer(self, row: list[int]) -> Answer:
        end = self._end(row)
        text = self.tokenizer.decode(row[:end], skip_special_tokens=True, clean_up_tokenization_spaces=False)
        return Answer(text, end < len(row))


def _in_one_piece(_head: Any, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
    """Hidden states whose rows follow each other in memory.

    Of a batch, transformers gives the head a view of the last places. In bf16 on CPUs, torch's product of such a view
    with a frozen head takes up to 190 times as long (Gemma 3 270M, torch 2.13, two cores with AMX, 2026-11).
    """
    import torch

    states, *rest = inputs
    # a view of one text counts as contiguous, whatever its strides are; a copy has those of its shape
    return (states.clone(memory_format=torch.contiguous_format), *rest)


def load(folder: str | Path, *, base: str | None = None, device: str = "cpu", dtype: str = "float32") -> ChatModel:
    """The model in a folder of Hugging Face's: a whole checkpoint, or an adapter of PEFT's, which is merged.

    base: the folder of the adapter's base model, where the adapter does not name one that is there. Raises
    PublishedError if they cannot be loaded.
    """
    whole, folder = whole_model(folder, base=base), Path(folder)
    adapter = folder / "adapter_config.json"
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    models: Any = AutoModelForCausalLM
    try:
        model = models.from_pretrained(
            whole,
            dtype=getattr(torch, dtype),
            attn_implementation="sdpa",
            use_safetensors=True,  # neither pickles nor code of a model's own, which could do anything
            trust_remote_code=False,
        )
        own_tokenizer = adapter.is_file() and (folder / "tokenizer_config.json").is_file()
        tokenizer = AutoTokenizer.from_pretrained(str(folder) if own_tokenizer else whole, trust_remote_code=False)
    except _UNREADABLE as error:
        raise PublishedError(
            f"{whole}: cannot be loaded ({first_line(error)}); expected a causal language model and its tokenizer, as "
            "transformers' save_pretrained writes them"
        ) from error
    if adapter.is_file():
        model = _merged(model, folder)
    return ChatModel(model.to(device), tokenizer, folder=str(folder))


def check_folder(folder: str | Path) -> None:
    """Raises PublishedError if a folder holds neither a whole checkpoint nor an adapter, or one of our stages."""
    if (Path(folder) / "card.json").is_file():
        raise PublishedError(
            f"{folder}: is an adapter that decides and never writes, as its card.json shows; expected one that "
            "python -m train.published made, or read with it by --adapters and without --protocol"
        )
    if not any((Path(folder) / name).is_file() for name in ("adapter_config.json", "config.json")):
        raise PublishedError(
            f"{folder}: no config.json and no adapter_config.json; expected a folder of a checkpoint of Hugging "
            "Face's, or of an adapter of PEFT's"
        )


def whole_model(folder: str | Path, *, base: str | None = None) -> str:
    """The folder of the whole model that is loaded for a folder: itself, or the base model of the adapter in it.

    Loads nothing. Raises PublishedError if it holds neither, if weights are missing or no safetensors, if the base
    model is not there, or if peft is missing.
    """
    check_folder(folder)
    folder = Path(folder)
    adapter = folder / "adapter_config.json"
    whole = _base_of(adapter, base) if adapter.is_file() else str(folder)
    # what is no folder is a hub name of a base model
    if Path(whole).is_dir() and not any(Path(whole).glob("*.safetensors*")):
        raise PublishedError(
            f"{whole}: has no model.safetensors; expected weights as safetensors, as reading others may run foreign "
            "code. Save the model with transformers' save_pretrained"
        )
    if adapter.is_file() and find_spec("peft") is None:
        raise PublishedError(
            f"{folder}: is an adapter, which needs the package peft; install it: pip install 'cascade-ner[published]'"
        )
    if adapter.is_file() and not (folder / "adapter_model.safetensors").is_file():  # PEFT would read a pickle instead
        raise PublishedError(
            f"{folder}: has no adapter_model.safetensors; expected weights as safetensors, as reading others may run "
            "foreign code. Save the adapter with PEFT's save_pretrained"
        )
    return whole


def _base_of(adapter: Path, base: str | None) -> str:
    """The base model of an adapter: the one that is named, or the one that the adapter names, if it is there."""
    if base is not None:
        return base
    try:
        settings = json.loads(adapter.read_text(encoding="utf-8"))
        named = settings["base_model_name_or_path"] if isinstance(settings, dict) else settings
    except (KeyError, OSError, ValueError) as error:
        raise PublishedError(
            f"{adapter}: does not tell the base model ({error}); expected an adapter's settings as PEFT writes them"
        ) from error
    if not isinstance(named, str) or not named or not Path(named).is_dir():
        raise PublishedError(
            f"{adapter}: the base model {named!r} is no folder here; name the folder of the adapter's base model with "
            "--base"
        )
    return str(named)


def _merged(model: Any, folder: Path) -> Any:
    from peft import PeftModel

    try:
        return PeftModel.from_pretrained(model, str(folder)).merge_and_unload()
    except _UNREADABLE as error:
        raise PublishedError(
            f"{folder}: cannot be read as an adapter of this base model ({first_line(error)}); expected one as PEFT "
            "has saved it, and the base model that it was trained on (--base)"
        ) from error
