"""Temperatures: fitted where scores become honest, written into cards, and without effect on what is found."""

from __future__ import annotations

import json
import random
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tiny_models import random_text, save_shelf

from cascade import Cascade, Document, Entity
from cascade.adapters.card import STAGES, AdapterShelf, read_adapter
from cascade.errors import AdapterError
from cascade.layers.stacked_lora import AdapterStack
from cascade.model.base_model import BaseModel
from cascade.stages.classifier import Classifier
from cascade.stages.extractor import Extractor
from cascade.stages.temperature import at_temperature
from cascade.text.encoded import EncodedText, Route, encode
from cascade.text.pieces import cut
from data_formats import write
from train.calibrate import classifier_loss, extractor_loss, extractor_of, fit, main, temperature_of
from train.rows.dev_items import prepared_items
from train.rows.prepared_data import write_prepared
from train.text_reader import TextReader

pytestmark = pytest.mark.slow

TYPES = ["person", "place name", "company"]


@pytest.fixture
def shelf(gemma: BaseModel, gemma_folder: Path, tmp_path: Path) -> Path:
    """A pair for two languages and a difference for German."""
    return save_shelf(gemma, gemma_folder, tmp_path / "adapters", own=["de"], root="many")


def documents(count: int, language: str = "en") -> list[Document]:
    """Texts with a random piece as an entity of a random type."""
    result = []
    for seed in range(count):
        source = random.Random(seed)
        text = random_text(source, 20)
        piece = source.choice(cut(text))
        result.append(
            Document(f"{language}{seed}", text, language, (Entity(piece.start, piece.end, source.choice(TYPES)),))
        )
    return result


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_log_probabilities_at_a_temperature_by_definition(temperature: float) -> None:
    values = np.log(np.random.default_rng(1).dirichlet([1.0] * 4, size=3))
    powers = np.exp(values) ** (1 / temperature)
    assert np.exp(at_temperature(values, temperature)) == pytest.approx(powers / powers.sum(axis=-1, keepdims=True))


@pytest.mark.parametrize("true", [0.5, 1.0, 2.5])
def test_the_temperature_that_answers_were_sharpened_by_is_found(true: float) -> None:
    source = np.random.default_rng(3)
    honest = np.log(source.dirichlet([0.5] * 4, size=4000))
    right = [int(source.choice(4, p=np.exp(row))) for row in honest]
    said = at_temperature(honest, 1 / true)
    assert fit(lambda value: float(-np.sum(at_temperature(said, value)[range(len(right)), right]))) == pytest.approx(
        true, rel=0.08
    )


def test_losses_are_those_of_the_scores_that_the_cascade_gives(gemma: BaseModel) -> None:
    reader, items = gemma.reader(), [(document, TYPES) for document in documents(12)]
    extractor, classifier = Extractor(reader, gemma.tokens, 2048), Classifier(reader, gemma.tokens, 2048)

    def at(temperature: float) -> list[EncodedText]:
        route = Route(0, temperature)
        return [encode(document.text, gemma.tokens, extractor=route, classifier=route) for document, _ in items]

    for temperature in (1.0, 2.0):
        scored = []
        for (document, _), spans in zip(items, extractor(at(temperature), TYPES), strict=True):
            gold = {entity.span for entity in document.entities}
            scored += [span.score if (span.start, span.end) in gold else 1 - span.score for span in spans]
        assert len(scored) > 5
        assert extractor_loss(extractor, items)(temperature) == pytest.approx(
            -np.sum(np.log(np.maximum(scored, 1e-9))), rel=1e-4
        )
        spans_given = [[entity.span for entity in document.entities] for document, _ in items]
        answers = classifier(extractor.read(at(temperature), TYPES), spans_given, TYPES)
        right = [
            answer[0][TYPES.index(document.entities[0].type)]
            for (document, _), answer in zip(items, answers, strict=True)
        ]
        read_by = TextReader(extractor, 0, TYPES)
        assert classifier_loss(classifier, items, read_by)(temperature) == pytest.approx(-np.sum(right), rel=1e-4)


def test_without_anything_to_learn_from_the_temperature_is_one(gemma: BaseModel) -> None:
    reader = gemma.reader()
    extractor, classifier = Extractor(reader, gemma.tokens, 2048), Classifier(reader, gemma.tokens, 2048)
    assert fit(extractor_loss(extractor, [])) == 1.0
    assert fit(classifier_loss(classifier, [(Document("a", "Ada"), TYPES)], TextReader(extractor, 0, TYPES))) == 1.0


