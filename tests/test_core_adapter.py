"""Adapters: cards, their retrieval by language, and weights merged into the base."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pytest
import torch
from peft import PeftModel
from tiny_models import save_adapter
from transformers import AutoModelForCausalLM

from cascade.adapters.card import WEIGHTS, Adapter, AdapterShelf, Card, read_adapter
from cascade.errors import AdapterError
from cascade.model.base_model import BaseModel
from cascade.reading.reader import reader_of
from cascade.reading.row import assemble


class KnownBase(NamedTuple):
    """A base model as adapters see it."""

    name: str
    fingerprint: str
    first_fingerprint: str


def card(stage: str = "extractor", languages: Sequence[str] = ("en",), version: int = 1) -> Card:
    return Card(stage, "tiny", "a" * 64, version, list(languages), ["person"])


def put(folder: Path, written: Card) -> Path:
    """An adapter folder with a card and empty weights."""
    folder.mkdir(parents=True)
    written.write(folder)
    (folder / WEIGHTS).touch()
    return folder


def test_a_card_is_read_as_it_was_written(tmp_path: Path) -> None:
    written = Card(
        "classifier",
        "tiny",
        "f" * 64,
        1,
        ["de", "zh"],
        ["Персона", "人物"],
        [{"name": "x", "licence": None}],
        {"steps": 3},
        {"dev_f1": 0.5},
    )
    adapter = read_adapter(put(tmp_path / "multilingual" / "classifier", written))
    assert adapter == Adapter(tmp_path / "multilingual" / "classifier", written, "multilingual/classifier")
    assert {file.name for file in adapter.folder.iterdir()} == {"card.json", WEIGHTS}


def test_a_folder_without_a_card_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AdapterError) as error:
        read_adapter(tmp_path)
    assert (
        str(error.value)
        == f"{tmp_path}: has no card.json; expected an adapter folder as `python -m train.run` writes it"
    )


def test_a_folder_without_weights_is_refused(tmp_path: Path) -> None:
    card().write(tmp_path)
    with pytest.raises(AdapterError) as error:
        read_adapter(tmp_path)
    assert (
        str(error.value)
        == f"{tmp_path}: has no adapter_model.safetensors; expected the adapter's weights beside its card"
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
        (
            '{"stage": "extractor"}',
            "Card.__init__() missing 5 required positional arguments: 'base', 'base_fingerprint', 'prompt_version', "
            "'languages', and 'types'",
        ),
    ],
)
def test_a_card_of_another_form_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "card.json").write_text(text, encoding="utf-8")
    with pytest.raises(AdapterError) as error:
        read_adapter(tmp_path)
    assert str(error.value) == f"{tmp_path / 'card.json'}: is no adapter card: {reason}"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "\ud800", {"\udfff": 1}])
def test_a_card_that_could_not_be_written_again_is_refused(tmp_path: Path, value: object) -> None:
    file = put(tmp_path / "x", card()) / "card.json"
    row = json.loads(file.read_text(encoding="utf-8")) | {"training": {"note": [value]}}
    file.write_text(json.dumps(row), encoding="utf-8")
    with pytest.raises(AdapterError, match="could not be written again: .*; expected finite numbers and whole"):
        read_adapter(file.parent)


def test_an_unknown_stage_is_refused(tmp_path: Path) -> None:
    put(tmp_path / "x", card("linker"))
    with pytest.raises(AdapterError) as error:
        read_adapter(tmp_path / "x")
    assert str(error.value) == f"{tmp_path / 'x' / 'card.json'}: stage 'linker'; expected one of extractor, classifier"


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("languages", None, "languages None; expected a list of codes"),
        ("languages", "de", "languages 'de'; expected a list of codes"),
        ("languages", [1], "languages [1]; expected a list of codes"),
        ("languages", [" "], "languages [' ']; expected a list of codes"),
        ("stage", ["extractor"], "stage ['extractor']; expected one of extractor, classifier"),
        ("base", 3, "base 3; expected the name of a base model"),
        ("base", "", "base ''; expected the name of a base model"),
        ("base_fingerprint", None, "base_fingerprint None; expected the fingerprint of a base model, a text"),
        ("prompt_version", "1", "prompt_version '1'; expected a whole number"),
        ("prompt_version", True, "prompt_version True; expected a whole number"),
        ("prompt_version", 1.0, "prompt_version 1.0; expected a whole number"),
        ("types", "person", "types 'person'; expected a list of names"),
        ("types", {"person": 1}, "types {'person': 1}; expected a list of names"),
        ("data", {"name": "x"}, "data {'name': 'x'}; expected a list of objects, one for each corpus"),
        ("data", ["x"], "data ['x']; expected a list of objects, one for each corpus"),
        ("training", [], "training []; expected an object of what the training was made with"),
        ("scores", {"dev_f1": "0.5"}, "scores {'dev_f1': '0.5'}; expected an object of numbers by name"),
        ("scores", 0.5, "scores 0.5; expected an object of numbers by name"),
        (
            "builds_on",
            None,
            "builds_on None; expected the SHA-256 of another adapter's weights in hexadecimal, or an empty text",
        ),
        (
            "builds_on",
            "multilingual",
            "builds_on 'multilingual'; expected the SHA-256 of another adapter's weights in hexadecimal, or an empty "
            "text",
        ),
        ("temperature", "1", "temperature '1'; expected a number above 0"),
        ("temperature", True, "temperature True; expected a number above 0"),
        ("temperature", float("nan"), "temperature nan; expected a number above 0"),
        ("temperature", 0, "temperature 0; expected a number above 0"),
        (
            "asked_alone",
            {"scale": 0.5},
            "asked_alone {'scale': 0.5}; expected an object with a scale above 0 and a shift, or an empty one",
        ),
        (
            "asked_alone",
            {"scale": 0, "shift": 1},
            "asked_alone {'scale': 0, 'shift': 1}; "
            "expected an object with a scale above 0 and a shift, or an empty one",
        ),
        ("demonstrations", "foo", "demonstrations 'foo'; expected one of none, sentence, entity, both"),
        ("demonstrations", ["both"], "demonstrations ['both']; expected one of none, sentence, entity, both"),
    ],
)
def test_a_card_with_values_of_another_kind_is_refused(
    tmp_path: Path, field: str, value: object, expected: str
) -> None:
    file = put(tmp_path / "x", card()) / "card.json"
    file.write_text(json.dumps(json.loads(file.read_text(encoding="utf-8")) | {field: value}), encoding="utf-8")
    with pytest.raises(AdapterError) as error:
        read_adapter(file.parent)
    assert str(error.value) == f"{file}: {expected}"


def test_a_card_that_is_no_object_is_refused(tmp_path: Path) -> None:
    (tmp_path / "card.json").write_text("[1]", encoding="utf-8")
    with pytest.raises(AdapterError) as error:
        read_adapter(tmp_path)
    assert str(error.value) == f"{tmp_path / 'card.json'}: is [1]; expected the object of an adapter card"


def test_languages_that_are_none_are_not_counted(tmp_path: Path) -> None:
    assert read_adapter(put(tmp_path / "x", card(languages=["mul", "de-AT", "und", "DE"]))).languages == {"de"}


def test_another_prompt_version_is_refused(tmp_path: Path) -> None:
    adapter = read_adapter(put(tmp_path / "x", card("classifier", version=1)))
    with pytest.raises(AdapterError) as error:
        adapter.check_fits(KnownBase("tiny", "v2:" + "a" * 64, "a" * 64))
    assert str(error.value) == (
        f"{tmp_path / 'x'}: made for prompt version 1, this program has 2; train it again (python -m train.run "
        f"--stages classifier --start-from {tmp_path} --out {tmp_path} --data ...) or use the program it came with"
    )


def test_another_base_model_is_refused(tmp_path: Path) -> None:
    adapter = read_adapter(put(tmp_path / "x", card()))
    adapter.check_fits(KnownBase("another name", "v2:" + "c" * 64, "a" * 64))  # the weights count, not the name
    with pytest.raises(AdapterError) as error:
        adapter.check_fits(KnownBase("large", "v2:" + "b" * 64, "d" * 64))
    assert str(error.value) == (
        f"{tmp_path / 'x'}: made for base model 'tiny' (aaaaaaaaaaaa), loaded is 'large' (bbbbbbbbbbbb). "
        "Name the right one with --base, or adapters of this one with --adapters"
    )


def test_a_shelf_needs_a_folder(tmp_path: Path) -> None:
    with pytest.raises(AdapterError) as error:
        AdapterShelf(tmp_path / "none")
    assert (
        str(error.value)
        == f"{str(tmp_path / 'none')!r} is not a folder; expected one with adapters below it, as `python -m train.run "
        "--out` writes them"
    )


def test_a_shelf_needs_both_stages(tmp_path: Path) -> None:
    put(tmp_path / "en" / "extractor", card())
    with pytest.raises(AdapterError) as error:
        AdapterShelf(tmp_path)
    assert (
        str(error.value)
        == f"{tmp_path}: holds no classifier adapter among ['en/extractor']; expected one of each stage"
    )


@pytest.mark.parametrize("name", ["gemma", "qwen"])
def test_a_merged_adapter_reads_as_one_beside_the_weights(
    name: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    base: BaseModel = request.getfixturevalue(name)
    base_folder: Path = request.getfixturevalue(f"{name}_folder")
    adapter = read_adapter(save_adapter(base, base_folder, tmp_path / "x", stage="extractor", languages=["en"], seed=2))
    row = assemble(base.tokens.prefix(["person"]), [])
    plain = base.reader().hidden([row])
    beside = (
        PeftModel.from_pretrained(
            AutoModelForCausalLM.from_pretrained(base_folder, dtype=torch.float32), str(adapter.folder)
        )
        .get_base_model()
        .eval()
    )
    expected = reader_of(beside, pad_id=base.tokens.pad_id).hidden([row])
    assert torch.allclose(base.reader(adapter).hidden([row]), expected, atol=1e-4)
    assert not torch.allclose(plain, expected, atol=1e-2)
    assert torch.equal(base.reader().hidden([row]), plain)  # the base is as it was


def test_an_adapter_of_other_shapes_is_refused(
    gemma: BaseModel, qwen: BaseModel, qwen_folder: Path, tmp_path: Path
) -> None:
    adapter = read_adapter(
        save_adapter(
            qwen,
            qwen_folder,
            tmp_path / "x",
            stage="extractor",
            languages=["en"],
            seed=2,
            fingerprint=gemma.fingerprint,
        )
    )
    with pytest.raises(AdapterError) as error:
        gemma.reader(adapter)
    assert str(error.value) == (
        f"{tmp_path / 'x'}: 'layers.0.mlp.down_proj' is of (96, 32) features, the base model's of (96, 64). Train it "
        "on this base"
    )


@pytest.mark.filterwarnings("ignore::UserWarning:peft")  # PEFT warns of the same
@pytest.mark.parametrize(
    ("module", "held"),
    [
        ("lm_head", "base_model.model.lm_head.base_layer.weight"),
        ("embed_tokens", "base_model.model.model.embed_tokens.base_layer.weight"),
    ],
)
def test_an_adapter_that_changes_the_shared_weights_is_refused(
    module: str, held: str, gemma_folder: Path, tmp_path: Path
) -> None:
    base = BaseModel.load(str(gemma_folder), device="cpu", precision="fp32")
    folder = save_adapter(
        base, gemma_folder, tmp_path / "x", stage="extractor", languages=["en"], seed=2, target_modules=[module]
    )
    before = base.reader().head.clone()
    with pytest.raises(AdapterError) as error:
        base.reader(read_adapter(folder))
    rest = "expected low-rank parts of the layers alone, as readers share the rest"
    assert str(error.value) == f"{tmp_path / 'x'}: holds '{held}'; {rest}"
    assert torch.equal(base.reader().head, before)
