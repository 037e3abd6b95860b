"""Merges an adapter into the base model's weights, so that an adapter that builds on it can be trained."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from cascade.adapters.card import Adapter, shortened


def merged_base(base: str, adapter: Adapter, folder: Path) -> Path:
    """The folder of the base model with `adapter` merged into its weights.

    It lies below `folder` and is named for both; it is made only if it does not exist yet.
    """
    from transformers import AutoTokenizer

    from cascade.layers.merged_lora import merge
    from cascade.model.base_model import BaseModel

    target = folder / f"{shortened(adapter.card.base_fingerprint)}-{adapter.checksum()[:12]}"
    if not (target / "config.json").is_file():
        loaded = BaseModel.load(base, device="cpu", precision="bf16")
        adapter.check_fits(loaded)
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".merging-", dir=folder) as scratch:
            part = Path(scratch) / target.name
            part.mkdir()
            if Path(base).is_dir():
                for file in Path(base).iterdir():
                    if file.is_file() and "safetensors" not in file.name:
                        shutil.copy(file, part)
            else:
                AutoTokenizer.from_pretrained(base, trust_remote_code=False).save_pretrained(part)
            merge(loaded.model.model, [adapter])
            loaded.model.save_pretrained(part)
            if not target.is_dir():  # another process may have made the same folder meanwhile
                part.replace(target)
    return target
