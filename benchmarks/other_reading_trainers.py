"""The trainers of `benchmarks.other_readings`, in their own file because importing ms-swift takes ten seconds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from benchmarks.other_readings import Bio, Brackets, Descriptions, LabelWords, read_one_way
from train.swift_plugin.trainer import DecisionTrainer


class FromLeftToRight(DecisionTrainer):
    """Reads text only from left to right, in all layers; its subclasses do so in some layers."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        body = self.plain_model().model
        for number in self.one_way_layers(list(body.config.layer_types)):
            body.layers[number].register_forward_pre_hook(read_one_way, with_kwargs=True)

    def one_way_layers(self, kinds: Sequence[str]) -> Iterable[int]:
        """The numbers of the layers that read one way; `kinds` holds the kind of attention of each layer."""
        return range(len(kinds))


class BothWaysInFullAttention(FromLeftToRight):
    """Layers with a sliding window read one way, those with full attention both ways."""

    def one_way_layers(self, kinds: Sequence[str]) -> Iterable[int]:
        """The layers with a sliding window."""
        return [number for number, kind in enumerate(kinds) if kind == "sliding_attention"]


class BothWaysInTheLowerHalf(FromLeftToRight):
    """The upper layers read one way, the lower ones both ways."""

    def one_way_layers(self, kinds: Sequence[str]) -> Iterable[int]:
        """The upper half."""
        return range(len(kinds) // 2, len(kinds))


class BothWaysInTheUpperHalf(FromLeftToRight):
    """The lower layers read one way, the upper ones both ways."""

    def one_way_layers(self, kinds: Sequence[str]) -> Iterable[int]:
        """The lower half."""
        return range(len(kinds) // 2)


class WithLabelWords(DecisionTrainer):
    """Decides among words instead of letters."""

    tokens_class = LabelWords


class WithBio(DecisionTrainer):
    """Decides among the three labels of BIO."""

    tokens_class = Bio


class WithBrackets(DecisionTrainer):
    """Decides where spans begin and end."""

    tokens_class = Brackets


class WithDescriptions(DecisionTrainer):
    """Reads what types mean in the prompt."""

    tokens_class = Descriptions
