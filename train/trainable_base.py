"""The base model that a training starts from: its folder, and ms-swift's name for its kind."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from cascade.errors import CascadeError
from cascade.model.base_folder import base_folder
from cascade.model.named_bases import NAMED_BASES
from train.console import console

# `model_type` in a model's config, and ms-swift's name for it
_MODEL_TYPES = {"gemma3_text": "gemma3_text", "qwen2": "qwen2", "qwen3": "qwen3", "llama": "llama3_2"}


def go_offline(base: str | None) -> None:
    """Keeps libraries from using the network, unless the base model itself has to come from a hub.

    Must run before these libraries are imported, because they read the setting then.
    """
    if base is None or base in NAMED_BASES or Path(base).exists():
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("HF_UPDATE_DOWNLOAD_COUNTS", "0")


def base_folder_of(base: str | None) -> tuple[str, str]:
    """The base model's folder or hub name, and ms-swift's name for its kind.

    Raises CascadeError for untested kinds, and for base models that bring code of their own.
    """
    from transformers import AutoConfig

    from cascade.model.model_files import reading_files_of

    folder = base_folder(base, report=console().say)
    with reading_files_of(folder):
        config = AutoConfig.from_pretrained(folder, trust_remote_code=False)
        _refuse_own_code(folder, config)
        kind = config.model_type
    if kind not in _MODEL_TYPES:
        raise CascadeError(f"base model {folder!r} is of kind {kind!r}; expected one of {', '.join(_MODEL_TYPES)}")
    return folder, _MODEL_TYPES[kind]


def _refuse_own_code(folder: str, config: Any) -> None:
    """Raises CascadeError for a base model whose files name code to run: ms-swift 4.6 would run it unasked."""
    file = Path(folder) / "tokenizer_config.json"
    tokenizer: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    if getattr(config, "auto_map", None) or tokenizer.get("auto_map"):
        raise CascadeError(
            f"base model {folder!r} brings code of its own (auto_map), which training would run; expected one that "
            "transformers has the code of, so remove auto_map from its config.json and tokenizer_config.json"
        )
