"""Evaluation by words: GLiNER's words, entities widened to them, and its figures."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from gliner_figures import figures_of_gliner, gliners_words, gold_and_found

from cascade.commands.evaluate import main
from cascade.document import Document, Entity
from cascade.scoring.scores import score
from cascade.scoring.words import OnWords, on_words, words_of

FIGURES = Path(__file__).parent / "data" / "gliner" / "figures-0.2.29.jsonl"


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


def by_words(gold: list[Document], predicted: list[Document]) -> tuple[list[Document], list[Document]]:
    words = [words_of(each) for each in gold]
    return tuple(  # type: ignore[return-value]
        [on_words(each, own).document for each, own in zip(side, words, strict=True)] for side in (gold, predicted)
    )


@pytest.mark.parametrize("number", range(3))
def test_figures_are_those_that_gliners_evaluator_gave(number: int) -> None:
    """Made by GLiNER 0.2.29 itself on random documents, as `gliner_figures` says."""
    expected = json.loads(FIGURES.read_text(encoding="utf-8").splitlines()[number])
    documents = [[document(each["text"], *each[side]) for each in expected["documents"]] for side in ("gold", "found")]
    gold, found = ([replace(each, id=str(n)) for n, each in enumerate(side)] for side in documents)
    assert [[*map(list, words_of(each))] for each in gold] == [each["words"] for each in expected["documents"]]
    report = score(*by_words(gold, found), resamples=0)
    figures = report.strict.precision, report.strict.recall, report.strict.f1
    assert figures == pytest.approx(tuple(expected[name] for name in ("precision", "recall", "f_score")))
    assert 0.1 < report.strict.f1 < 0.95
    assert report.strict.f1 != score(gold, found, resamples=0).strict.f1


@pytest.mark.parametrize("seed", range(5))
def test_figures_are_those_of_gliners_evaluator_where_it_is_installed(seed: int) -> None:
    pytest.importorskip("gliner.evaluation.evaluator", reason="compares with GLiNER's own evaluation")
    gold, found = gold_and_found(seed)
    assert [[*words_of(each)] for each in gold] == [gliners_words(each.text) for each in gold]
    report = score(*by_words(gold, found), resamples=0)
    assert report.strict.f1 == pytest.approx(figures_of_gliner(gold, found)["f_score"])


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
