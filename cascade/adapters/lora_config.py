"""Reads PEFT's `adapter_config.json`: the rank and scaling of each layer; refuses anything but plain LoRA.

Every field of PEFT 0.20's LoraConfig is in one of three groups below (tests/test_core_lora_config.py checks this). A
field of a later version is refused unless it is off.
"""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cascade.adapters.layer_patterns import beginning, matches
from cascade.errors import AdapterError

CONFIG = "adapter_config.json"
_MOST_COUNTED, _MOST_DIGITS = 2, 2  # a matcher holds each of the repeats, and repeats of repeats
_MOST_SHOWN = 200  # characters of a value in a message
PEFT_BODY = "model."  # prefix of the body's layer names when PEFT matches its patterns
# initialisations that leave the base model's weights unchanged; tests/test_core_lora_options.py compares each with PEFT
STARTS = (True, False, None, "gaussian", "eva", "orthogonal", "mica")

_RANK, _ALPHA = 8, 8.0  # PEFT's defaults, for a config that does not set them

# fields that set the rank and scaling, and the layers that are adapted
READ = frozenset(
    "r lora_alpha use_rslora rank_pattern alpha_pattern target_modules exclude_modules layers_to_transform "
    "layers_pattern init_lora_weights bias".split()
)
# fields without effect on inference: notes, training settings, and settings that linear layers ignore
OF_NO_EFFECT = frozenset(
    "peft_type peft_version task_type auto_mapping base_model_name_or_path revision inference_mode runtime_config "
    "lora_dropout eva_config fan_in_fan_out megatron_core qalora_group_size".split()
)
# fields that would make an adapter more than plain LoRA
MUST_BE_OFF = frozenset(
    "use_dora lora_bias modules_to_save trainable_token_indices target_parameters layer_replication "
    "alora_invocation_tokens use_qalora use_bdlora velora_config monteclora_config arrow_config loftq_config "
    "corda_config lora_ga_config megatron_config ensure_weight_tying".split()
)


@dataclass(frozen=True, slots=True)
class LoraConfig:
    """Which layers of the body an adapter changes, with which rank and scaling.

    targets, excluded: names of layers, or a regular expression for whole names. targets is None if the file does not
    set it; then the adapted layers are those that have weights.
    """

    rank: int
    alpha: float
    by_root: bool
    rank_pattern: Mapping[str, int]
    alpha_pattern: Mapping[str, float]
    targets: str | Sequence[str] | None
    excluded: str | Sequence[str]
    layer_numbers: Sequence[int]
    layers_pattern: Sequence[str]

    def rank_of(self, layer: str) -> int:
        """The rank for a layer; `layer` is its name in the body."""
        return self.rank_pattern.get(_pattern_for(self.rank_pattern, layer), self.rank)

    def scaling_of(self, layer: str) -> float:
        """The factor that a layer's LoRA output is multiplied by."""
        rank, alpha = self.rank_of(layer), self.alpha_pattern.get(_pattern_for(self.alpha_pattern, layer), self.alpha)
        return alpha / (math.sqrt(rank) if self.by_root else rank)

    def names(self, layer: str) -> bool:
        """Whether PEFT adapts the layer."""
        if self.excluded and _is_named(self.excluded, layer):
            return False
        if self.targets is None or self.targets == "all-linear":
            return True
        if not _is_named(self.targets, layer):
            return False
        if isinstance(self.targets, str) or not self.layer_numbers or PEFT_BODY + layer in self.targets:
            return True
        patterns = [rf".*?\.{pattern}\.(\d+)\." for pattern in self.layers_pattern] or [r".*?\.[^.]*\.(\d+)\."]
        found = next(filter(None, (beginning(pattern, PEFT_BODY + layer) for pattern in patterns)), None)
        number = found[1] if found is not None else None
        return number is not None and number.isdecimal() and int(number) in self.layer_numbers


