"""Adapters beside the weights, mixed in one batch: against a model for each with the adapter merged into its
weights.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from stacked_adapters import save_differences, stacked_reader
from tiny_models import random_text, save_adapter

from cascade import Cascade, Document
from cascade.adapters.card import Adapter, AdapterShelf, read_adapter
from cascade.layers.stacked_lora import AdapterStack
from cascade.model.base_model import BaseModel
from cascade.reading.reader import Reader
from cascade.reading.row import Row, assemble
from cascade.stages.classifier import Classifier
from cascade.stages.extractor import Extractor, extraction_passage
from cascade.text.encoded import EncodedText, Route, encode
from cascade.text.pieces import cut

pytestmark = pytest.mark.slow


TYPES = ["person", "place name"]


TEXTS = [random_text(random.Random(seed), 12) for seed in range(8)]


def rows_of(base: BaseModel, texts: Sequence[str], *, after: int) -> list[Row]:
    return [assemble((), [extraction_passage(base.tokens.pieces(text, cut(text)))], after=after) for text in texts]


def through_merged(
    base: BaseModel, root: Adapter, difference: Adapter | None, prefix: Sequence[int], row: Row
) -> torch.Tensor:
    """The states of one row read with everything merged into the weights, behind a prefix read by the root alone."""
    whole = base.reader(root)
    reader = whole if difference is None else base.reader(root, difference)
    reader.prefixes.keep(tuple(prefix), 0, whole._prefix_states(tuple(prefix), 0))
    return reader.hidden_behind(prefix, [row])[0]


@pytest.mark.parametrize("name", ["gemma", "qwen"])
def test_a_mixed_batch_equals_a_merged_model_for_each_row(
    name: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    base: BaseModel = request.getfixturevalue(name)
    folder: Path = request.getfixturevalue(f"{name}_folder")
    root = read_adapter(
        save_adapter(base, folder, tmp_path / "root", stage="extractor", languages=["de", "en"], seed=1)
    )
    differences: list[Adapter | None] = [None]
    for number, rank in enumerate((2, 5)):  # of unequal rank
        differences.append(
            read_adapter(
                save_adapter(
                    base,
                    folder,
                    tmp_path / f"{number}",
                    stage="extractor",
                    languages=["de"],
                    seed=2 + number,
                    builds_on="ab" * 32,
                    rank=rank,
                )
            )
        )
    reader = stacked_reader(base, root)
    assert isinstance(reader.stack, AdapterStack)
    numbers = [0] + [reader.stack.number_of(adapter) for adapter in differences if adapter is not None]
    assert numbers == [0, 1, 2]
    prefix = base.tokens.prefix(TYPES)
    rows = rows_of(base, TEXTS, after=len(prefix))
    choice = [0, 1, 2, 1, 0, 2, 2, 1]
    found = reader.hidden_behind(prefix, rows, adapters=choice)
    for number, row in enumerate(rows):
        expected = through_merged(base, root, differences[choice[number]], prefix, row)
        assert torch.allclose(found[number, : len(row.ids)], expected[: len(row.ids)], atol=2e-3), number
    plain = reader.hidden_behind(prefix, rows)
    assert torch.equal(plain, reader.hidden_behind(prefix, rows, adapters=[0] * len(rows)))
    assert not torch.allclose(plain[1], found[1], atol=1e-1)  # control: the adapters change what is read


@pytest.mark.parametrize("name", ["gemma", "qwen"])
def test_further_questions_are_read_through_each_rows_adapter(
    name: str, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base: BaseModel = request.getfixturevalue(name)
    folder: Path = request.getfixturevalue(f"{name}_folder")
    root, difference = (
        read_adapter(
            save_adapter(
                base,
                folder,
                tmp_path / str(seed),
                stage="classifier",
                languages=["de"],
                seed=seed,
                builds_on="ab" * 32 * seed,
            )
        )
        for seed in (0, 1)
    )
    reader = stacked_reader(base, root)
    assert isinstance(reader.stack, AdapterStack)
    choice = [index % 2 * reader.stack.number_of(difference) for index in range(len(TEXTS))]
    spans = [[(piece.start, piece.end) for piece in cut(text)[:2]] for text in TEXTS]
    types = ["place name", "place in London", "place", "company or institution", "company or person", "company"]
    monkeypatch.setattr(
        "cascade.stages.type_trie.TypeTrie.unsettled", lambda trie, at_mark: list(range(len(trie.branches)))
    )
    monkeypatch.setattr("cascade.stages.classifier._FEW_BRANCH_TOKENS", -1)
    texts = [encode(text, base.tokens, classifier=Route(number)) for text, number in zip(TEXTS, choice, strict=True)]
    extractor = Extractor(base.reader(), base.tokens, 4096)

    def classified(reader: Reader, texts: Sequence[EncodedText | str], spans: Any) -> Any:
        return Classifier(reader, base.tokens, 4096)(extractor.read(texts, types), spans, types)

    found = classified(reader, texts, spans)
    whole, changed = base.reader(root), base.reader(root, difference)
    prefix = tuple(base.tokens.prefix(types))
    changed.prefixes.keep(prefix, 0, whole._prefix_states(prefix, 0))
    for index, text in enumerate(TEXTS):
        [expected] = classified(changed if choice[index] else whole, [text], [spans[index]])
        for answer, right in zip(found[index], expected, strict=True):
            assert answer == pytest.approx(right, abs=5e-3)
    plain = classified(reader, TEXTS, spans)
    assert abs(plain[1][0] - found[1][0]).max() > 0.05  # control


@pytest.mark.usefixtures("int8")
def test_adapters_stand_beside_layers_in_8_bits(gemma: BaseModel, gemma_folder: Path, tmp_path: Path) -> None:
    root, difference = (
        read_adapter(
            save_adapter(
                gemma,
                gemma_folder,
                tmp_path / str(seed),
                stage="extractor",
                languages=["de"],
                seed=seed,
                builds_on="ab" * 32 * seed,
            )
        )
        for seed in (0, 1)
    )
    eighth = BaseModel(gemma.model, gemma.tokens, name=gemma.name, int8=True)
    reader, exact = stacked_reader(eighth, root), stacked_reader(gemma, root)
    assert isinstance(reader.stack, AdapterStack)
    assert isinstance(exact.stack, AdapterStack)
    prefix = gemma.tokens.prefix(TYPES)
    rows = rows_of(gemma, TEXTS[:2], after=len(prefix))
    stacks = ((reader, reader.stack), (exact, exact.stack))
    found, right = (
        each.hidden_behind(prefix, rows, adapters=[0, stack.number_of(difference)]) for each, stack in stacks
    )
    without = exact.hidden_behind(prefix, rows)
    size = len(rows[1].ids)
    error, effect = ((found - right)[1, :size].norm(), (without - right)[1, :size].norm())
    assert error < 0.3 * right[1, :size].norm()
    assert effect > 2 * error  # control


@pytest.fixture
def shelf(gemma: BaseModel, gemma_folder: Path, tmp_path: Path) -> Path:
    return save_differences(gemma, gemma_folder, tmp_path)


def test_documents_of_mixed_languages_are_read_as_each_alone(gemma: BaseModel, shelf: Path) -> None:
    languages = ("de", "en", None, "zh", "fi")
    documents = [Document(str(index), text, languages[index % len(languages)]) for index, text in enumerate(TEXTS)]
    together = Cascade(gemma, AdapterShelf(shelf), min_score=0.0)(documents, TYPES)
    alone = [Cascade(gemma, AdapterShelf(shelf), min_score=0.0)(document, TYPES) for document in documents]
    for left, right in zip(together, alone, strict=True):
        assert [entity.span for entity in left.entities] == [entity.span for entity in right.entities]
        assert [entity.score for entity in left.entities] == pytest.approx(
            [entity.score for entity in right.entities], abs=5e-4
        )
    (shelf / "de" / "extractor" / "card.json").unlink()
    without = Cascade(gemma, AdapterShelf(shelf), min_score=0.0)(documents, TYPES)
    changed = [
        document.language
        for document, before in zip(without, together, strict=True)
        if document.entities != before.entities
    ]
    assert set(changed) <= {"de"}
    assert changed  # control


def test_exact_results_do_not_depend_on_company(gemma: BaseModel, shelf: Path) -> None:
    documents = [Document(str(index), text, ("de", "zh", "en")[index % 3]) for index, text in enumerate(TEXTS)]
    exact = Cascade(gemma, AdapterShelf(shelf), alone=True, min_score=0.0)
    assert (
        exact(documents, TYPES)
        == [exact(document, TYPES) for document in documents]
        == exact(documents[::-1], TYPES)[::-1]
    )
