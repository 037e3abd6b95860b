"""Contender: the published protocol on the same base model (CascadeNER, arXiv 2409.11022).

The sentence is generated anew with marks around its entities, three times, as one of the two versions of its `infer.py`
does, or once, as the other; then the type of each entity is generated, one at a time (`alone`) or for all entities and
sentences of a batch (`batched`).

Prompts are those of `cascade.published`, on one level of types. The untrained base does not know the protocol, so every
answer is as long as the right one and the token that ends it: as many are generated, whatever they say. Further
arguments: `once` generates each sentence once instead of three times; `bf16` puts the weights in 16 bits where the
job's `float` is another type: half as many bytes a token are read.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.contenders.serving import Job, Read, serve

_BATCH = 16
_EXTRACTIONS = 3  # of each sentence: `repeat` in infer.py of commit bf61263; that of 11d8cd1 does not use it


def load(job: Job) -> Read:
    """The base model as a generator of marked sentences and types, which counts the answers that it generated."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from cascade.model.base_folder import base_folder
    from cascade.published.chat_turns import give_template, rendered
    from cascade.published.marked_sentence import MARK, SYSTEM_PROMPT, pieces, question

    folder = base_folder(job.get("base"))
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    tokenizer = AutoTokenizer.from_pretrained(folder, padding_side="left")
    dtype = torch.bfloat16 if "bf16" in (job["float"], *sys.argv) else torch.float32
    model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype, attn_implementation="sdpa")
    model.eval().to(device)
    extractions = 1 if "once" in sys.argv else _EXTRACTIONS
    give_template(tokenizer, model.config.model_type, folder=folder)

    def prompt(content: str) -> str:
        roles = {"system": SYSTEM_PROMPT, "user": content}
        return rendered(tokenizer, [{"role": role, "content": text} for role, text in roles.items()])

    @torch.inference_mode()
    def answered(prompts: Sequence[str], answers: Sequence[str]) -> None:
        inputs = tokenizer(list(prompts), return_tensors="pt", padding=True, add_special_tokens=False).to(device)
        length = 1 + max(len(tokenizer(answer, add_special_tokens=False).input_ids) for answer in answers)
        model.generate(**inputs, do_sample=False, min_new_tokens=length, max_new_tokens=length)

    def questions(index: int) -> tuple[tuple[str, str], list[tuple[str, str]]]:
        text, spans = job["texts"][index], sorted(job["spans"][index])
        marked = MARK.join(pieces(text, [(start, end) for start, end, _ in spans]))
        asked = [(question(text[start:end], text, job["types"], level=0), name) for start, end, name in spans]
        return (prompt(text), marked), [(prompt(each), name) for each, name in asked]

    def places(part: slice) -> range:
        return range(len(job["texts"]))[part]

    def alone(part: slice) -> Mapping[str, float]:
        asked = [
            pair
            for extraction, typing in map(questions, places(part))
            for pair in (*[extraction] * extractions, *typing)
        ]
        for prompt, answer in asked:
            answered([prompt], [answer])
        return {"answers": len(asked)}

    def batched(part: slice) -> Mapping[str, float]:
        asked = [questions(index) for index in places(part)]
        stages = (
            [extraction for extraction, _ in asked] * extractions,
            [question for _, typing in asked for question in typing],
        )
        for stage in stages:
            stage.sort(key=lambda pair: len(pair[0]))
            for first in range(0, len(stage), _BATCH):
                prompts, answers = zip(*stage[first : first + _BATCH], strict=True)
                answered(prompts, answers)
        return {"answers": sum(map(len, stages))}

    return batched if sys.argv[1] == "batched" else alone


if __name__ == "__main__":
    serve(load)
