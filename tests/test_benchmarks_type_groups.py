"""Types held out by group: which documents are read, what is asked for, the table."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tiny_models import save_adapter

from benchmarks.held_out import held_out_documents
from benchmarks.type_groups import groups_of, main
from cascade import Document, Entity
from cascade.adapters.card import STAGES
from cascade.errors import CascadeError
from cascade.model.base_model import BaseModel
from cascade.taxonomy.parsing import read_taxonomy
from data_formats import write
from train.corpora.mixtures import read_mixture

ROOT = Path(__file__).parents[1]
DOCUMENTS = [
    Document(f"{number}", f"Ada met Bob in London {number}", "en", (Entity(0, 3, "PER"), Entity(15, 21, "city")))
    for number in range(12)
]
ENTRY = "corpora:\n  - {path: data.jsonl, licence: none, rename: {PER: person}, hold_out: 6"


@pytest.fixture
def mixture(tmp_path: Path) -> Path:
    write(DOCUMENTS, str(tmp_path / "data.jsonl"), "jsonl")
    (tmp_path / "mixture.yaml").write_text(f"{ENTRY}, dev_documents: 2}}\n", encoding="utf-8")
    (tmp_path / "groups.json").write_text('{"people": ["person"], "places": ["city"]}', encoding="utf-8")
    return tmp_path / "mixture.yaml"


def test_documents_are_those_that_nothing_was_chosen_by(mixture: Path) -> None:
    found = held_out_documents(mixture, mixture.parent)
    assert len(found) == 4
    assert {document.id for document in found} < {document.id for document in DOCUMENTS[6:]}
    assert {entity.type for document in found for entity in document.entities} == {"person", "city"}


@pytest.mark.parametrize("end", ["}", ", dev_documents: 6}"])
def test_documents_that_checkpoints_are_chosen_by_are_refused(mixture: Path, end: str) -> None:
    mixture.write_text(f"{ENTRY}{end}\n", encoding="utf-8")
    with pytest.raises(
        CascadeError,
        match="checkpoints are chosen by all held-out documents of data; expected dev_documents to be fewer",
    ):
        held_out_documents(mixture, mixture.parent)


@pytest.mark.parametrize("groups", ['{"people": ["person"], "places": null}', '{"people": {"person": ["writer"]}}'])
def test_groups_without_types_or_of_more_levels_are_refused(tmp_path: Path, groups: str) -> None:
    (tmp_path / "groups.json").write_text(groups, encoding="utf-8")
    with pytest.raises(CascadeError, match="expected groups with a list of types each"):
        groups_of(tmp_path / "groups.json")


def test_the_groups_of_few_nerd_hold_each_type_of_its_mixture_once() -> None:
    [entry] = read_mixture(ROOT / "train/few_nerd.yaml").entries
    names = [name for types in groups_of(ROOT / "train/few_nerd_groups.json").values() for name in types]
    assert sorted(names) == sorted(set(entry["rename"].values()))
    [other] = [each for each in read_mixture(ROOT / "train/zero_shot.yaml").entries if each["path"] == entry["path"]]
    assert entry["rename"] == other["rename"]  # types are called alike in both mixtures
    assert len(read_taxonomy(ROOT / "train/few_nerd_groups.json").roots) == 8


def test_each_group_is_asked_for_by_itself(
    mixture: Path, gemma: BaseModel, gemma_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for stage in STAGES:
        save_adapter(gemma, gemma_folder, tmp_path / "pair" / stage, stage=stage, languages=["en"], seed=1)
    command = [
        "--data",
        str(mixture),
        "--groups",
        str(tmp_path / "groups.json"),
        "--held-out",
        "places",
        "--base",
        str(gemma_folder),
    ]
    command += ["--adapters", str(tmp_path / "pair"), "--json", str(tmp_path / "found.json")]
    assert main(command) == 0
    found = json.loads((tmp_path / "found.json").read_text(encoding="utf-8"))
    assert {name: (row["held_out"], row["sentences"], row["entities"]) for name, row in found.items()} == {
        "people": (False, 4, 4),
        "places": (True, 4, 4),
    }
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["group", "people", "places*", "mean", "mean"]
    assert [line.partition(":")[0] for line in lines[-2:]] == [
        "mean of 1 groups held out",
        "mean of 1 groups trained on",
    ]


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--held-out", "places,things", "error: --held-out: things; expected some of people, places"),
        (
            "--groups",
            "river.json",
            "river.json: no held-out document has river; expected the types as the mixture calls them",
        ),
    ],
)
def test_what_does_not_fit_is_said_before_anything_is_read(
    mixture: Path, option: str, value: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (mixture.parent / "river.json").write_text('{"places": ["river", "city"]}', encoding="utf-8")
    command = ["--data", str(mixture), "--groups", str(mixture.parent / "groups.json")]
    assert main([*command, option, str(mixture.parent / value) if value.endswith("json") else value]) != 0
    assert message in capsys.readouterr().err
