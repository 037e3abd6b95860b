"""Prepared training data: the same data for the same seed, and all files of a stage."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path

import pytest
from labelled_documents import STAGES, TYPES, corpus_of, random_document
from prepared_stages import prepared

from cascade.document import Document, Entity
from cascade.model.base_model import BaseModel
from data_formats import read, write
from data_formats.json_lines import to_object
from train.corpora.dev_documents import dev_items, hold_out_dev
from train.corpora.loading import Corpus, load_corpora
from train.prepare import main
from train.rows.bundle import BUNDLE_TOKENS, from_json
from train.rows.corpus_rows import corpus_rows
from train.rows.draws import training_bundles, within_replay_share
from train.rows.prepared_data import notes_of


@pytest.mark.parametrize("stage", STAGES)
def test_a_seed_prepares_the_same_data_and_every_epoch_anew(gemma: BaseModel, stage: str) -> None:
    draw = [corpus_of([random_document(number) for number in range(60)])]
    once, again, other = (training_bundles([draw, draw], stage, gemma.tokens, seed=seed) for seed in (1, 1, 2))
    assert once == again != other
    half = training_bundles([draw], stage, gemma.tokens, seed=1)
    assert once[: len(half)] == half != once[len(half) :]
    assert all(len({row.bucket for row in bundle}) == 1 for bundle in once)
    assert all(sum(row.bucket[0] for row in bundle) <= BUNDLE_TOKENS or len(bundle) == 1 for bundle in once)


@pytest.mark.parametrize("stage", STAGES)
def test_what_is_there_for_replay_is_a_fixed_share_of_the_tokens(gemma: BaseModel, stage: str) -> None:
    """Of far more of it than that about the share, and the other rows are the same as ever."""
    own = corpus_of([random_document(number) for number in range(60)])
    much, little = (
        [replace(corpus_of([random_document(number) for number in range(100, 100 + count)]), replay=True)]
        for count in (200, 5)
    )
    rows, with_much, with_little = (
        [row for bundle in training_bundles([[own, *more]], stage, gemma.tokens, seed=1) for row in bundle]
        for more in ([], much, little)
    )
    own_tokens, tokens = (sum(len(row.ids) for row in each) for each in (rows, with_much))
    assert tokens - own_tokens == pytest.approx(0.3 * tokens, abs=max(len(row.ids) for row in with_much))
    assert all(row in with_much and row in with_little for row in rows)


@pytest.mark.parametrize(("count", "taken"), [(0, 0), (2, 2), (3, 3), (9, 3)])
def test_rows_for_replay_are_taken_until_they_reach_their_share(gemma: BaseModel, count: int, taken: int) -> None:
    (row,) = corpus_rows(corpus_of([random_document(1)]), "extractor", gemma.tokens, random.Random(1))
    rows = [row] * 7
    assert within_replay_share([row] * count, rows) == [row] * taken


def test_languages_and_texts_for_the_centroid_are_none_of_those_for_replay(gemma: BaseModel, tmp_path: Path) -> None:
    written(tmp_path, "own.jsonl", range(20))
    written(tmp_path, "other.jsonl", range(20, 40))
    entries = "{path: own.jsonl, dev: own.jsonl}, {path: other.jsonl, replay: true}"
    (tmp_path / "mixture.yaml").write_text(f"corpora: [{entries}]", encoding="utf-8")
    write(
        [replace(document, language="fi") for document in read(tmp_path / "other.jsonl")],
        str(tmp_path / "other.jsonl"),
        "jsonl",
    )
    command = [
        "--stage",
        "extractor",
        "--data",
        str(tmp_path / "mixture.yaml"),
        "--base",
        "tiny",
        "--out",
        str(tmp_path / "out"),
    ]
    task = prepared(command, gemma.tokens)
    assert task["languages"] == ["de", "en"]  # those of the documents, but for replay
    assert [(corpus["name"], corpus.get("replay", False)) for corpus in task["data"]] == [
        ("own", False),
        ("other", True),
    ]
    texts = {json.loads(line) for line in (tmp_path / "out" / "texts.jsonl").read_text(encoding="utf-8").splitlines()}
    assert texts == {document.text for document in read(tmp_path / "own.jsonl")}


def test_dev_documents_go_with_all_types_of_their_corpus() -> None:
    with_entities, without = random_document(1), Document("x", "Ada", entities=())
    corpus = Corpus("made", (random_document(5),), dev=(with_entities, without))
    types = dev_items([corpus], "extractor")[0][1]
    assert set(types) == {
        entity.type for document in (random_document(5), with_entities) for entity in document.entities
    }
    assert [document for document, _ in dev_items([corpus], "extractor")] == [with_entities, without]
    assert [document for document, _ in dev_items([corpus], "classifier")] == [with_entities]


def written(folder: Path, name: str, numbers: range) -> Path:
    path = folder / name
    path.write_text(
        "".join(json.dumps(to_object(random_document(number)), ensure_ascii=False) + "\n" for number in numbers),
        encoding="utf-8",
    )
    return path


@pytest.mark.parametrize("stage", STAGES)
def test_the_command_writes_what_it_says(gemma: BaseModel, tmp_path: Path, stage: str) -> None:
    data, dev, out = (
        written(tmp_path, "train.jsonl", range(40)),
        written(tmp_path, "dev.jsonl", range(40, 48)),
        tmp_path / "out",
    )
    command = ["--stage", stage, "--data", str(data), "--dev", str(dev), "--out", str(out), "--base", "tiny"]
    task = prepared([*command, "--seed", "3"], gemma.tokens)
    assert json.loads((out / "task.json").read_text(encoding="utf-8")) == task
    lines = [json.loads(line) for line in (out / "train.jsonl").read_text(encoding="utf-8").splitlines()]
    made = [from_json(line["bundle"]) for line in lines]
    assert made == training_bundles([[Corpus("train", tuple(read(data)))]], stage, gemma.tokens, seed=3)
    assert all(line["messages"] == [{"role": "assistant", "content": "-"}] for line in lines)
    scored = [
        json.loads(json.loads(line)["document"])
        for line in (out / "dev.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    asked_for = {document.id: document for document in read(dev) if document.entities or stage == "extractor"}
    assert {item["document"]["id"]: item["document"] for item in scored} == {
        name: json.loads(json.dumps(to_object(document))) for name, document in asked_for.items()
    }
    assert len(scored) == len(asked_for)
    assert {item["stage"] for item in scored} == {stage}
    rows = [row for bundle in made for row in bundle]
    assert (task["base"], task["stage"], task["languages"], set(task["types"])) == (
        "tiny",
        stage,
        ["de", "en"],
        set(TYPES),
    )
    assert (task["bundles"], task["rows"], task["dev_documents"]) == (len(made), len(rows), len(scored))
    assert (task["tokens"], task["decisions"]) == (
        sum(len(row.ids) for row in rows),
        sum(len(row.answers) for row in rows),
    )


def test_so_many_dev_documents_are_drawn_as_asked_for(gemma: BaseModel, tmp_path: Path) -> None:
    data, dev = written(tmp_path, "train.jsonl", range(8)), written(tmp_path, "dev.jsonl", range(40, 60))
    command = [
        "--stage",
        "extractor",
        "--data",
        str(data),
        "--dev",
        str(dev),
        "--base",
        "tiny",
        "--dev-documents",
        "5",
        "--out",
    ]
    assert prepared([*command, str(tmp_path / "a")], gemma.tokens)["dev_documents"] == 5
    prepared([*command, str(tmp_path / "b")], gemma.tokens)
    assert (tmp_path / "a" / "dev.jsonl").read_text(encoding="utf-8") == (tmp_path / "b" / "dev.jsonl").read_text(
        encoding="utf-8"
    )


def test_without_dev_documents_a_fifth_is_held_out(gemma: BaseModel, tmp_path: Path) -> None:
    data = written(tmp_path, "train.jsonl", range(50))
    for name, seed in (("a", "1"), ("b", "2")):
        command = [
            "--stage",
            "extractor",
            "--data",
            str(data),
            "--base",
            "tiny",
            "--epochs",
            "2",
            "--seed",
            seed,
            "--out",
            str(tmp_path / name),
        ]
        task = prepared(command, gemma.tokens)
        assert task["dev_documents"] == 10
        assert task["data"][0]["documents"] == 40  # once, however often they are passed over
    scored = [
        json.loads(json.loads(line)["document"])["document"]["id"]
        for line in (tmp_path / "a" / "dev.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    assert (tmp_path / "a" / "dev.jsonl").read_text(encoding="utf-8") == (tmp_path / "b" / "dev.jsonl").read_text(
        encoding="utf-8"
    )
    (corpus,) = load_corpora(data, data_root=None, seed=1)
    kept = hold_out_dev(corpus, most=1000)
    assert {document.id for document in kept.dev} == set(scored)
    assert not {document.id for document in kept.documents} & set(scored)
    assert len(kept.documents) + len(kept.dev) == 50
    assert len(hold_out_dev(corpus, most=3).dev) == 3
    assert hold_out_dev(replace(corpus, documents=corpus.documents[:2]), most=9).dev == ()  # too few to share


def test_languages_that_share_adapters_are_all_named(gemma: BaseModel, tmp_path: Path) -> None:
    written(tmp_path, "train.jsonl", range(8))
    (tmp_path / "m.yaml").write_text(
        "corpora: [{path: train.jsonl, language: sr+hr}, {path: missing.jsonl, language: hr}]", encoding="utf-8"
    )
    command = [
        "--stage",
        "extractor",
        "--data",
        str(tmp_path / "m.yaml"),
        "--language",
        "sr+hr",
        "--base",
        "tiny",
        "--out",
        str(tmp_path / "out"),
    ]
    assert prepared(command, gemma.tokens)["languages"] == ["hr", "sr"]


def test_an_error_of_the_command_is_one_line(
    tmp_path: Path, gemma_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mixture = tmp_path / "m.yaml"
    mixture.write_text("corpora: []\n", encoding="utf-8")
    assert (
        main(
            [
                "--stage",
                "extractor",
                "--data",
                str(mixture),
                "--out",
                str(tmp_path / "out"),
                "--base",
                str(gemma_folder),
            ]
        )
        == 2
    )
    assert (
        capsys.readouterr().err
        == f"error: {mixture}: found no list `corpora`; expected entries with `path` and `documents`, as in "
        "train/multilingual.yaml\n"
    )


def test_dev_documents_take_the_place_of_a_mixtures_own(tmp_path: Path, gemma: BaseModel) -> None:
    for name, kind in (("x", "person"), ("y", "drug")):
        write(
            [Document(f"{name}{n}", f"Ada {n} left", "en", (Entity(0, 3, kind),)) for n in range(3)],
            tmp_path / f"{name}.jsonl",
        )
    write([Document("d", "Bob ran", "en", (Entity(0, 3, "ship"),))], tmp_path / "dev.jsonl")
    entries = ", ".join(f"{{path: {name}.jsonl, dev: {name}.jsonl}}" for name in "xy")
    (tmp_path / "mixture.yaml").write_text(f"corpora: [{entries}]", encoding="utf-8")
    data = [
        "--data",
        str(tmp_path / "mixture.yaml"),
        "--dev",
        str(tmp_path / "dev.jsonl"),
        "--out",
        str(tmp_path / "o"),
    ]
    task = prepared(["--stage", "extractor", *data], gemma.tokens)
    assert (task["dev_documents"], task["labelled_dev_documents"]) == (1, 1)
    [line] = (tmp_path / "o" / "dev.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(json.loads(line)["document"])["types"] == ["ship"]


def test_texts_that_are_in_both_are_told(tmp_path: Path, gemma: BaseModel) -> None:
    write([Document(str(n), f"Ada {n} left", "en", (Entity(0, 3, "person"),)) for n in range(4)], tmp_path / "a.jsonl")
    write([Document("d", "ADA 2  left", "en", (Entity(0, 3, "person"),))], tmp_path / "dev.jsonl")
    data = ["--data", str(tmp_path / "a.jsonl"), "--dev", str(tmp_path / "dev.jsonl"), "--out", str(tmp_path / "o")]
    task = prepared(["--stage", "extractor", *data], gemma.tokens)
    assert notes_of(task) == ["1 documents to train on have texts of dev documents, so that dev scores are too high"]
