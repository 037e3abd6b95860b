"""The block mask: packed rows against one text at a time, the model's own causal and bidirectional reading, and what
must not leak.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from slow_reading import may_see, parts_of, states_alone
from tiny_models import SLIDING_WINDOW, WORDS, random_text
from tiny_passages import TYPES, close, hidden_of, layout_of, passage_of, random_passages
from torch import Tensor
from transformers import AutoModelForCausalLM

from cascade.model.base_model import BaseModel
from cascade.reading.block_mask import Layout, visible, within
from cascade.reading.passage import Passage
from cascade.reading.reader import Reader
from cascade.reading.row import assemble, pack


def packed_states(
    reader: Reader, prefix: Sequence[int], passages: Sequence[Passage], capacity: int
) -> tuple[dict[int, Tensor], list[Tensor]]:
    """The states of each passage read in rows, all rows in one padded batch, and the prefix' states in each row."""
    members = pack([len(passage) for passage in passages], capacity=capacity)
    rows = [assemble(prefix, [passages[index] for index in row]) for row in members]
    hidden = reader.hidden(rows)
    states = {}
    for number, row in enumerate(rows):
        for start, index in zip(row.starts, members[number], strict=True):
            states[index] = hidden[number, int(start) : int(start) + len(passages[index])]
    return states, [hidden[number, : len(prefix)] for number in range(len(rows))]


def test_the_mask_follows_the_rule_token_by_token(qwen: BaseModel) -> None:
    source = random.Random(5)
    passages = random_passages(qwen, source, 5, 6)
    rows = [assemble((1, 2, 3), passages[:3]), assemble((1, 2, 3), passages[3:])]
    layout = layout_of(rows)
    mask, width = visible(layout), layout.tokens
    assert mask.shape == (2, 1, width, width)
    later = Layout(*(part[:, 9:] for part in layout))
    assert torch.equal(visible(later, layout), mask[:, :, 9:])
    for number, row in enumerate(rows):
        size = len(row.ids)
        inside = [part for passage in passages[3 * number : 3 * number + 3] for part in parts_of(passage)]
        parts = [("prefix", 0, 0, index) for index in range(3)]
        parts += [(kind, query, branch, index) for index, (kind, query, branch, _) in enumerate(inside)]
        for query in range(width):
            for key in range(width):
                if query >= size:
                    expected = key == 0  # padding
                elif key >= size:
                    expected = False
                else:
                    stranger = row.segments[key] not in (0, row.segments[query])
                    expected = not stranger and may_see(parts[query], parts[key])
                assert bool(mask[number, 0, query, key]) == expected, (number, query, key)


def test_the_window_hides_what_is_further_away() -> None:
    positions = torch.tensor([[0, 1, 2, 5, 2, 3]])
    layout = Layout(positions, positions, positions, positions)
    mask = torch.ones(1, 1, 6, 6, dtype=torch.bool)
    mask[0, 0, 0, 1] = False
    expected = [
        [mask[0, 0, q, k].item() and abs(positions[0, q] - positions[0, k]).item() < 3 for k in range(6)]
        for q in range(6)
    ]
    assert within(mask, 3, layout)[0, 0].tolist() == expected


@pytest.mark.parametrize("seed", range(3))
def test_packed_passages_equal_one_text_at_a_time(base: BaseModel, seed: int) -> None:
    source, reader, prefix = random.Random(seed), base.reader(), base.tokens.prefix(TYPES)
    passages = random_passages(base, source, 9, 14)
    states, prefixes = packed_states(reader, prefix, passages, capacity=120)
    assert len(prefixes) < len(passages)  # some rows hold several
    for index, passage in enumerate(passages):
        alone = states_alone(reader, prefix, passage)
        assert close(states[index], alone[len(prefix) :])
        assert all(close(states_of_prefix, alone[: len(prefix)]) for states_of_prefix in prefixes)


def test_texts_longer_than_the_window_equal_one_at_a_time(gemma: BaseModel) -> None:
    source, reader, prefix = random.Random(7), gemma.reader(), gemma.tokens.prefix(TYPES)
    passages = random_passages(gemma, source, 4, 60)
    assert min(len(passage) for passage in passages) > 2 * SLIDING_WINDOW
    states, _ = packed_states(reader, prefix, passages, capacity=600)
    for index, passage in enumerate(passages):
        assert close(states[index], states_alone(reader, prefix, passage)[len(prefix) :])
    wide = Reader(reader.body, reader.head, 10**6, reader.layer_types, reader.pad_id, reader.device, reader.dtype)
    unlimited, _ = packed_states(wide, prefix, passages, capacity=600)
    assert not close(states[0], unlimited[0], 1e-2)  # control: the window matters


@pytest.mark.parametrize("name", ["gemma", "qwen"])
def test_packed_passages_equal_one_text_at_a_time_in_bf16(name: str, request: pytest.FixtureRequest) -> None:
    base = BaseModel.load(str(request.getfixturevalue(f"{name}_folder")), device="cpu", precision="bf16")
    reader, prefix = base.reader(), base.tokens.prefix(TYPES)
    assert reader.dtype == base.dtype == torch.bfloat16
    passages = random_passages(base, random.Random(11), 6, 12)
    states, _ = packed_states(reader, prefix, passages, capacity=120)
    for index, passage in enumerate(passages):
        alone = states_alone(reader, prefix, passage)[len(prefix) :]
        assert float(torch.nn.functional.cosine_similarity(states[index].float(), alone.float()).min()) > 0.98


