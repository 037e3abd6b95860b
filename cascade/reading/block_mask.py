"""The block mask: which token sees which, for packed rows."""

from __future__ import annotations

import torch
from torch import Tensor


def visible(segments: Tensor, branches: Tensor) -> Tensor:
    """True where the query token may see the key token; (rows, 1, tokens, tokens), boolean.

    segments, branches: (rows, tokens) as in `cascade.reading.row.Row`, padding -1.  The types of the prefix are causal
    and see only themselves, so that they do not depend on the text; text sees the prefix and its own passage in both
    directions; a branch sees the prefix, its passage's text and its own tokens up to itself.  Padding sees only the
    first token, so that no softmax is empty.
    """
    tokens = segments.shape[1]
    query, key = segments[:, :, None], segments[:, None, :]
    query_branch, key_branch = branches[:, :, None], branches[:, None, :]
    earlier = torch.ones(tokens, tokens, dtype=torch.bool, device=segments.device).tril()[None]
    prefix = (key == 0) & ((query > 0) | ((query == 0) & earlier))
    text = (query > 0) & (query == key) & (key_branch == 0)
    branch = (query > 0) & (query == key) & (key_branch > 0) & (query_branch == key_branch) & earlier
    first = torch.zeros_like(earlier)
    first[:, :, 0] = True
    padding = (query < 0) & first
    return (prefix | text | branch | padding)[:, None]


def within(mask: Tensor, positions: Tensor, window: int) -> Tensor:
    """`mask` for layers with a sliding window: positions `window` or further apart do not see each other; positions:
    (rows, tokens).
    """
    distance = (positions[:, :, None] - positions[:, None, :]).abs()
    return mask & (distance < window)[:, None]


def behind_prefix(
    segments: Tensor, branches: Tensor, positions: Tensor, *, prefix: range, window: int | None, furthest: int
) -> Tensor:
    """True where the tokens of rows without a prefix of their own may see the one in front and each other; (rows, 1,
    tokens, keys), boolean.

    prefix: positions of its tokens; furthest: the largest of the rows' own, which the device is not asked for, as that
    would wait for all it has to do.  The keys are the prefix and the row's own tokens, or, where every token may see
    the whole prefix, the latter alone.  The same as the text's part of `visible`, and of `within` where there is a
    window, for rows that hold the prefix.
    """
    own = visible(segments, branches)
    if window is None:
        return own
    before = torch.arange(prefix.start, prefix.stop, device=positions.device)
    near = (positions[:, :, None] - before).abs() < window
    padding = (segments < 0)[:, :, None]  # keeps what it sees, so that no softmax is empty
    near |= padding
    own = within(own, positions, window) | (own & padding[:, None])
    return own if furthest - prefix.start < window else torch.cat([near[:, None], own], dim=3)
