"""Makes a base model and two adapters with random weights: `python -m benchmarks.random_base --out FOLDER`.

Speed does not depend on the values of the weights, so a production base can be measured where it is not available:

    python -m benchmarks.speed --base FOLDER --adapters FOLDER/adapters --data TEST.jsonl --contenders
    ours,protocol,protocol-batched

`--shape` chooses the model's shape, such as qwen2-1.5b.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cascade.adapters.card import PROMPT_VERSIONS, STAGES, WEIGHTS, Card
from cascade.commands.exit_status import exit_status

SHAPES: dict[str, dict[str, Any]] = {  # from the models' public configurations
    "qwen2-1.5b": {
        "hidden_size": 1536,
        "num_hidden_layers": 28,
        "num_attention_heads": 12,
        "num_key_value_heads": 2,
        "intermediate_size": 8960,
        "vocab_size": 151_936,
        "tie_word_embeddings": True,
        "max_position_embeddings": 32_768,
        "rope_parameters": {"rope_type": "default", "rope_theta": 1_000_000.0},
        "rms_norm_eps": 1e-6,
    },
    "qwen2-0.5b": {
        "hidden_size": 896,
        "num_hidden_layers": 24,
        "num_attention_heads": 14,
        "num_key_value_heads": 2,
        "intermediate_size": 4864,
        "vocab_size": 151_936,
        "tie_word_embeddings": True,
        "max_position_embeddings": 32_768,
        "rope_parameters": {"rope_type": "default", "rope_theta": 1_000_000.0},
        "rms_norm_eps": 1e-6,
    },
}
_SPECIAL = {"bos_token_id": 151_643, "eos_token_id": 151_645, "pad_token_id": 151_643}
_RANK = 16


def arguments() -> argparse.ArgumentParser:
    """The command's arguments."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.random_base", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--shape", choices=SHAPES, default="qwen2-1.5b")
    parser.add_argument(
        "--out", type=Path, required=True, help="folder of the base model; its adapters are put below it"
    )
    parser.add_argument("--seed", type=int, default=1)
    return parser


def make(shape: dict[str, Any], out: Path, seed: int) -> None:
    """Writes a Qwen2 of this shape in bf16 with the real tokenizer, and below it two random adapters that fit it."""
    import torch
    from safetensors.torch import save_file
    from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM

    from benchmarks.qwen_vocabulary import qwen_tokenizer
    from cascade.model.fingerprint import Fingerprinted, fingerprint

    torch.manual_seed(seed)
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.bfloat16)
    try:
        kind: Any = Qwen2ForCausalLM
        model = kind(Qwen2Config.from_dict({**shape, **_SPECIAL}))
    finally:
        torch.set_default_dtype(before)
    model.save_pretrained(out)
    fast: Any = PreTrainedTokenizerFast
    fast(tokenizer_object=qwen_tokenizer(), eos_token="<|im_end|>", pad_token="<|endoftext|>").save_pretrained(out)
    for stage in STAGES:
        folder = out / "adapters" / stage
        folder.mkdir(parents=True, exist_ok=True)
        weights = {}
        for name, module in model.model.named_modules():
            if isinstance(module, torch.nn.Linear):
                for side, size in (("A", (_RANK, module.in_features)), ("B", (module.out_features, _RANK))):
                    weights[f"base_model.model.model.{name}.lora_{side}.weight"] = (0.01 * torch.randn(size)).to(
                        torch.bfloat16
                    )
        save_file(weights, folder / WEIGHTS, metadata={"format": "pt"})
        (folder / "adapter_config.json").write_text(
            json.dumps({"peft_type": "LORA", "r": _RANK, "lora_alpha": _RANK, "bias": "none"}), encoding="utf-8"
        )
        Card(stage, str(out), fingerprint(Fingerprinted.of(model)), PROMPT_VERSIONS[stage], ["en"], []).write(folder)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    options = arguments().parse_args(argv)
    return exit_status(lambda: make(SHAPES[options.shape], options.out, options.seed))


if __name__ == "__main__":
    sys.exit(main())