def test_the_types_are_read_as_the_model_reads_them_by_itself(base: BaseModel) -> None:
    reader, prefix = base.reader(), base.tokens.prefix(TYPES)
    row = assemble(prefix, [passage_of(base, "Ada met the red cross")])
    causal = base.model.model(input_ids=torch.tensor([prefix])).last_hidden_state[0]
    assert close(hidden_of(reader, row)[: len(prefix)], causal)


def test_text_alone_is_read_as_the_model_reads_in_both_directions(gemma: BaseModel, gemma_folder: Path) -> None:
    both_ways: Any = AutoModelForCausalLM.from_pretrained(
        gemma_folder, dtype=torch.float32, use_bidirectional_attention=True
    )
    assert both_ways.config.sliding_window == SLIDING_WINDOW
    passage = passage_of(gemma, " ".join(WORDS[:30]))
    assert len(passage) > 2 * SLIDING_WINDOW
    expected = both_ways.model(input_ids=torch.tensor([passage.ids])).last_hidden_state[0]
    assert close(hidden_of(gemma.reader(), assemble((), [passage])), expected)


def test_the_types_do_not_depend_on_the_text(base: BaseModel) -> None:
    reader, prefix = base.reader(), base.tokens.prefix(TYPES)
    first, second = (
        hidden_of(reader, assemble(prefix, [passage_of(base, text)])) for text in ("Ada met Bob", "王小明在北京大学")
    )
    assert close(first[: len(prefix)], second[: len(prefix)])


def test_the_text_depends_on_the_types(base: BaseModel) -> None:
    reader, passage = base.reader(), passage_of(base, "Ada met Bob")
    first, second = (
        hidden_of(reader, assemble(base.tokens.prefix([name]), [passage]))[-len(passage) :]
        for name in ("river", "person")
    )
    assert not close(first, second, 1e-2)


def test_the_last_word_changes_the_first_piece(base: BaseModel) -> None:
    reader, prefix = base.reader(), base.tokens.prefix(TYPES)
    first, second = (
        hidden_of(reader, assemble(prefix, [passage_of(base, f"Ada met the {word}")])) for word in ("river", "bank")
    )
    assert not close(first[len(prefix)], second[len(prefix)], 1e-3)


def test_other_texts_in_the_row_change_nothing(base: BaseModel) -> None:
    reader, prefix, passage = (
        base.reader(),
        base.tokens.prefix(TYPES),
        passage_of(base, "Ada met Bob", base.tokens.labels[:2]),
    )
    row = assemble(
        prefix, [passage_of(base, "東京タワー", base.tokens.labels[1:4]), passage, passage_of(base, "красный крест")]
    )
    start = int(row.starts[1])
    assert close(
        hidden_of(reader, row)[start : start + len(passage)],
        hidden_of(reader, assemble(prefix, [passage]))[len(prefix) :],
    )


def test_padding_changes_nothing(base: BaseModel) -> None:
    reader, prefix = base.reader(), base.tokens.prefix(TYPES)
    short, long = (
        assemble(prefix, [passage_of(base, "Ada met Bob")]),
        assemble(prefix, [passage_of(base, random_text(random.Random(1), 30))]),
    )
    padded = reader.hidden([long, short])
    assert close(padded[1, : len(short.ids)], hidden_of(reader, short))
    assert bool(torch.isfinite(padded).all())


def test_queries_and_branches_change_neither_the_text_nor_each_other(base: BaseModel) -> None:
    reader, prefix = base.reader(), base.tokens.prefix(TYPES)
    text = passage_of(base, "Ada met Bob")

    def with_queries(*queries: tuple[int, tuple[int, ...]]) -> Tensor:
        columns = list(zip(text.ids, text.positions, text.queries, text.branches, strict=True))
        for query, tokens in queries:
            columns += [(token, 1 + place, query, int(place > 1)) for place, token in enumerate(tokens)]
        ids, positions, numbers, branches = zip(*columns, strict=True)
        return hidden_of(reader, assemble(prefix, [Passage(ids, positions, numbers, branches, ())]))[len(prefix) :]

    size, first, second = len(text), base.tokens.labels[:4], base.tokens.labels[1:]
    plain, alone = with_queries(), with_queries((1, second))
    both = with_queries((1, first), (2, second))
    assert close(both[:size], plain)
    assert close(both[size + 4 :], alone[size:])
    shorter = with_queries((1, first[:3]))
    assert close(both[size : size + 3], shorter[size:])  # neither sees what comes later on a branch
    assert not close(with_queries((1, first[:2]))[size], with_queries((1, (first[0], first[2])))[size], 1e-3)
    other = hidden_of(reader, assemble(prefix, [passage_of(base, "Ada met Ada", first)]))
    assert not close(other[-1], hidden_of(reader, assemble(prefix, [passage_of(base, "Ada met Bob", first)]))[-1], 1e-3)
