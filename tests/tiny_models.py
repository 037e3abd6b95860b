"""Tiny random-weight models with real tokenisation, and random adapters for them."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
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


def stored_in(folder: Path, target: Path, dtype: torch.dtype) -> Path:
    """The model of a folder in another one, its weights stored in another type."""
    AutoModelForCausalLM.from_pretrained(folder, dtype=dtype).save_pretrained(target)
    AutoTokenizer.from_pretrained(folder).save_pretrained(target)
    return target
