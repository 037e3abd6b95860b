#!/usr/bin/env bash
# transformers keeps packed texts apart only if use_cache=False; by default they read each other, and nothing is said.
#
# Versions: transformers 5.19.0, torch 2.13.0 (CPU), Python 3.11.
# Expected: two texts in one row, told by position_ids that begin again at 0, are read as each by itself: model(row,
#   position_ids=...) masks them, as training on packed rows does.  Whether keys are cached changes no result.
# Seen: with use_cache=False the second text gets the logits that it gets alone.  With use_cache left as it is (True) or
#   with an attention mask of ones, its logits differ by 0.19 and more, for Qwen2 and Gemma 3 alike: it has read the first
#   text.  No warning and no error.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q torch==2.13.0 transformers==5.19.0
cd "$folder"
HF_HUB_OFFLINE=1 venv/bin/python - <<'PYTHON'
import torch
from transformers import Gemma3ForCausalLM, Gemma3TextConfig, Qwen2Config, Qwen2ForCausalLM

SHAPE = {
    "vocab_size": 64,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
}
torch.manual_seed(0)
MODELS = [Qwen2ForCausalLM(Qwen2Config(**SHAPE)), Gemma3ForCausalLM(Gemma3TextConfig(**SHAPE, head_dim=16))]
first, second = torch.randint(3, 60, (1, 7)), torch.randint(3, 60, (1, 5))
row = torch.cat([first, second], 1)
begun_again = torch.cat([torch.arange(7), torch.arange(5)])[None]

for model in MODELS:
    model.eval()

    def difference(**options):
        packed = model(row, position_ids=begun_again, **options).logits[:, first.shape[1] :]
        return float((packed - model(second).logits).abs().max())

    with torch.no_grad():
        without = difference(use_cache=False)
        default = difference()
        masked = difference(use_cache=False, attention_mask=torch.ones_like(row))
    print(f"{type(model).__name__}: {without:.0e} without cache, {default:.2f} by default, {masked:.2f} with a mask")
    assert without < 1e-5 and default > 0.1 and masked > 0.1, (without, default, masked)
PYTHON
