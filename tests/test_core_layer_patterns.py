"""Expressions for names of layers match as in PEFT, and none may take for ever."""

import re
from typing import Any

import pytest
import regex

from cascade.adapters.layer_patterns import SECONDS, beginning, matches
from cascade.adapters.lora_config import lora_config
from cascade.errors import AdapterError

LAYER = "model.layers.3.self_attn.q_proj"
EXPRESSIONS = (
    r".*q_proj",
    r"q_proj",
    r"model\.layers\.\d+\.self_attn\.(q|v)_proj",
    r"(.*\.)?(q_proj|mlp\..*)$",
    r"model",
    r".*?\.layers\.(\d+)\.",
    r"(?i).*Q_PROJ",
    r"model\.layers\.[0-2]\..*",
)


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_they_match_as_pythons_own_do(expression: str) -> None:
    assert matches(expression, LAYER) == (re.fullmatch(expression, LAYER) is not None)
    expected, found = re.match(expression, LAYER), beginning(expression, LAYER)
    assert (found and found.groups()) == (expected and expected.groups())


def test_one_that_takes_too_long_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(expression: str, name: str, *, timeout: float) -> Any:
        assert timeout == SECONDS
        raise TimeoutError

    monkeypatch.setattr(regex, "fullmatch", slow)
    config = lora_config({"peft_type": "LORA", "target_modules": ".*q_proj"}, where="adapter_config.json")
    with pytest.raises(AdapterError, match=r"q_proj' takes longer than 1 s on the layer 'model\.layers\.0\.q_proj'"):
        config.names("layers.0.q_proj")


def test_the_limit_is_one_of_the_matcher_itself() -> None:
    """The matcher looks at the clock while it tries: a long name and no time left end it."""
    with pytest.raises(TimeoutError):
        regex.fullmatch("(?:a|b)*c", "ab" * 1_000_000, timeout=1e-6)


def test_one_that_cannot_be_put_behind_others_is_an_error() -> None:
    with pytest.raises(AdapterError, match="cannot be matched: .*expected one for names of layers"):
        beginning("(", LAYER)


@pytest.mark.parametrize("expression", ["a{100}", "a{1,999}", "(?:a{ ,5}){3}{2}", "x{2}y{2}z{2}"])
def test_repeats_that_would_take_much_memory_are_refused(expression: str) -> None:
    with pytest.raises(AdapterError, match="adapter_config.json: target_modules .* repeats something very often"):
        lora_config({"peft_type": "LORA", "target_modules": expression}, where="adapter_config.json")


def test_a_few_repeats_with_numbers_are_taken() -> None:
    config = lora_config({"peft_type": "LORA", "target_modules": r".*\.\d{1,2}\..*q_proj"}, where="adapter_config.json")
    assert config.names("layers.10.self_attn.q_proj")
    assert not config.names("layers.100.self_attn.q_proj")


@pytest.mark.parametrize("pattern", ["layers|blocks", "(layers)"])
def test_a_pattern_whose_group_is_no_number_names_no_layer(pattern: str) -> None:
    given = {"target_modules": ["q_proj"], "layers_to_transform": [3], "layers_pattern": pattern}
    config = lora_config({"peft_type": "LORA", **given}, where="adapter_config.json")
    assert not config.names("layers.3.self_attn.q_proj")
