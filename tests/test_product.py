"""The product as its users meet it: the embedded base model, the shipped adapters, the commands of its documents."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from documents import blocks, commands, documents, name_of, shown_after

from cascade import Cascade, Document, Entity
from cascade.errors import TaxonomyError
from cascade.scoring.scores import score
from data_formats import read, read_texts

ROOT = Path(__file__).resolve().parent.parent
TYPES = ["person", "organization", "location"]
PAGES_WITH_PYTHON = ("api", "from-gliner", "integrations", "jobs", "looking-at-results", "quick-start", "redacting")
SCORE = re.compile(r"(?<![\w.])[01]\.\d+")
SAME_SCORE = 0.06  # on another kind of CPU scores differ by a few hundredths

pytestmark = [pytest.mark.real_model, pytest.mark.slow]


@pytest.fixture(scope="module")
def cascade() -> Cascade:
    return Cascade.load(device="cpu")


def found(document: Document) -> set[tuple[str, str]]:
    return {(document.text_of(entity), entity.type) for entity in document.entities}


def run(arguments: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False, **options)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Angela Merkel besuchte Paris.", {("Angela Merkel", "person"), ("Paris", "location")}),
        ("Barack Obama was born in Honolulu.", {("Barack Obama", "person"), ("Honolulu", "location")}),
        ("Pedro Sánchez viajó a Lisboa.", {("Pedro Sánchez", "person"), ("Lisboa", "location")}),
        ("Владимир Путин прибыл в Пекин.", {("Владимир Путин", "person"), ("Пекин", "location")}),
        ("Mark Rutte bezocht Brussel.", {("Mark Rutte", "person"), ("Brussel", "location")}),
    ],
)
def test_plain_sentences_of_five_languages_are_read_right(
    cascade: Cascade, text: str, expected: set[tuple[str, str]]
) -> None:
    assert found(cascade(text, TYPES)) == expected


def test_the_samples_score_far_above_chance(cascade: Cascade) -> None:
    gold = list(read(ROOT / "samples" / "news.gold.jsonl"))
    report = score(gold, cascade([Document(document.id, document.text, document.language) for document in gold], TYPES))
    assert report.span.f1 > 0.7
    assert report.strict.f1 > 0.6


def test_offsets_are_exact_in_text_full_of_markup_and_emoji(cascade: Cascade) -> None:
    text = "👩‍👩‍👧 <b>Marie Curie</b> <|im_start|> moved to\u2028  Paris …\t<bos>## Berlin ##"
    document = cascade(text, TYPES)
    assert document.text == text
    assert {"Marie Curie", "Paris"} <= {text[entity.start : entity.end] for entity in document.entities}


def test_a_text_of_several_windows_is_read_to_its_end(cascade: Cascade) -> None:
    filler = "The weather was fine and nothing else happened on that day in the small town. " * 60
    text = f"Barack Obama spoke first. {filler}At last Angela Merkel flew to Tokyo."
    document = cascade(text, TYPES)
    assert {("Barack Obama", "person"), ("Angela Merkel", "person"), ("Tokyo", "location")} <= found(document)


def test_many_texts_give_what_each_gives_alone(cascade: Cascade) -> None:
    texts = [document.text for document in read_texts(ROOT / "samples" / "news.jsonl")]
    together = [found(document) for document in cascade(texts, TYPES)]
    alone = [found(cascade(text, TYPES)) for text in texts]
    assert (
        sum(one == other for one, other in zip(together, alone, strict=True)) >= len(texts) - 1
    )  # bf16 may turn a close decision


def test_types_that_are_not_asked_for_are_not_found(cascade: Cascade) -> None:
    document = cascade("Barack Obama met Angela Merkel in Berlin.", ["location"])
    assert found(document) == {("Berlin", "location")}


def test_scores_are_probabilities(cascade: Cascade) -> None:
    entities = cascade("Barack Obama met Angela Merkel in Berlin.", TYPES).entities
    assert entities
    assert all(
        isinstance(entity, Entity) and entity.score is not None and 0.0 < entity.score <= 1.0 for entity in entities
    )


def test_empty_and_blank_texts_have_no_entities(cascade: Cascade) -> None:
    assert [document.entities for document in cascade(["", "  \n ", "."], TYPES)] == [(), (), ()]


def test_a_bare_string_of_types_is_refused(cascade: Cascade) -> None:
    message = "types are given as one string 'person,location'; expected a list of names such as ['person', 'location']"
    with pytest.raises(TaxonomyError, match=re.escape(message)):
        cascade("Paris", "person,location")


def test_the_command_reads_standard_input() -> None:
    done = run(["infer.py", "-"], input="Angela Merkel besuchte Paris.\n")
    assert done.returncode == 0, done.stderr
    [line] = done.stdout.splitlines()
    assert [(entity["text"], entity["type"]) for entity in json.loads(line)["entities"]] == [
        ("Angela Merkel", "person"),
        ("Paris", "location"),
    ]


def test_geic_files_go_straight_into_inference_and_scoring(tmp_path: Path) -> None:
    predicted, report = tmp_path / "predicted.jsonl", tmp_path / "report.json"
    done = run(["infer.py", "samples/news.geic.json", "--types", ",".join(TYPES), "-o", str(predicted)])
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    done = run(["evaluate.py", "samples/news.geic.json", str(predicted), "--json", str(report)])
    assert done.returncode == 0, done.stderr
    figures = json.loads(report.read_text(encoding="utf-8"))
    assert {"precision", "recall", "f1"} <= set(figures)
    assert figures["f1"] > 0.5


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["missing.jsonl"],
            "error: missing.jsonl: cannot be read: No such file or directory; expected a file, or - for standard "
            "input\n",
        ),
        (["samples/news.jsonl", "--types", "a,,b"], None),
        (
            ["samples/news.jsonl", "--types", "a", "--taxonomy", "samples/taxonomy.json"],
            "error: both --types and --taxonomy are given; expected one of them\n",
        ),
        (
            ["samples/news.jsonl", "--flat"],
            "error: --flat is given without --taxonomy, whose leaves it asks for; expected both\n",
        ),
        (
            ["samples/news.jsonl", "--adapters", "samples"],
            "error: samples: holds no extractor adapter among []; expected one of each stage\n",
        ),
        (["samples/news.jsonl", "--base", "no/such/folder"], None),
        (["samples/news.jsonl", "--device", "foo"], None),
        (
            ["samples/news.jsonl", "--exact", "--paragraphs"],
            "error: exact results, of each text by itself, and paragraphs, of neighbours together, are both asked "
            "for; expected one of them\n",
        ),
    ],
)
def test_wrong_arguments_get_one_line_and_status_two(arguments: list[str], message: str | None) -> None:
    done = run(["infer.py", *arguments], env={**os.environ, "HF_HUB_OFFLINE": "1"})
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
    assert message is None or done.stderr == message


def test_the_leaves_of_a_taxonomy_can_be_asked_for_at_once() -> None:
    found = {}
    for options in ([], ["--flat"]):
        done = run(
            ["infer.py", "-", "--taxonomy", "samples/taxonomy.json", *options], input="Angela Merkel besuchte Paris.\n"
        )
        assert done.returncode == 0, done.stderr
        [line] = done.stdout.splitlines()
        found[len(options)] = [(entity["text"], entity["type"]) for entity in json.loads(line)["entities"]]
    leaves = {
        name
        for types in json.loads((ROOT / "samples/taxonomy.json").read_text(encoding="utf-8")).values()
        for name in types
    }
    assert {name for _, name in found[1]} <= leaves
    assert [text for text, _ in found[1]] == [text for text, _ in found[0]] == ["Angela Merkel", "Paris"]


def test_neighbours_are_read_together_and_the_lowest_score_is_the_users(tmp_path: Path) -> None:
    sentences = ["Angela Merkel flew to Paris.", "Merkel met the German ambassador there.", "They spoke about Siemens."]
    texts = tmp_path / "texts.txt"
    texts.write_text("".join(f"{sentence}\n" for sentence in sentences), encoding="utf-8")
    done = run(["infer.py", str(texts), "--language", "en", "--paragraphs", "--min-score", "0.9"])
    together = [json.loads(line) for line in done.stdout.splitlines()]
    assert [document["text"] for document in together] == sentences
    scores = [entity["score"] for document in together for entity in document["entities"]]
    assert scores
    assert min(scores) >= 0.9
    assert re.search(
        r"^note: \d+ spans were left out because they are less likely than 0\.9 \(--min-score\)$",
        done.stderr,
        re.MULTILINE,
    )
    alone = [
        json.loads(line)
        for line in run(["infer.py", str(texts), "--language", "en", "--min-score", "0"]).stdout.splitlines()
    ]
    assert sum(len(document["entities"]) for document in alone) > len(scores)
    assert min(entity["score"] for document in alone for entity in document["entities"]) < 0.9


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what a clone holds, so that the commands write nowhere else."""
    target = tmp_path_factory.mktemp("clone")
    for name in ("cascade", "data_formats", "train", "adapters", "samples", "tests/data/published"):
        shutil.copytree(ROOT / name, target / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("infer.py", "evaluate.py", "README.md"):
        shutil.copy(ROOT / name, target / name)
    return target


@pytest.fixture(scope="module")
def printed(clone: Path) -> Callable[..., str]:
    """What a command prints in the clone, once for all tests; fails where the command does."""

    @cache
    def run_once(*command: str) -> str:
        binary = str(Path(sys.executable).parent)
        environment = {**os.environ, "PATH": f"{binary}{os.pathsep}{os.environ['PATH']}"}
        done = subprocess.run(
            command, cwd=clone, capture_output=True, text=True, encoding="utf-8", check=False, env=environment
        )
        assert done.returncode == 0, f"{command}\n{done.stderr}"
        return done.stdout

    return run_once


def without_scores(shown: str) -> tuple[str, list[float]]:
    """A printed text with its scores cut out, and the scores."""
    return SCORE.sub("", shown), [float(score) for score in SCORE.findall(shown)]


def test_scores_are_told_from_offsets_and_texts() -> None:
    shown = 'Apple 15 20 company 0.8328 "score": 1.0, v1.5'
    assert without_scores(shown) == ('Apple 15 20 company  "score": , v1.5', [0.8328, 1.0])


def with_commands() -> list[Path]:
    """The documents that show commands which run in a clone."""
    return [document for document in documents() if commands(document.read_text(encoding="utf-8"))]


def test_the_documents_of_the_commands_and_formats_show_what_can_be_run() -> None:
    assert {"README.md", "docs/commands.md", "docs/formats.md"} <= {name_of(document) for document in with_commands()}


@pytest.mark.parametrize("document", with_commands(), ids=name_of)
def test_every_command_of_a_document_runs(document: Path, printed: Callable[..., str]) -> None:
    for command in commands(document.read_text(encoding="utf-8")):
        printed("bash", "-c", command)


def test_the_first_command_of_the_readme_prints_what_is_shown(printed: Callable[..., str]) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    [(_, shown)] = shown_after(readme, "bash", "json")
    first = printed("bash", "-c", commands(readme)[0]).splitlines()[0]
    expected, found = (without_scores(json.dumps(json.loads(line))) for line in (shown, first))
    assert found[0] == expected[0]
    assert found[1] == pytest.approx(expected[1], abs=SAME_SCORE)


WITH_PYTHON = [ROOT / "README.md", *(ROOT / "docs" / f"{name}.md" for name in PAGES_WITH_PYTHON)]


@pytest.mark.parametrize("document", WITH_PYTHON, ids=name_of)
def test_the_python_of_a_document_prints_what_is_shown(document: Path, printed: Callable[..., str]) -> None:
    text = document.read_text(encoding="utf-8")
    shown = shown_after(text, "python", "text")
    assert [code for code, _ in shown] == [block.text for block in blocks(text) if block.language == "python"]
    code, output = ("".join(parts) for parts in zip(*shown, strict=True))
    expected, found = without_scores(output), without_scores(printed(sys.executable, "-c", code))
    assert found[0] == expected[0]
    assert found[1] == pytest.approx(expected[1], abs=SAME_SCORE)
