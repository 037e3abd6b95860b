"""What stands in front: prefixes that rows share, and texts that queries are read after, against one pass over all."""

from __future__ import annotations

import random

import pytest
import torch
from slow_reading import query_states_alone, states_alone
from tiny_models import SLIDING_WINDOW, random_text
from tiny_passages import TYPES, close, layout_of, passage_of, random_passages, split
from torch import Tensor

from cascade.model.base_model import BaseModel
from cascade.reading.attention import _in_two_parts, _side_by_side, folded
from cascade.reading.block_mask import behind_prefix
from cascade.reading.passage import Passage
from cascade.reading.read_rows import ReadRows, rows_of
from cascade.reading.reader import Reader
from cascade.reading.row import assemble, pack
from cascade.stages.extractor import extraction_passage


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
    far = mask.shape[3] - tokens  # of the prefix' first tokens; all see the others
    near = torch.ones(2, 1, tokens, len(kept) - far, dtype=torch.bool)
    whole = torch.cat([mask[..., :far], near, mask[..., far:]], dim=3)
    for row, length in enumerate((tokens, 1)):
        for place in range(length):
            seen = [prefix + place - position < window for position in kept]
            assert whole[row, 0, place, : len(kept)].tolist() == seen
    assert (mask.shape[3] == tokens) == all(prefix + tokens - 1 - position < window for position in kept)


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


def part_of(passage: Passage, *, branches: bool) -> Passage:
    """The branches of a query, or the query without them."""
    chosen = [place for place, branch in enumerate(passage.branches) if bool(branch) == branches]
    columns = (passage.ids, passage.positions, passage.queries, passage.branches)
    ids, positions, numbers, of_query = (tuple(column[place] for place in chosen) for column in columns)
    return Passage(ids, positions, numbers, of_query, ())


def test_queries_on_rows_of_two_passes_equal_those_on_one_row_alone(base: BaseModel) -> None:
    reader, prefix, labels = base.reader(), base.tokens.prefix(TYPES), base.tokens.labels
    passages = [passage_of(base, text, labels[:2], labels[1:]) for text in ("Ada met the red cross in London", "Bob")]
    texts, queries = zip(*map(split, passages), strict=True)
    at = len(prefix)
    assert len(texts[0]) > len(texts[1])
    reads = [ReadRows(), ReadRows()]
    for text, read in zip(texts, reads, strict=True):
        reader.hidden_behind(prefix, [assemble((), [text], after=at)], record=read)
    asked = ReadRows()
    trunks = [assemble((), [part_of(each, branches=False)], after=at) for each in queries]
    reader.hidden_after(prefix, rows_of([(reads[0], [0]), (reads[1], [0])]), trunks, record=asked)
    for chosen in ([0, 1], [1], [0]):  # a row that stays behind has the room that it had beside the longer one
        further = [assemble((), [part_of(queries[row], branches=True)], after=at) for row in chosen]
        found = reader.hidden_after(prefix, rows_of([(asked, chosen)]), further)
        for number, row in enumerate(chosen):
            expected = states_alone(reader, prefix, passages[row])[at + len(texts[row]) :]
            places = [place for place, branch in enumerate(queries[row].branches) if branch]
            assert close(found[number, : len(places)], expected[places])
    with pytest.raises(ValueError, match="several reads, one of them of several passes"):
        rows_of([(asked, [0]), (reads[0], [0])])


def test_branches_read_after_their_queries_equal_branches_read_with_them(base: BaseModel) -> None:
    reader, prefix, labels = base.reader(), base.tokens.prefix(TYPES), base.tokens.labels
    passages = [passage_of(base, text, labels[:2], labels[1:]) for text in ("Ada met the red cross in London", "Bob")]
    texts, queries = zip(*map(split, passages), strict=True)
    at = len(prefix)

    read, asked = ReadRows(), ReadRows()
    reader.hidden_behind(prefix, [assemble((), texts, after=at)], record=read)
    trunks = [part_of(each, branches=False) for each in queries]
    reader.hidden_after(prefix, read, [assemble((), trunks, after=at)], record=asked)
    further = assemble((), [part_of(each, branches=True) for each in queries], after=at)
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
