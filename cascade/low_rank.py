"""LoRA adapters as low-rank parts of linear layers: read from a folder, checked against the model, and added into its weights."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from cascade.adapter import WEIGHTS, Adapter
from cascade.errors import AdapterError
from cascade.module_places import places

_KEY = "base_model.model.model."  # PEFT's name of what we call the body
_PLAIN = {"peft_type": "LORA", "bias": "none", "use_dora": False, "fan_in_fan_out": False, "alpha_pattern": {}, "layer_replication": None}


@dataclass(frozen=True, slots=True)
class LowRank:
    """One linear layer's part of an adapter: down (in, rank) and up (rank, out), the scaling already in."""

    down: Tensor
    up: Tensor

    @property
    def shape(self) -> tuple[int, int]:
        """Features in and out."""
        return self.down.shape[0], self.up.shape[1]


def low_rank_parts(adapter: Adapter, shapes: Mapping[str, tuple[int, int]]) -> dict[str, LowRank]:
    """The parts of a LoRA adapter by the name of the layer in the body.

    shapes: features in and out of each linear layer of the body.  Raises AdapterError for adapters of other kinds and for parts that fit no layer.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        config = dict(json.loads((adapter.folder / "adapter_config.json").read_text(encoding="utf-8")))
        alpha = float(config["lora_alpha"])
        weights = load_file(adapter.folder / WEIGHTS)
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise AdapterError(f"{adapter.folder}: cannot be read as a LoRA adapter: {error}") from error
    if other := {name: config.get(name, value) for name, value in _PLAIN.items() if config.get(name, value) != value}:
        raise AdapterError(f"{adapter.folder}: has {other}; expected a plain LoRA adapter, as `python -m train.run` makes them")
    parts: dict[str, LowRank] = {}
    for key in weights:
        if not key.startswith(_KEY) or not key.endswith((".lora_A.weight", ".lora_B.weight")):
            raise AdapterError(f"{adapter.folder}: holds {key!r}; expected low-rank parts of the layers alone, as readers share the rest")
        name = key[len(_KEY) :].rsplit(".", 2)[0]
        down, up = (weights.get(f"{_KEY}{name}.lora_{side}.weight") for side in "AB")
        if down is None or up is None or down.shape[0] != up.shape[1]:
            raise AdapterError(f"{adapter.folder}: {name!r} has one of two parts, or parts of different ranks; expected both of one rank")
        rank = down.shape[0]
        part = LowRank(down.T.contiguous(), up.T.contiguous() * (alpha / (rank**0.5 if config.get("use_rslora") else rank)))
        if name not in shapes:
            raise AdapterError(f"{adapter.folder}: adapts {name!r}, which is no linear layer of the base model; expected its layers alone")
        if part.shape != shapes[name]:
            raise AdapterError(f"{adapter.folder}: {name!r} is of {part.shape} features, the base model's of {shapes[name]}. Train it on this base")
        parts[name] = part
    return parts


def merge(
    body: nn.Module,
    adapters: Sequence[Adapter],
    *,
    dtype: torch.dtype | None = None,
    finish: Callable[[nn.Linear], nn.Module] = lambda linear: linear,
) -> None:
    """Puts layers with the adapters' parts added to their weights in the place of the body's linear layers; the old layers stay as they are.

    dtype: of the new layers' weights (that of the old ones).
    finish: makes of each new layer what takes the place, one by one, so that no second model is held.
    """
    linears = places(body, lambda module: type(module) is nn.Linear)
    shapes = {place.path: (place.module.in_features, place.module.out_features) for place in linears}
    parts = [low_rank_parts(adapter, shapes) for adapter in adapters]
    for place in linears:
        own = [part[place.path] for part in parts if place.path in part]
        kind = place.module.weight.dtype if dtype is None else dtype
        place.put(finish(_added(place.module, own, kind) if own or kind != place.module.weight.dtype else place.module))


def _added(linear: nn.Linear, parts: Sequence[LowRank], dtype: torch.dtype) -> nn.Linear:
    """A new layer with the parts added in fp32."""
    weight = linear.weight.detach().float()
    for part in parts:
        weight = torch.addmm(weight, part.up.to(weight).T, part.down.to(weight).T)
    changed = nn.Linear(linear.in_features, linear.out_features, bias=linear.bias is not None, device="meta")
    changed.weight = nn.Parameter(weight.to(dtype), requires_grad=False)
    changed.bias = None if linear.bias is None else nn.Parameter(linear.bias.detach().to(dtype), requires_grad=False)
    return changed
