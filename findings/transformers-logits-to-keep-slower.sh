#!/usr/bin/env bash
# With frozen weights, asking transformers for the last logits only makes the output head slower in bf16 on a CPU.
#
# Versions: transformers 5.19.0, torch 2.13.0 (CPU), Python 3.11; Gemma 3 and ms-swift's use_logits_to_keep do the same.
# Expected: the logits of the last 16 of 64 places of each text (logits_to_keep=16) take a quarter of the time of all,
#   and whether the head's weight is trained does not matter for a forward pass.
# Seen: the last states are a view whose texts lie apart in memory.  torch folds the texts of whole states into one
#   matrix product (aten::mm).  Those of such a view it folds only if the weight requires gradients; of a frozen one, as
#   with LoRA, it repeats the weight for every text in a batched product (aten::bmm).  Two cores with AMX, 8 texts of 64
#   tokens, a head of 32,000 x 256 in bf16: all logits 0.03 s, a quarter of them 0.41 s.  With one text the view counts
#   as contiguous, so states.contiguous() does not help; a clone in contiguous format does.  Values are the same.  How
#   much slower depends on the CPU; the operation does not.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q torch==2.13.0 transformers==5.19.0
cd "$folder"
HF_HUB_OFFLINE=1 venv/bin/python -W ignore - <<'PYTHON'
import time

import torch
from torch.profiler import ProfilerActivity, profile
from transformers import Qwen2Config, Qwen2ForCausalLM

torch.manual_seed(0)
shape = {"hidden_size": 256, "intermediate_size": 64, "num_attention_heads": 4, "num_key_value_heads": 4}
model = Qwen2ForCausalLM(Qwen2Config(vocab_size=32000, num_hidden_layers=1, **shape)).to(torch.bfloat16).eval().requires_grad_(False)
head = model.get_output_embeddings()
PRODUCTS = {"aten::mm", "aten::bmm"}


def of_head(states):
    """The logits, the kind of product that made them, and the quickest of three times in seconds."""
    times = []
    for _ in range(3):
        began = time.perf_counter()
        logits = head(states)
        times.append(time.perf_counter() - began)
    with profile(activities=[ProfilerActivity.CPU]) as seen:
        head(states)
    (kind,) = {event.key for event in seen.key_averages()} & PRODUCTS
    return logits, kind, min(times)


with torch.inference_mode():
    for texts in (8, 1):
        states = []
        handle = head.register_forward_pre_hook(lambda _, inputs: states.append(inputs[0]))
        ids = torch.randint(0, 32000, (texts, 64))
        whole, last = model(input_ids=ids).logits, model(input_ids=ids, logits_to_keep=16).logits
        handle.remove()
        torch.testing.assert_close(last, whole[:, -16:], rtol=0.05, atol=0.05)
        _, kind, seconds = of_head(states[0])
        print(f"{texts} text(s), all logits: {kind}, {seconds:.4f} s")
        assert kind == "aten::mm", kind
        _, kind, seconds = of_head(states[1])
        print(f"{texts} text(s), logits_to_keep=16: {kind}, {seconds:.4f} s")
        assert kind == "aten::bmm", f"{kind}; this finding is out of date"
        head.requires_grad_(True)
        _, kind, seconds = of_head(states[1])
        head.requires_grad_(False)
        print(f"{texts} text(s), logits_to_keep=16, a head that requires gradients: {kind}, {seconds:.4f} s")
        assert kind == "aten::mm", kind
        _, kind, seconds = of_head(states[1].contiguous())
        print(f"{texts} text(s), contiguous(): {kind}, {seconds:.4f} s")
        assert kind == ("aten::mm" if texts > 1 else "aten::bmm"), kind
        _, kind, seconds = of_head(states[1].clone(memory_format=torch.contiguous_format))
        print(f"{texts} text(s), clone: {kind}, {seconds:.4f} s")
        assert kind == "aten::mm", kind
PYTHON
