"""LoRA adapters as low-rank parts of linear layers: read from a folder, checked against the model, and added into its
weights.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from cascade.adapters.card import WEIGHTS, Adapter
from cascade.adapters.lora_config import CONFIG, read_lora_config
from cascade.errors import AdapterError, BaseModelError
from cascade.layers.module_places import places

_KEY = "base_model.model.model."  # PEFT's name of what we call the body
_SIDES = (".lora_A.weight", ".lora_B.weight")


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

    shapes: features in and out of each linear layer of the body.  Raises AdapterError for adapters of other kinds and
    for parts that fit no layer.
    """
    config = read_lora_config(adapter.folder)
    weights = _weights_of(adapter)
    parts: dict[str, LowRank] = {}
    for name in dict.fromkeys(key[len(_KEY) :].rsplit(".", 2)[0] for key in weights):
        down, up = (weights.get(f"{_KEY}{name}{side}") for side in _SIDES)
        if down is None or up is None or down.dim() != 2 or up.dim() != 2 or down.shape[0] != up.shape[1]:
            raise AdapterError(
                f"{adapter.folder}: {name!r} has one of two parts, or parts of different ranks; expected both of one "
                "rank"
            )
        if name not in shapes:
            raise AdapterError(
                f"{adapter.folder}: adapts {name!r}, which is no linear layer of the base model; expected its layers "
                "alone"
            )
        if down.shape[0] != (rank := config.rank_of(name)):
            raise AdapterError(
                f"{adapter.folder}: {name!r} is of rank {down.shape[0]}, {CONFIG} says {rank}; expected the same. Take "
                "both files from one training"
            )
        if not config.names(name):
            raise AdapterError(
                f"{adapter.folder}: has weights for {name!r}, which {CONFIG} does not name; expected the same layers. "
                "Take both files from one training"
            )
        # in fp32, or a root would be rounded in 16 bits
        part = LowRank(down.T.contiguous(), up.T.float().contiguous() * config.scaling_of(name))
        if part.shape != shapes[name]:
            raise AdapterError(
                f"{adapter.folder}: {name!r} is of {part.shape} features, the base model's of {shapes[name]}. Train "
                "it on this base"
            )
        parts[name] = part
    return parts


def _weights_of(adapter: Adapter) -> dict[str, Tensor]:
    """The tensors of an adapter by their names; raises AdapterError for what is no part of the body's layers."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    file = adapter.folder / WEIGHTS
    try:
        weights = load_file(file)
    except (OSError, ValueError, SafetensorError) as error:
        raise AdapterError(
            f"{file}: cannot be read as an adapter's weights: {error}. Copy or train the adapter again"
        ) from error
    if not weights:
        raise AdapterError(f"{file}: holds no weights; expected two for each layer. Copy or train the adapter again")
    for key, weight in weights.items():
        if not key.startswith("base_model.model."):
            raise AdapterError(
                f"{adapter.folder}: holds {key!r}; expected names that begin with {_KEY!r}, as PEFT writes them. Save "
                "the adapter with PEFT's save_pretrained"
            )
        if not key.startswith(_KEY) or not key.endswith(_SIDES):
            raise AdapterError(
                f"{adapter.folder}: holds {key!r}; expected low-rank parts of the layers alone, as readers share the "
                "rest"
            )
        if not bool(torch.isfinite(weight.float()).all()):
            raise AdapterError(
                f"{adapter.folder}: {key!r} holds nan or inf; expected finite numbers. "
                f"Train the adapter again, at a lower learning rate"
            )
    return weights


def merge(
    body: nn.Module,
    adapters: Sequence[Adapter],
    *,
    dtype: torch.dtype | None = None,
    finish: Callable[[nn.Linear], nn.Module] = lambda linear: linear,
) -> None:
    """Puts layers with the adapters' parts added to their weights in the place of the body's linear layers; the old
    layers stay as they are.  Raises AdapterError for adapters that do not fit, BaseModelError for a body without linear
    layers.

    dtype: of the new layers' weights (that of the old ones).
    finish: makes of each new layer what takes the place, one by one, so that no second model is held.
    """
    linears = places(body, lambda module: type(module) is nn.Linear)
    if not linears:
        raise BaseModelError(
            f"{type(body).__name__} has no layers of the class torch.nn.Linear, to which adapters are added; expected "
            "a base model with them, such as of the kinds Qwen2, Gemma and Llama"
        )
    shapes = {place.path: (place.module.in_features, place.module.out_features) for place in linears}
    parts = [low_rank_parts(adapter, shapes) for adapter in adapters]
    for place in linears:
        own = [part[place.path] for part in parts if place.path in part]
        kind = place.module.weight.dtype if dtype is None else dtype
        place.put(finish(_added(place.module, own, kind) if own or kind != place.module.weight.dtype else place.module))


def with_low_rank(weight: Tensor, parts: Sequence[LowRank]) -> Tensor:
    """A weight (out, in) with low-rank parts added in fp32; the weight itself where there are none."""
    if not parts:
        return weight.detach()
    wide = weight.detach().float()
    for part in parts:
        wide = torch.addmm(wide, part.up.to(wide).T, part.down.to(wide).T)
    return wide


def _added(linear: nn.Linear, parts: Sequence[LowRank], dtype: torch.dtype) -> nn.Linear:
    """A new layer with the parts added."""
    weight = with_low_rank(linear.weight, parts)
    changed = nn.Linear(linear.in_features, linear.out_features, bias=linear.bias is not None, device="meta")
    changed.weight = nn.Parameter(weight.to(dtype), requires_grad=False)
    changed.bias = None if linear.bias is None else nn.Parameter(linear.bias.detach().to(dtype), requires_grad=False)
    return changed
