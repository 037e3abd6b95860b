"""The tokenizer of a base model, read from its files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from cascade.errors import BaseModelError
from cascade.memory.package_caches import hand_back
from cascade.model.base_folder import base_folder
from cascade.model.decoder_config import decoder_config
from cascade.model.model_files import reading_files_of, tokenizers_errors
from cascade.model.sentencepiece_file import VOCABULARY
from cascade.text.sentence_pieces import SentencePieces
from cascade.text.tokens import PieceTokens

if TYPE_CHECKING:
    from tokenizers import Tokenizer


def load_tokens(name: str | None, kind: type[PieceTokens] = PieceTokens) -> PieceTokens:
    """The tokenizer of a base model, named as for `BaseModel.load`, in the form of `kind`; raises BaseModelError where
    there is none, or a damaged one.
    """
    source = base_folder(name)
    with reading_files_of(source), tokenizers_errors():
        tokenizer, special = _tokenizer(source), _special_ids(source)
    if special.end is None:
        raise BaseModelError(f"the base model {source!r} names no eos_token_id in its config; expected one")
    if isinstance(tokenizer, SentencePieces):
        begins = tokenizer.bos_id is not None
    else:
        begins = bool(tokenizer.encode("a").ids[:1] == [special.begin])
    pad = special.pad if special.pad is not None else special.end
    return kind(tokenizer, bos_id=special.begin if begins else None, end_id=special.end, pad_id=pad)


class _SpecialIds(NamedTuple):
    """The ids that a config names for the begin and the end of texts and for padding."""

    begin: int | None
    end: int | None
    pad: int | None


def _tokenizer(source: str) -> Tokenizer | SentencePieces:
    """Read from our own file in a folder that we made, which takes a tenth of a second, or else from `tokenizer.json`
    where there is one, which takes a second instead of five.
    """
    if (own := Path(source) / VOCABULARY).is_file():
        return SentencePieces.read(own)
    from tokenizers import Tokenizer

    file = Path(source) / "tokenizer.json"
    if file.is_file():
        tokenizer = Tokenizer.from_file(str(file))
        hand_back()  # reading a large vocabulary leaves 200 MB of what it was made from
        return tokenizer
    from transformers import AutoTokenizer

    fast = AutoTokenizer.from_pretrained(source, trust_remote_code=False)
    if not getattr(fast, "is_fast", False):
        raise BaseModelError(f"the base model {source!r} has no fast tokenizer; expected one with a tokenizer.json")
    backend: Tokenizer = fast.backend_tokenizer
    return backend


def _special_ids(source: str) -> _SpecialIds:
    """As config.json has them, for the kinds of models that we compute ourselves, where it names them; otherwise as
    transformers has them, whose import takes seconds.
    """
    file = Path(source) / "config.json"
    config: Any = json.loads(file.read_bytes()) if file.is_file() else {}
    named = {"bos_token_id", "eos_token_id", *(("pad_token_id",) if config.get("model_type") == "gemma3_text" else ())}
    if decoder_config(config) is None or not named <= config.keys():
        from transformers import AutoConfig

        config = AutoConfig.from_pretrained(source, trust_remote_code=False).to_dict()
    begin, end, pad = (config.get(f"{name}_token_id") for name in ("bos", "eos", "pad"))
    return _SpecialIds(begin, end[0] if isinstance(end, list) else end, pad)
