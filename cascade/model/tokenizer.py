"""The tokenizer of a base model, read from its files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from cascade.errors import BaseModelError
from cascade.memory.library_caches import hand_back
from cascade.model.model_files import reading_files_of, tokenizers_errors
from cascade.text.tokens import PieceTokens

if TYPE_CHECKING:
    from tokenizers import Tokenizer


def load_tokens(source: str, kind: type[PieceTokens] = PieceTokens) -> PieceTokens:
    """The tokenizer of a base model, in the form of `kind`; raises BaseModelError where there is none, or a damaged
    one.
    """
    with reading_files_of(source), tokenizers_errors():
        tokenizer, config = _tokenizer_and_config(source)
    end = config.eos_token_id[0] if isinstance(config.eos_token_id, list) else config.eos_token_id
    if end is None:
        raise BaseModelError(f"the base model {source!r} names no eos_token_id in its config; expected one")
    begins = bool(tokenizer.encode("a").ids[:1] == [config.bos_token_id])
    pad = config.pad_token_id if config.pad_token_id is not None else end
    return kind(tokenizer, bos_id=config.bos_token_id if begins else None, end_id=end, pad_id=pad)


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
