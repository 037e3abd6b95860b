#!/usr/bin/env bash
# ms-swift's engine reads several requests at once without an adapter, and raises an error for them with one.
#
# Versions: ms-swift 4.6.0, peft 0.20.0, transformers 5.19.0, torch 2.13.0 (CPU), Python 3.11.
# Expected: TransformersEngine(max_batch_size=8).infer takes a list of requests and an adapter_request, so a batch is
#   read with that adapter.
# Seen: three requests without an adapter are answered, and one request with an adapter is.  Three with an adapter raise
#   ValueError: Length of `adapter_names` should be the same as the number of inputs, but got 1 and 3.  From then on three
#   requests without an adapter, which were answered before, raise it too.  With max_batch_size=1, the default, all are
#   answered, one after the other.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q torch==2.13.0 transformers==5.19.0 peft==0.20.0 ms-swift==4.6.0
cd "$folder"
HF_HUB_OFFLINE=1 venv/bin/python -W ignore - 2>engine.log <<'PYTHON' || { tail -n 20 engine.log; exit 1; }
import torch
from peft import LoraConfig, get_peft_model
from swift import AdapterRequest, InferRequest, RequestConfig, TransformersEngine
from tokenizers.pre_tokenizers import ByteLevel
from transformers import Qwen2Config, Qwen2ForCausalLM, Qwen2Tokenizer

tokens = [*sorted(ByteLevel.alphabet()), "<|endoftext|>"]
tokenizer = Qwen2Tokenizer(vocab={token: number for number, token in enumerate(tokens)}, merges=[])
tokenizer.chat_template = "{% for message in messages %}{{ message.content }}{% endfor %}"
tokenizer.save_pretrained("base")
torch.manual_seed(0)
model = Qwen2ForCausalLM(
    Qwen2Config(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=1,
        eos_token_id=tokenizer.eos_token_id,
    )
)
model.save_pretrained("base")
get_peft_model(model, LoraConfig(r=2, target_modules=["q_proj"], task_type="CAUSAL_LM")).save_pretrained("adapter")

ASKED = [InferRequest(messages=[{"role": "user", "content": text}]) for text in ("ada met bob", "in london", "today")]
SHORT = RequestConfig(max_tokens=2, temperature=0)
ADAPTER = AdapterRequest("mine", "adapter")


def engine(at_once):
    return TransformersEngine(
        "base", model_type="qwen2", template_type="dummy", max_batch_size=at_once, torch_dtype=torch.float32
    )


def answers(reading, what, requests, adapter):
    try:
        said = f"{len(reading.infer(requests, SHORT, adapter_request=adapter))} answers"
    except ValueError as error:
        said = f"ValueError: {error}"
    print(f"{what}: {said}")
    return said


together = engine(8)
assert answers(together, "three at once", ASKED, None) == "3 answers"
assert answers(together, "one, with an adapter", ASKED[:1], ADAPTER) == "1 answers"
assert "got 1 and 3" in answers(together, "three at once, with an adapter", ASKED, ADAPTER)
assert "got 1 and 3" in answers(together, "three at once, without, after that", ASKED, None)
assert answers(engine(1), "three in turn, with an adapter", ASKED, ADAPTER) == "3 answers"
PYTHON
