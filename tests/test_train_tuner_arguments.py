"""Recipes that would not end as plain LoRA are refused before anything is prepared, and again before the first step."""

from __future__ import annotations

import json
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import LoHaConfig, LoraConfig, PeftConfig, get_peft_model
from tiny_models import save_adapter
from transformers import AutoModelForCausalLM

from cascade.adapters.card import STAGES
from cascade.adapters.lora_config import CONFIG
from cascade.errors import CascadeError
from cascade.model.base_model import BaseModel
from train.recipe_checks import check_recipe
from train.recipe_values import recipe_values
from train.run import main
from train.tuner_arguments import FREE, ONLY, OTHER_TUNERS, check_target_layers, check_trained

KEPT = "the adapter is kept as plain LoRA of the layers, which does not hold what else was trained"
SAME_BASE = "the adapter is read beside the base model's weights as they are"
STARTS = "init_weights=true or false or gaussian or orthogonal or mica, so leave it out"
OTHER = (
    "is for other kinds of tuners than LoRA; expected LoRA's arguments alone: "
    "lora_rank, lora_alpha, lora_dropout, lora_dtype, lorap_lr_ratio, use_rslora, target_modules, target_regex, "
    "init_weights"
)
REFUSED = {
    "use_dora=true": f"{KEPT}. Expected use_dora=false, so leave it out",
    "lora_bias=all": f"{KEPT}. Expected lora_bias=none, so leave it out",
    "lora_bias=true": f"{KEPT}. Expected lora_bias=none, so leave it out",
    "modules_to_save=[lm_head]": f"{KEPT}. Expected modules_to_save=[], so leave it out",
    "modules_to_save=[all-norm]": f"{KEPT}. Expected modules_to_save=[], so leave it out",
    "target_parameters=[mlp.up]": f"{KEPT}. Expected target_parameters=null, so leave it out",
    "init_weights=olora": f"{SAME_BASE}. Expected {STARTS}",
    "init_weights=pissa": f"{SAME_BASE}. Expected {STARTS}",
    "init_weights=pissa_niter_4": f"{SAME_BASE}. Expected {STARTS}",
    "init_weights=loftq": f"{SAME_BASE}. Expected {STARTS}",
    "init_weights=lora-ga": f"{SAME_BASE}. Expected {STARTS}",
    "init_weights=": f"{SAME_BASE}. Expected {STARTS}",
    "use_swift_lora=true": "what ms-swift's own LoRA writes is not read. Expected use_swift_lora=false, so leave it "
    "out",
    "tuner_backend=unsloth": "what other tuners write is not read. Expected tuner_backend=peft, so leave it out",
    "task_type=seq_cls": f"{KEPT}. Expected task_type=null or causal_lm, so leave it out",
    "new_special_tokens=[<x>]": f"{KEPT}. Expected new_special_tokens=[], so leave it out",
    "use_galore=true": "it is for training all weights, and an adapter is trained. Expected use_galore=false, so leave "
    "it out",
    "lisa_activated_layers=2": f"{KEPT}. Expected lisa_activated_layers=0, so leave it out",
    "safe_serialization=false": "weights are read as safetensors alone. Expected safe_serialization=true, so leave it "
    "out",
    "load_args=true": "arguments of another training would take the place of these. Expected load_args=false, so leave "
    "it out",
    "quant_bits=4": f"{SAME_BASE}. Expected quant_bits=null, so leave it out",
    "quant_method=bnb": f"{SAME_BASE}. Expected quant_method=null, so leave it out",
    "init_strategy=normal": f"{SAME_BASE}. Expected init_strategy=null, so leave it out",
    "rope_scaling=yarn": f"{SAME_BASE}. Expected rope_scaling=null, so leave it out",
    "model_revision=v2": f"{SAME_BASE}; name its folder with --base. Expected model_revision=null, so leave it out",
    "vera_rank=4": OTHER,
    "boft_block_size=8": OTHER,
    "lora_ga_iters=1": OTHER,
    "adalora_init_r=4": OTHER,
    "trainable_parameters=[model.norm]": OTHER,
    "freeze_llm=true": OTHER,
}


