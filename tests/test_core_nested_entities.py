"""Nested entities: extractors with several layers, in a cascade, by the card of the adapter and on the command line."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from slow_reading import states_alone
from tiny_models import random_text, save_adapter
from unread_adapters import put

from cascade import Cascade, Document
from cascade.adapters.card import AdapterShelf, read_adapter
from cascade.adapters.model_card import model_card, read_pair
from cascade.adapters.retrieval import Retriever
from cascade.commands import infer as infer_command
from cascade.errors import AdapterError, CascadeError
from cascade.model.base_model import BaseModel
from cascade.pipeline.asked_depth import check_depth
from cascade.reading.passage import Read
from cascade.stages.decoding import best_spans, probabilities
from cascade.stages.extractor import Extractor, Span, decode, extraction_passage
from cascade.stages.seams import parts_between_seams
from cascade.text.encoded import encode
from cascade.text.pieces import cut
from cascade.text.windows import Window, sentence_windows

TYPES = ["person", "place", "company"]
TEXTS = ["Ada met Bob", "", *[random_text(random.Random(seed), 12 + 9 * seed) for seed in range(4)], "王小明在北京大学"]


def crosses(left: tuple[int, int], right: tuple[int, int]) -> bool:
    (start, end), (other_start, other_end) = sorted((left, right))
    return start < other_start < end < other_end


@torch.inference_mode()
def slow_spans(base: BaseModel, text: str, types: Sequence[str], depth: int) -> list[Span]:
    """The nested spans of one text: window by window, each alone, decisions from the full vocabulary."""
    reader, prefix, pieces = base.reader(), base.tokens.prefix(types), cut(text)
    encoded = base.tokens.pieces(text, pieces)
    made = sentence_windows(text, pieces, [len(ids) for ids in encoded])
    decisions = []
    for window in made:
        states = states_alone(reader, prefix, extraction_passage(encoded[window.first : window.last]))
        ends = len(prefix) - 1 + np.cumsum([len(ids) for ids in encoded[window.first : window.last]])
        logits = [
            [(reader.head @ states[int(end)])[list(words)].double() for words in base.tokens.layer_labels(depth)]
            for end in ends
        ]
        decisions.append(
            np.stack([np.concatenate([(each - each.logsumexp(dim=0)).numpy() for each in row]) for row in logits])
        )
    return [
        Span(pieces[begin + first].start, pieces[begin + last].end, score)
        for begin, scores in parts_between_seams(made, decisions)
        for (first, last), score in zip(best_spans(scores), probabilities(scores, best_spans(scores)), strict=True)
    ]


def test_each_layer_is_decided_by_words_of_its_own(qwen: BaseModel) -> None:
    words = qwen.tokens.layer_labels(4)
    assert words[0] == qwen.tokens.labels
    assert len({word for layer in words for word in layer}) == 20
    assert qwen.tokens.layer_labels(1) == [qwen.tokens.labels]


def test_all_layers_are_read_at_the_last_token_of_each_piece() -> None:
    passage = extraction_passage([(5, 6), (7,)], labels=[1, 3, 4, 0], depth=2)
    assert passage.ids == (5, 6, 7)
    assert passage.reads == (Read(1, 0), Read(2, 0), Read(1, 1), Read(2, 1))
    assert passage.answers == (1, 3, 4, 0)


@pytest.mark.parametrize("depth", [2, 4])
def test_nested_spans_of_many_texts_equal_one_at_a_time(qwen: BaseModel, depth: int) -> None:
    together = Extractor(qwen.reader(), qwen.tokens, 400)(TEXTS, TYPES, depth=depth)
    assert sum(map(len, together)) > 20
    for text, spans in zip(TEXTS, together, strict=True):
        slow = slow_spans(qwen, text, TYPES, depth)
        assert [span[:2] for span in spans] == [span[:2] for span in slow]
        assert [span.score for span in spans] == pytest.approx([span.score for span in slow], abs=1e-4)
        places = [span[:2] for span in spans]
        assert not any(crosses(left, right) for left, right in itertools.combinations(places, 2))
        assert len(set(places)) == len(places)


def test_one_layer_is_read_the_same_whatever_else_is_decided(qwen: BaseModel) -> None:
    extract = Extractor(qwen.reader(), qwen.tokens, 400)
    for flat, nested in zip(extract.decisions(TEXTS, TYPES), extract.decisions(TEXTS, TYPES, depth=2), strict=True):
        for left, right in zip(flat, nested, strict=True):
            assert np.array_equal(left.log_probabilities, right.log_probabilities[:, :5])
            assert right.log_probabilities.shape[1] == 10


def test_a_nested_name_across_a_seam_comes_out_whole(qwen: BaseModel, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "one two three four five Bank of New England six seven eight"
    # the window of the pieces 0 to 7, where the name is cut off, and 4 to 11: the second layer behind the first
    left = [0] * 16
    right = [0, 1, 2, 2, 3, 0, 0, 0, 0, 0, 0, 1, 3, 0, 0, 0]
    answers = [[np.where(np.arange(5) == label, -0.01, -9.0) for label in labels] for labels in (left, right)]
    monkeypatch.setattr("cascade.stages.extractor.read_passages", lambda *_, **__: answers)
    encoded = encode(text, qwen.tokens, windows=lambda *_: [Window(0, 8, 0, 6), Window(4, 12, 6, 12)])
    [spans] = Extractor(qwen.reader(), qwen.tokens, 2048)([encoded], TYPES, depth=2)
    assert [text[span.start : span.end] for span in spans] == ["Bank of New England", "New England"]


def test_nested_decisions_become_characters_the_outer_span_first() -> None:
    scores = np.full((4, 10), -50.0)
    scores[range(4), [1, 2, 3, 0]] = 0.0  # the first three pieces
    scores[range(4), [5, 5, 9, 5]] = 0.0  # the third of them
    assert decode(cut("  Bank of Köln bad "), scores) == [Span(2, 14, 1.0), Span(10, 14, 1.0)]


@pytest.fixture(scope="module")
def nested(qwen: BaseModel, qwen_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Cascade:
    """A cascade whose extractor's card says that it knows three layers."""
    folder = tmp_path_factory.mktemp("nested")
    for seed, stage in enumerate(("extractor", "classifier")):
        save_adapter(qwen, qwen_folder, folder / "three" / stage, stage=stage, languages=["en"], seed=seed)
    extractor = read_adapter(folder / "three" / "extractor")
    replace(extractor.card, depth=3).write(extractor.folder)
    return Cascade(qwen, AdapterShelf(folder), min_score=0.0)


