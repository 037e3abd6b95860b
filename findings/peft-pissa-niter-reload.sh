#!/usr/bin/env bash
# An adapter that was started with `init_lora_weights="pissa_niter_4"` is another adapter after saving and loading.
#
# Versions: peft 0.20.0, transformers 5.19.0, torch 2.13.0 (CPU), Python 3.11.
# Expected: the start is known from the base model's weights, so loading the saved adapter onto the same base gives the
#   outputs of the model that was saved, as it does with init_lora_weights=True.
# Seen: PiSSA takes the principal part out of the base's weights.  Loading does that again, and the fast variant draws a
#   random decomposition anew, so what is taken out is not what the saved parts belong to.  Outputs differ under another
#   random state, without a warning.
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
    vocab_size=64, hidden_size=64, intermediate_size=128, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=4
)


def base():
    torch.manual_seed(0)
    model = LlamaForCausalLM(SHAPE).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(10)  # so that differences show
    return model


def difference(start, name):
    """The largest difference of a logit between a model with an untrained adapter and the same saved and loaded."""
    torch.manual_seed(1)
    config = LoraConfig(r=4, lora_alpha=8, target_modules="all-linear", task_type="CAUSAL_LM", init_lora_weights=start)
    model = get_peft_model(base(), config).eval()
    ids = torch.arange(1, 17)[None]
    with torch.no_grad():
        before = model(ids).logits
    model.save_pretrained(name)
    torch.manual_seed(2)
    blank = base()
    torch.manual_seed(3)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # none is given
        loaded = PeftModel.from_pretrained(blank, name).eval()
    with torch.no_grad():
        return float((loaded(ids).logits - before).abs().max() / before.abs().max())


fast, plain = difference("pissa_niter_4", "fast"), difference(True, "plain")
print(f"relative difference of a logit after loading: pissa_niter_4 {fast:.4f}, the usual start {plain:.6f}")
assert fast > 0.01, fast
assert plain < 1e-4, plain
PYTHON