def _pattern_for(patterns: Mapping[str, object], layer: str) -> str:
    """The first pattern that matches the end of the layer's name, as in PEFT; the full name if none does."""
    name = PEFT_BODY + layer
    return next((pattern for pattern in patterns if beginning(rf"(.*\.)?({pattern})$", name)), name)


def _is_named(names: str | Sequence[str], layer: str) -> bool:
    """Whether a list holds the layer's name or an end of it, or an expression matches the whole name."""
    name = PEFT_BODY + layer
    if isinstance(names, str):
        return matches(names, name)
    return any(name == each or name.endswith(f".{each}") for each in names)


def read_lora_config(folder: Path) -> LoraConfig:
    """The config in an adapter's folder; raises AdapterError if there is none, or if it is not plain LoRA."""
    file = folder / CONFIG
    try:
        config = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise AdapterError(f"{folder}: has no {CONFIG}; expected PEFT's file beside the adapter's weights") from error
    except (OSError, RecursionError, ValueError) as error:
        raise AdapterError(
            f"{file}: cannot be read: {error}. Save the adapter anew with PEFT's save_pretrained"
        ) from error
    if not isinstance(config, dict):
        raise AdapterError(
            f"{file}: holds a {type(config).__name__}; expected an object. Save the adapter anew with PEFT's "
            "save_pretrained"
        )
    return lora_config(config, where=str(file))


def lora_config(config: Mapping[str, object], *, where: str) -> LoraConfig:
    """The checked config; if it is not plain LoRA, raises AdapterError with `where`, the field and its value."""
    _check_kind(config, where)
    _check_plain(config, where)
    names = {field: _names(config, field, where) for field in ("target_modules", "exclude_modules", "layers_pattern")}
    pattern = names["layers_pattern"] or ()
    return LoraConfig(
        rank=_whole_number(config.get("r", _RANK), "r", where),
        alpha=_factor(config.get("lora_alpha", _ALPHA), "lora_alpha", where),
        by_root=_truth(config, "use_rslora", where),
        rank_pattern={
            name: _whole_number(value, f"rank_pattern {shown(name)}:", where)
            for name, value in _patterns(config, "rank_pattern", where).items()
        },
        alpha_pattern={
            name: _factor(value, f"alpha_pattern {shown(name)}:", where)
            for name, value in _patterns(config, "alpha_pattern", where).items()
        },
        targets=names["target_modules"],
        excluded=names["exclude_modules"] or (),
        layer_numbers=_layer_numbers(config.get("layers_to_transform"), where),
        layers_pattern=[pattern] if isinstance(pattern, str) else pattern,
    )


def _check_kind(config: Mapping[str, object], where: str) -> None:
    kind = config.get("peft_type")
    if kind == "LORA":
        return
    if kind is None:
        by_swift = f" (ms-swift's own tuner {shown(config['swift_type'])} wrote it)" if "swift_type" in config else ""
        raise AdapterError(
            f'{where}: names no peft_type{by_swift}; expected "LORA". Train the adapter with PEFT, as `python -m '
            "train.run` does"
        )
    raise AdapterError(
        f'{where}: peft_type {shown(kind)}; expected "LORA". Train a LoRA adapter, as `python -m train.run` does, '
        f"or make one of this with PEFT's save_as_lora where it can"
    )


def _check_plain(config: Mapping[str, object], where: str) -> None:
    start = config.get("init_lora_weights", True)
    if not any(start is each or (isinstance(each, str) and start == each) for each in STARTS):
        raise AdapterError(
            f"{where}: init_lora_weights {shown(start)}; expected one of {', '.join(shown(each) for each in STARTS)}, "
            "which leave the base model's weights as they are. Train the adapter with one of these, or save it with "
            "PEFT's save_pretrained(..., path_initial_model_for_weight_conversion=...)"
        )
    if (bias := config.get("bias", "none")) != "none":
        raise AdapterError(
            f'{where}: bias {shown(bias)}; expected "none", as plain LoRA changes no biases. Train the adapter without '
            "it"
        )
    known = READ | OF_NO_EFFECT | MUST_BE_OFF
    if unknown := [
        f"{name} {shown(value)}" for name, value in config.items() if name not in known and not _is_off(value)
    ]:
        raise AdapterError(
            f"{where}: {', '.join(unknown)}; expected no fields but those of PEFT 0.20, as others may mean more than "
            "plain LoRA. Train the adapter without them, or save it with PEFT 0.20"
        )
    if more := [name for name, value in config.items() if name in MUST_BE_OFF and not _is_off(value)]:
        values = ", ".join(f"{name} {shown(config[name])}" for name in more)
        raise AdapterError(
            f"{where}: {values}; expected plain LoRA, without {' and '.join(more)}. Train the adapter without"
        )


