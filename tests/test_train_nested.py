"""Nested entities in training: rows of several layers, what the data say of themselves, and what cannot be learnt."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from prepared_stages import prepared

from cascade.document import Document, Entity
from cascade.errors import CascadeError
from cascade.model.base_model import BaseModel
from cascade.stages.decisions import B, E, I, O, S
from data_formats import read, write
from train.corpora.annotation_checks import annotation_faults
from train.corpora.loading import Corpus
from train.corpora.prompts import Prompt
from train.options import TrainingOptions, options_from
from train.provenance import data_provenance
from train.rows.bundle import from_json
from train.rows.dev_items import from_line, to_line
from train.rows.samples import samples_of
from train.rows.stage_rows import classifier_row, extractor_row
from train.run import arguments

BANK = Document(
    "bank",
    "Bank of New England",
    "en",
    (Entity(0, 19, "company"), Entity(8, 19, "place"), Entity(12, 19, "country"), Entity(0, 4, "word")),
)
ALL = ("company", "place", "country", "word")
GERMEVAL = "Bank\tB-ORG\tO\nof\tI-ORG\tO\nEngland\tI-ORG\tB-LOC\n\nAda\tB-PER\tO\n"


def rows_of(qwen: BaseModel, *, depth: int, wanted: tuple[str, ...] = ALL) -> list[int]:
    """The extractor's answers for the bank, layer after layer."""
    prompt = Prompt(wanted, {name: name for name in wanted})
    row = extractor_row(list(samples_of(BANK, qwen.tokens, size=256)), prompt, qwen.tokens, depth=depth)
    assert row.questions == [list(words) for words in qwen.tokens.layer_labels(depth)]
    assert row.read_questions == [layer for layer in range(depth) for _ in range(4)]
    assert row.read_tokens == row.read_tokens[:4] * depth
    return row.answers


def test_each_layer_is_labelled_by_itself(qwen: BaseModel) -> None:
    assert rows_of(qwen, depth=1) == [B, I, I, E]
    assert rows_of(qwen, depth=2) == [B, I, I, E, S, O, B, E]
    assert rows_of(qwen, depth=3) == [B, I, I, E, S, O, B, E, O, O, O, S]


def test_layers_are_those_of_the_types_that_the_prompt_asks_for(qwen: BaseModel) -> None:
    assert rows_of(qwen, depth=2, wanted=("place", "country")) == [O, O, B, E, O, O, O, S]


def test_the_classifier_learns_entities_of_all_layers(qwen: BaseModel) -> None:
    prompt = Prompt(ALL, {name: name for name in ALL})
    row = classifier_row(list(samples_of(BANK, qwen.tokens, size=256)), prompt, qwen.tokens)
    assert max(row.queries) == 4


@pytest.mark.parametrize(
    ("depth", "expected"),
    [
        (
            1,
            "entities that overlap longer ones, or ones as long and earlier: the extractor learns those alone, the "
            "classifier all: 3, the first 0..4",
        ),
        (
            2,
            "entities that cross longer ones or lie in 2 others: the extractor, which learns 2 layers, learns them "
            "not, the classifier all: 1, the first 12..19",
        ),
        (3, None),
    ],
)
def test_what_a_depth_leaves_out_is_counted(depth: int, expected: str | None) -> None:
    told = [] if expected is None else [f"corpus 'news': {expected} in document 'bank'"]
    assert annotation_faults([Corpus("news", (BANK,))], depth=depth) == told


def test_prepared_data_say_how_many_layers_they_hold(qwen: BaseModel, tmp_path: Path) -> None:
    write(
        [BANK, *(Document(f"b{number}", BANK.text, "en", BANK.entities) for number in range(9))], tmp_path / "a.jsonl"
    )
    command = ["--data", str(tmp_path / "a.jsonl"), "--depth", "3", "--out"]
    task = prepared(["--stage", "extractor", *command, str(tmp_path / "e")], qwen.tokens)
    assert task["depth"] == 3
    [line, *_] = (tmp_path / "e" / "train.jsonl").read_text(encoding="utf-8").splitlines()
    assert {len(row.questions) for row in from_json(json.loads(line)["bundle"])} == {3}
    [dev, *_] = (tmp_path / "e" / "dev.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(json.loads(dev)["document"])["depth"] == 3
    assert prepared(["--stage", "classifier", *command, str(tmp_path / "c")], qwen.tokens)["depth"] == 1


def test_dev_documents_are_read_back_with_all_their_layers() -> None:
    document, types = from_line(to_line("extractor", BANK, ALL, depth=2))
    assert (document, types) == (BANK, list(ALL))


def test_the_depth_is_part_of_what_data_were_made_from_and_flat_data_are_those_of_before(tmp_path: Path) -> None:
    def provenance(*extra: str) -> dict[str, str]:
        given = ["--data", str(tmp_path / "a.jsonl"), "--out", str(tmp_path / "out"), *extra]
        return data_provenance(options_from(TrainingOptions, arguments().parse_args(given)), None)

    assert "depth" not in provenance()
    assert provenance("--depth", "1") == provenance()
    assert provenance("--depth", "2") == {**provenance(), "depth": "2"}


def test_columns_of_a_layer_each_are_trained_on_as_nested_entities(qwen: BaseModel, tmp_path: Path) -> None:
    (tmp_path / "germeval.iob2").write_text(GERMEVAL, encoding="utf-8")
    documents = list(read(tmp_path / "germeval.iob2", label_column="all"))
    assert [entity.span for entity in documents[0].entities] == [(0, 15), (8, 15)]
    samples = list(samples_of(documents[0], qwen.tokens, size=256))
    names = {"ORG": "ORG", "LOC": "LOC"}
    row = extractor_row(samples, Prompt(tuple(names), names), qwen.tokens, depth=2)
    assert row.answers == [B, I, E, O, O, S]


def test_annotation_that_a_depth_leaves_out_can_be_refused(qwen: BaseModel, tmp_path: Path) -> None:
    write([Document(f"b{number}", BANK.text, "en", BANK.entities) for number in range(9)], tmp_path / "a.jsonl")
    command = ["--data", str(tmp_path / "a.jsonl"), "--annotation-faults", "refuse", "--stage", "extractor"]
    with pytest.raises(CascadeError, match="cross longer ones or lie in 2 others"):
        prepared([*command, "--depth", "2", "--out", str(tmp_path / "two")], qwen.tokens)
    assert (
        prepared([*command, "--depth", "3", "--out", str(tmp_path / "three")], qwen.tokens)["annotation_faults"] == []
    )
