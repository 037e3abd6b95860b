"""Evaluation by words: GLiNER's words, entities widened to them, and its figures."""

from __future__ import annotations

import json
import random
import warnings
from dataclasses import replace
from pathlib import Path

import pytest
from random_documents import random_documents

from cascade.commands.evaluate import main
from cascade.document import Document, Entity
from cascade.scoring.scores import score
from cascade.scoring.words import OnWords, on_words, words_of


def document(text: str, *entities: tuple[int, int, str], tokens: tuple[tuple[int, int], ...] | None = None) -> Document:
    return Document("a", text, None, tuple(Entity(*each) for each in entities), tokens)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Ada's well-known e_mail.", ["Ada", "'", "s", "well-known", "e_mail", "."]),
        ("-a-- b", ["-", "a", "-", "-", "b"]),
        ("中国 1,5", ["中国", "1", ",", "5"]),
        (" \n", []),
    ],
)
def test_words_are_those_of_gliner(text: str, words: list[str]) -> None:
    assert [text[start:end] for start, end in words_of(document(text))] == words


def test_own_tokens_are_the_words() -> None:
    assert words_of(document("U.S. law", tokens=((0, 4), (5, 8)))) == ((0, 4), (5, 8))


@pytest.mark.parametrize(
    ("entity", "expected", "widened", "wordless"),
    [
        ((0, 3, "x"), [(0, 3, "x")], 0, 0),
        ((1, 2, "x"), [(0, 3, "x")], 1, 0),
        ((2, 6, "x"), [(0, 7, "x")], 1, 0),
        ((3, 4, "x"), [], 0, 1),
        ((3, 8, "x"), [(4, 8, "x")], 1, 0),
        ((7, 8, "x"), [(7, 8, "x")], 0, 0),
    ],
)
def test_entities_become_the_words_that_they_touch(
    entity: tuple[int, int, str], expected: list[tuple[int, int, str]], widened: int, wordless: int
) -> None:
    given = document("Ada Bob.", entity)
    assert on_words(given, words_of(given)) == OnWords(document("Ada Bob.", *expected), widened, wordless)


def with_noise(gold: Document, source: random.Random) -> Document:
    """What a poor system would find: some gold entities moved, renamed or left out, and some of no reason."""
    found = []
    for each in gold.entities:
        start = max(0, min(each.start + source.choice([0, 0, 0, -1, 1]), each.end - 1))
        if source.random() < 0.8:
            found.append(replace(each, start=start, type=source.choice([each.type, each.type, "person"])))
    return replace(gold.with_entities(found), tokens=None)


def by_words(gold: list[Document], predicted: list[Document]) -> tuple[list[Document], list[Document]]:
    words = [words_of(each) for each in gold]
    return tuple(  # type: ignore[return-value]
        [on_words(each, own).document for each, own in zip(side, words, strict=True)] for side in (gold, predicted)
    )


@pytest.mark.parametrize("seed", range(5))
def test_figures_are_those_of_gliners_evaluator(seed: int) -> None:
    evaluator = pytest.importorskip("gliner.evaluation.evaluator", reason="compares with GLiNER's own evaluation")
    splitter = pytest.importorskip("gliner.data_processing.tokenizer").WhitespaceTokenSplitter()
    gold = [replace(each, tokens=None) for each in random_documents(seed, count=20)]
    source = random.Random(seed)
    predicted = [with_noise(each, source) for each in gold]
    sides: list[list[list[tuple[int, int, str]]]] = [[], []]
    for truth, answer in zip(gold, predicted, strict=True):
        words = [(start, end) for _, start, end in splitter(truth.text)]
        for side, each in zip(sides, (truth, answer), strict=True):
            touched = [
                ([n for n, (start, end) in enumerate(words) if start < e.end and end > e.start], e.type)
                for e in each.entities
            ]
            side.append([(inside[0], inside[-1], name) for inside, name in touched if inside])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _, f1 = evaluator.BaseNEREvaluator(*sides).evaluate()
    report = score(*by_words(gold, predicted), resamples=0)
    assert report.strict.f1 == pytest.approx(float(f1))
    assert 0.1 < report.strict.f1 < 0.95
    assert report.strict.f1 != score(gold, predicted, resamples=0).strict.f1


def test_the_command_scores_words_and_says_what_it_widened(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "Ada-Lovelace met Bob."
    rows = {
        "gold": [{"start": 0, "end": 12, "type": "person"}, {"start": 17, "end": 20, "type": "person"}],
        "found": [{"start": 0, "end": 3, "type": "person"}, {"start": 16, "end": 17, "type": "person"}],
    }
    files = []
    for name, entities in rows.items():
        files.append(str(tmp_path / f"{name}.jsonl"))
        Path(files[-1]).write_text(json.dumps({"id": "a", "text": text, "entities": entities}) + "\n")
    report = tmp_path / "report.json"
    assert main([*files, "--by-words", "--json", str(report), "--resamples", "0"]) == 0
    counts = {name: json.loads(report.read_text())[name] for name in ("tp", "fp", "fn")}
    assert counts == {"tp": 1, "fp": 0, "fn": 1}  # Ada is a part of the word Ada-Lovelace, a blank is of none
    told = capsys.readouterr().err
    assert "entities that begin or end inside a word, widened to whole words: 1 (first: a)" in told
    assert "entities of no word, which evaluation by words leaves out: 1 (first: a)" in told
    assert main([*files, "--json", str(report), "--resamples", "0"]) == 0
    assert json.loads(report.read_text())["tp"] == 0


def test_texts_that_differ_are_told_before_words_are_compared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = []
    for name, text in {"gold": "Ada met Bob.", "found": "Ada"}.items():
        files.append(str(tmp_path / f"{name}.jsonl"))
        entity = {"start": 0, "end": 3, "type": "person"}
        Path(files[-1]).write_text(json.dumps({"id": "a", "text": text, "entities": [entity]}) + "\n")
    assert main([*files, "--by-words"]) == 2
    assert "document 'a': the texts differ at character 3" in capsys.readouterr().err
