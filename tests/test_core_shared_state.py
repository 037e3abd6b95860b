"""Each thing that passes of several threads share, by itself: no pass sees another one through it."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from thread_work import THREADS, at_once, switching_often
from tiny_models import save_shelf
from torch import Tensor, nn

from cascade import Cascade
from cascade.adapters.card import Adapter, AdapterShelf
from cascade.layers.int8 import quantised, sharing_inputs
from cascade.layers.merged_lora import LowRank
from cascade.layers.stacked_lora import AdapterStack, Beside, StackedLinear
from cascade.model.base_model import BaseModel
from cascade.reading.attention import States
from cascade.reading.kept_prefixes import KeptPrefixes
from cascade.reading.memory_limit import MemoryLimit
from cascade.reading.reader import Reader, reader_of
from cascade.reading.row import assemble
from cascade.stages.extractor import extraction_passage
from cascade.text.pieces import cut

pytestmark = pytest.mark.slow

TYPE_LISTS = (["person", "place name", "company"], ["river", "bank", "company or institution", "city"])


@pytest.fixture(autouse=True)
def turns() -> Iterator[None]:
    with switching_often(cores=1):
        yield


@pytest.fixture(scope="module")
def shelf(gemma: BaseModel, gemma_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pair for German and English, and differences to it for Danish and Japanese."""
    return save_shelf(gemma, gemma_folder, tmp_path_factory.mktemp("adapters"), own=["da", "ja"])


def states_of(reader: Reader, base: BaseModel, text: str, types: Sequence[str], adapter: int) -> Tensor:
    prefix = base.tokens.prefix(types)
    return reader.hidden_behind(
        prefix,
        [assemble((), [extraction_passage(base.tokens.pieces(text, cut(text)))], after=len(prefix))],
        adapters=[adapter],
    )


def test_a_pass_reads_through_its_own_adapter_while_others_are_added(
    gemma: BaseModel, gemma_folder: Path, tmp_path: Path
) -> None:
    shelf = AdapterShelf(save_shelf(gemma, gemma_folder, tmp_path, own=["da", "ja", "sv", "ur"]))
    roots = [adapter for adapter in shelf.of_stage("extractor") if not adapter.card.builds_on]
    differences = [adapter for adapter in shelf.of_stage("extractor") if adapter.card.builds_on]

    def stacked() -> tuple[Reader, AdapterStack]:
        reader = gemma.reader(roots[0], stacked=True)
        assert isinstance(reader.stack, AdapterStack)
        return reader, reader.stack

    expected = []
    for adapter in differences:
        reader, stack = stacked()
        expected.append(states_of(reader, gemma, "Ada met Bob in London", TYPE_LISTS[0], stack.number_of(adapter)))
    assert not torch.equal(expected[0], expected[1])  # control: the adapters differ
    for _ in range(5):
        reader, stack = stacked()

        def read(number: int, reader: Reader = reader, stack: AdapterStack = stack) -> bool:
            mine = stack.number_of(differences[number % 4])
            found = [states_of(reader, gemma, "Ada met Bob in London", TYPE_LISTS[0], mine) for _ in range(3)]
            return all(torch.equal(each, expected[number % 4]) for each in found)

        assert all(at_once(read))
        assert sorted(stack.number_of(adapter) for adapter in differences) == [1, 2, 3, 4]


def test_what_else_is_in_the_stack_changes_no_bit_of_a_row() -> None:
    generator = torch.Generator().manual_seed(1)
    parts = [
        LowRank(torch.randn(40, rank, generator=generator), torch.randn(rank, 24, generator=generator))
        for rank in (3, 17)
    ]
    linear, values = nn.Linear(40, 24).requires_grad_(False), torch.randn(2, 9, 40, generator=generator)
    few, many = Beside((40, 24)), Beside((40, 24))
    few.put(*few.with_one_more(parts[0]))
    for part in parts:
        many.put(*many.with_one_more(part))
    found = []
    for beside in (few, many):
        layer = StackedLinear(linear, {"": (beside, range(24))})
        with AdapterStack({"": beside}, torch.float32, torch.device("cpu")).reading([1, 0], torch.device("cpu")):
            found.append(layer(values))
    assert torch.equal(*found)
    assert torch.allclose(found[0][0], linear(values)[0] + values[0] @ parts[0].down @ parts[0].up, atol=1e-4)
    assert torch.equal(found[0][1], linear(values)[1])


