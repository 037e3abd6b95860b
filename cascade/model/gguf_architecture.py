"""What a kind of model needs so that its GGUF can be written as a Hugging Face folder, and what the kinds share."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Metadata = Mapping[str, Any]

# kinds of tokens: what no text spells, what is matched whole before a text is tokenised, and bytes
CONTROL, OWN_WORD, BYTE = 3, 4, 6
_TOKENS = "tokenizer.ggml.tokens"
_MOST = 1 << 24  # of anything that is counted here: what is more is damage
SPECIAL = {"pad": "padding", "eos": "eos", "bos": "bos", "unk": "unknown"}  # token: its name in a GGUF


@dataclass(frozen=True, slots=True)
class Architecture:
    """How a model's GGUF differs from its Hugging Face folder.

    outside, in_layer: names of modules, GGUF's to Hugging Face's.  biased: those of them that have a bias too.
    added_to_norms: what GGUF adds to the weights of norms.  config, tokenizer: made from the metadata; the head is left
    out of the config.  described: what tokenizer_config.json says.  sentence_pieces: the vocabulary in the form that
    sentencepiece reads; None for tokenizers of other kinds.
    """

    outside: Mapping[str, str]
    in_layer: Mapping[str, str]
    biased: frozenset[str]
    added_to_norms: float
    config: Callable[[Metadata], dict[str, Any]]
    tokenizer: Callable[[Metadata], Tokenizer]
    described: Callable[[Metadata], dict[str, Any]]
    sentence_pieces: Callable[[Metadata], bytes] | None = None


class Vocabulary(NamedTuple):
    """A model's tokens as they are spelled and their kinds, in the order of their ids, and the id of each token."""

    tokens: Sequence[str]
    kinds: Sequence[int]
    ids: dict[str, int]


def count_in(metadata: Metadata, name: str) -> int:
    """A count that a file states; raises KeyError where it does not, ValueError for what counts nothing."""
    value = metadata[name]
    if not isinstance(value, int) or not 0 < value < _MOST:
        raise ValueError(f"{name} is {value!r}; expected a count from 1 to {_MOST:,}")
    return value


def number_in(metadata: Metadata, name: str) -> float:
    """A number above 0 that a file states; raises KeyError where it does not, ValueError for anything else."""
    value = metadata[name]
    if not isinstance(value, int | float) or not 0 < value < math.inf:
        raise ValueError(f"{name} is {value!r}; expected a number above 0")
    return value


def texts_in(metadata: Metadata, name: str) -> list[str]:
    """A list of texts that a file states; raises KeyError where it does not, ValueError for anything else."""
    value = metadata[name]
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise ValueError(f"{name} is no list of texts; expected one")
    return value


def token_id_in(metadata: Metadata, name: str, *, required: bool = False) -> int | None:
    """The id of a special token, such as `bos`, None where the file names none; raises ValueError where it is no
    token's, KeyError where it is required and not named.
    """
    key = f"tokenizer.ggml.{name}_token_id"
    value, tokens = metadata[key] if required else metadata.get(key), len(texts_in(metadata, _TOKENS))
    if value is not None and (not isinstance(value, int) or not 0 <= value < tokens):
        raise ValueError(f"{key} is {value!r}; expected one of {tokens:,} tokens")
    return value


def vocabulary_of(metadata: Metadata, spelled: Callable[[str], str] = str) -> Vocabulary:
    """The tokens that a file lists, each as `spelled` writes it.

    Raises ValueError where one occurs twice or has no kind, KeyError where the file lists none.
    """
    kinds = metadata["tokenizer.ggml.token_type"]
    tokens = [spelled(token) for token in texts_in(metadata, _TOKENS)]
    ids = {token: number for number, token in enumerate(tokens)}
    if not isinstance(kinds, list):
        raise ValueError(f"the kinds of tokens are {kinds!r}; expected one for each")
    if len(ids) < len(tokens) or len(kinds) != len(tokens):
        raise ValueError(
            f"the vocabulary has {len(tokens):,} tokens, {len(ids):,} of them distinct, "
            f"and {len(kinds):,} kinds; expected as many of each"
        )
    return Vocabulary(tokens, kinds, ids)


def special_tokens(metadata: Metadata) -> dict[str, str]:
    """The spelling of each special token that the file names; raises ValueError for one that the vocabulary lacks."""
    tokens = texts_in(metadata, _TOKENS)
    named = {kind: token_id_in(metadata, name) for kind, name in SPECIAL.items()}
    return {kind: tokens[number] for kind, number in named.items() if number is not None}


def token_entries(tokens: Mapping[str, str]) -> dict[str, str]:
    """Special tokens by the names that tokenizer_config.json has for them."""
    return {f"{kind}_token": token for kind, token in tokens.items()}
