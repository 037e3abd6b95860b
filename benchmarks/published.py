"""Figures as other papers print them: quoted, not measured here, and on bases of other sizes."""

from __future__ import annotations

from typing import NamedTuple


class Published(NamedTuple):
    """Strict F1 in percent that a paper prints for a system on a corpus."""

    corpus: str
    system: str
    setting: str
    f1: float
    source: str


_CASCADENER, _GLINER = "arXiv 2409.11022", "arXiv 2311.08526"
PUBLISHED = (
    Published("conll2003_en/test", "CascadeNER, Qwen2-1.5B", "supervised", 92.8, _CASCADENER),
    Published("conll2003_en/test", "LLMs4NER, mean of models of 3B to 9B", "supervised, on text that it recased itself", 93.59, "LLMs4NER"),
    Published("panx_en/test", "CascadeNER, Qwen2-1.5B", "few-shot", 91.0, _CASCADENER),
    Published("panx_es/test", "CascadeNER, Qwen2-1.5B", "few-shot", 85.2, _CASCADENER),
    Published("panx_ru/test", "CascadeNER, Qwen2-1.5B", "few-shot", 86.8, _CASCADENER),
    Published("panx_de/test", "CascadeNER, Qwen2-1.5B", "few-shot", 82.8, _CASCADENER),
    Published("crossner mean", "CascadeNER, Qwen2-1.5B", "few-shot", 78.7, _CASCADENER),
    Published("crossner mean", "GLiNER-L", "zero-shot", 61.3, _GLINER),
)


def published(corpus: str) -> list[Published]:
    """The figures that are printed for `corpus`, or for the mean of a family (`crossner mean`)."""
    return [each for each in PUBLISHED if each.corpus == corpus]
