"""Many low-rank adapters beside one model's weights, chosen row by row: texts of all languages in one batch, no copy of the model for any."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor, nn

from cascade.adapter import WEIGHTS, Adapter
from cascade.errors import AdapterError
from cascade.int8 import Int8Linear

_KEY = "base_model.model.model."  # PEFT's name of what we call the body
_PLAIN = {"peft_type": "LORA", "bias": "none", "use_dora": False, "fan_in_fan_out": False}


@dataclass(frozen=True, slots=True)
class LowRank:
    """One linear layer's part of an adapter: down (in, rank) and up (rank, out), the scaling already in."""

    down: Tensor
    up: Tensor


@dataclass(slots=True)
class _Chosen:
    """The adapter of each row of the batch that is being read, (rows,), or None where no row has one; shared by all layers."""

    rows: Tensor | None = None


class StackedLinear(nn.Module):
    """A linear layer with low-rank adapters beside it; number 0 is none."""

    def __init__(self, linear: nn.Linear | Int8Linear, chosen: _Chosen) -> None:
        super().__init__()
        self.linear, self._chosen = linear, chosen
        self.shape = (linear.in_features, linear.out_features)
        self._adapters: list[LowRank | None] = [None]
        self._down = self._up = torch.empty(0)

    def add(self, part: LowRank | None) -> None:
        """Puts one more adapter into the stack, None where it leaves this layer alone."""
        self._adapters.append(part)
        parts = [part for part in self._adapters if part is not None]
        if not parts:
            return
        (inputs, _), (_, outputs), rank = parts[0].down.shape, parts[0].up.shape, max(part.up.shape[0] for part in parts)
        self._down = torch.zeros(len(self._adapters), inputs, rank, dtype=parts[0].down.dtype, device=parts[0].down.device)
        self._up = torch.zeros(len(self._adapters), rank, outputs, dtype=parts[0].up.dtype, device=parts[0].up.device)
        for number, part in enumerate(self._adapters):
            if part is not None:
                self._down[number, :, : part.up.shape[0]], self._up[number, : part.up.shape[0]] = part.down, part.up

    def forward(self, values: Tensor) -> Tensor:
        """(rows, tokens, out) of (rows, tokens, in)."""
        result: Tensor = self.linear(values)
        rows = self._chosen.rows
        if rows is None or not self._down.numel():
            return result
        return result.baddbmm_(torch.bmm(values, self._down[rows]), self._up[rows])


@dataclass(slots=True)
class AdapterStack:
    """The adapters that stand beside a body's linear layers."""

    layers: dict[str, StackedLinear]
    dtype: torch.dtype
    device: torch.device
    _chosen: _Chosen
    _numbers: dict[Path, int] = field(default_factory=dict)

    def number_of(self, adapter: Adapter) -> int:
        """The number by which rows choose `adapter`; its weights are read the first time.  Raises AdapterError where they do not fit the layers."""
        if adapter.folder not in self._numbers:
            parts = low_rank_parts(adapter)
            if unknown := sorted(set(parts) - set(self.layers)):
                raise AdapterError(f"{adapter.folder}: adapts {unknown[0]!r}, which is no linear layer of the base model; expected its layers alone")
            for name, part in parts.items():
                found, expected = (part.down.shape[0], part.up.shape[1]), self.layers[name].shape
                if found != expected:
                    raise AdapterError(f"{adapter.folder}: {name!r} is of {found} features, the base model's of {expected}. Train it on this base")
            for name, layer in self.layers.items():
                own = parts.get(name)
                layer.add(None if own is None else LowRank(own.down.to(self.device, self.dtype), own.up.to(self.device, self.dtype)))
            self._numbers[adapter.folder] = len(self._numbers) + 1
        return self._numbers[adapter.folder]

    def choose(self, rows: Tensor | None) -> None:
        """The adapter of each row, (rows,), of the next passes; None, or 0 for all, reads with none."""
        self._chosen.rows = None if rows is None or not bool(rows.any()) else rows


def stack_beside(body: nn.Module) -> AdapterStack:
    """Makes room for adapters beside all linear layers of `body`, changed in place."""
    chosen = _Chosen()
    layers: dict[str, StackedLinear] = {}
    parameter = next(body.parameters())
    for path, module in list(body.named_modules()):
        for name, child in list(module.named_children()):
            if isinstance(child, nn.Linear | Int8Linear):
                stacked = StackedLinear(child, chosen)
                setattr(module, name, stacked)
                layers[f"{path}.{name}" if path else name] = stacked
    return AdapterStack(layers, parameter.dtype, parameter.device, chosen)


def low_rank_parts(adapter: Adapter) -> dict[str, LowRank]:
    """The parts of a LoRA adapter by the name of the layer in the body; raises AdapterError for adapters of other kinds."""
    from safetensors.torch import load_file

    try:
        config = json.loads((adapter.folder / "adapter_config.json").read_text(encoding="utf-8"))
        weights = load_file(adapter.folder / WEIGHTS)
    except Exception as error:  # safetensors has an error of its own, derived from Exception
        raise AdapterError(f"{adapter.folder}: cannot be read as a LoRA adapter: {error}") from error
    if other := {name: config.get(name, value) for name, value in _PLAIN.items() if config.get(name, value) != value}:
        raise AdapterError(f"{adapter.folder}: has {other}; expected a plain LoRA adapter, as `python -m train.run` makes them")
    parts: dict[str, LowRank] = {}
    for key in weights:
        if not key.startswith(_KEY) or not key.endswith((".lora_A.weight", ".lora_B.weight")):
            raise AdapterError(f"{adapter.folder}: holds {key!r}; expected low-rank parts of the layers alone")
        name = key[len(_KEY) :].rsplit(".", 2)[0]
        down, up = (weights.get(f"{_KEY}{name}.lora_{side}.weight") for side in "AB")
        if down is None or up is None:
            raise AdapterError(f"{adapter.folder}: {name!r} has one of two parts; expected both")
        rank = down.shape[0]
        parts[name] = LowRank(down.T.contiguous(), up.T.contiguous() * _scaling(config, rank))
    return parts


def _scaling(config: Mapping[str, float], rank: int) -> float:
    return config["lora_alpha"] / (rank**0.5 if config.get("use_rslora") else rank)
