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
from tiny_models import SLIDING_WINDOW, WORDS, may_see, parts_of, query_states_alone, random_text, states_alone
from torch import Tensor
from transformers import AutoModelForCausalLM

from cascade.model.base_model import BaseModel
from cascade.reading.attention import _in_two_parts, _side_by_side, folded
from cascade.reading.block_mask import Layout, behind_prefix, visible, within
from cascade.reading.passage import Passage, Read
from cascade.reading.read_rows import ReadRows
from cascade.reading.reader import Reader
from cascade.reading.row import Row, assemble, pack, stack
from cascade.stages.extractor import extraction_passage
from cascade.text.pieces import cut

TYPES = ["person", "place name", "company"]


def layout_of(rows: Sequence[Row]) -> Layout:
    _, *parts = map(torch.from_numpy, stack(rows, pad_id=0))
    return Layout(*parts)


@pytest.mark.parametrize("prefix", [0, 1, 5, 6, 9])
@pytest.mark.parametrize("tokens", range(1, 12))
def test_the_prefix_is_masked_where_a_token_is_too_far_from_it(prefix: int, tokens: int) -> None:
    window, kept = 6, range(max(0, prefix - 5), prefix)
    rows = [
        assemble((), [extraction_passage([(token,) for token in range(length)])], after=prefix)
        for length in (tokens, 1)
    ]
    furthest = max(int(row.positions.max()) for row in rows)
    mask = behind_prefix(layout_of(rows), prefix=kept, window=window, furthest=furthest)
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
    """The passage of a text with two queries of three tokens, each with some of the branches, if there are any."""
    plain = extraction_passage(base.tokens.pieces(text, cut(text)))
    columns = [(token, place, 0, 0) for token, place in zip(plain.ids, plain.positions, strict=True)]
    for query in (1, 2) if branches else ():
        columns += [(base.tokens.labels[place], len(plain) - 4 + place, query, 0) for place in range(3)]
        for number, tokens in enumerate(branches, start=1):
            if number % 2 == query % 2 or number > 2:
                columns += [(token, len(plain) - 1 + place, query, number) for place, token in enumerate(tokens)]
    ids, positions, queries, numbers = zip(*columns, strict=True)
    return Passage(ids, positions, queries, numbers, (Read(0, 0),))


def split(passage: Passage) -> tuple[Passage, Passage]:
    """A passage's text, and the queries on it."""
    size = passage.queries.count(0)
    parts = [
        Passage(passage.ids[part], passage.positions[part], passage.queries[part], passage.branches[part], ())
        for part in (slice(None, size), slice(size, None))
    ]
    return parts[0], parts[1]


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
@pytest.mark.parametrize("same_prefix", [True, False])
def test_queries_read_after_the_text_equal_one_pass_over_both_across_the_window(
    gemma: BaseModel, types: int, same_prefix: bool
) -> None:
    source, reader, labels = random.Random(types), gemma.reader(), gemma.tokens.labels
    prefix = gemma.tokens.prefix([f"type {number}" for number in range(types)])
    read_behind = prefix if same_prefix else gemma.tokens.prefix(["river", "bank", "Ada"])
    passages = [
        passage_of(gemma, random_text(source, words), labels * 2, labels[1:], labels[:2]) for words in (3, 40, 12)
    ]
    texts, queries = zip(*map(split, passages), strict=True)
    # some branches begin, and some texts end, beyond the window's reach
    assert max(map(len, texts)) > SLIDING_WINDOW < len(texts[2]) + len(labels) * 2
    members = [[0, 2], [1]]
    rows = [assemble((), [texts[index] for index in row], after=len(read_behind)) for row in members]
    more = [assemble((), [queries[index] for index in row], after=len(read_behind)) for row in members]

    def read_after(reader: Reader) -> Tensor:
        read = ReadRows()
        reader.hidden_behind(read_behind, rows, record=read)
        return reader.hidden_after(prefix, read, more, text_at=len(read_behind))

    after = read_after(reader)
    for number, inside in enumerate(members):
        for start, index in zip(more[number].starts, inside, strict=True):
            alone = query_states_alone(reader, read_behind, texts[index].ids, prefix, queries[index])
            assert close(after[number, start : start + len(queries[index])], alone)
            if same_prefix:
                together = states_alone(reader, prefix, passages[index])[len(prefix) + len(texts[index]) :]
                assert close(alone, together)
    wide = Reader(reader.body, reader.head, 10**6, reader.layer_types, reader.pad_id, reader.device, reader.dtype)
    assert not close(read_after(wide)[1], after[1], 1e-2)  # control: the window matters


def test_branches_read_after_their_queries_equal_branches_read_with_them(base: BaseModel) -> None:
    reader, prefix, labels = base.reader(), base.tokens.prefix(TYPES), base.tokens.labels
    passages = [passage_of(base, text, labels[:2], labels[1:]) for text in ("Ada met the red cross in London", "Bob")]
    texts, queries = zip(*map(split, passages), strict=True)
    at = len(prefix)

    def part(passage: Passage, *, branches: bool) -> Passage:
        chosen = [place for place, branch in enumerate(passage.branches) if bool(branch) == branches]
        columns = (passage.ids, passage.positions, passage.queries, passage.branches)
        ids, positions, numbers, of_query = (tuple(column[place] for place in chosen) for column in columns)
        return Passage(ids, positions, numbers, of_query, ())

    read, asked = ReadRows(), ReadRows()
    reader.hidden_behind(prefix, [assemble((), texts, after=at)], record=read)
    trunks = [part(each, branches=False) for each in queries]
    reader.hidden_after(prefix, read, [assemble((), trunks, after=at)], record=asked)
    further = assemble((), [part(each, branches=True) for each in queries], after=at)
    found = reader.hidden_after(prefix, asked, [further])[0]
    for start, query, passage, text in zip(further.starts, queries, passages, texts, strict=True):
        expected = states_alone(reader, prefix, passage)[at + len(text) :]
        chosen = [place for place, branch in enumerate(query.branches) if branch]
        assert close(found[start : start + len(chosen)], expected[chosen])


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
