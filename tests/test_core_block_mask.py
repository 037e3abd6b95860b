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
from tiny_models import SLIDING_WINDOW, WORDS, may_see, random_text, states_alone
from torch import Tensor
from transformers import AutoModelForCausalLM

from cascade.model.base_model import BaseModel
from cascade.reading.attention import States, _in_two_parts, _side_by_side, folded
from cascade.reading.block_mask import behind_prefix, visible, within
from cascade.reading.passage import Passage, Read
from cascade.reading.reader import Reader
from cascade.reading.row import Row, assemble, continued, pack, stack
from cascade.stages.extractor import extraction_passage
from cascade.text.pieces import cut

TYPES = ["person", "place name", "company"]


@pytest.mark.parametrize("prefix", [0, 1, 5, 6, 9])
@pytest.mark.parametrize("tokens", range(1, 12))
def test_the_prefix_is_masked_where_a_token_is_too_far_from_it(prefix: int, tokens: int) -> None:
    window, kept = 6, range(max(0, prefix - 5), prefix)
    rows = [
        assemble((), [Passage(tuple(range(length)), tuple(range(length)), (0,) * length, ())], after=prefix)
        for length in (tokens, 1)
    ]
    _, positions, segments, branches = map(torch.from_numpy, stack(rows, pad_id=0))
    furthest = max(int(row.positions.max()) for row in rows)
    mask = behind_prefix(segments, branches, positions, prefix=kept, window=window, furthest=furthest)
    whole = (
        torch.cat([torch.ones(2, 1, tokens, len(kept), dtype=torch.bool), mask], dim=3)
        if mask.shape[3] == tokens
        else mask
    )
    for row, length in enumerate((tokens, 1)):
        for place in range(length):
            seen = [prefix + place - position < window for position in kept]
            assert whole[row, 0, place, : len(kept)].tolist() == seen
    assert (mask.shape[3] == tokens) == all(prefix + tokens - 1 - position < window for position in kept)


def passage_of(base: BaseModel, text: str, *branches: Sequence[int]) -> Passage:
    """The passage of a text, with branches that go on from its last token but two."""
    plain = extraction_passage(base.tokens.pieces(text, cut(text)))
    ids, positions, numbers = list(plain.ids), list(plain.positions), list(plain.branches)
    for number, tokens in enumerate(branches, start=1):
        ids += tokens
        positions += range(len(plain) - 2, len(plain) - 2 + len(tokens))
        numbers += [number] * len(tokens)
    return Passage(tuple(ids), tuple(positions), tuple(numbers), (Read(0, 0),))


def random_passages(base: BaseModel, source: random.Random, count: int, words: int) -> list[Passage]:
    return [
        passage_of(
            base,
            "Ada " + random_text(source, source.randint(1, words)),
            *[source.choices(base.tokens.labels, k=source.randint(1, 3)) for _ in range(source.randint(0, 3))],
        )
        for _ in range(count)
    ]


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


def hidden_of(reader: Reader, row: Row) -> Tensor:
    return reader.hidden([row])[0]


def close(left: Tensor, right: Tensor, tolerance: float = 3e-5) -> bool:
    return left.shape == right.shape and bool(torch.allclose(left, right, rtol=tolerance, atol=tolerance))


def test_the_mask_follows_the_rule_token_by_token(qwen: BaseModel) -> None:
    source = random.Random(5)
    passages = random_passages(qwen, source, 5, 6)
    rows = [assemble((1, 2, 3), passages[:3]), assemble((1, 2, 3), passages[3:])]
    _, _, segments, branches = (torch.from_numpy(array) for array in stack(rows, pad_id=0))
    mask = visible(segments, branches)
    assert mask.shape == (2, 1, segments.shape[1], segments.shape[1])
    for number, row in enumerate(rows):
        size = len(row.ids)
        parts = [
            ("prefix" if segment == 0 else "branch" if branch else "text", int(branch), index)
            for index, (segment, branch) in enumerate(zip(row.segments, row.branches, strict=True))
        ]
        for query in range(segments.shape[1]):
            for key in range(segments.shape[1]):
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
    mask = torch.ones(1, 1, 6, 6, dtype=torch.bool)
    mask[0, 0, 0, 1] = False
    expected = [
        [mask[0, 0, q, k].item() and abs(positions[0, q] - positions[0, k]).item() < 3 for k in range(6)]
        for q in range(6)
    ]
    assert within(mask, positions, 3)[0, 0].tolist() == expected


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


def test_branches_change_neither_the_text_nor_each_other(base: BaseModel) -> None:
    reader, prefix = base.reader(), base.tokens.prefix(TYPES)
    first, second = base.tokens.labels[:3], base.tokens.labels[3:]
    plain = hidden_of(reader, assemble(prefix, [passage_of(base, "Ada met Bob")]))
    both = hidden_of(reader, assemble(prefix, [passage_of(base, "Ada met Bob", first, second)]))
    alone = hidden_of(reader, assemble(prefix, [passage_of(base, "Ada met Bob", second)]))
    assert close(both[: len(plain)], plain)
    assert close(both[len(plain) + len(first) :], alone[len(plain) :])
    causal = hidden_of(reader, assemble(prefix, [passage_of(base, "Ada met Bob", first[:2])]))
    assert close(
        both[len(plain) : len(plain) + 2], causal[len(plain) :]
    )  # a branch does not see what comes later on it
    other = hidden_of(reader, assemble(prefix, [passage_of(base, "Ada met Ada", first)]))
    assert not close(other[-1], both[len(plain) + 2], 1e-3)  # control: but it reads the text