def test_a_quantised_input_is_the_threads_own() -> None:
    inputs = [torch.randn(4, 8, generator=torch.Generator().manual_seed(number)) for number in range(THREADS)]
    expected = [quantised(values) for values in inputs]

    def read(number: int) -> bool:
        same = True
        for _ in range(300):
            with sharing_inputs():
                for _ in range(3):
                    integers, scale = quantised(inputs[number])
                    same &= torch.equal(integers, expected[number][0]) and torch.equal(scale, expected[number][1])
        return same

    assert all(at_once(read))


def test_strings_are_tokenised_alike_while_the_cache_overflows(
    gemma: BaseModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cascade.text.tokens._CACHED_STRINGS", 3)
    strings = ["Ada", " met", " Bob", " in", " London", " river", " bank"]
    expected = {string: gemma.tokens.ids([string])[0] for string in strings}

    def read(number: int) -> bool:
        source = random.Random(number)
        chosen = [source.sample(strings, k=4) for _ in range(200)]
        return all(gemma.tokens.ids(some) == [expected[string] for string in some] for some in chosen)

    assert all(at_once(read))


def test_a_prefix_that_another_thread_had_no_room_for_is_read_again(
    gemma: BaseModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cascade.reading.kept_prefixes.KEPT_TOKENS", 12)
    names = [[f"type {number}"] for number in range(THREADS)]
    alone, shared = gemma.reader(), gemma.reader()
    expected = [states_of(alone, gemma, "Ada met Bob", types, 0) for types in names]
    assert not torch.equal(expected[0], expected[1])  # control: the types are read

    def read(number: int) -> bool:
        return all(
            torch.equal(states_of(shared, gemma, "Ada met Bob", names[each], 0), expected[each])
            for each in range(number, number + 6)
            if each < THREADS
        )

    assert all(at_once(read))


def test_prefixes_are_kept_as_far_as_there_is_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cascade.reading.kept_prefixes.KEPT_TOKENS", 5)
    kept, states = KeptPrefixes(), [States() for _ in range(3)]
    kept.keep((1, 2), 0, states[0])
    kept.keep((1, 2, 3), 0, states[1])
    assert (kept.get((1, 2), 0), kept.get((1, 2, 3), 0), kept.tokens()) == (states[0], states[1], 5)
    assert kept.get((1, 2), 7) is None  # the same tokens elsewhere
    kept.keep((4,), -3, states[2])
    assert (kept.get((1, 2), 0), kept.get((4,), -3), kept.tokens()) == (None, states[2], 1)


def test_a_stage_is_made_once(gemma: BaseModel, shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    reader = BaseModel.reader

    def noted(base: BaseModel, *adapters: Adapter, stacked: bool = False) -> Reader:
        made.append(adapters[0].name)
        return reader(base, *adapters, stacked=stacked)

    monkeypatch.setattr(BaseModel, "reader", noted)
    cascade = Cascade(gemma, AdapterShelf(shelf), min_score=0.0)
    stages = at_once(lambda number: cascade.extractor("da" if number % 2 else "en"))
    assert made == ["multilingual/extractor"]
    assert len(set(map(id, stages))) == 1


def test_passes_of_a_body_that_each_pass_changes_go_one_at_a_time(gemma: BaseModel) -> None:
    assert not gemma.reader().one_at_a_time
    model = copy.deepcopy(gemma.model)
    model.model.rotary_emb.rope_type["full_attention"] = "dynamic"
    waiting = reader_of(model, pad_id=gemma.tokens.pad_id)
    assert waiting.one_at_a_time
    inside: list[int] = []
    most: list[int] = []

    def enter(*_: Any) -> None:
        inside.append(1)
        most.append(len(inside))

    waiting.body.register_forward_pre_hook(enter)
    waiting.body.register_forward_hook(lambda *_: inside.pop() and None)
    at_once(lambda number: states_of(waiting, gemma, "Ada met Bob in London", [f"type {number}"], 0))
    assert max(most) == 1


def test_a_lower_limit_of_memory_stays_where_another_thread_was_there_first() -> None:
    limit = MemoryLimit()
    limit.lower(rows=4, tokens=100)
    limit.lower(rows=8, tokens=400)  # of a batch that began before
    assert limit.tokens == 50
