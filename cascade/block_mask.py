"""The block mask: which token sees which, for packed rows."""

from __future__ import annotations

import torch
from torch import Tensor


def visible(segments: Tensor, branches: Tensor) -> Tensor:
    """True where the query token may see the key token; (rows, 1, tokens, tokens), boolean.

    segments, branches: (rows, tokens) as in `cascade.row.Row`, padding -1.  The types of the prefix are causal and see only themselves, so that they do not
    depend on the text; text sees the prefix and its own passage in both directions; a branch sees the prefix, its passage's text and its own tokens up to
    itself.  Padding sees only the first token, so that no softmax is empty.
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
    """`mask` for layers with a sliding window: positions `window` or further apart do not see each other; positions: (rows, tokens)."""
    distance = (positions[:, :, None] - positions[:, None, :]).abs()
    return mask & (distance < window)[:, None]


def behind_prefix(segments: Tensor, branches: Tensor, positions: Tensor, *, prefix: range, window: int | None) -> Tensor:
    """True where the tokens of rows without a prefix of their own may see the one in front and each other; (rows, 1, tokens, prefix + tokens), boolean.

    prefix: positions of its tokens.  The same as the text's part of `visible`, and of `within` where there is a window, for rows that hold the prefix.
    """
    own = visible(segments, branches)
    rows, _, tokens, _ = own.shape
    mask = torch.cat([torch.ones(rows, 1, tokens, len(prefix), dtype=torch.bool, device=own.device), own], dim=3)
    if window is None:
        return mask
    before = torch.arange(prefix.start, prefix.stop, device=positions.device).expand(rows, -1)
    near = (positions[:, :, None] - torch.cat([before, positions], dim=1)[:, None, :]).abs() < window
    near[:, :, 0] |= segments < 0  # padding sees the first token, so that no softmax is empty
    return mask & near[:, None]