def test_a_temperature_changes_scores_alone(gemma: BaseModel, shelf: Path) -> None:
    texts = [document.with_entities(()) for document in [*documents(6), *documents(6, "de")]]
    before = Cascade(gemma, AdapterShelf(shelf), min_score=0.0)(texts, TYPES)
    for stage in STAGES:
        adapter = read_adapter(shelf / "de" / stage)
        replace(adapter.card, temperature=2.0).write(adapter.folder)
    after = Cascade(gemma, AdapterShelf(shelf), min_score=0.0)(texts, TYPES)
    places = [
        [[(entity.start, entity.end, entity.type) for entity in document.entities] for document in found]
        for found in (before, after)
    ]
    assert places[0] == places[1]
    changed = {
        document.language for document, other in zip(before, after, strict=True) if document.entities != other.entities
    }
    assert changed == {"de"}


def test_a_handful_of_entities_moves_the_temperature_little() -> None:
    sure = np.log([0.99, 0.01])

    def loss(temperature: float) -> float:
        return float(-at_temperature(sure, temperature)[0])

    assert fit(lambda value: 5 * loss(value)) == pytest.approx(1.0, abs=0.05)
    assert fit(lambda value: 5000 * loss(value)) < 0.6


@pytest.mark.parametrize("stage", STAGES)
def test_the_temperature_is_that_of_least_loss(stage: str, gemma: BaseModel, shelf: Path) -> None:
    items = [(document, TYPES) for document in documents(12, "de")]
    root, adapter = (read_adapter(shelf / name / stage) for name in ("many", "de"))
    by_root, by_adapter = (read_adapter(shelf / name / "extractor") for name in ("many", "de"))
    read_by = TextReader.of(gemma, by_adapter, by_root)
    temperature = temperature_of(gemma, adapter, root, items, read_by)
    reader = gemma.reader(root, stacked=True)
    assert isinstance(reader.stack, AdapterStack)
    number = reader.stack.number_of(adapter)
    if stage == "extractor":
        loss = extractor_loss(Extractor(reader, gemma.tokens, 2048), items, number)
    else:
        loss = classifier_loss(Classifier(reader, gemma.tokens, 2048), items, read_by, number)
    assert (
        loss(temperature) + 5 * np.log(temperature) ** 2
        <= min(loss(value) + 5 * np.log(value) ** 2 for value in (0.3, 0.7, 1.0, 1.5, 3.0, 8.0)) + 0.01
    )
    assert temperature != 1.0  # control: random adapters are not calibrated


def test_the_command_calibrates_a_folder_of_adapters(
    gemma_folder: Path, shelf: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(shelf / "de" / "classifier")
    write(documents(8), str(tmp_path / "dev.jsonl"), "jsonl")
    assert main(["--adapters", str(shelf), "--data", str(tmp_path / "dev.jsonl"), "--base", str(gemma_folder)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert (
        lines[0]
        == "de/extractor: no dev documents with entities name de as their language (--language?); its temperature "
        "stays 1.0"
    )
    assert [line.split(":")[0] for line in lines[1:]] == ["many/classifier", "many/extractor"]
    for stage in STAGES:
        temperature = json.loads((shelf / "many" / stage / "card.json").read_text(encoding="utf-8"))["temperature"]
        assert f"many/{stage}: temperature {temperature} by 8 documents" in lines


def test_dev_documents_with_odd_line_breaks_are_read_back(tmp_path: Path, gemma: BaseModel) -> None:
    document = Document("a", "Ada\u2028met\x85Bob\u2029\x1c.", "en", (Entity(0, 3, "person"),))
    write_prepared(tmp_path, [], [(document, ["person"])], [], {"stage": "extractor"})
    assert prepared_items(tmp_path / "dev.jsonl") == [(document, ["person"])]


@pytest.mark.parametrize("temperature", [0, -1.0, "2", True, None])
def test_temperatures_that_are_none_are_refused(shelf: Path, temperature: object) -> None:
    file = shelf / "de" / "extractor" / "card.json"
    file.write_text(
        json.dumps(json.loads(file.read_text(encoding="utf-8")) | {"temperature": temperature}), encoding="utf-8"
    )
    with pytest.raises(AdapterError) as error:
        read_adapter(file.parent)
    assert str(error.value) == f"{file}: temperature {temperature!r}; expected a number above 0"


def test_a_classifiers_texts_are_read_by_its_neighbour_or_by_that_of_its_root(shelf: Path) -> None:
    found = AdapterShelf(shelf)
    named = {adapter.name: adapter for adapter in found.adapters}

    def read_by(name: str) -> str:
        return extractor_of(found, named[name]).name

    assert read_by("many/extractor") == "many/extractor"
    assert read_by("many/classifier") == "many/extractor"
    assert read_by("de/classifier") == "de/extractor"
    shutil.rmtree(shelf / "de" / "extractor")
    found = AdapterShelf(shelf)
    assert read_by("de/classifier") == "many/extractor"
