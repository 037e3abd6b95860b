"""A GGUF file's folder as transformers makes it: what conversions are compared with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch


def expand_by_transformers(gguf: Path, target: Path, *, add_bos_token: bool) -> None:
    """The folder as transformers writes it: the model read from the GGUF and saved."""
    pytest.importorskip("accelerate", reason="transformers reads a GGUF's weights with it")
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    options: Any = {"gguf_file": gguf.name}
    config = GgufConfig(dequantize=True)
    model: Any = AutoModelForCausalLM.from_pretrained(
        gguf.parent, dtype=torch.bfloat16, quantization_config=config, **options
    )
    model.save_pretrained(target)
    AutoTokenizer.from_pretrained(gguf.parent, add_bos_token=add_bos_token, **options).save_pretrained(target)