@pytest.mark.parametrize("given", REFUSED)
def test_it_is_refused_by_name_and_nothing_is_prepared(
    given: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "train.jsonl"
    data.write_text('{"text": "Ada", "entities": [{"start": 0, "end": 3, "type": "person"}]}\n' * 9, encoding="utf-8")
    command = ["--data", str(data), "--out", str(tmp_path / "out"), "--work", str(tmp_path / "work"), "--recipe-values"]
    assert main([*command, "lora_rank=8", given]) == 2
    assert capsys.readouterr().err == f"error: --recipe-values '{given}': {REFUSED[given]}\n"
    assert list(tmp_path.iterdir()) == [data]


@pytest.mark.parametrize(
    "given",
    [
        "init_weights=true", "init_weights=false", "init_weights=gaussian", "init_weights=orthogonal",
        "init_weights=mica", "use_dora=false",
        "lora_bias=none", "modules_to_save=[]", "task_type=causal_lm", "lorap_lr_ratio=16", "use_rslora=true",
        "lora_dtype=float32",
    ],
)  # fmt: skip
def test_what_ends_as_plain_lora_is_let_through(given: str) -> None:
    assert list(recipe_values([given])) == [given.partition("=")[0]]


def test_every_argument_of_a_tuner_that_ms_swift_has_is_let_through_or_looked_at() -> None:
    from swift import SftArguments
    from swift.arguments.tuner_args import TunerArguments

    names = {each.name for each in fields(TunerArguments)}
    assert {
        name for name in names if name not in FREE and name not in ONLY and not name.startswith(OTHER_TUNERS)
    } == set()
    known = {each.name: each for each in fields(SftArguments)}
    assert {*FREE, *ONLY} - set(known) == set()
    for name, (allowed, _) in ONLY.items():  # what may be said at all is what is so without a word
        field = known[name]
        assert (field.default_factory() if field.default_factory is not MISSING else field.default) in allowed


def test_an_argument_that_ms_swift_does_not_have_is_refused_before_anything_is_prepared() -> None:
    check_recipe("extractor", {"lora_rank": 8, "learning_rate": 1e-3, "bf16": True, "weight_decay": 0})
    with pytest.raises(CascadeError) as error:
        check_recipe("extractor", {"lora_rank": 8, "lora_rang": 8})
    assert (
        str(error.value) == "the recipe of the extractor holds lora_rang; expected arguments that ms-swift has, "
        "as `swift sft --help` lists them"
    )


ALONE = "expected linear layers of the base model's body alone, such as [q_proj, v_proj]"
OTHERS = f"not all that it names are linear layers; {ALONE}"
NONE = f"no layer has such a name; {ALONE}"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"target_modules": ["q_proj", "lm_head"]}, f'target_modules=["q_proj", "lm_head"]: adapts lm_head; {ALONE}'),
        (
            {"target_modules": ["all-linear", "embed_tokens"]},
            f'target_modules=["all-linear", "embed_tokens"]: adapts model.embed_tokens; {ALONE}',
        ),
        ({"target_regex": "lm_head|.*q_proj"}, f"target_regex=lm_head|.*q_proj: adapts lm_head; {ALONE}"),
        ({"target_modules": "q_proj"}, f"target_modules=q_proj: {NONE}"),
        ({"target_modules": ["q"]}, f'target_modules=["q"]: {NONE}'),
        ({"target_modules": ["all-embedding"]}, f'target_modules=["all-embedding"]: {NONE}'),
        ({"target_modules": ["input_layernorm"]}, f'target_modules=["input_layernorm"]: {OTHERS}'),
        ({"target_regex": ".*mlp.*"}, f"target_regex=.*mlp.*: {OTHERS}"),
        (
            {"target_regex": "("},
            "target_regex=(: is no regular expression (missing ), unterminated subpattern at position 0); "
            r"expected one, such as .*\.mlp\..*_proj",
        ),
        (
            {"target_modules": [1]},
            "target_modules=[1]: expected names of layers, such as [q_proj, v_proj] or [all-linear]",
        ),
    ],
)
def test_layers_that_are_none_of_the_bodys_linear_ones_are_refused(
    values: dict[str, Any], said: str, gemma_folder: Path
) -> None:
    with pytest.raises(CascadeError) as error:
        check_target_layers(values, lambda: str(gemma_folder))
    assert str(error.value) == f"--recipe-values {said}"


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"target_modules": ["all-linear"]},
        {"target_modules": ["q_proj", "mlp.up_proj"]},
        {"target_regex": r".*layers\.[01]\..*_proj"},
        {"lora_rank": 8},
    ],
)
def test_linear_layers_of_the_body_are_let_through(values: dict[str, Any], gemma_folder: Path) -> None:
    check_target_layers(values, lambda: str(gemma_folder))


PARTS = "expected parts of the body's linear layers alone, which are all that is kept"


def adapted(folder: Path, config: PeftConfig) -> Any:
    model: Any = get_peft_model(AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32), config)
    return model