def test_entities_within_others_are_typed_like_all(nested: Cascade) -> None:
    documents = nested(TEXTS, TYPES, depth=3)
    layers = [
        sum(other.start <= entity.start and entity.end <= other.end for other in document.entities)
        for document in documents
        for entity in document.entities
    ]
    assert max(layers) in (2, 3)  # each lies in itself
    assert {entity.type for document in documents for entity in document.entities} <= set(TYPES)
    for document in documents:
        spans = [entity.span for entity in document.entities]
        assert not any(crosses(left, right) for left, right in itertools.combinations(spans, 2))


def test_a_depth_of_one_gives_flat_entities_and_is_the_default(nested: Cascade) -> None:
    flat = nested(TEXTS, TYPES)
    assert flat == nested(TEXTS, TYPES, depth=1) != nested(TEXTS, TYPES, depth=2)
    for document in flat:
        assert all(left.end <= right.start for left, right in itertools.pairwise(document.entities))


def test_a_sentence_of_several_waves_has_nested_entities_too(nested: Cascade) -> None:
    text = " ".join(["Ada met Bob at the Bank of New England,"] * 500)
    document = nested(text, ["any"], depth=2)
    spans = [entity.span for entity in document.entities]
    assert spans[-1][1] > len(text) - 200
    assert any(left[1] >= right[1] for left, right in itertools.pairwise(spans))


@pytest.mark.parametrize("depth", [0, 5, True, 1.5, "2"])
def test_a_number_of_layers_that_there_is_not_is_refused(nested: Cascade, depth: object) -> None:
    with pytest.raises(CascadeError) as error:
        nested.stream(TEXTS, TYPES, depth=depth)  # type: ignore[arg-type]
    assert str(error.value) == (
        f"depth is {depth!r}; expected a whole number of layers of entities within others, 1 to 4, where 1 finds none "
        "within another"
    )


