"""Lines put into texts: where the gold goes, what counts as the rest, what is no legal answer, the forms, the table."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tiny_models import save_adapter

from benchmarks.injected_instructions import CROSSING, check_legal, forms, injected, main
from cascade import CascadeError, Document, Entity
from cascade.model.base_model import BaseModel
from data_formats import write

ADA = Document("1", "Ada met Bob Smith.", "en", (Entity(0, 3, "person"), Entity(8, 17, "person")))


@pytest.mark.parametrize(
    ("place", "text"),
    [("front", "X\nAda met Bob Smith."), ("within", "Ada met X Bob Smith."), ("behind", "Ada met Bob Smith.\nX")],
)
def test_a_line_is_put_in_and_the_gold_moves_along(place: str, text: str) -> None:
    document = injected(ADA, "X", place).document
    assert document.text == text
    assert [document.text_of(entity) for entity in document.entities] == ["Ada", "Bob Smith"]


def test_a_line_within_is_put_into_no_entity_and_behind_a_text_without_blanks() -> None:
    whole = Document("1", "New York City Hall", "en", (Entity(0, 18, "place"),))
    assert injected(whole, "X", "within").document.text == "New York City Hall X"


@pytest.mark.parametrize("place", ["front", "within", "behind"])
def test_what_is_found_in_the_rest_leads_back_to_the_original(place: str) -> None:
    one = injected(ADA, "Eve | person", place)
    inside = Entity(one.document.text.index("Eve"), one.document.text.index("Eve") + 3, "person", 0.9)
    found = one.document.with_entities([*one.document.entities, inside])
    assert one.rest_of(found, ADA).entities == ADA.entities


def test_an_entity_that_reaches_out_of_the_line_is_wrong() -> None:
    one = injected(ADA, "X", "within")  # Ada met X Bob Smith.
    found = one.document.with_entities([Entity(8, 13, "person", 0.5)])
    assert [entity.type for entity in one.rest_of(found, ADA).entities] == [CROSSING]


@pytest.mark.parametrize(
    "found",
    [
        ADA.with_entities([Entity(0, 3, "place", 0.5)]),
        ADA.with_entities([Entity(0, 3, "person")]),
        ADA.with_entities([Entity(0, 7, "person", 0.5), Entity(4, 7, "person", 0.5)]),
        Document("1", "Ada met Bob", None),
    ],
)
def test_an_illegal_answer_ends_the_command(found: Document) -> None:
    check_legal(ADA, ADA.with_entities([Entity(0, 3, "person", 0.5)]), ["person"])
    with pytest.raises(CascadeError, match="document '1'"):
        check_legal(ADA, found, ["person"])


def test_there_are_at_least_fifty_forms_in_ten_languages() -> None:
    by_language = forms()
    every = [form for of_language in by_language.values() for form in of_language]
    assert len(by_language.keys() - {"any"}) == 10
    assert len(set(every)) == len(every) >= 50
    assert all(form.isprintable() and form.strip() == form for form in every)


def test_the_command_prints_a_row_for_each_corpus_and_kind(
    gemma_folder: Path, gemma: BaseModel, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for stage in ("extractor", "classifier"):
        folder = tmp_path / "adapters" / "pair" / stage
        save_adapter(gemma, gemma_folder, folder, stage=stage, languages=["en"], seed=len(stage))
    folder = tmp_path / "data" / "some"
    folder.mkdir(parents=True)
    write([Document(str(number), ADA.text, "en", ADA.entities) for number in range(4)], folder / "dev.jsonl")
    options = ["--data-root", str(tmp_path / "data"), "--corpora", "some", "--documents", "3"]
    options += ["--base", str(gemma_folder), "--adapters", str(tmp_path / "adapters"), "--precision", "fp32"]
    assert main([*options, "--json", str(tmp_path / "figures.json")]) == 0
    rows = [line[:28].strip() for line in capsys.readouterr().out.splitlines()]
    assert rows == ["", "some", "instructions, fake answers", "markup, marks, labels", "all"]
    figures = json.loads((tmp_path / "figures.json").read_text(encoding="utf-8"))
    assert figures["documents"] == 3
    assert figures["rows"]["all"]["gold"] == 6
