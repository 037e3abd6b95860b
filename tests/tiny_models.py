"""Tiny random-weight models with real tokenisation, and the slow obvious way to read one text with them."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from peft import LoraConfig, get_peft_model
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from torch import Tensor
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    Gemma3ForCausalLM,
    Gemma3TextConfig,
    PretrainedConfig,
    Qwen2Config,
    Qwen2ForCausalLM,
)

from benchmarks.qwen_vocabulary import qwen_tokenizer
from cascade.adapters.card import PROMPT_VERSIONS, STAGES, Card, read_adapter
from cascade.model.base_model import BaseModel
from cascade.reading.passage import Passage
from cascade.reading.reader import Reader
from cascade.stages.classifier import Classifier
from cascade.stages.extractor import Extractor
from cascade.stages.type_trie import NONE_OF_THESE
from cascade.text.tokens import PieceTokens

SLIDING_WINDOW = 16
GEMMA_LAYERS = ("sliding_attention", "full_attention", "sliding_attention", "sliding_attention", "full_attention")
QWEN_VOCABULARY = 151_936  # as in the real config: 151,643 ranks, 3 special tokens, the rest unused
_WEIGHT_SPREAD = 0.25  # far above a real model's 0.02, so that random weights tell tokens apart

SENTENCES = (
    "Types: person, organization, location, none of these, any |",
    "Types: person name, person, place name, place, company, company or institution |",
    "Ada Lovelace met Charles Babbage in London on 5 June 1833, and they spoke of engines.",
    "Siemens, die Deutsche Bank und Müller & Söhne sitzen in München und Köln.",
    "Война и мир — роман Льва Толстого о России.",
    "王小明在北京大学学习,后来去了上海。",
    "東京タワーは日本にあります。",
    "سافر أحمد من القاهرة إلى بيروت.",
    "नरेंद्र मोदी दिल्ली में रहते हैं।",
    "İstanbul'da yaşıyor; Ağrı'dan geldi!",
    "The red cross and the red carpet; a river, a bank, a river bank.",
)
WORDS = (
    *"Ada Lovelace met the red cross in London and Köln , on 5 June 1833 . ( river bank ) Müller & Söhne "
    "Siemens".split(),
    *"Война и мир Толстого России — 王小明 在北京 大学 東京タワー 서울은 กรุงเทพ أحمد القاهرة "
    "नरेंद्र दिल्ली İstanbul 👩‍🚀 e\u0301tude </b> [[ ## <bos>".split(),
)
_LABEL_WORDS = " O B I E S" * 60


def random_text(source: random.Random, words: int) -> str:
    """Words of many scripts, punctuation and marks, a blank between most of them."""
    return "".join(source.choice(WORDS) + source.choice(("", " ", " ", " ", "  ", "\n")) for _ in range(words))


def gemma_tokenizer() -> Tokenizer:
    """A tokenizer built as Gemma's (blanks as ▁, bytes for what is unknown, <bos> in front) over a few hundred learned
    tokens.
    """
    specials = ["<pad>", "<eos>", "<bos>", "<unk>", "<start_of_turn>", "<end_of_turn>"]
    marks = ["<b>", "</b>"]
    data = [f"<0x{byte:02X}>" for byte in range(256)]
    learner = Tokenizer(models.BPE(unk_token="<unk>"))
    learner.normalizer = normalizers.Replace(" ", "▁")
    learner.pre_tokenizer = pre_tokenizers.Split("▁", "merged_with_next")
    trainer = trainers.BpeTrainer(
        vocab_size=900, special_tokens=[*specials, *marks, *data], show_progress=False, min_frequency=1
    )
    learner.train_from_iterator([*SENTENCES, _LABEL_WORDS], trainer)
    learned = json.loads(learner.to_str())["model"]
    merges = [tuple(pair) for pair in learned["merges"]]
    tokenizer = Tokenizer(
        models.BPE(vocab=learned["vocab"], merges=merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True)
    )
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
    tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    tokenizer.post_processor = processors.TemplateProcessing(single="<bos> $A", special_tokens=[("<bos>", 2)])
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in specials])
    tokenizer.add_tokens([AddedToken(token, special=False, normalized=False) for token in marks])
    return tokenizer


def gemma_config(vocabulary: int) -> Gemma3TextConfig:
    """A Gemma 3 of five layers, three of them with a window of 16 tokens."""
    return Gemma3TextConfig(
        vocab_size=vocabulary,
        hidden_size=64,
        intermediate_size=96,
        num_hidden_layers=len(GEMMA_LAYERS),
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=32,
        query_pre_attn_scalar=32,
        layer_types=list(GEMMA_LAYERS),
        sliding_window=SLIDING_WINDOW,
        max_position_embeddings=4096,
        initializer_range=_WEIGHT_SPREAD,
        pad_token_id=0,
        eos_token_id=1,
        bos_token_id=2,
    )


def qwen_config() -> Qwen2Config:
    """A Qwen2 of four layers."""
    return Qwen2Config(
        vocab_size=QWEN_VOCABULARY,
        hidden_size=32,
        intermediate_size=96,
        num_hidden_layers=4,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=4096,
        tie_word_embeddings=True,
        initializer_range=_WEIGHT_SPREAD,
        pad_token_id=151_643,
        bos_token_id=151_643,
        eos_token_id=151_645,
    )


def save_gemma(folder: Path) -> Path:
    """Writes a tiny Gemma 3 with its tokenizer; returns `folder`."""
    tokenizer = gemma_tokenizer()
    return _save(Gemma3ForCausalLM, gemma_config(tokenizer.get_vocab_size()), tokenizer, folder)


def save_qwen(folder: Path) -> Path:
    """Writes a tiny Qwen2 with the real tokenizer; returns `folder`."""
    return _save(Qwen2ForCausalLM, qwen_config(), qwen_tokenizer(), folder)


def _save(kind: Callable[[Any], Any], config: PretrainedConfig, tokenizer: Tokenizer, folder: Path) -> Path:
    torch.manual_seed(1)
    kind(config).save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


def save_adapter(
    base: BaseModel,
    base_folder: Path,
    folder: Path,
    *,
    stage: str,
    languages: Sequence[str],
    seed: int,
    fingerprint: str | None = None,
    target_modules: str | list[str] = "all-linear",
    modules_to_save: list[str] | None = None,
    builds_on: str = "",
    rank: int = 4,
) -> Path:
    """Writes a random LoRA adapter for `base` with its card; returns `folder`."""
    torch.manual_seed(seed)
    config = LoraConfig(
        r=rank,
        lora_alpha=2 * rank,
        target_modules=target_modules,
        modules_to_save=modules_to_save,
        init_lora_weights=False,
        task_type="CAUSAL_LM",
    )
    adapted = get_peft_model(AutoModelForCausalLM.from_pretrained(base_folder, dtype=torch.float32), config)
    adapted.save_pretrained(str(folder))
    Card(
        stage,
        base.name,
        fingerprint or base.fingerprint,
        PROMPT_VERSIONS[stage],
        list(languages),
        ["person"],
        builds_on=builds_on,
    ).write(folder)
    return folder


def save_shelf(
    base: BaseModel, base_folder: Path, folder: Path, *, own: Sequence[str], root: str = "multilingual"
) -> Path:
    """Writes a random pair for German and English, named `root`, and a pair of differences to it for each language of
    `own`; returns `folder`.
    """
    for stage in STAGES:
        saved = save_adapter(
            base, base_folder, folder / root / stage, stage=stage, languages=["de", "en"], seed=len(stage)
        )
        for seed, language in enumerate(own, start=5):
            save_adapter(
                base,
                base_folder,
                folder / language / stage,
                stage=stage,
                languages=[language],
                seed=seed,
                builds_on=read_adapter(saved).checksum(),
            )
    return folder


Part = tuple[str, int, int, int]


def may_see(asking: Part, key: Part) -> bool:
    """Whether a token sees another, in words; a token is (part, query, branch, index), part one of prefix, text, query
    and branch.
    """
    (part, query, branch, index), (other_part, other_query, other_branch, other_index) = asking, key
    if part == "prefix":
        return other_part == "prefix" and other_index <= index
    if part == "text":
        return other_part in ("prefix", "text")
    if other_part in ("prefix", "text"):
        return True
    if other_query != query:
        return False
    if other_part == "query":
        return True
    return part == "branch" and other_branch == branch and other_index <= index


def parts_of(passage: Passage) -> list[Part]:
    """What each token of a passage is."""
    return [
        ("branch" if branch else "query" if query else "text", query, branch, index)
        for index, (query, branch) in enumerate(zip(passage.queries, passage.branches, strict=True))
    ]


def states_alone(reader: Reader, prefix: Sequence[int], passage: Passage) -> Tensor:
    """Hidden states (tokens, hidden) of the prefix and one passage, read alone with a mask made token by token; no
    packing and no padding.
    """
    parts: list[Part] = [("prefix", 0, 0, index) for index in range(len(prefix))]
    parts += parts_of(passage)
    positions = [*range(len(prefix)), *(len(prefix) + position for position in passage.positions)]
    return states_of(
        reader, [*prefix, *passage.ids], positions, [[may_see(one, key) for key in parts] for one in parts]
    )


def query_states_alone(
    reader: Reader, read_behind: Sequence[int], text: Sequence[int], prefix: Sequence[int], queries: Passage
) -> Tensor:
    """Hidden states (tokens, hidden) of queries on a text, all in one pass: the text behind one prefix, which the
    queries do not see, and they behind another, which the text does not see and which ends where the first one does.
    """
    before: list[Part] = [("prefix", 0, 0, index) for index in range(len(read_behind))]
    before += [("text", 0, 0, index) for index in range(len(text))]
    own: list[Part] = [("prefix", 0, 0, index) for index in range(len(prefix))]
    own += parts_of(queries)
    at = len(read_behind)

    def sees(asking: Part, among_own: bool, key: Part, key_among_own: bool) -> bool:
        if among_own != key_among_own:
            return among_own and asking[0] != "prefix" and key[0] == "text"
        return may_see(asking, key)

    parts = [(part, False) for part in before] + [(part, True) for part in own]
    positions = [*range(at + len(text)), *range(at - len(prefix), at), *(at + place for place in queries.positions)]
    ids = [*read_behind, *text, *prefix, *queries.ids]
    return states_of(reader, ids, positions, [[sees(*one, *key) for key in parts] for one in parts])[-len(queries) :]


@torch.inference_mode()
def states_of(reader: Reader, ids: Sequence[int], positions: Sequence[int], sees: Sequence[Sequence[bool]]) -> Tensor:
    """Hidden states (tokens, hidden) of one sequence; sees: for each token, which ones it sees in layers without a
    window.
    """
    size = range(len(ids))
    near = [
        [sees[query][key] and abs(positions[query] - positions[key]) < SLIDING_WINDOW for key in size] for query in size
    ]
    masks = {"full_attention": torch.tensor([[sees]]), "sliding_attention": torch.tensor([[near]])}
    states: Tensor = reader.body(
        input_ids=torch.tensor([ids]), position_ids=torch.tensor([positions]), attention_mask=masks, use_cache=False
    ).last_hidden_state
    return states[0]


@torch.inference_mode()
def slow_log_probabilities(
    reader: Reader,
    tokens: PieceTokens,
    types: Sequence[str],
    pieces: Sequence[tuple[int, ...]],
    span: tuple[int, int],
    *,
    asked: Sequence[str] | None = None,
) -> list[float]:
    """Log-probability of each type and `none of these` for a span (first and last piece) of a text: from node to node
    of the trie, each read in a pass of its own.

    pieces: of the text, by their tokens; asked: what the text is read for, if not the types.
    """
    prefix, read_behind = tokens.prefix(types), tokens.prefix(types if asked is None else asked)
    names = [tokens.name(name) for name in (*types, NONE_OF_THESE)]
    spelled = [
        (*name, tokens.end_id) if any(other[: len(name)] == name and other != name for other in names) else name
        for name in names
    ]
    text = [token for piece in pieces for token in piece]
    first = sum(map(len, pieces[: span[0]]))
    last = sum(map(len, pieces[: span[1] + 1]))
    inside = [(text[place], place + 1) for place in range(first, last)]
    inside = inside if len(inside) <= 16 else inside[:8] + inside[-8:]
    query = [(tokens.marks.open, first), *inside, (tokens.marks.close, last + 1)]

    @cache
    def state(so_far: tuple[int, ...]) -> torch.Tensor:
        ids, positions = zip(*query, *((token, last + 2 + offset) for offset, token in enumerate(so_far)), strict=True)
        branches = (0,) * len(query) + (1,) * len(so_far)
        passage = Passage(ids, positions, (1,) * len(ids), branches, ())
        return query_states_alone(reader, read_behind, text, prefix, passage)[-1]

    def log_probability(spelling: tuple[int, ...], depth: int) -> float:
        if depth == len(spelling):
            return 0.0
        children = sorted(
            {other[depth] for other in spelled if len(other) > depth and other[:depth] == spelling[:depth]}
        )
        if len(children) == 1:
            return log_probability(spelling, depth + 1)
        logits = (
            reader.head @ state(spelling[:depth])
        ).double()  # the full vocabulary, of which only the children count
        chosen = logits[spelling[depth]] - torch.logsumexp(logits[children], dim=0)
        return float(chosen) + log_probability(spelling, depth + 1)

    return [log_probability(spelling, 0) for spelling in spelled]


def classified(
    base: BaseModel,
    texts: Sequence[str],
    spans: Sequence[Sequence[tuple[int, int]]],
    types: Sequence[str],
    *,
    batch_tokens: int = 2048,
    asked: Sequence[str] | None = None,
) -> list[list[NDArray[np.float64]]]:
    """What the classifier says of spans (characters) of texts, all read together, by the base model as both stages."""
    extractor = Extractor(base.reader(), base.tokens, batch_tokens)
    classifier = Classifier(base.reader(), base.tokens, batch_tokens)
    return classifier(extractor.read(texts, types if asked is None else asked), spans, types)


def stored_in(folder: Path, target: Path, dtype: torch.dtype) -> Path:
    """The model of a folder in another one, its weights stored in another type."""
    AutoModelForCausalLM.from_pretrained(folder, dtype=dtype).save_pretrained(target)
    AutoTokenizer.from_pretrained(folder).save_pretrained(target)
    return target
