#!/usr/bin/env bash
# ms-swift takes a weight of the loss in a message (`"loss_scale": 0.1`) and trains with the full loss all the same.
#
# Versions: ms-swift 4.6.0, transformers 5.19.0, torch 2.13.0 (CPU), Python 3.11.
# Expected: rows may carry `loss_scale` beside the content of an assistant's message, a number, so an answer with 0.1
#   counts a tenth; a row that cannot be weighted so is refused or warned of.
# Seen: by default 0.1 becomes 1: the encoded row has no weights at all, and each token of the answer is a label.  Only 0
#   does what it says.  With is_binary_loss_scale=False the answer's tokens have the weight 0.1, but what the template
#   puts behind the answer, its end mark, keeps the weight 1.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q torch==2.13.0 transformers==5.19.0 ms-swift==4.6.0
cd "$folder"
HF_HUB_OFFLINE=1 venv/bin/python -W ignore - 2>swift.log <<'PYTHON' || { tail -n 20 swift.log; exit 1; }
import torch
from swift import get_model_processor, get_template
from tokenizers.pre_tokenizers import ByteLevel
from transformers import Qwen2Config, Qwen2ForCausalLM, Qwen2Tokenizer

tokens = [*sorted(ByteLevel.alphabet()), "<|endoftext|>", "<|im_start|>", "<|im_end|>"]
tokenizer = Qwen2Tokenizer(vocab={token: number for number, token in enumerate(tokens)}, merges=[])
tokenizer.add_special_tokens({"additional_special_tokens": ["<|im_start|>", "<|im_end|>"]})
tokenizer.save_pretrained("base")
Qwen2ForCausalLM(
    Qwen2Config(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=1,
        eos_token_id=tokenizer.eos_token_id,
    )
).save_pretrained("base")
_, processor = get_model_processor("base", model_type="qwen2", torch_dtype=torch.float32)


def encoded(weight, **options):
    """How many tokens of the answer `xyz` and its end are trained, and the weights of the last tokens."""
    template = get_template(processor, template_type="qwen", **options)
    template.set_mode("train")
    answer = {"role": "assistant", "content": "xyz", "loss_scale": weight}
    row = template.encode({"messages": [{"role": "user", "content": "Ada"}, answer]})
    labels = sum(label != -100 for label in row["labels"])
    weights = row.get("loss_scale")
    print(f"loss_scale {weight}, {options or 'default'}: {labels} labels, weights {weights and weights[-5:]}")
    return labels, weights


full, _ = encoded(1)
assert encoded(0.1) == (full, None)
assert encoded(0)[0] < full
labels, weights = encoded(0.1, is_binary_loss_scale=False)
trained = [weight for weight in weights if weight]
assert labels == full and trained[:3] == [0.1] * 3 and set(trained[3:]) == {1.0}, trained
PYTHON
