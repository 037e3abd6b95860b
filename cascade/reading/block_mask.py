"""The block mask: which token sees which, for packed rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import pad


class Layout(NamedTuple):
    """What the tokens of some rows are, each (rows, tokens), as in `cascade.reading.row.Row`; segment -1 is padding."""

    positions: Tensor
    segments: Tensor
    queries: Tensor
    branches: Tensor

    @property
    def tokens(self) -> int:
        """Tokens a row, padding included."""
        return self.segments.shape[1]

    def of_rows(self, rows: Tensor) -> Layout:
        """The layout of some rows, by their indices."""
        return Layout(*(each[rows] for each in self))

    @classmethod
    def stacked(cls, parts: Sequence[Layout]) -> Layout:
        """The rows of several layouts, the shorter ones filled up with padding."""
        if len(parts) == 1:
            return parts[0]
        longest = max(part.tokens for part in parts)
        return cls(
            *(
                torch.cat([pad(each, (0, longest - each.shape[1]), value=fill) for each in column])
                for fill, column in zip((0, -1, 0, 0), zip(*parts, strict=True), strict=True)
            )
        )

    def followed_by(self, other: Layout) -> Layout:
        """The same rows with further tokens behind these."""
        return Layout(*(torch.cat(pair, dim=1) for pair in zip(self, other, strict=True)))


def visible(asking: Layout, seen: Layout | None = None) -> Tensor:
    """True where a token of `asking` may see one of `seen`; (rows, 1, tokens, keys), boolean.

    seen: the keys, of which `asking` is the end; `asking` itself where it is None.  The types of the prefix are causal
    and see only themselves, so that they do not depend on the text; text sees the prefix and its own passage's text in
    both directions; a query sees the prefix, its passage's text and itself, in both directions; a branch of a query the
    same and its own tokens up to itself.  Padding sees only the first key, so that no softmax is empty.
    """
    keys = asking if seen is None else seen
    query, key = asking.segments[:, :, None], keys.segments[:, None, :]
    own_query, key_query = asking.queries[:, :, None], keys.queries[:, None, :]
    own_branch, key_branch = asking.branches[:, :, None], keys.branches[:, None, :]
    size = asking.tokens, keys.tokens
    earlier = torch.ones(size, dtype=torch.bool, device=key.device).tril(keys.tokens - asking.tokens)[None]
    prefix = (key == 0) & ((query > 0) | ((query == 0) & earlier))
    same_query = (own_query == key_query) & ((key_branch == 0) | ((own_branch == key_branch) & earlier))
    passage = (query > 0) & (query == key) & ((key_query == 0) | same_query)
    first = torch.zeros_like(earlier)
    first[:, :, 0] = True
    padding = (query < 0) & first
    return (prefix | passage | padding)[:, None]


def within(mask: Tensor, window: int, asking: Layout, seen: Layout | None = None) -> Tensor:
    """`mask`, as `visible` makes it, for layers with a sliding window: positions `window` or further apart do not see
    each other.
    """
    keys = asking if seen is None else seen
    distance = (asking.positions[:, :, None] - keys.positions[:, None, :]).abs()
    return mask & (distance < window)[:, None]


def behind_prefix(
    asking: Layout, seen: Layout | None = None, *, prefix: range, window: int | None, furthest: int
) -> Tensor:
    """True where the tokens of rows without a prefix of their own may see the one in front and each other; (rows, 1,
    tokens, keys), boolean.

    prefix: positions of its tokens; furthest: the largest of the rows' own, which the device is not asked for, as that
    would wait for all it has to do.  The keys are the beginning of the prefix, as far as some tokens may be too far
    from it, and those of `seen`; every token sees the rest of the prefix.  The same as the text's part of `visible`,
    and of `within` where there is a window, for rows that hold the prefix.
    """
    own = visible(asking, seen)
    if window is None:
        return own
    far = min(len(prefix), max(0, furthest - window + 1 - prefix.start))
    before = torch.arange(prefix.start, prefix.start + far, device=own.device)
    near = (asking.positions[:, :, None] - before).abs() < window
    padding = (asking.segments < 0)[:, :, None]  # keeps what it sees, so that no softmax is empty
    near |= padding
    own = within(own, window, asking, seen) | (own & padding[:, None])
    return torch.cat([near[:, None], own], dim=3) if far else own