def _is_off(value: object) -> bool:
    return value is None or value is False or value == "" or (isinstance(value, list | dict) and not value)


def shown(value: object) -> str:
    """The value as the file spells it, cut to a readable length."""
    try:
        text = json.dumps(value, ensure_ascii=False)
    except RecursionError:  # nested deeper than what is left of Python's stack
        return "a value that is nested too deep"
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}..."


def _whole_number(value: object, field: str, where: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise AdapterError(
            f"{where}: {field} {shown(value)}; expected a whole number above 0. Save the adapter anew with PEFT's "
            "save_pretrained"
        )
    return value


def _factor(value: object, field: str, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= sys.float_info.max:
        raise AdapterError(
            f"{where}: {field} {shown(value)}; expected a number above 0, as with 0 the adapter would change nothing. "
            "Save the adapter anew with PEFT's save_pretrained"
        )
    return float(value)


def _truth(config: Mapping[str, object], field: str, where: str) -> bool:
    value = config.get(field)
    if value is not None and not isinstance(value, bool):
        raise AdapterError(
            f"{where}: {field} {shown(value)}; expected true or false. Save the adapter anew with PEFT's "
            "save_pretrained"
        )
    return bool(value)


def _patterns(config: Mapping[str, object], field: str, where: str) -> Mapping[str, object]:
    """The values of a field, by the name patterns that they apply to."""
    patterns = config.get(field)
    if patterns is None:
        return {}
    if not isinstance(patterns, dict):
        raise AdapterError(
            f'{where}: {field} {shown(patterns)}; expected numbers by names of layers, such as {{"q_proj": 16}}'
        )
    for pattern in patterns:
        _check_expression(pattern, field, where)
    return patterns


def _names(config: Mapping[str, object], field: str, where: str) -> str | list[str] | None:
    names = config.get(field)
    if names is None or isinstance(names, str):
        if names:
            _check_expression(names, field, where)
        return names or None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise AdapterError(f'{where}: {field} {shown(names)}; expected names of layers, such as ["q_proj", "v_proj"]')
    if field == "layers_pattern":  # the only field whose list holds regular expressions
        for name in names:
            _check_expression(name, field, where)
    return [str(name) for name in names]


def _check_expression(expression: str, field: str, where: str) -> None:
    counted = re.findall(r"\{\s*(\d*)\s*,?\s*(\d*)", expression)
    if len(counted) > _MOST_COUNTED or any(len(digits) > _MOST_DIGITS for pair in counted for digits in pair):
        raise AdapterError(
            f"{where}: {field} {shown(expression)} repeats something very often; expected at most {_MOST_COUNTED} "
            "repeats with numbers, below 100 each, as names of layers are short"
        )
    try:
        re.compile(expression)
    except (OverflowError, RecursionError, re.error) as error:
        raise AdapterError(
            f"{where}: {field} {shown(expression)} is no regular expression: {error}; expected one, or a layer's name"
        ) from error


def _layer_numbers(value: object, where: str) -> list[int]:
    given: list[object] = [] if value is None else value if isinstance(value, list) else [value]
    numbers = [number for number in given if isinstance(number, int) and not isinstance(number, bool)]
    if len(numbers) < len(given):
        raise AdapterError(f"{where}: layers_to_transform {shown(value)}; expected numbers of layers, such as [0, 1]")
    return numbers
