"""The floating-point type of trainings follows the device."""

from __future__ import annotations

import pytest
import torch

from train.sft import arithmetic


@pytest.mark.parametrize(
    ("fast", "expected"),
    [
        (torch.bfloat16, {"torch_dtype": "bfloat16", "bf16": True}),
        (torch.float32, {"torch_dtype": "float32", "bf16": False}),
    ],
)
def test_trainings_run_in_the_type_that_the_device_is_fast_in(
    fast: torch.dtype, expected: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cascade.model.precision.fast_dtype", lambda device: fast)
    assert arithmetic(torch.device("cpu")) == expected
