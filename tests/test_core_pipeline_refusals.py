"""What a cascade refuses: types, texts, adapters and scores that cannot be."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from pipeline_documents import TEXTS, TYPES, save_many_and_german

from cascade import Cascade
from cascade.adapters.card import AdapterShelf, read_adapter
from cascade.errors import AdapterError, CascadeError, DocumentError, TaxonomyError
from cascade.model.base_model import BaseModel


@pytest.fixture(scope="session")
def adapters(gemma: BaseModel, gemma_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of four adapters for the tiny Gemma: both stages for several languages, and for German alone."""
    return save_many_and_german(gemma, gemma_folder, tmp_path_factory.mktemp("adapters"))


@pytest.fixture(scope="session")
def annotate(gemma: BaseModel, adapters: Path) -> Cascade:
    return Cascade(gemma, AdapterShelf(adapters), min_score=0.0)


def test_a_text_with_a_broken_character_is_refused_by_its_place(annotate: Cascade) -> None:
    with pytest.raises(DocumentError) as error:
        annotate(["fine", "a\ud800"], TYPES)
    assert (
        str(error.value)
        == "document '2': text has a lone surrogate '\\ud800' at 1, which is not valid Unicode; repair the source's "
        "encoding"
    )


@pytest.mark.parametrize("min_score", [-0.1, 1.5, float("nan"), True])
def test_a_lowest_score_that_is_no_probability_is_refused(gemma: BaseModel, adapters: Path, min_score: float) -> None:
    message = re.escape(
        f"the lowest score is {min_score!r}; expected a probability within 0..1, such as 0.3, or 0 to keep all entities"
    )
    with pytest.raises(CascadeError, match=message):
        Cascade(gemma, AdapterShelf(adapters), min_score=min_score)
    with pytest.raises(CascadeError, match=message):
        Cascade.load("no/such/base", adapters=adapters, min_score=min_score)


def test_types_as_one_string_are_refused(annotate: Cascade) -> None:
    with pytest.raises(TaxonomyError) as error:
        annotate(TEXTS, "person,place")
    assert (
        str(error.value)
        == "types are given as one string 'person,place'; expected a list of names such as ['person', 'place']"
    )


@pytest.mark.parametrize(
    ("types", "message"),
    [
        ([], "the taxonomy has no types; expected at least one, such as --types person,organization"),
        (["person", " "], "type name ' ' is empty or not a string; expected a name such as 'person'"),
        (["person", "Person"], "the taxonomy names 'person' and 'Person', which are one name; expected each type once"),
        (
            ["red cross", "red▁cross"],
            "types 'red cross' and 'red▁cross' are the same to the base model; expected names that differ",
        ),
    ],
)
def test_types_that_cannot_be_told_apart_are_refused(annotate: Cascade, types: list[str], message: str) -> None:
    with pytest.raises(TaxonomyError) as error:
        annotate(TEXTS, types)
    assert str(error.value) == message


def changed_copy(adapters: Path, target: Path, **changes: object) -> Path:
    """A copy of the adapters of many languages, with other values in the extractor's card."""
    shutil.copytree(adapters / "many", target)
    file = target / "extractor" / "card.json"
    file.write_text(json.dumps(json.loads(file.read_text(encoding="utf-8")) | changes), encoding="utf-8")
    return target


def test_adapters_of_another_base_model_are_refused(
    adapters: Path, gemma: BaseModel, gemma_folder: Path, tmp_path: Path
) -> None:
    folder = changed_copy(adapters, tmp_path / "x", base="large", base_fingerprint="0123456789abcdef")
    with pytest.raises(AdapterError) as error:
        Cascade.load(str(gemma_folder), adapters=folder, device="cpu")
    assert str(error.value) == (
        f"{folder / 'extractor'}: made for base model 'large' (0123456789ab), loaded is {str(gemma_folder)!r} "
        f"({gemma.fingerprint.removeprefix('v2:')[:12]}). "
        "Name the right one with --base, or adapters of this one with --adapters"
    )


def test_adapters_of_another_prompt_version_are_refused(adapters: Path, gemma_folder: Path, tmp_path: Path) -> None:
    folder = changed_copy(adapters, tmp_path / "x", prompt_version=0)
    with pytest.raises(AdapterError) as error:
        Cascade.load(str(gemma_folder), adapters=str(folder), device="cpu")
    assert (
        str(error.value)
        == f"{folder / 'extractor'}: made for prompt version 0, this program has 1; train it again (python -m "
        f"train.run --stages extractor --start-from {folder} --out {folder} --data ...) or use the program it came with"
    )


@pytest.mark.parametrize(("reads", "warned"), [("", False), ("own", False), ("ab" * 32, True)])
def test_a_classifier_that_was_trained_on_what_another_extractor_read_is_warned_of(
    adapters: Path,
    gemma_folder: Path,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    reads: str,
    warned: bool,
) -> None:
    shutil.copytree(adapters / "many", tmp_path / "many")
    classifier, extractor = (read_adapter(tmp_path / "many" / stage) for stage in ("classifier", "extractor"))
    replace(classifier.card, reads=extractor.checksum() if reads == "own" else reads).write(classifier.folder)
    Cascade.load(str(gemma_folder), adapters=tmp_path / "many", device="cpu")
    said = [record.getMessage() for record in caplog.records if record.name == "cascade.pipeline.loading"]
    expected = (
        "classifier many/classifier was trained on texts that another extractor read (abababababab), which is not "
        f"below {tmp_path / 'many'}; its types may be less right. Put that one there, or train the classifier further: "
        "python -m train.run --stages classifier"
    )
    assert said == [expected] * warned


def test_two_equal_adapters_are_refused_where_one_is_asked_for(
    gemma: BaseModel, adapters: Path, tmp_path: Path
) -> None:
    shutil.copytree(adapters / "many", tmp_path / "a")
    shutil.copytree(adapters / "many", tmp_path / "b")
    with pytest.raises(AdapterError) as error:
        Cascade(gemma, AdapterShelf(tmp_path), min_score=0.0)
    assert str(error.value) == (
        f"two extractor adapters fit the same languages (de, en, zh) equally well: {tmp_path / 'a' / 'extractor'}, "
        f"{tmp_path / 'b' / 'extractor'}. "
        "Name the folder of the right ones with --adapters, or the right pair with --pair, "
        "or let both be chosen by what texts are like: `python -m train.centroids` for each pair"
    )
