"""Missing and misspelt keys in what commands read: gold, training data, texts and taxonomies."""

from __future__ import annotations

from pathlib import Path

import pytest

import data_formats
from cascade.commands import convert as convert_command
from cascade.commands import evaluate as evaluate_command
from cascade.errors import FormatError, TaxonomyError
from cascade.taxonomy.parsing import parse_taxonomy
from train.corpora.loading import load_corpora

ADA = '{"text": "Ada", "entities": [{"start": 0, "end": 3, "type": "person"}]}\n'


EXPECTED = "expected a list of objects with 'start', 'end' and 'type', [] for a document without entities"


OF_TYPES = "expected 'name', 'description' and 'children'"


def read(folder: Path, content: str, name: str = "d.jsonl") -> tuple[int, list[str]]:
    """How many documents a file has, and what of it was not read."""
    (folder / name).write_text(content, encoding="utf-8")
    report = data_formats.Report()
    return sum(1 for _ in data_formats.read(folder / name, report=report)), report.lines()


@pytest.mark.parametrize("wrong", ["gold", "predicted"])
def test_neither_side_of_an_evaluation_may_lack_entities(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], wrong: str
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("gold", "predicted"):
        Path(f"{name}.jsonl").write_text('{"text": "Ada", "spans": []}\n' if name == wrong else ADA, encoding="utf-8")
    assert evaluate_command.main(["gold.jsonl", "predicted.jsonl"]) == 2
    told = "the object has no 'entities', only 'spans', 'text' (it looks like spaCy or Prodigy by 'spans')"
    assert capsys.readouterr() == ("", f"error: {wrong}.jsonl:1: {told}; {EXPECTED}\n")


def test_training_data_may_not_lack_entities(tmp_path: Path) -> None:
    (tmp_path / "d.jsonl").write_text('{"text": "Ada", "label": []}\n', encoding="utf-8")
    (tmp_path / "m.yaml").write_text("corpora: [{path: d.jsonl}]", encoding="utf-8")
    for name in ("d.jsonl", "m.yaml"):
        with pytest.raises(FormatError, match="has no 'entities', only 'label', 'text'"):
            load_corpora(tmp_path / name, data_root=None, seed=1)


def test_texts_that_are_left_out_of_training_need_no_entities(tmp_path: Path) -> None:
    (tmp_path / "d.jsonl").write_text(ADA + ADA.replace("Ada", "Bob"), encoding="utf-8")
    (tmp_path / "test.jsonl").write_text('{"text": "Bob"}\n', encoding="utf-8")
    (tmp_path / "m.yaml").write_text("corpora: [{path: d.jsonl, not_in: [test.jsonl]}]", encoding="utf-8")
    [corpus] = load_corpora(tmp_path / "m.yaml", data_root=None, seed=1)
    assert [document.text for document in corpus.documents] == ["Ada"]


def test_training_says_what_of_its_data_was_not_read(tmp_path: Path) -> None:
    (tmp_path / "d.jsonl").write_text(ADA.replace("{", '{"langauge": "de", ', 1), encoding="utf-8")
    (tmp_path / "m.yaml").write_text("corpora: [{path: d.jsonl, dev: d.jsonl}]", encoding="utf-8")
    report = data_formats.Report()
    load_corpora(tmp_path / "m.yaml", data_root=None, seed=1, report=report)
    assert report.lines() == [
        f"unknown key 'langauge' of documents, which is close to 'language': 2 (first: {tmp_path}/d.jsonl:1)"
    ]


def test_texts_alone_are_converted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "d.jsonl").write_text('{"text": "Ada"}\n', encoding="utf-8")
    files = [str(tmp_path / "d.jsonl"), str(tmp_path / "d.txt")]
    assert convert_command.main(files) == 2
    assert convert_command.main([*files, "--texts"]) == 0
    assert (tmp_path / "d.txt").read_text(encoding="utf-8") == "Ada\n"
    assert convert_command.main([*files, "--texts", "--scheme", "bio"]) == 2
    assert capsys.readouterr().err.splitlines()[1:] == [
        "wrote 1 documents with 0 entities",
        "error: --texts and --scheme are given; expected one of them, as --texts reads no labels",
    ]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (
            [{"name": "a", "childern": []}],
            f"type 'a' has the unknown key 'childern', which is close to 'children'; {OF_TYPES}",
        ),
        ([{"name": "a", "x": []}], f"type 'a' has the unknown key 'x'; {OF_TYPES}"),
        (
            {"name": "a", "descripton": "b"},
            "the taxonomy is a single object with 'name'; expected a list of such objects, so put it in [ ]",
        ),
        (
            {"first_level": "a,b"},
            "the taxonomy has the key 'first_level', which is close to a level's; expected levels as 'first-level'",
        ),
        (
            {"First Level": "a,b"},
            "the taxonomy has the key 'First Level', which is close to a level's; expected levels as 'first-level'",
        ),
    ],
)
def test_misspelt_keys_of_taxonomies_are_no_types(value: object, message: str) -> None:
    with pytest.raises(TaxonomyError) as error:
        parse_taxonomy(value)
    assert str(error.value) == f"taxonomy: {message}"


def test_types_may_be_called_as_keys_are() -> None:
    taxonomy = parse_taxonomy({"name": "what someone is called", "date": "a day"})
    assert [root.name for root in taxonomy.roots] == ["name", "date"]
