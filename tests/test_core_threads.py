"""One cascade called by many threads: each call gets what it would get alone."""

from __future__ import annotations

import copy
import random
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import pytest
import torch
from tiny_models import random_text, save_shelf
from torch import Tensor, nn

from cascade import Cascade, Document
from cascade.adapters.card import Adapter, AdapterShelf
from cascade.layers.int8 import quantised, sharing_inputs
from cascade.layers.merged_lora import LowRank
from cascade.layers.stacked_lora import AdapterStack, StackedLinear
from cascade.model.base_model import BaseModel
from cascade.reading.attention import States
from cascade.reading.kept_prefixes import KeptPrefixes
from cascade.reading.memory_limit import MemoryLimit
from cascade.reading.reader import Reader, reader_of
from cascade.reading.row import assemble
from cascade.stages.extractor import extraction_passage
from cascade.text.pieces import cut

Result = TypeVar("Result")
THREADS = 8
TYPE_LISTS = (["person", "place name", "company"], ["river", "bank", "company or institution", "city"])
LANGUAGES = ("en", "de", "da", "ja")
TEXTS = {
    language: [random_text(random.Random(f"{language} {number}"), 12) for number in range(2)] for language in LANGUAGES
}
REAL_TEXTS = {
    "en": "Ada Lovelace met Charles Babbage in London in June 1833.",
    "de": "Angela Merkel besuchte im Mai das Werk von Siemens in München.",
    "da": "Mette Frederiksen mødte direktøren for Novo Nordisk i København.",
    "ja": "安倍晋三は東京でトヨタ自動車の社長と会談した。",
}


@pytest.fixture(autouse=True)
def switching_often(request: pytest.FixtureRequest) -> Iterator[None]:
    """Threads that take turns every 0.1 ms, so that what they share is seen in the middle of things.

    With tiny models each computes on one CPU core, as eight times as many threads as cores take turns for seconds.
    """
    interval, cores = sys.getswitchinterval(), torch.get_num_threads()
    sys.setswitchinterval(1e-4)
    if "real_model" not in request.keywords:
        torch.set_num_threads(1)
    yield
    sys.setswitchinterval(interval)
    torch.set_num_threads(cores)


