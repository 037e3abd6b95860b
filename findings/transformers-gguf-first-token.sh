#!/usr/bin/env bash
# transformers does not read from a GGUF file that texts begin with a first token; Gemma then reads without it.
#
# Versions: transformers 5.19.0, gguf 0.19.0, Python 3.11.
# Expected: a GGUF file of a Gemma model says tokenizer.ggml.add_bos_token = true, so the tokenizer read from it puts
#   <bos> before a text, as Gemma's own tokenizer does.
# Seen: the tokenizer knows <bos> as its first token and does not put it before the text, with no warning.  It does with
#   AutoTokenizer.from_pretrained(..., add_bos_token=True).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q torch==2.13.0 transformers==5.19.0 gguf==0.19.0
cd "$folder"
HF_HUB_OFFLINE=1 venv/bin/python -W ignore - <<'PYTHON'
import gguf
import numpy
from transformers import AutoTokenizer

TOKENS = ["<pad>", "<eos>", "<bos>", "<unk>", "a", "b"]
writer = gguf.GGUFWriter("model.gguf", "gemma3")
for name, value in (("context_length", 64), ("embedding_length", 32), ("block_count", 1), ("feed_forward_length", 48)):
    getattr(writer, f"add_{name}")(value)
writer.add_head_count(2)
writer.add_head_count_kv(1)
writer.add_layer_norm_rms_eps(1e-6)
writer.add_rope_freq_base(1e4)
writer.add_tokenizer_model("llama")
writer.add_tokenizer_pre("default")
writer.add_token_list(TOKENS)
writer.add_token_scores([0.0, 0.0, 0.0, 0.0, -1.0, -2.0])
writer.add_token_types([3, 3, 3, 2, 1, 1])
writer.add_pad_token_id(0)
writer.add_eos_token_id(1)
writer.add_bos_token_id(2)
writer.add_unk_token_id(3)
writer.add_add_bos_token(True)
writer.add_add_space_prefix(False)
writer.add_tensor("token_embd.weight", numpy.zeros((len(TOKENS), 32), dtype=numpy.float32))
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()

[said] = gguf.GGUFReader("model.gguf").fields["tokenizer.ggml.add_bos_token"].parts[-1].tolist()
as_read = AutoTokenizer.from_pretrained(".", gguf_file="model.gguf")
asked = AutoTokenizer.from_pretrained(".", gguf_file="model.gguf", add_bos_token=True)
print(f"the file says add_bos_token = {said}, the first token is {as_read.bos_token}")
print(f"as read: {as_read.encode('ab')}, asked for: {asked.encode('ab')}")
assert said and as_read.bos_token == "<bos>" and as_read.bos_token_id == 2
assert as_read.encode("ab") == [4, 5] and asked.encode("ab") == [2, 4, 5]
PYTHON
