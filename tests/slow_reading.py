"""The slow obvious way to read one text with a model: one token after the other, without shared prefixes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray
from tiny_models import SLIDING_WINDOW
from torch import Tensor

from cascade.model.base_model import BaseModel
from cascade.reading.passage import Passage
from cascade.reading.reader import Reader
from cascade.stages.classifier import Classifier
from cascade.stages.extractor import Extractor
from cascade.stages.type_trie import NONE_OF_THESE
from cascade.text.tokens import PieceTokens

Part = tuple[str, int, int, int]


def may_see(asking: Part, key: Part) -> bool:
    """Whether a token sees another, in words; a token is (part, query, branch, index), part one of prefix, text, query
    and branch.
    """
    (part, query, branch, index), (other_part, other_query, other_branch, other_index) = asking, key
    if part == "prefix":
        return other_part == "prefix" and other_index <= index
    if part == "text":
        return other_part in ("prefix", "text")
    if other_part in ("prefix", "text"):
        return True
    if other_query != query:
        return False
    if other_part == "query":
        return True
    return part == "branch" and other_branch == branch and other_index <= index


def parts_of(passage: Passage) -> list[Part]:
    """What each token of a passage is."""
    return [
        ("branch" if branch else "query" if query else "text", query, branch, index)
        for index, (query, branch) in enumerate(zip(passage.queries, passage.branches, strict=True))
    ]


def states_alone(reader: Reader, prefix: Sequence[int], passage: Passage) -> Tensor:
    """Hidden states (tokens, hidden) of the prefix and one passage, read alone with a mask made token by token; no
    packing and no padding.
    """
    parts: list[Part] = [("prefix", 0, 0, index) for index in range(len(prefix))]
    parts += parts_of(passage)
    positions = [*range(len(prefix)), *(len(prefix) + position for position in passage.positions)]
    return states_of(
        reader, [*prefix, *passage.ids], positions, [[may_see(one, key) for key in parts] for one in parts]
    )


def query_states_alone(
    reader: Reader, read_behind: Sequence[int], text: Sequence[int], prefix: Sequence[int], queries: Passage
) -> Tensor:
    """Hidden states (tokens, hidden) of queries on a text, all in one pass: the text behind one prefix, which the
    queries do not see, and they behind another, which the text does not see and which ends where the first one does.
    """
    before: list[Part] = [("prefix", 0, 0, index) for index in range(len(read_behind))]
    before += [("text", 0, 0, index) for index in range(len(text))]
    own: list[Part] = [("prefix", 0, 0, index) for index in range(len(prefix))]
    own += parts_of(queries)
    at = len(read_behind)

    def sees(asking: Part, among_own: bool, key: Part, key_among_own: bool) -> bool:
        if among_own != key_among_own:
            return among_own and asking[0] != "prefix" and key[0] == "text"
        return may_see(asking, key)

    parts = [(part, False) for part in before] + [(part, True) for part in own]
    positions = [*range(at + len(text)), *range(at - len(prefix), at), *(at + place for place in queries.positions)]
    ids = [*read_behind, *text, *prefix, *queries.ids]
    return states_of(reader, ids, positions, [[sees(*one, *key) for key in parts] for one in parts])[-len(queries) :]


@torch.inference_mode()
def states_of(reader: Reader, ids: Sequence[int], positions: Sequence[int], sees: Sequence[Sequence[bool]]) -> Tensor:
    """Hidden states (tokens, hidden) of one sequence; sees: for each token, which ones it sees in layers without a
    window.
    """
    size = range(len(ids))
    near = [
        [sees[query][key] and abs(positions[query] - positions[key]) < SLIDING_WINDOW for key in size] for query in size
    ]
    masks = {"full_attention": torch.tensor([[sees]]), "sliding_attention": torch.tensor([[near]])}
    states: Tensor = reader.body(
        input_ids=torch.tensor([ids]), position_ids=torch.tensor([positions]), attention_mask=masks, use_cache=False
    ).last_hidden_state
    return states[0]


@torch.inference_mode()
def slow_log_probabilities(
    reader: Reader,
    tokens: PieceTokens,
    types: Sequence[str],
    pieces: Sequence[tuple[int, ...]],
    span: tuple[int, int],
    *,
    asked: Sequence[str] | None = None,
) -> list[float]:
    """Log-probability of each type and `none of these` for a span (first and last piece) of a text: from node to node
    of the trie, each read in a pass of its own.

    pieces: of the text, by their tokens; asked: what the text is read for, if not the types.
    """
    prefix, read_behind = tokens.prefix(types), tokens.prefix(types if asked is None else asked)
    names = [tokens.name(name) for name in (*types, NONE_OF_THESE)]
    spelled = [
        (*name, tokens.end_id) if any(other[: len(name)] == name and other != name for other in names) else name
        for name in names
    ]
    text = [token for piece in pieces for token in piece]
    first = sum(map(len, pieces[: span[0]]))
    last = sum(map(len, pieces[: span[1] + 1]))
    inside = [(text[place], place + 1) for place in range(first, last)]
    inside = inside if len(inside) <= 16 else inside[:8] + inside[-8:]
    query = [(tokens.marks.open, first), *inside, (tokens.marks.close, last + 1)]

    @cache
    def state(so_far: tuple[int, ...]) -> torch.Tensor:
        ids, positions = zip(*query, *((token, last + 2 + offset) for offset, token in enumerate(so_far)), strict=True)
        branches = (0,) * len(query) + (1,) * len(so_far)
        passage = Passage(ids, positions, (1,) * len(ids), branches, ())
        return query_states_alone(reader, read_behind, text, prefix, passage)[-1]

    def log_probability(spelling: tuple[int, ...], depth: int) -> float:
        if depth == len(spelling):
            return 0.0
        children = sorted(
            {other[depth] for other in spelled if len(other) > depth and other[:depth] == spelling[:depth]}
        )
        if len(children) == 1:
            return log_probability(spelling, depth + 1)
        logits = (
            reader.head @ state(spelling[:depth])
        ).double()  # the full vocabulary, of which only the children count
        chosen = logits[spelling[depth]] - torch.logsumexp(logits[children], dim=0)
        return float(chosen) + log_probability(spelling, depth + 1)

    return [log_probability(spelling, 0) for spelling in spelled]


def classified(
    base: BaseModel,
    texts: Sequence[str],
    spans: Sequence[Sequence[tuple[int, int]]],
    types: Sequence[str],
    *,
    batch_tokens: int = 2048,
    asked: Sequence[str] | None = None,
) -> list[list[NDArray[np.float64]]]:
    """What the classifier says of spans (characters) of texts, all read together, by the base model as both stages."""
    extractor = Extractor(base.reader(), base.tokens, batch_tokens)
    classifier = Classifier(base.reader(), base.tokens, batch_tokens)
    return classifier(extractor.read(texts, types if asked is None else asked), spans, types)
