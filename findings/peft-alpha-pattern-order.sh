#!/usr/bin/env bash
# An adapter with two overlapping `alpha_pattern` entries is another adapter after saving and loading.
#
# Versions: peft 0.20.0, transformers 5.19.0, torch 2.13.0 (CPU), Python 3.11.
# Expected: LoraConfig.alpha_pattern is a mapping; save_pretrained and from_pretrained give back the adapter that was
#   trained, so the outputs before saving and after loading are equal.
# Seen: the first pattern that matches a layer's name wins, but the saved adapter_config.json has its keys sorted.  With
#   {"v_proj": 1, "layers.0.self_attn.v_proj": 400} the order is turned round, layer 0 gets alpha 400 instead of 1, and
#   the loaded adapter gives other outputs, without a warning.  With the keys in alphabetical order, all is equal.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q torch==2.13.0 transformers==5.19.0 peft==0.20.0
cd "$folder"
HF_HUB_OFFLINE=1 venv/bin/python - <<'PYTHON'
import warnings

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import LlamaConfig, LlamaForCausalLM

SHAPE = LlamaConfig(
    vocab_size=64, hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=4
)


def base():
    torch.manual_seed(0)
    return LlamaForCausalLM(SHAPE).eval()


def difference(pattern, name):
    """The largest difference of a logit between an adapter and the same one saved and loaded again."""
    config = LoraConfig(r=4, lora_alpha=8, target_modules=["v_proj"], init_lora_weights=False, alpha_pattern=pattern)
    torch.manual_seed(1)
    model = get_peft_model(base(), config).eval()
    ids = torch.arange(1, 17)[None]
    with torch.no_grad():
        before = model(ids).logits
    model.save_pretrained(name)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # none is given
        loaded = PeftModel.from_pretrained(base(), name).eval()
    with torch.no_grad():
        return float((loaded(ids).logits - before).abs().max())


turned = difference({"v_proj": 1, "layers.0.self_attn.v_proj": 400}, "turned")
sorted_already = difference({"layers.0.self_attn.v_proj": 400, "v_proj": 1}, "sorted")
print(f"keys not in alphabetical order: {turned:.3f}; in alphabetical order: {sorted_already:.6f}")
assert turned > 0.1, turned
assert sorted_already < 1e-5, sorted_already
PYTHON