@pytest.mark.parametrize("seed", range(3))
def test_rows_behind_a_shared_prefix_equal_rows_that_hold_it(base: BaseModel, seed: int) -> None:
    source, reader, prefix = random.Random(seed), base.reader(), base.tokens.prefix(TYPES)
    passages = random_passages(base, source, 7, 40)
    members = pack([len(passage) for passage in passages], capacity=150)
    within_rows = reader.hidden([assemble(prefix, [passages[index] for index in row]) for row in members])
    rows = [assemble((), [passages[index] for index in row], after=len(prefix)) for row in members]
    for _ in range(2):  # the second time with the prefix' states that were kept
        behind = reader.hidden_behind(prefix, rows)
        for number, row in enumerate(rows):
            assert close(behind[number, : len(row.ids)], within_rows[number, len(prefix) : len(prefix) + len(row.ids)])
    assert bool(torch.isfinite(behind).all())
    other = reader.hidden_behind(base.tokens.prefix(["river"]), rows)
    assert not close(other[0], behind[0], 1e-2)  # control: the prefix is read


def test_a_prefix_longer_than_the_window_is_seen_as_far_as_the_window_reaches(gemma: BaseModel) -> None:
    reader, prefix = gemma.reader(), gemma.tokens.prefix([f"type {number}" for number in range(20)])
    assert len(prefix) > 3 * SLIDING_WINDOW
    passage = passage_of(gemma, "Ada met the red cross in London", gemma.tokens.labels[:2])
    behind = reader.hidden_behind(prefix, [assemble((), [passage], after=len(prefix))])[0]
    assert close(behind, states_alone(reader, prefix, passage)[len(prefix) :])


@pytest.mark.parametrize("types", [3, 20])
def test_branches_read_after_the_text_equal_branches_read_with_it_across_the_window(
    gemma: BaseModel, types: int
) -> None:
    source, reader, prefix = (
        random.Random(types),
        gemma.reader(),
        gemma.tokens.prefix([f"type {number}" for number in range(types)]),
    )
    labels = gemma.tokens.labels
    texts = [random_text(source, words) for words in (3, 40, 12)]
    plain = [passage_of(gemma, text) for text in texts]
    branched = [passage_of(gemma, text, labels * 2, labels[1:]) for text in texts]
    assert (
        max(map(len, plain)) > SLIDING_WINDOW < len(plain[2]) + len(labels) * 2
    )  # some branches begin, and some texts end, beyond the window's reach
    begins = [(len(text), both) for text, both in zip(plain, branched, strict=True)]
    further = [Passage(both.ids[start:], both.positions[start:], both.branches[start:], ()) for start, both in begins]
    members = [[0, 2], [1]]
    rows = [assemble((), [plain[index] for index in row], after=len(prefix)) for row in members]
    more = [
        continued(row, [further[index] for index in inside], after=len(prefix))
        for row, inside in zip(rows, members, strict=True)
    ]
    states = States()
    reader.hidden_behind(prefix, rows, record=states)
    after = reader.hidden_after(prefix, rows, states, more)
    for number, inside in enumerate(members):
        for start, index in zip(more[number].starts, inside, strict=True):
            alone = states_alone(reader, prefix, branched[index])[len(prefix) + len(plain[index]) :]
            assert close(after[number, start : start + len(further[index])], alone)
    wide = Reader(reader.body, reader.head, 10**6, reader.layer_types, reader.pad_id, reader.device, reader.dtype)
    unlimited = States()
    wide.hidden_behind(prefix, rows, record=unlimited)
    assert not close(wide.hidden_after(prefix, rows, unlimited, more)[1], after[1], 1e-2)  # control: the window matters


def test_the_model_attends_as_before_after_a_shared_prefix(base: BaseModel) -> None:
    reader, prefix = base.reader(), base.tokens.prefix(TYPES)
    before = base.model.config._attn_implementation
    reader.hidden_behind(prefix, [assemble((), [passage_of(base, "Ada")], after=len(prefix))])
    assert base.model.config._attn_implementation == before


@pytest.mark.slow
def test_kept_prefixes_do_not_grow_without_bound(base: BaseModel) -> None:
    reader = base.reader()
    for number in range(300):
        reader.hidden_behind(
            base.tokens.prefix([f"type {number}", *TYPES]), [assemble((), [passage_of(base, "Ada")], after=20)]
        )
    assert 0 < reader.prefixes.tokens() <= 4096


@pytest.mark.parametrize("masked", [False, True])
def test_attention_in_two_parts_equals_attention_over_copies_of_the_prefix(masked: bool) -> None:
    torch.manual_seed(3)
    rows, shared, tokens, own, seen, size = 3, 2, 5, 7, 11, 8
    query, key, value = (
        torch.randn(rows, shared, 2 * tokens, size),
        torch.randn(rows, shared, own, size),
        torch.randn(rows, shared, own, size),
    )
    prefix_key, prefix_value = torch.randn(1, shared, seen, size), torch.randn(1, shared, seen, size)
    allowed = torch.rand(rows, 1, tokens, own + (seen if masked else 0)) < 0.5
    allowed[:, :, :, -1] = True
    mask = folded(allowed, queries_per_key=2, dtype=torch.float32)
    right = _side_by_side(query, key, value, mask, prefix_key, prefix_value, 0.3)
    assert close(_in_two_parts(query, key, value, mask, prefix_key, prefix_value, 0.3), right, 1e-5)
    assert not close(
        _in_two_parts(query, key, value, torch.zeros_like(mask), prefix_key, prefix_value, 0.3), right, 1e-2
    )  # control
