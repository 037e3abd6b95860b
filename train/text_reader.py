"""Reads the texts of the classifier's rows through the extractor, as inference does: queries are trained on what they
will see.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from cascade.adapters.card import Adapter, read_adapter
from cascade.errors import CascadeError
from cascade.model.base_model import BaseModel
from cascade.reading.attention import States
from cascade.reading.block_mask import Layout
from cascade.reading.read_rows import ReadRows
from cascade.reading.row import Row, stack
from cascade.stages.classifier import Classifier
from cascade.stages.extractor import Extractor
from cascade.stages.extractor_types import asked_of_extractor
from cascade.stages.waves import BothStages
from train.rows.bundle import ROW_LENGTHS, TextRow
from train.rows.dev_items import BATCH_TOKENS
from train.sft import EXTRACTOR, EXTRACTOR_BASE, EXTRACTOR_ROOT


@dataclass(frozen=True, slots=True)
class TextReader:
    """An extractor that stays as it is; number: of the adapter beside its reader's weights, 0 for none.

    known: the types that it was trained on.
    """

    extractor: Extractor
    number: int
    known: Sequence[str]

    @classmethod
    def of(cls, base: BaseModel, adapter: Adapter, root: Adapter) -> TextReader:
        """The reader of an extractor's adapter; root: the one that it builds on, or the adapter itself.

        Raises AdapterError for adapters that do not fit the base model.
        """
        for each in (adapter, root):
            each.check_fits(base)
        reader = base.reader(root, stacked=root is not adapter)
        number = 0 if root is adapter else reader.number_of(adapter)
        return cls(Extractor(reader, base.tokens, BATCH_TOKENS), number, root.card.types)

    @classmethod
    def from_environment(cls) -> TextReader:
        """The one that the environment names; raises CascadeError where it names none."""
        folder, root = os.environ.get(EXTRACTOR, ""), os.environ.get(EXTRACTOR_ROOT, "")
        if not folder:
            raise CascadeError(
                f"the classifier is trained on texts that an extractor reads; set {EXTRACTOR} to the folder of one"
            )
        adapter = read_adapter(Path(folder))
        return cls.of(
            BaseModel.load(os.environ.get(EXTRACTOR_BASE) or None),
            adapter,
            read_adapter(Path(root)) if root else adapter,
        )

    def both(self, classifier: Classifier, types: Sequence[str]) -> BothStages:
        """The stages as inference has them, asked for `types`."""
        return BothStages(self.extractor, classifier, asked_of_extractor(types, self.known))

    def read(self, texts: Sequence[TextRow], dtype: torch.dtype) -> tuple[States, Layout]:
        """The states of the texts' tokens, in `dtype`, and what the tokens are; padded to one of ROW_LENGTHS."""
        read = self._each_behind_its_prefix(texts) if self.number else self._together(texts)
        length = max(len(text.ids) for text in texts)
        length = next((each for each in ROW_LENGTHS if length <= each), length)
        keys, values = (
            [_padded(of_layer, length, dtype) for of_layer in zip(*sides, strict=True)]
            for sides in zip(*read, strict=True)
        )
        device = self.extractor.reader.device
        _, *layout = stack([_row(text) for text in texts], pad_id=0, length=length)
        return States(keys, values), Layout(*(torch.from_numpy(part).to(device) for part in layout))

    def _together(self, texts: Sequence[TextRow]) -> list[_Read]:
        """Keys and values by layer of each text, all read in one pass."""
        rows, states = [_row(text, with_prefix=True) for text in texts], States()
        self.extractor.reader.hidden(rows, record=states)
        ends = [(len(text.prefix), len(row.ids)) for text, row in zip(texts, rows, strict=True)]
        return [
            ([each[row, :, first:last] for each in states.keys], [each[row, :, first:last] for each in states.values])
            for row, (first, last) in enumerate(ends)
        ]

    def _each_behind_its_prefix(self, texts: Sequence[TextRow]) -> list[_Read]:
        """The same by a pass for each text: an adapter beside the weights changes how texts are read, not prefixes."""
        read = []
        for text in texts:
            noted = ReadRows()
            self.extractor.reader.hidden_behind(text.prefix, [_row(text)], adapters=[self.number], record=noted)
            [(states, _)] = noted.passes[0].sources
            read.append(([each[0] for each in states.keys], [each[0] for each in states.values]))
        return read


_Read = tuple[list[Tensor], list[Tensor]]  # keys and values by layer, each (heads, tokens, dimension)


def _row(text: TextRow, *, with_prefix: bool = False) -> Row:
    size = len(text.prefix) if with_prefix else 0
    ids, segments = text.prefix[:size] + text.ids, [0] * size + text.segments
    positions, nothing = [*range(size), *text.positions], [0] * len(ids)
    columns: tuple[list[int], ...] = (ids, positions, segments, nothing, nothing, [])
    return Row(*(np.array(column, dtype=np.int64) for column in columns))


def _padded(states: Sequence[Tensor], length: int, dtype: torch.dtype) -> Tensor:
    """States of (heads, tokens, dimension) as one tensor, (rows, heads, length, dimension), that gradients may pass
    by.
    """
    heads, _, size = states[0].shape
    together = torch.zeros(len(states), heads, length, size, dtype=dtype, device=states[0].device)
    for number, each in enumerate(states):
        together[number, :, : each.shape[1]] = each
    return together