def test_a_flat_pair_that_is_asked_for_layers_is_refused_with_a_way_out(tmp_path: Path) -> None:
    for stage in ("extractor", "classifier"):
        put(tmp_path / "flat", stage, ["en"])
    retriever = Retriever(AdapterShelf(tmp_path))
    check_depth(1, retriever)
    with pytest.raises(AdapterError) as error:
        check_depth(2, retriever)
    assert str(error.value) == (
        "flat/extractor: was trained to find entities in 1 layer, and depth 2 is asked for; expected an extractor that "
        "was trained with --depth 2 or more. Ask for depth 1, or train a pair: python -m train.run --depth 2 "
        f"--start-from {tmp_path / 'flat'} --data ..."
    )


def test_a_pair_that_knows_as_many_layers_is_named_where_there_is_one(tmp_path: Path) -> None:
    for name, languages in (("flat", ["en"]), ("two", ["de"])):
        for stage in ("extractor", "classifier"):
            put(tmp_path / name, stage, languages)
    deep = read_adapter(tmp_path / "two" / "extractor")
    replace(deep.card, depth=2).write(deep.folder)
    with pytest.raises(AdapterError) as error:
        check_depth(2, Retriever(AdapterShelf(tmp_path)))
    assert str(error.value).endswith("Ask for depth 1, or name a pair that was: two")
    check_depth(2, Retriever(AdapterShelf(tmp_path), by_hand="two"))
    with pytest.raises(AdapterError, match=r"^two/extractor: was trained to find entities in 2 layers, and depth 3 is"):
        check_depth(3, Retriever(AdapterShelf(tmp_path), by_hand="two"))


def test_the_shipped_pairs_are_flat_and_the_command_says_so_before_a_model_is_loaded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def loaded(*_: object, **__: object) -> None:
        raise AssertionError("a model was loaded")

    monkeypatch.setattr(infer_command, "loaded_cascade", loaded)
    (tmp_path / "a.txt").write_text("Ada left.\n")
    assert infer_command.main([str(tmp_path / "a.txt"), "--pair", "multilingual", "--depth", "2"]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith(
        "error: multilingual/extractor: was trained to find entities in 1 layer, and depth 2 is asked for;"
    )


def test_the_card_of_a_flat_extractor_names_no_depth_so_that_earlier_versions_read_it(tmp_path: Path) -> None:
    put(tmp_path, "extractor", ["en"])
    adapter, file = read_adapter(tmp_path / "extractor"), tmp_path / "extractor" / "card.json"
    assert "depth" not in json.loads(file.read_text())
    replace(adapter.card, depth=2).write(adapter.folder)
    assert json.loads(file.read_text())["depth"] == 2
    assert read_adapter(adapter.folder).card.depth == 2
    file.write_text(json.dumps({**json.loads(file.read_text()), "depth": 0}))
    with pytest.raises(AdapterError) as error:
        read_adapter(adapter.folder)
    assert str(error.value) == f"{file}: depth 0; expected a whole number of layers, 1 or more"


def test_a_model_card_says_how_many_layers_the_pair_finds(tmp_path: Path) -> None:
    for stage in ("extractor", "classifier"):
        put(tmp_path, stage, ["en"])
    flat = model_card(read_pair(tmp_path), "bank")
    assert "\n- Spans are flat: of nested entities one layer is found.\n" in flat
    assert "--depth" not in flat
    extractor = read_adapter(tmp_path / "extractor")
    replace(extractor.card, depth=3).write(extractor.folder)
    nested = model_card(read_pair(tmp_path), "bank")
    assert "\n- Nested entities are found in up to 3 layers, if asked for with `--depth`.\n" in nested
    assert '\ncascade-ner infer texts.txt --pair bank --types "person" --depth 3\n' in nested


def test_nested_entities_survive_their_files(tmp_path: Path, nested: Cascade) -> None:
    from data_formats import read, write

    documents = [
        replace(document, id=f"d{number}", adapters=()) for number, document in enumerate(nested(TEXTS, TYPES, depth=2))
    ]
    write(documents, tmp_path / "out.jsonl")
    assert [document.entities for document in read(tmp_path / "out.jsonl")] == [each.entities for each in documents]
    assert isinstance(documents[0], Document)
