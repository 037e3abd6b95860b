"""What a kind of model needs so that its GGUF can be written as a Hugging Face folder, and what the kinds share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Metadata = Mapping[str, Any]

# kinds of tokens: what no text spells, what is matched whole before a text is tokenised, and bytes
CONTROL, OWN_WORD, BYTE = 3, 4, 6
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


def vocabulary_of(metadata: Metadata, spelled: Callable[[str], str] = str) -> Vocabulary:
    """The tokens that a file lists, each as `spelled` writes it.

    Raises ValueError where one occurs twice or has no kind, KeyError where the file lists none.
    """
    kinds = metadata["tokenizer.ggml.token_type"]
    tokens = [spelled(token) for token in metadata["tokenizer.ggml.tokens"]]
    ids = {token: number for number, token in enumerate(tokens)}
    if len(ids) < len(tokens) or len(kinds) != len(tokens):
        raise ValueError(
            f"the vocabulary has {len(tokens):,} tokens, {len(ids):,} of them distinct, "
            f"and {len(kinds):,} kinds; expected as many of each"
        )
    return Vocabulary(tokens, kinds, ids)


def special_tokens(metadata: Metadata) -> dict[str, str]:
    """The spelling of each special token that the file names; raises ValueError for one that the vocabulary lacks."""
    tokens = metadata["tokenizer.ggml.tokens"]
    named = {kind: metadata.get(f"tokenizer.ggml.{name}_token_id") for kind, name in SPECIAL.items()}
    if beyond := {kind: number for kind, number in named.items() if number is not None and number >= len(tokens)}:
        raise ValueError(f"special tokens have the ids {beyond}; expected them below {len(tokens):,}")
    return {kind: tokens[number] for kind, number in named.items() if number is not None}


def token_entries(tokens: Mapping[str, str]) -> dict[str, str]:
    """Special tokens by the names that tokenizer_config.json has for them."""
    return {f"{kind}_token": token for kind, token in tokens.items()}
