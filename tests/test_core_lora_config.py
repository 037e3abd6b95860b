"""PEFT's `adapter_config.json`: what is read of it, compared by hand, and what is refused by its name and value."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import peft
import pytest
from peft.mapping import PEFT_TYPE_TO_CONFIG_MAPPING

from cascade.adapters.lora_config import CONFIG, MUST_BE_OFF, OF_NO_EFFECT, READ, lora_config, read_lora_config
from cascade.errors import AdapterError

PLAIN: dict[str, Any] = {"peft_type": "LORA", "r": 4, "lora_alpha": 8}
OFF: tuple[object, ...] = (None, False, "", [], {})
AGAIN = "Save the adapter anew with PEFT's save_pretrained"
NO_FACTOR = f"expected a number above 0, as with 0 the adapter would change nothing. {AGAIN}"
Q, UP = "layers.1.self_attn.q_proj", "layers.1.mlp.up_proj"


def read(**config: Any) -> Any:
    return lora_config(PLAIN | config, where="x")


def refusal(**config: Any) -> str:
    with pytest.raises(AdapterError) as error:
        lora_config(config, where="x")
    return str(error.value)


def test_every_field_of_the_installed_peft_is_in_one_group() -> None:
    groups = [READ, OF_NO_EFFECT, MUST_BE_OFF]
    known = {each.name for each in fields(peft.LoraConfig)}
    assert {name for group in groups for name in group} == known
    assert sum(map(len, groups)) == len(known)


def test_pefts_own_defaults_are_plain_lora() -> None:
    said = asdict(peft.LoraConfig(task_type="CAUSAL_LM"))
    config = lora_config(said, where="x")
    assert (config.rank_of(Q), config.scaling_of(Q)) == (said["r"], said["lora_alpha"] / said["r"]) == (8, 1.0)
    assert lora_config({"peft_type": "LORA"}, where="x") == config  # what is not said is as PEFT has it


@pytest.mark.parametrize(
    ("config", "rank", "scaling"),
    [
        ({}, 4, 2.0),
        ({"use_rslora": True}, 4, 4.0),
        ({"rank_pattern": {"q_proj": 16}}, 16, 0.5),
        ({"rank_pattern": {"q_proj": 16}, "use_rslora": True}, 16, 2.0),
        ({"alpha_pattern": {"self_attn.q_proj": 6}}, 4, 1.5),
        ({"alpha_pattern": {r".*\.1\..*": 6}}, 4, 1.5),
        ({"alpha_pattern": {"^model.layers.1.self_attn.q_proj": 6}}, 4, 1.5),
        ({"alpha_pattern": {"q_proj": 6, "self_attn.q_proj": 1}}, 4, 1.5),  # the first that matches
        (
            {"alpha_pattern": {"_proj": 6, "self_attn": 6, "1.self_attn.q": 6, "k_proj": 6}},
            4,
            2.0,
        ),  # no whole parts of the name at its end
        ({"rank_pattern": {"q_proj": 2}, "alpha_pattern": {"(q|k)_proj": 6}}, 2, 3.0),
        ({"rank_pattern": None, "alpha_pattern": None, "use_rslora": None}, 4, 2.0),
    ],
)
def test_ranks_and_scalings_by_hand(config: dict[str, Any], rank: int, scaling: float) -> None:
    found = read(**config)
    assert (found.rank_of(Q), found.scaling_of(Q)) == (rank, scaling)


@pytest.mark.parametrize(
    ("config", "named"),
    [
        ({}, [Q, UP]),
        ({"target_modules": "all-linear"}, [Q, UP]),
        ({"target_modules": ["q_proj"]}, [Q]),
        ({"target_modules": ["proj"]}, []),
        ({"target_modules": r".*\.mlp\..*"}, [UP]),
        ({"target_modules": r"mlp\..*"}, []),
        ({"target_modules": ["q_proj", "up_proj"], "exclude_modules": ["mlp.up_proj"]}, [Q]),
        ({"target_modules": ["q_proj", "up_proj"], "exclude_modules": r".*self_attn.*"}, [UP]),
        ({"target_modules": ["q_proj", "up_proj"], "layers_to_transform": 1}, [Q, UP]),
        ({"target_modules": ["q_proj", "up_proj"], "layers_to_transform": [0, 2]}, []),
        (
            {"target_modules": ["q_proj", "model.layers.1.mlp.up_proj"], "layers_to_transform": [0]},
            [UP],
        ),  # a whole name counts in any layer
        ({"target_modules": ["q_proj"], "layers_to_transform": [1], "layers_pattern": "blocks"}, []),
    ],
)
def test_which_layers_are_named_by_hand(config: dict[str, Any], named: list[str]) -> None:
    found = read(**config)
    assert [layer for layer in (Q, UP) if found.names(layer)] == named


@pytest.mark.parametrize("kind", [kind.value for kind in PEFT_TYPE_TO_CONFIG_MAPPING if kind != "LORA"])
def test_another_kind_is_refused_by_its_name(kind: str) -> None:
    assert refusal(peft_type=kind) == (
        f'x: peft_type "{kind}"; expected "LORA". Train a LoRA adapter, as `python -m train.run` does, or make one of '
        "this with PEFT's save_as_lora where it can"
    )


@pytest.mark.parametrize(
    ("config", "by"), [({"r": 8}, ""), ({"swift_type": "LORA", "r": 8}, ' (ms-swift\'s own tuner "LORA" wrote it)')]
)
def test_a_config_of_no_kind_is_refused(config: dict[str, Any], by: str) -> None:
    assert (
        refusal(**config)
        == f'x: names no peft_type{by}; expected "LORA". Train the adapter with PEFT, as `python -m train.run` does'
    )


OPTIONS: dict[str, tuple[dict[str, Any], str]] = {
    "DoRA": ({"use_dora": True}, "use_dora true"),
    "biases of LoRA": ({"lora_bias": True}, "lora_bias true"),
    "saved modules": ({"modules_to_save": ["lm_head"]}, 'modules_to_save ["lm_head"]'),
    "tokens": ({"trainable_token_indices": [1, 2]}, "trainable_token_indices [1, 2]"),
    "tokens by name": (
        {"trainable_token_indices": {"embed_tokens": [1]}},
        'trainable_token_indices {"embed_tokens": [1]}',
    ),
    "parameters": ({"target_parameters": ["experts.up"]}, 'target_parameters ["experts.up"]'),
    "layers twice": ({"layer_replication": [[0, 2], [1, 3]]}, "layer_replication [[0, 2], [1, 3]]"),
    "activated LoRA": ({"alora_invocation_tokens": [5, 6]}, "alora_invocation_tokens [5, 6]"),
    "QALoRA": ({"use_qalora": True}, "use_qalora true"),
    "Megatron": ({"megatron_config": {"a": 1}}, 'megatron_config {"a": 1}'),
    "tied": ({"ensure_weight_tying": True}, "ensure_weight_tying true"),
}


@pytest.mark.parametrize("name", OPTIONS)
def test_what_is_more_than_plain_lora_is_refused_as_peft_writes_it(name: str, tmp_path: Path) -> None:
    options, said = OPTIONS[name]
    peft.LoraConfig(task_type="CAUSAL_LM", **options).save_pretrained(str(tmp_path))
    with pytest.raises(AdapterError) as error:
        read_lora_config(tmp_path)
    field = said.split()[0]
    assert (
        str(error.value)
        == f"{tmp_path / CONFIG}: {said}; expected plain LoRA, without {field}. Train the adapter without"
    )


@pytest.mark.parametrize("field", sorted(MUST_BE_OFF))
def test_each_such_field_is_refused_where_it_is_on_and_read_where_it_is_off(field: str) -> None:
    assert (
        refusal(**PLAIN, **{field: {"a": 1}})
        == f'x: {field} {{"a": 1}}; expected plain LoRA, without {field}. Train the adapter without'
    )
    assert all(read(**{field: off}) == read() for off in OFF)


def test_all_such_fields_are_named_at_once() -> None:
    assert refusal(**PLAIN, use_dora=True, modules_to_save=["lm_head"]) == (
        'x: use_dora true, modules_to_save ["lm_head"]; expected plain LoRA, without use_dora and modules_to_save. '
        "Train the adapter without"
    )


@pytest.mark.parametrize(
    "start", ["pissa", "pissa_niter_16", "olora", "corda", "loftq", "lora_ga", "new one", 1, "true"]
)
def test_a_start_that_may_change_the_base_is_refused(start: object) -> None:
    assert refusal(**PLAIN, init_lora_weights=start) == (
        f'x: init_lora_weights {json.dumps(start)}; expected one of true, false, null, "gaussian", "eva", '
        '"orthogonal", "mica", which leave the base '
        "model's weights as they are. Train the adapter with one of these, or save it with PEFT's "
        "save_pretrained(..., path_initial_model_for_weight_conversion=...)"
    )


@pytest.mark.parametrize("bias", ["all", "lora_only", None])
def test_biases_are_refused(bias: object) -> None:
    said = f'x: bias {json.dumps(bias)}; expected "none", as plain LoRA changes no biases. Train the adapter without it'
    assert refusal(**PLAIN, bias=bias) == said


@pytest.mark.parametrize("value", [True, 1, 0, 0.5, "on", [0], {"a": None}])
def test_a_field_of_a_later_peft_is_refused_unless_it_is_off(value: object) -> None:
    assert refusal(**PLAIN, use_next=value) == (
        f"x: use_next {json.dumps(value)}; expected no fields but those of PEFT 0.20, as others may mean more than "
        "plain LoRA. "
        "Train the adapter without them, or save it with PEFT 0.20"
    )
    assert all(read(use_next=off) == read() for off in OFF)


NAMES = 'expected names of layers, such as ["q_proj", "v_proj"]'
NO_EXPRESSION = (
    "is no regular expression: missing ), unterminated subpattern at position 0; expected one, or a layer's name"
)


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"r": 0}, f"r 0; expected a whole number above 0. {AGAIN}"),
        ({"r": "8"}, f'r "8"; expected a whole number above 0. {AGAIN}'),
        ({"r": True}, f"r true; expected a whole number above 0. {AGAIN}"),
        ({"rank_pattern": {"q_proj": 0}}, f'rank_pattern "q_proj": 0; expected a whole number above 0. {AGAIN}'),
        ({"lora_alpha": None}, f"lora_alpha null; {NO_FACTOR}"),
        ({"lora_alpha": float("nan")}, f"lora_alpha NaN; {NO_FACTOR}"),
        ({"lora_alpha": 0}, f"lora_alpha 0; {NO_FACTOR}"),
        ({"lora_alpha": -16}, f"lora_alpha -16; {NO_FACTOR}"),
        ({"alpha_pattern": {"q_proj": 0.0}}, f'alpha_pattern "q_proj": 0.0; {NO_FACTOR}'),
        ({"alpha_pattern": {"q_proj": "8"}}, f'alpha_pattern "q_proj": "8"; {NO_FACTOR}'),
        ({"alpha_pattern": [8]}, 'alpha_pattern [8]; expected numbers by names of layers, such as {"q_proj": 16}'),
        ({"rank_pattern": {"(": 8}}, f'rank_pattern "(" {NO_EXPRESSION}'),
        ({"use_rslora": "yes"}, f'use_rslora "yes"; expected true or false. {AGAIN}'),
        ({"target_modules": {"q": 1}}, f'target_modules {{"q": 1}}; {NAMES}'),
        ({"target_modules": "("}, f'target_modules "(" {NO_EXPRESSION}'),
        ({"layers_pattern": ["("]}, f'layers_pattern "(" {NO_EXPRESSION}'),
        ({"layers_to_transform": ["0"]}, 'layers_to_transform ["0"]; expected numbers of layers, such as [0, 1]'),
    ],
)  # fmt: skip
def test_values_of_another_kind_are_refused(config: dict[str, Any], said: str) -> None:
    assert refusal(**{**PLAIN, **config}) == f"x: {said}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "{",
            "cannot be read: Expecting property name enclosed in double quotes: line 1 column 2 (char 1). Save the "
            "adapter anew with PEFT's save_pretrained",
        ),
        ("[]", "holds a list; expected an object. Save the adapter anew with PEFT's save_pretrained"),
    ],
)
def test_a_file_of_another_form_is_refused(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / CONFIG).write_text(text, encoding="utf-8")
    with pytest.raises(AdapterError) as error:
        read_lora_config(tmp_path)
    assert str(error.value) == f"{tmp_path / CONFIG}: {said}"


def test_a_folder_without_the_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AdapterError) as error:
        read_lora_config(tmp_path)
    assert str(error.value) == f"{tmp_path}: has no {CONFIG}; expected PEFT's file beside the adapter's weights"
