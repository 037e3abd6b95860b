"""Our strict measures beside seqeval's, the field's usual scorer, on random flat entities."""

from __future__ import annotations

import random

import pytest
from seqeval.metrics import classification_report
from seqeval.scheme import IOB2

from cascade.document import Document, Entity
from cascade.scoring.scores import score

TYPES = ("person", "location", "organization", "work of art")
TOKEN = 3  # characters of a token and the space behind it


def random_entities(source: random.Random, tokens: int) -> list[tuple[int, int, str]]:
    """Entities over token positions, in order and not overlapping, often side by side."""
    entities, start = [], 0
    while start < tokens:
        end = min(tokens, start + source.randint(1, 3))
        if source.random() < 0.5:
            entities.append((start, end, source.choice(TYPES)))
        start = end
    return entities


def perturbed(source: random.Random, entities: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Some entities lost, some shortened, some of another type."""
    answers = []
    for start, end, kind in entities:
        fate = source.random()
        if fate < 0.2:
            continue
        answers.append((start, max(start + 1, end - (fate < 0.35)), source.choice(TYPES) if fate > 0.8 else kind))
    return answers


def tags(entities: list[tuple[int, int, str]], tokens: int) -> list[str]:
    labels = ["O"] * tokens
    for start, end, kind in entities:
        labels[start:end] = [f"B-{kind}"] + [f"I-{kind}"] * (end - start - 1)
    return labels


def document(name: int, entities: list[tuple[int, int, str]], tokens: int) -> Document:
    return Document(
        str(name),
        "ab " * tokens,
        None,
        tuple(Entity(start * TOKEN, end * TOKEN - 1, kind) for start, end, kind in entities),
    )


@pytest.mark.parametrize("options", [{}, {"mode": "strict", "scheme": IOB2}], ids=["default", "strict"])
@pytest.mark.parametrize("seed", range(4))
def test_measures_equal_seqeval(seed: int, options: dict[str, object]) -> None:
    source = random.Random(seed)
    lengths = [source.randint(1, 20) for _ in range(60)]
    gold = [random_entities(source, tokens) for tokens in lengths]
    predicted = [perturbed(source, entities) for entities in gold]
    theirs = classification_report(
        [tags(e, n) for e, n in zip(gold, lengths, strict=True)],
        [tags(e, n) for e, n in zip(predicted, lengths, strict=True)],
        output_dict=True,
        **options,
    )
    report = score(
        [document(i, e, n) for i, (e, n) in enumerate(zip(gold, lengths, strict=True))],
        [document(i, e, n) for i, (e, n) in enumerate(zip(predicted, lengths, strict=True))],
        resamples=0,
    )
    assert set(report.types) == set(TYPES)
    for name, counts in {**report.types, "micro avg": report.strict}.items():
        ours = {"precision": counts.precision, "recall": counts.recall, "f1-score": counts.f1, "support": counts.gold}
        assert ours == pytest.approx(theirs[name], abs=1e-12)
    assert report.macro_f1 == pytest.approx(theirs["macro avg"]["f1-score"], abs=1e-12)
    assert 0.3 < report.strict.f1 < 0.9