@pytest.mark.filterwarnings("ignore::UserWarning:peft")
@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"use_dora": True}, ": use_dora true; expected plain LoRA, without use_dora. Train the adapter without"),
        (
            {"modules_to_save": ["lm_head"]},
            ': modules_to_save ["lm_head"]; expected plain LoRA, without modules_to_save. Train the adapter without',
        ),
        (
            {"bias": "all"},
            ': bias "all"; expected "none", as plain LoRA changes no biases. Train the adapter without it',
        ),
        ({"target_modules": ["q_proj", "lm_head"]}, f" trains lm_head; {PARTS}"),
        ({"target_modules": ["embed_tokens"]}, f" trains model.embed_tokens; {PARTS}"),
    ],
)
def test_a_model_that_trains_more_is_refused_before_the_first_step(
    options: dict[str, Any], said: str, gemma_folder: Path
) -> None:
    model = adapted(gemma_folder, LoraConfig(**{"target_modules": ["q_proj"], "task_type": "CAUSAL_LM"} | options))
    with pytest.raises(CascadeError) as error:
        check_trained(model, where="the recipe")
    assert str(error.value) == f"the recipe{said}"


def test_so_are_weights_of_the_base_another_kind_and_no_adapter(gemma_folder: Path) -> None:
    plain = adapted(gemma_folder, LoraConfig(target_modules=["q_proj"], task_type="CAUSAL_LM"))
    check_trained(plain, where="the recipe")  # control
    plain.base_model.model.model.norm.weight.requires_grad_(True)
    with pytest.raises(CascadeError) as error:
        check_trained(plain, where="the recipe")
    assert str(error.value) == f"the recipe trains model.norm.weight; {PARTS}"
    with pytest.raises(CascadeError) as error:
        check_trained(
            adapted(gemma_folder, LoHaConfig(target_modules=["q_proj"], task_type="CAUSAL_LM")), where="the recipe"
        )
    assert str(error.value).startswith('the recipe: peft_type "LOHA"; expected "LORA".')
    with pytest.raises(CascadeError) as error:
        check_trained(AutoModelForCausalLM.from_pretrained(gemma_folder), where="the recipe")
    assert str(error.value) == "the recipe trains no adapter; expected a LoRA adapter of PEFT's"


@pytest.mark.parametrize("option", ["--start-from", "--build-on"])
def test_adapters_of_another_kind_are_not_trained_on(
    option: str, gemma: BaseModel, gemma_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for stage in STAGES:
        save_adapter(gemma, gemma_folder, tmp_path / "pair" / stage, stage=stage, languages=["en"], seed=1)
    file = tmp_path / "pair" / "classifier" / CONFIG  # of the later stage, and yet before the first is trained
    file.write_text(
        json.dumps(json.loads(file.read_text(encoding="utf-8")) | {"init_lora_weights": "olora"}), encoding="utf-8"
    )
    command = [
        "--data",
        str(tmp_path / "none"),
        "--base",
        str(gemma_folder),
        "--out",
        str(tmp_path / "out"),
        "--work",
        str(tmp_path / "work"),
    ]
    assert main([*command, option, str(tmp_path / "pair")]) == 2
    shown = capsys.readouterr().err.splitlines()[-1]  # behind the bars of loading
    assert shown.startswith(f'error: {file}: init_lora_weights "olora"; expected one of true, false, null, "gaussian",')
    assert [each.name for each in tmp_path.iterdir()] == ["pair"]


@pytest.mark.parametrize(
    "given",
    ["use_rslora=true", "lora_dropout=0.1", "init_weights=gaussian", "target_regex=.*q_proj", "lora_dtype=float32"],
)
def test_what_adapters_that_are_trained_on_have_already_is_refused(
    given: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (
        main(
            [
                "--data",
                str(tmp_path / "none"),
                "--out",
                str(tmp_path / "out"),
                "--start-from",
                "a",
                "--recipe-values",
                given,
            ]
        )
        == 2
    )
    name = given.partition("=")[0]
    assert (
        capsys.readouterr().err
        == f"error: --start-from and --recipe-values {name} are both given; adapters that are trained on keep their "
        "shape\n"
    )


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("learning_rate", "1e-3", "a number, with a point where it has an exponent: 1.0e-3"),
        ("learning_rate", True, "a number, with a point where it has an exponent: 1.0e-3"),
        ("lora_rank", 0.5, "a whole number"),
        ("lora_rank", None, "a whole number"),
        ("bf16", "yes please", "true or false"),
    ],
)
def test_a_value_of_another_kind_is_refused_before_anything_is_prepared(
    name: str, value: object, expected: str
) -> None:
    with pytest.raises(CascadeError) as error:
        check_recipe("extractor", {name: value})
    assert str(error.value) == f"the recipe of the extractor sets {name} to {value!r}; expected {expected}"