@pytest.fixture(scope="module")
def shelf(gemma: BaseModel, gemma_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pair for German and English, and differences to it for Danish and Japanese."""
    return save_shelf(gemma, gemma_folder, tmp_path_factory.mktemp("adapters"), own=["da", "ja"])


def at_once(work: Callable[[int], Result], threads: int = THREADS) -> list[Result]:
    """What `work` returns in each of the threads, which are given their numbers and begin together."""
    begin = threading.Barrier(threads)

    def begun(number: int) -> Result:
        begin.wait(timeout=60)
        return work(number)

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(begun, range(threads)))


def two(base: BaseModel, shelf: Path, *, alone: bool = False) -> tuple[Cascade, Cascade]:
    """Two cascades that have made nothing ready yet."""
    first, second = (Cascade(base, AdapterShelf(shelf), alone=alone, min_score=0.2) for _ in range(2))
    return first, second


Question = tuple[str, tuple[Document, ...], Sequence[str]]


def questions(texts: dict[str, list[str]], *, together: bool) -> list[Question]:
    """Calls with their names: each document and type list by itself, or all documents of all languages in one."""
    documents = [
        Document(f"{language}-{number}", text, language)
        for language in texts
        for number, text in enumerate(texts[language])
    ]
    groups = [tuple(documents)] if together else [(document,) for document in documents]
    return [(f"{group[0].id} {types}", group, types) for group in groups for types in TYPE_LISTS]


def wrong_answers(alone: Cascade, shared: Cascade, asked: Sequence[Question], *, calls: int | None = None) -> list[str]:
    """The calls whose answers in a thread are not those that `alone`, read by one thread, gives.

    calls: of each thread, all by default; each begins with another one.
    """
    expected = {name: alone(list(group), types) for name, group, types in asked}
    assert sum(len(document.entities) for answer in expected.values() for document in answer) >= len(asked)  # control

    def ask(number: int) -> list[str]:
        order = [*asked[number % len(asked) :], *asked[: number % len(asked)]][:calls]
        return [name for name, group, types in order if shared(list(group), types) != expected[name]]

    return [name for names in at_once(ask) for name in names]


@pytest.mark.parametrize("together", [False, True])
def test_threads_get_what_one_thread_gets(gemma: BaseModel, shelf: Path, together: bool) -> None:
    asked = questions(TEXTS, together=together)
    assert wrong_answers(*two(gemma, shelf, alone=not together), asked) == []


@pytest.mark.usefixtures("int8")
def test_threads_get_what_one_thread_gets_in_8_bits(gemma: BaseModel, shelf: Path) -> None:
    eighth = BaseModel(gemma.model, gemma.tokens, name=gemma.name, int8=True)
    assert wrong_answers(*two(eighth, shelf), questions(TEXTS, together=True)) == []


def test_threads_get_what_one_thread_gets_in_bf16(gemma_folder: Path, shelf: Path) -> None:
    half = BaseModel.load(str(gemma_folder), device="cpu", precision="bf16")
    assert wrong_answers(*two(half, shelf), questions(TEXTS, together=True)) == []


def test_documents_that_name_no_language_are_the_same_in_threads(gemma: BaseModel, shelf: Path) -> None:
    asked = [(f"{text} {types}", (Document("1", text),), types) for text in REAL_TEXTS.values() for types in TYPE_LISTS]
    assert wrong_answers(*two(gemma, shelf, alone=True), asked) == []


@pytest.mark.real_model
@pytest.mark.parametrize("exact", [True, False])
def test_threads_get_what_one_thread_gets_of_the_embedded_model(exact: bool) -> None:
    loaded = Cascade.load(device="cpu", exact=exact)
    types = (["person", "organization", "location"], ["person", "company", "city", "event"])
    asked: list[Question] = [
        (f"{language} {names}", (Document("1", text, language),), names)
        for language, text in REAL_TEXTS.items()
        for names in types
    ]
    assert wrong_answers(loaded, loaded, asked, calls=1) == []


def test_the_counts_of_all_threads_are_summed(gemma: BaseModel, shelf: Path) -> None:
    alone, shared = (Cascade(gemma, AdapterShelf(shelf), min_score=0.3) for _ in range(2))
    documents = [Document(language, TEXTS[language][0], language) for language in LANGUAGES] + [
        Document("fr", "Ada.", "fr")
    ]
    alone(documents, TYPE_LISTS[0])
    at_once(lambda number: [shared(documents, TYPE_LISTS[0]) for _ in range(3)])
    assert alone.counts.unsure > 0
    assert shared.counts.unsure == 3 * THREADS * alone.counts.unsure
    assert shared.counts.rejected == 3 * THREADS * alone.counts.rejected
    assert shared.counts.untrained == {"fr": 3 * THREADS}


# each thing that passes shared, by itself


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
    few, many = StackedLinear(linear), StackedLinear(linear)
    few.add(parts[0])
    for part in parts:
        many.add(part)
    found = []
    for layer in (few, many):
        with AdapterStack({"": layer}, torch.float32, torch.device("cpu")).reading([1, 0], torch.device("cpu")):
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
    kept.keep((1, 2), states[0])
    kept.keep((1, 2, 3), states[1])
    assert (kept.get((1, 2)), kept.get((1, 2, 3)), kept.tokens()) == (states[0], states[1], 5)
    kept.keep((4,), states[2])
    assert (kept.get((1, 2)), kept.get((4,)), kept.tokens()) == (None, states[2], 1)


def test_a_stage_is_made_once(gemma: BaseModel, shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    reader = BaseModel.reader

    def noted(base: BaseModel, *adapters: Adapter, **options: Any) -> Reader:
        made.append(adapters[0].name)
        return reader(base, *adapters, **options)

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
