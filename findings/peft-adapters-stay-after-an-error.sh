#!/usr/bin/env bash
# After an error in a batch with adapter_names, peft goes on reading plain batches with the adapters of that batch.
#
# Versions: peft 0.20.0, transformers 5.19.0, torch 2.13.0 (CPU), Python 3.11.
# Expected: model(ids, adapter_names=[...]) holds for that call.  If it raises an error, as a server catches for a text
#   that is too long or for memory that ran out, the next call reads with the active adapter as before.
# Seen: after an IndexError within such a call, model(ids) gives, to the bit, the logits of the adapter that the failed
#   call had named, not those of the active one.  A plain batch of another size raises the ValueError of adapter_names.
#   The hooks that peft registers for the call are removed after it, but not when it raises.
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
    num_hidden_layers=2,
    num_attention_heads=2,
    num_key_value_heads=1,
)
lora = LoraConfig(r=4, target_modules=["q_proj"], init_lora_weights=False)
model = get_peft_model(Qwen2ForCausalLM(config), lora, adapter_name="active")
model.add_adapter("other", lora)
model.eval()
ids = torch.randint(3, 60, (2, 6))

with torch.no_grad():
    active = model(ids).logits
    other = model(ids, adapter_names=["other", "other"]).logits
    assert torch.equal(model(ids).logits, active), "a call that ends well leaves nothing behind"
    assert not torch.equal(active, other)
    try:
        model(ids + 1000, adapter_names=["other", "other"])
    except IndexError as error:
        print(f"the failed call: IndexError: {error}")
    after = model(ids).logits
    print(f"the next plain call: as the active adapter {torch.equal(after, active)}, ", end="")
    print(f"as the other one {torch.equal(after, other)}")
    assert torch.equal(after, other) and not torch.equal(after, active)
    try:
        model(ids[:1])
        raise AssertionError("a plain batch of another size was read; this finding is out of date")
    except ValueError as error:
        print(f"a plain batch of one text: ValueError: {error}")
PYTHON
