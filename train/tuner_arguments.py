"""Checks the ms-swift arguments that decide what kind of adapter is trained: only plain LoRA is allowed.

Anything else would train a whole stage for an adapter that is refused when it is read, or that is used with other base
weights than those it was trained with.
"""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

from cascade.adapters.lora_config import lora_config
from cascade.errors import CascadeError

# arguments of LoRA that may have any value; `check_target_layers` checks the layers that the last two name
FREE = (
    "lora_rank",
    "lora_alpha",
    "lora_dropout",
    "lora_dtype",
    "lorap_lr_ratio",
    "use_rslora",
    "target_modules",
    "target_regex",
)
# `cascade.adapters.lora_config.STARTS`, as ms-swift writes them; without eva, which needs the data that ms-swift 4.6
# does not pass to it
_STARTS = ("true", "false", True, False, "gaussian", "orthogonal", "mica")
_KEPT = "the adapter is kept as plain LoRA of the layers, which does not hold what else was trained"
_SAME_BASE = "the adapter is read beside the base model's weights as they are"
# other arguments, with the values that are allowed and the reason why others are not
ONLY: Mapping[str, tuple[tuple[Any, ...], str]] = {
    "init_weights": (_STARTS, _SAME_BASE),
    "use_dora": ((False,), _KEPT),
    "lora_bias": (("none",), _KEPT),
    "modules_to_save": (([],), _KEPT),
    "target_parameters": ((None,), _KEPT),
    "use_swift_lora": ((False,), "what ms-swift's own LoRA writes is not read"),
    "tuner_backend": (("peft",), "what other tuners write is not read"),
    "task_type": ((None, "causal_lm"), _KEPT),
    "new_special_tokens": (([],), _KEPT),
    "use_galore": ((False,), "it is for training all weights, and an adapter is trained"),
    "lisa_activated_layers": ((0,), _KEPT),
    "safe_serialization": ((True,), "weights are read as safetensors alone"),
    "load_args": ((False,), "arguments of another training would take the place of these"),
    "model_revision": ((None,), f"{_SAME_BASE}; name its folder with --base"),
    "quant_method": ((None,), _SAME_BASE),
    "quant_bits": ((None,), _SAME_BASE),
    "init_strategy": ((None,), _SAME_BASE),
    "rope_scaling": ((None,), _SAME_BASE),
}
# prefixes of arguments for other kinds of tuners
OTHER_TUNERS = tuple(
    "adalora_ adapter_ boft_ fourier_ freeze_ galore_ lisa_ llamapro_ lora_ga_ reft_ trainable_parameters vera_".split()
)


def check_tuner_argument(name: str, value: object, *, where: str) -> None:
    """Raises CascadeError, with `where` in front, for a value that would train anything but plain LoRA."""
    if name in ONLY:
        allowed, reason = ONLY[name]
        if not any(type(value) is type(each) and value == each for each in allowed):
            texts = list(dict.fromkeys(each if isinstance(each, str) else json.dumps(each) for each in allowed))
            raise CascadeError(f"{where}: {reason}. Expected {name}={' or '.join(texts)}, so leave it out")
    elif name.startswith(OTHER_TUNERS):
        raise CascadeError(
            f"{where}: is for other kinds of tuners than LoRA; expected LoRA's arguments alone: {', '.join(FREE)}, "
            "init_weights"
        )


def check_target_layers(values: Mapping[str, Any], base_folder: Callable[[], str]) -> None:
    """Raises CascadeError if a recipe names layers that are not linear layers of the base model's body.

    base_folder: returns the base model's folder or hub name; it is called only when needed, and only the config is
    read.
    """
    named = {name: values[name] for name in ("target_modules", "target_regex") if values.get(name)}
    for name, value in named.items():
        where = f"--recipe-values {name}={value if isinstance(value, str) else json.dumps(value)}"
        if not isinstance(value, str) and not (
            isinstance(value, list) and all(isinstance(each, str) for each in value)
        ):
            raise CascadeError(f"{where}: expected names of layers, such as [q_proj, v_proj] or [all-linear]")
        if isinstance(value, str):
            _check_expression(value, where)
        chosen = value if isinstance(value, str) else [each for each in value if each != "all-linear"]
        if chosen:
            _check_on_shapes(chosen, base_folder(), where)


def _check_expression(value: str, where: str) -> None:
    try:
        re.compile(value)
    except re.error as error:
        raise CascadeError(
            rf"{where}: is no regular expression ({error}); expected one, such as .*\.mlp\..*_proj"
        ) from error


def _check_on_shapes(chosen: str | list[str], base_folder: str, where: str) -> None:
    """Lets PEFT adapt a model without weights, to check the layers that are named."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoConfig, AutoModelForCausalLM

    models: Any = AutoModelForCausalLM
    with torch.device("meta"):
        model = models.from_config(AutoConfig.from_pretrained(base_folder, trust_remote_code=False))
    try:
        with warnings.catch_warnings(action="ignore"):  # about layers that are refused below anyway
            adapted = get_peft_model(model, LoraConfig(r=1, target_modules=chosen, task_type="CAUSAL_LM"))
    except ValueError as error:
        found = "no layer has such a name" if "not found" in str(error) else "not all that it names are linear layers"
        raise CascadeError(
            f"{where}: {found}; expected linear layers of the base model's body alone, such as [q_proj, v_proj]"
        ) from error
    if other := other_parts(adapted):
        raise CascadeError(
            f"{where}: adapts {', '.join(other)}; expected linear layers of the base model's body alone, such as "
            "[q_proj, v_proj]"
        )


def other_parts(model: Any) -> list[str]:
    """The modules of a PEFT model that would be trained but are no LoRA parts of its body's linear layers, by name."""
    from torch import nn

    modules = dict(model.named_modules())
    other = []
    for name, parameter in model.named_parameters():
        layer, side, rest = name.partition(".lora_A." if ".lora_A." in name else ".lora_B.")
        is_part = bool(side) and rest.endswith("weight") and layer.startswith("base_model.model.model.")
        if parameter.requires_grad and not (is_part and isinstance(modules[layer].base_layer, nn.Linear)):
            other.append(name.removeprefix("base_model.model.").partition(".lora_")[0])
    return list(dict.fromkeys(other))


def check_trained(model: Any, *, where: str) -> None:
    """Raises CascadeError if a PEFT model would not become plain LoRA, whatever in the recipe causes it."""
    import peft

    config = getattr(model, "peft_config", {}).get("default")
    if config is None:
        raise CascadeError(f"{where} trains no adapter; expected a LoRA adapter of PEFT's")
    known = {each.name for each in fields(peft.LoraConfig)}  # ms-swift's config has more, for its optimiser
    said = {
        name: sorted(value) if isinstance(value, set) else value
        for name, value in config.to_dict().items()
        if name in known
    }
    lora_config(said, where=where)
    if other := other_parts(model):
        raise CascadeError(
            f"{where} trains {', '.join(other)}; expected parts of the body's linear layers alone, which are all that "
            "is kept"
        )
