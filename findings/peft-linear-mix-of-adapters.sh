#!/usr/bin/env bash
# peft's "linear" mix of two LoRA adapters is not the mean of what they add: of two that add the same it can be nothing.
#
# Versions: peft 0.20.0, transformers 5.19.0, torch 2.13.0 (CPU), Python 3.11.
# Expected: add_weighted_adapter(["a", "b"], [0.5, 0.5], combination_type="linear") adds to each weight the mean of what
#   a and b add to it, as mixing models by their weights does.
# Seen: A and B matrices are mixed each by itself, with the roots of the weights, so their product has cross terms.  Of
#   two random adapters the mix is as far from the mean as the mean is large.  Of two adapters that add the same, because
#   one has both matrices with the other sign, the mix adds nothing at all.
#   combination_type="cat" gives the mean, to rounding.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q torch==2.13.0 transformers==5.19.0 peft==0.20.0
cd "$folder"
HF_HUB_OFFLINE=1 venv/bin/python -W ignore - <<'PYTHON'
import torch
from peft import LoraConfig, get_peft_model
from transformers import Qwen2Config, Qwen2ForCausalLM

torch.manual_seed(0)
config = Qwen2Config(
    vocab_size=64,
    hidden_size=32,
    intermediate_size=48,
    num_hidden_layers=1,
    num_attention_heads=2,
    num_key_value_heads=1,
)
lora = LoraConfig(r=4, target_modules=["q_proj"], init_lora_weights=False)
model = get_peft_model(Qwen2ForCausalLM(config), lora, adapter_name="a")
for name in ("b", "minus"):
    model.add_adapter(name, lora)
[layer] = [module for name, module in model.named_modules() if name.endswith("q_proj")]
with torch.no_grad():
    for matrices in (layer.lora_A, layer.lora_B):
        matrices["minus"].weight.copy_(-matrices["a"].weight)


def compared(other, kind):
    """How far the mix of `a` and another is from the mean of what they add, as a share of the mean."""
    mixed = f"{other}-{kind}"
    model.add_weighted_adapter(["a", other], [0.5, 0.5], mixed, combination_type=kind)
    mean = (layer.get_delta_weight("a") + layer.get_delta_weight(other)) / 2
    added = layer.get_delta_weight(mixed)
    far, size = float((added - mean).norm() / mean.norm()), float(added.norm() / mean.norm())
    print(f"a and {other}, {kind}: {far:.2f} away from the mean, {size:.2f} as large")
    return far, size


with torch.no_grad():
    assert torch.equal(layer.get_delta_weight("a"), layer.get_delta_weight("minus"))
    far, _ = compared("b", "linear")
    assert far > 0.5
    assert compared("minus", "linear") == (1.0, 0.0)
    for other in ("b", "minus"):
        far, _ = compared(other, "cat")
        assert far < 1e-6
PYTHON
