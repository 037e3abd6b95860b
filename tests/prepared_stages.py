"""Training data prepared in tests as `python -m train.prepare` prepares them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cascade.text.tokens import PieceTokens
from train.options import PreparationOptions, options_from
from train.preparation import prepare_stage
from train.prepare import arguments


def prepared(
    command: Sequence[str],
    tokens: PieceTokens,
    *,
    provenance: Mapping[str, str] | None = None,
    check: Callable[[Mapping[str, Any]], None] = lambda task: None,
) -> dict[str, Any]:
    """The task of the data that a command prepares, with the tokens of a tiny model."""
    parsed = arguments().parse_args(command)
    options = options_from(PreparationOptions, parsed)
    return prepare_stage(options, parsed.stage, parsed.out, tokens, provenance=provenance, check=check)
